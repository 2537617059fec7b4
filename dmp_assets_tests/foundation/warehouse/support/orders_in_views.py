"""A warehouse with every table and every view, and rows of orders to put in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.warehouse.views import in_order, read_sql_files
from dmp_assets_tests.foundation.warehouse.support.factories import new_warehouse
from dmp_assets_tests.support.places import SQL


@contextmanager
def with_views(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a warehouse with every table, every view and no row."""
    empty = new_warehouse(folder)
    WarehouseIOManager(empty, CONTRACTS, folder / "run", 1000).create_tables()
    with empty.get_connection() as connection:
        for view in in_order(read_sql_files(SQL / "views")):
            connection.execute(f'CREATE VIEW "{view.name}" AS {view.query}')
        yield connection


def order(number: int, at: str, buyer: str | None, gross: float, off: float = 0, **changes: Any) -> dict[str, Any]:
    return {
        "order_id": f"shop:{number}",
        "order_date": at[:10],
        "ordered_at": at,
        "order_number": str(number),
        "visitor_id": buyer,
        "record": "shop",
        "source": "till",
        "status": "paid",
        "counts": True,
        "gross_sales": gross,
        "discounts": off,
        "net_sales": gross - off,
        "shipping": 0,
        "taxes": 0,
        "total_sales": gross - off,
        "items": 1,
    } | changes


def taken_back(number: int, day: str, sales: float, shipping: float = 0) -> dict[str, Any]:
    total = {"sales_reversals": sales, "shipping": shipping, "taxes": 0, "total_reversals": sales + shipping}
    return {"reversal_id": f"{number} {day}", "order_id": f"shop:{number}", "reversal_date": day, **total}


def line(number: int, item: str, buyer: str, paid: float, at: str = "2026-03-01 12:00", **changes: Any) -> dict:
    amounts = {"quantity": 2.0, "gross_sales": paid, "discounts": 0, "net_sales": paid}
    return {
        "order_id": f"shop:{number}",
        "line": 1,
        "order_date": at[:10],
        "ordered_at": at,
        "visitor_id": buyer,
        "item_id": item,
        **amounts,
    } | changes


def insert(connection: duckdb.DuckDBPyConnection, table: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        names = ", ".join(f"${name} AS {name}" for name in row)
        connection.execute(f"INSERT INTO {table} BY NAME SELECT {names}", row)


def asked(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return connection.sql(sql).fetchall()
