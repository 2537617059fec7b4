"""A warehouse that an older release left, its upgrade in a process that is killed, and what is there afterwards."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb

from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.layout_steps import RenameTable
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.upgrade import Design, upgrade
from dmp_assets_tests.foundation.warehouse.support.factories import (
    Orders,
    Stores,
    days,
    new_warehouse,
    orders,
    put,
    stores,
)

RENAME = RenameTable("old.stores", "shop.stores")
DESIGN = Design(tables=[Table(Orders), Table(Stores)], steps={2: [RENAME]}, irreplaceable=["shop.stores"])

OLD_VIEW = """CREATE OR REPLACE VIEW ops.current_commits AS SELECT * FROM ops.commits
    QUALIFY row_number() OVER (PARTITION BY table_name, partition ORDER BY commit_id DESC) = 1"""


def of_layout_1(folder: Path, *statements: str, per_day: int = 2) -> Warehouse:
    """Return a warehouse of layout 1: its stores are in a schema that has gone, and its books carry no number."""
    warehouse = new_warehouse(folder)
    put(warehouse, orders(per_day=per_day), days())
    put(warehouse, stores("a", "b"), contract=Stores)
    change(
        warehouse,
        "CREATE SCHEMA old",
        "CREATE TABLE old.stores AS FROM shop.stores",
        "DROP TABLE shop.stores",
        *(
            f"UPDATE ops.{books} SET table_name = 'old.stores' WHERE table_name = 'shop.stores'"
            for books in ("commits", "quality_log")
        ),
        "DROP TABLE ops.layout",
        OLD_VIEW,
        *statements,
    )
    return warehouse


def change(warehouse: Warehouse, *statements: str) -> None:
    with warehouse.get_connection() as connection:
        for statement in statements:
            connection.execute(statement)


def state(warehouse: Warehouse) -> dict[str, Any]:
    """Return what tells an old warehouse from an upgraded one: tables with their rows, books, layout."""
    with warehouse.get_connection(read_only=True) as connection:
        names = connection.sql(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name <> 'ops' ORDER BY 1"
        ).fetchall()
        rows = "SELECT count(*), bit_xor(hash(stored)) FROM {} AS stored"
        found: dict[str, Any] = {name: connection.sql(rows.format(name)).fetchall() for (name,) in names}
        found["commits"] = connection.sql(
            "SELECT table_name, partition, run_id, input_id, rows, row_hash FROM ops.commits ORDER BY ALL"
        ).fetchall()
        try:
            found["layout"] = connection.sql("SELECT number, actions FROM ops.layout").fetchall()
        except duckdb.CatalogException:
            found["layout"] = None
    return found


def upgrade_and_die(path: str, statement: int | None, started: Connection) -> None:
    """Upgrade a warehouse; die by SIGKILL before one of the statements, or be killed from outside."""
    warehouse = _MortalWarehouse(database=path)
    warehouse._last = statement
    started.send("upgrading")
    upgrade(warehouse, DESIGN, lambda _: None)


class _MortalWarehouse(Warehouse):
    """A warehouse whose writing connections end their process before a statement."""

    _last: int | None = None

    @contextmanager
    def get_connection(self, read_only: bool = False) -> Iterator[Any]:
        with super().get_connection(read_only) as connection:
            yield connection if read_only else _MortalConnection(connection, self._last)


class _MortalConnection:
    def __init__(self, connection: duckdb.DuckDBPyConnection, last: int | None) -> None:
        self._connection = connection
        self._left = last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, *arguments: Any) -> Any:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._connection.execute(*arguments)
