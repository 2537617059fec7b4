"""A small shop: one table by days, one that is replaced whole, and what is stored of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, Money
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, day_hashes, write

DAY = date(2026, 3, 1)
STAMP = Stamp("run", "1.0")


class Orders(
    TableContract, table="shop.orders", key=("order_date", "order_id"), days="order_date", unique=(), subject="none"
):
    """One row per order."""

    order_date: pl.Date = pa.Field(description="UTC day.")
    order_id: str = pa.Field(description="Order.")
    ordered_at: Instant = pa.Field(description="When (UTC).")
    units: pl.Int64 = pa.Field(ge=0, description="Units.")
    revenue: Money = pa.Field(description="Paid.")
    email: str = pa.Field(nullable=True, str_matches=r"^[^@]+@[^@]+$", description="Address.")


class OrdersWithStore(Orders):
    """One row per order, with its store."""

    store_id: str = pa.Field(nullable=True, description="Store.")


class Stores(TableContract, table="shop.stores", key=("store_id",), subject="none"):
    """One row per store."""

    store_id: str = pa.Field(description="Store.")
    opened_year: pl.Int64 = pa.Field(ge=1900, description="Year.")


class StoresOfTowns(TableContract, table="shop.stores", key=("store_id",), subject="none"):
    """One row per store, described otherwise."""

    store_id: str = pa.Field(description="Store.")
    town: str = pa.Field(description="Town.")


def days(first: int = 0, last: int = 2) -> Days:
    return Days(DAY + timedelta(days=first), DAY + timedelta(days=last))


def orders(window: Days | None = None, per_day: int = 2, marker: str = "a") -> pl.DataFrame:
    """Return orders of each day of the window; another marker gives other rows."""
    window = window or days()
    rows = [
        (
            window.first + timedelta(days=place),
            f"{marker}{number}",
            datetime.combine(window.first + timedelta(days=place), time(12, 0, 0, number)),
            number,
            Decimal(f"{number}.0125"),
            None if number % 2 else f"{marker}{number}@example.org",
        )
        for place in range((window.last - window.first).days + 1)
        for number in range(per_day)
    ]
    return pl.DataFrame(rows, schema=Table(Orders).polars_schema, orient="row")


def stores(*names: str, year: int = 2000) -> pl.DataFrame:
    return pl.DataFrame({"store_id": names, "opened_year": [year] * len(names)}, schema=Table(Stores).polars_schema)


def new_warehouse(folder: Path, **settings: Any) -> Warehouse:
    return Warehouse(database=str(folder / "warehouse.duckdb"), **settings)


def put(warehouse: Warehouse, frame: pl.DataFrame, window: Days | None = None, contract: Contract = Orders) -> int:
    table = Table(contract)
    return write(warehouse, table, Rows(frame=frame), (window or days()) if table.partition_by else None, STAMP)


def stored(warehouse: Warehouse, contract: Contract = Orders) -> dict[date | None, tuple[int, int]]:
    """Return rows and hash of every stored day."""
    table = Table(contract)
    with warehouse.get_connection(read_only=True) as connection:
        return {day: (rows, row_hash) for day, rows, row_hash in day_hashes(connection, table, table.sql_name)}


def booked(warehouse: Warehouse, contract: Contract = Orders) -> dict[date | None, tuple[int, int]]:
    """Return rows and hash of every day as the newest commits have them."""
    name = Table(contract).qualified_name
    found = query(warehouse, f"SELECT partition, rows, row_hash FROM ops.current_commits WHERE table_name = '{name}'")
    return {day: (rows, row_hash) for day, rows, row_hash in found}


def query(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    with warehouse.get_connection(read_only=True) as connection:
        return connection.sql(sql).fetchall()


class OpenWarehouse(Warehouse):
    """A warehouse that stays open from its first use on: opening the file costs more than what a test does in it."""

    @cached_property
    def _opened(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(self.database, config=self._config())

    @contextmanager
    def get_connection(self, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:  # noqa: ARG002
        """Yield the one connection, for reading and writing."""
        yield self._opened
