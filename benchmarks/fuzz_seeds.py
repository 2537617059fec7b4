"""One small good file of every format, for ``benchmarks.fuzz``."""

import io
import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from dmp_assets.foundation.settings.settings import Source

RECORDS = 8


@dataclass(frozen=True)
class Seed:
    """A source and a file of it."""

    name: str
    source: Source
    suffix: str
    data: bytes


def _csv(header: str, *lines: str, delimiter: str = ",") -> bytes:
    text = "\n".join([header, *lines]) + "\n"
    return text.replace(",", delimiter).encode()


def _lines(objects: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


def _segment(number: int) -> dict[str, Any]:
    products = [{"product_id": f"p{item}", "price": 2.5, "quantity": item + 1} for item in range(number % 3)]
    return {
        "messageId": f"m{number}",
        "type": "track" if number % 2 else "page",
        "event": "Order Completed",
        "userId": f"u{number}",
        "anonymousId": f"a{number}",
        "originalTimestamp": "2024-05-01T10:00:00.100Z",
        "sentAt": "2024-05-01T10:00:01.100Z",
        "receivedAt": f"2024-05-01T10:00:0{number}.300Z",
        "properties": {"order_id": f"o{number}", "currency": "USD", "revenue": 7.5, "products": products},
        "context": {
            "page": {"url": "https://shop.example/a?utm_source=news&utm_medium=email", "referrer": ""},
            "userAgent": "Mozilla/5.0",
            "consent": {"categoryPreferences": {"analytics": True}},
        },
    }


def _ga4(number: int) -> dict[str, Any]:
    parameters = {"page_location": "https://shop.example/b?gclid=x", "ga_session_id": 7, "transaction_id": f"t{number}"}
    return {
        "event_date": "20240501",
        "event_timestamp": str(1_714_557_600_000_000 + number),
        "event_name": "purchase" if number % 2 else "view_item",
        "event_params": [
            {"key": key, "value": {"string_value": value if isinstance(value, str) else None,
                                   "int_value": None if isinstance(value, str) else str(value)}}
            for key, value in parameters.items()
        ],
        "user_pseudo_id": f"c{number}",
        "items": [{"item_id": f"i{item}", "price": 3.0, "quantity": 1} for item in range(number % 3)],
        "geo": {"country": "France", "city": "Lyon"},
    }  # fmt: skip


def _ga4_parquet() -> bytes:
    rows = [
        {
            "event_timestamp": 1_714_557_600_000_000 + number,
            "event_name": "purchase",
            "event_params": [
                {"key": "page_location", "value": {"string_value": "https://shop.example/", "int_value": 1}}
            ],
            "user_pseudo_id": f"c{number}",
            "items": [{"item_id": "i1", "price": 3.0, "quantity": 2}] * (number % 3),
        }
        for number in range(RECORDS)
    ]
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    return out.getvalue()


def _columns(kind: str, *names: str, **options: Any) -> Source:
    return Source(kind=kind, columns={name: name for name in names}, **options)


_ORDERS = ("event_at", "transaction_id", "item_id", "quantity", "price", "currency", "user_id", "email", "phone")
_EACH = range(RECORDS)

SEEDS = (
    Seed("segment", Source(kind="events", preset="segment"), ".ndjson", _lines([_segment(n) for n in _EACH])),
    Seed("ga4", Source(kind="events", preset="ga4"), ".ndjson", _lines([_ga4(n) for n in _EACH])),
    Seed("ga4_parquet", Source(kind="events", preset="ga4"), ".parquet", _ga4_parquet()),
    Seed(
        "snowplow",
        Source(kind="events", preset="snowplow", delimiter="\t"),
        ".csv",
        _csv(
            "event_id,event_name,derived_tstamp,collector_tstamp,domain_userid,page_url,useragent,mkt_source",
            *(
                f"e{n},page_view,2024-05-01 10:00:0{n}.5,2024-05-01 10:00:09,d{n},https://a.example/x,Mozilla,g"
                for n in _EACH
            ),
            delimiter="\t",
        ),
    ),
    Seed(
        "orders",
        _columns("orders", *_ORDERS, decimal_comma=True, delimiter=";", country="GB", refunds="^R", fold_ids=True),
        ".csv",
        _csv(
            ";".join(_ORDERS),
            *(f"2024-05-01 10:00:00;o{n};i{n};{n};2,50;GBP;U{n};A@b.example;020 7946 00{n}0" for n in _EACH),
        ),
    ),
    Seed(
        "customers",
        _columns("customers", "user_id", "email", "phone", "country"),
        ".csv",
        _csv("user_id,email,phone,country", *(f"u{n},Jo{n}@b.example,+4420794600{n}0,GB" for n in _EACH)),
    ),
    Seed(
        "consents",
        _columns("consents", "user_id", "purpose", "status", "changed_at"),
        ".csv",
        _csv("user_id,purpose,status,changed_at", *(f"u{n},marketing,granted,2024-05-0{n + 1}" for n in _EACH)),
    ),
    Seed(
        "survey",
        _columns("survey", "user_id", "question", "answer", "scale"),
        ".csv",
        _csv("user_id,question,answer,scale", *(f"u{n},q1,{n % 5},1-5" for n in _EACH)),
    ),
    Seed(
        "third_party",
        _columns("third_party", "user_id", "attribute", "value", "provider", "confidence"),
        ".csv",
        _csv("user_id,attribute,value,provider,confidence", *(f"u{n},owner,yes,acme,0.{n}" for n in _EACH)),
    ),
    Seed(
        "rates",
        Source(kind="rates", preset="ecb"),
        ".csv",
        _csv("Date,USD,GBP,JPY,", *(f"2024-05-0{n + 1},1.0{n},0.8{n},N/A," for n in _EACH)),
    ),
    Seed(
        "ads",
        Source(kind="ad_spend", preset="google_ads"),
        ".csv",
        _csv(
            "date,customer_id,campaign_id,impressions,clicks,cost_micros",
            *(f"2024-05-0{n + 1},1,{n},100,{n},1250000" for n in _EACH),
        ),
    ),
)
