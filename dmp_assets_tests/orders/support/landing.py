"""Small landing folders with web, shop and log, and the orders that are made of them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets_tests.support.landed import Landed, landed
from dmp_assets_tests.support.places import SQL

_HEAD = "start_date: 2026-01-01\nend_date: 2026-12-31\nbase_currency: EUR\nsources:\n"
GA4 = "ga4: {kind: events, preset: ga4}"
WEB_HEADER = "at,event,cookie,user,order,value,currency"
SHOP_HEADER = "at,nr,customer,store,sku,amount,updated,line"
CHECKS = {file.name: file.query for file in read_sql_files(SQL / "checks")}


def web(name: str = "web", more: str = "") -> str:
    """Return a source of web events that writes ``WEB_HEADER``."""
    columns = (
        "event_at: at, event_name: event, anonymous_id: cookie, user_id: user, transaction_id: order, "
        "order_revenue: value, currency: currency"
    )
    return f"{name}: {{kind: events, columns: {{{columns}}}{more}}}"


def shop(name: str = "shop", more: str = "", mapped: str = "") -> str:
    """Return a source of orders that writes ``SHOP_HEADER``."""
    columns = (
        "event_at: at, transaction_id: nr, user_id: customer, store_id: store, item_id: sku, item_revenue: amount, "
        f"updated_at: updated{mapped}"
    )
    return f"{name}: {{kind: orders, columns: {{{columns}}}{more}}}"


def log() -> str:
    """Return a source of events with a line per item."""
    columns = (
        "event_at: at, event_name: event, anonymous_id: cookie, user_id: user, transaction_id: order, "
        "item_revenue: value, item_id: item"
    )
    return f"log: {{kind: events, columns: {{{columns}}}}}"


def csv(header: str, *lines: str) -> str:
    """Return a file."""
    return "\n".join([header, *lines, ""])


def ga4(at: str, number: str | int | None, cookie: str = "p1.1", user: str | None = None, value: float = 30.0) -> str:
    """Return a purchase as BigQuery exports it, from a paid search."""
    page = "https://shop.example/thanks?utm_source=google&utm_medium=cpc"
    given = {"string_value": page}
    id_value = {"int_value": str(number)} if isinstance(number, int) else {"string_value": number}
    parameters = [
        {"key": "ga_session_id", "value": {"int_value": "111"}},
        {"key": "page_location", "value": given},
        {"key": "currency", "value": {"string_value": "EUR"}},
        {"key": "value", "value": {"double_value": value}},
        {"key": "transaction_id", "value": id_value},
    ]
    event = {
        "event_date": at[:10].replace("-", ""),
        "event_timestamp": str(int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1_000_000)),
        "event_name": "purchase",
        "event_params": parameters if number is not None else parameters[:-1],
        "user_pseudo_id": cookie,
        "user_id": user,
        "platform": "WEB",
        "ecommerce": {"purchase_revenue": value},
        "items": [{"item_id": "tea", "price": value, "quantity": "1", "item_revenue": value}],
    }
    return json.dumps(event) + "\n"


def made(folder: Path, sources: list[str], files: Mapping[str, str]) -> Landed:
    """Return the tables of a landing folder."""
    for name, text in files.items():
        file = folder / "data" / "landing" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "dmp.yaml").write_text(_HEAD + "".join(f"  {source}\n" for source in sources), encoding="utf-8")
    return landed(folder / "dmp.yaml", datetime(2026, 12, 31))  # noqa: DTZ001 -- naive UTC


def orders(tables: Landed, *columns: str) -> list[tuple[object, ...]]:
    """Return columns of the orders in order of time, money as numbers."""
    money = pl.col(pl.Decimal).cast(pl.Float64)
    return tables["orders"].sort("ordered_at", "order_id").with_columns(money).select(columns).rows()


def found(tables: Landed, check: str) -> list[tuple[object, ...]]:
    """Return what a check of orders finds."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA orders; CREATE SCHEMA ingest")
    for name in ("orders", "order_reports", "reversals", "raw_order_lines"):
        schema = "ingest" if name.startswith("raw") else "orders"
        if name in tables.tables:
            frame = tables[name]
            connection.register("frame", frame)
            connection.execute(f"CREATE TABLE {schema}.{name} AS FROM frame")
            connection.unregister("frame")
    return connection.sql(CHECKS[check]).fetchall()
