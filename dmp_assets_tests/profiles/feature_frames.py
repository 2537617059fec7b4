"""Daily rollups and visits in the shape that features are built from, out of a few values."""

from datetime import date, datetime, time
from decimal import Decimal

import polars as pl

DAY = date(2026, 6, 30)

AttributeRow = tuple[str, date, str, str, str, int]
VisitRow = tuple[str, date, int, int]
ActivityRow = tuple[str, date, str, str, int, str, str]


def activity(rows: list[ActivityRow]) -> pl.LazyFrame:
    """Return daily activity of (person_id, day, event name, category, events, revenue, discount)."""
    text, number, money = pl.String, pl.Int64, pl.Decimal(18, 4)
    columns = ["person_id", "event_date", "event_name", "item_category", "events", "revenue", "discount"]
    types = [text, pl.Date, text, text, number, money, money]
    read = [(*row[:5], Decimal(row[5]), Decimal(row[6])) for row in rows]
    frame = pl.DataFrame(read, schema=dict(zip(columns, types, strict=True)), orient="row")
    return frame.with_columns(items=(pl.col("item_category") != "").cast(number)).lazy()


def attributes(rows: list[AttributeRow]) -> pl.LazyFrame:
    """Return the rollup of (person_id, day, attribute, value, event name, events)."""
    columns = ["person_id", "event_date", "attribute", "value", "event_name", "events"]
    types = [pl.String, pl.Date, pl.String, pl.String, pl.String, pl.Int64]
    frame = pl.DataFrame(rows, schema=dict(zip(columns, types, strict=True)), orient="row")
    return frame.with_columns(revenue=pl.lit(Decimal(0), pl.Decimal(18, 4))).lazy()


def visits(rows: list[VisitRow], **columns: object) -> pl.LazyFrame:
    """Return visits of (person_id, day, page views, events), at nine; ``columns`` replace values of all of them."""
    usual = {
        "started_at": None,
        "duration_seconds": 60,
        "is_engaged": True,
        "channel_group": "Direct",
        "mkt_source": None,
        "mkt_medium": None,
        "mkt_campaign": None,
    }
    described = [
        {
            **usual,
            "event_date": day,
            "person_id": person,
            "session_id": f"{person}-{place}",
            "page_views": page_views,
            "events": events,
            "started_at": datetime.combine(day, time(9)),
            **columns,
        }
        for place, (person, day, page_views, events) in enumerate(rows)
    ]
    text, number = pl.String, pl.Int64
    schema = {
        "event_date": pl.Date,
        "session_id": text,
        "person_id": text,
        "started_at": pl.Datetime("us"),
        "duration_seconds": number,
        "page_views": number,
        "events": number,
        "is_engaged": pl.Boolean,
        "channel_group": text,
        "mkt_source": text,
        "mkt_medium": text,
        "mkt_campaign": text,
    }
    return pl.DataFrame(described, schema=schema).lazy()
