"""All rows of a warehouse count, in any order: a changed, lost or doubled one gives another hash."""

from datetime import date
from pathlib import Path

import pytest

from dmp_assets.foundation.warehouse.backups.reading import UnreadableError, read_all
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    Orders,
    OrdersWithStore,
    Stores,
    StoresOfTowns,
    days,
    new_warehouse,
    orders,
    put,
    stores,
)

TABLES = [Table(Orders), Table(Stores)]


def filled(folder: Path) -> Warehouse:
    warehouse = new_warehouse(folder)
    put(warehouse, orders())
    put(warehouse, stores("a", "b"), contract=Stores)
    return warehouse


def change(warehouse: Warehouse, *statements: str) -> None:
    with warehouse.get_connection() as connection:
        for statement in statements:
            connection.execute(statement)


def test_tables_books_and_guests_are_read_and_views_are_not(tmp_path: Path) -> None:
    warehouse = filled(tmp_path)
    change(warehouse, "CREATE SCHEMA analyst", "CREATE TABLE analyst.notes AS SELECT 'mine' AS \"a note\"")
    read = read_all(warehouse.path, TABLES)
    books = {"ops.commits", "ops.failures", "ops.layout", "ops.publications", "ops.quality_log"}
    assert set(read.tables) == {"analyst.notes", "shop.orders", "shop.stores", *books}
    assert {name: read.tables[name].rows for name in ("analyst.notes", "shop.orders", "ops.commits")} == {
        "analyst.notes": 1,
        "shop.orders": 6,
        "ops.commits": 4,
    }
    assert read.days_not_as_booked == {}


@pytest.mark.parametrize(
    ("statements", "is_other"),
    [
        (["CREATE TABLE t AS FROM shop.orders", "DELETE FROM shop.orders", "INSERT INTO shop.orders FROM t"], False),
        (
            [
                "CREATE TABLE t AS FROM shop.orders ORDER BY ALL DESC",
                "DELETE FROM shop.orders",
                "INSERT INTO shop.orders FROM t",
            ],
            False,
        ),
        (["UPDATE shop.orders SET email = NULL"], True),
        (["DELETE FROM shop.orders WHERE units = 1"], True),
        (["INSERT INTO shop.orders FROM shop.orders", "INSERT INTO shop.orders FROM shop.orders"], True),
        (["DELETE FROM shop.orders"], True),
        (["ALTER TABLE shop.orders DROP COLUMN email"], True),
    ],
    ids=["written again", "in another order", "changed", "lost", "doubled", "all lost", "a column lost"],
)
def test_the_hash_of_a_table_is_that_of_its_rows(tmp_path: Path, statements: list[str], is_other: bool) -> None:
    warehouse = filled(tmp_path)
    before = read_all(warehouse.path, TABLES).tables["shop.orders"]
    change(warehouse, *statements)
    after = read_all(warehouse.path, TABLES).tables["shop.orders"]
    assert (after.row_hash != before.row_hash) == is_other


def test_days_that_are_not_as_booked_are_named_of_tables_that_have_the_columns_of_their_contract(
    tmp_path: Path,
) -> None:
    warehouse = filled(tmp_path)
    change(warehouse, f"DELETE FROM shop.orders WHERE order_date = DATE '{DAY}'", "DELETE FROM shop.stores")
    expected: dict[str, list[date | None]] = {"shop.orders": [days().first], "shop.stores": [None]}
    assert read_all(warehouse.path, TABLES).days_not_as_booked == expected
    others = [Table(OrdersWithStore), Table(StoresOfTowns)]
    assert read_all(warehouse.path, others).days_not_as_booked == {}


def test_bytes_that_are_no_database_cannot_be_read(tmp_path: Path) -> None:
    warehouse = filled(tmp_path)
    warehouse.path.write_bytes(b"text" * 9000)
    with pytest.raises(UnreadableError):
        read_all(warehouse.path, TABLES)
