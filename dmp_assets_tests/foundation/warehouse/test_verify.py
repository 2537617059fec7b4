"""Stored rows that are not those of the books are found, and nothing else."""

from pathlib import Path

from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.verify import days_that_differ
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    Orders,
    OrdersWithStore,
    Stores,
    days,
    new_warehouse,
    orders,
    put,
)

TABLES = [Table(Orders), Table(Stores)]


def test_what_is_stored_as_it_was_written_does_not_differ(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    assert days_that_differ(warehouse, TABLES, days()) == {}
    put(warehouse, orders())
    put(warehouse, orders().clear(), days(1, 1))
    assert {commit.rows for commit in current_commits(warehouse)} >= {0}
    assert days_that_differ(warehouse, TABLES, days(-5, 9)) == {}


def test_a_changed_a_lost_and_a_strange_row_make_their_days_differ_within_those_asked_for(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders(days(0, 4)), days(0, 4))
    with warehouse.get_connection() as connection:
        connection.execute("UPDATE shop.orders SET units = units + 1 WHERE order_date = DATE '2026-03-01'")
        connection.execute("DELETE FROM shop.orders WHERE order_date = DATE '2026-03-03'")
        connection.execute(
            "INSERT INTO shop.orders SELECT * REPLACE (DATE '2026-03-09' AS order_date) FROM shop.orders LIMIT 1"
        )
    every = [DAY, days(2, 2).first, days(8, 8).first]
    assert days_that_differ(warehouse, TABLES, days(0, 9)) == {Table(Orders): every}
    assert days_that_differ(warehouse, TABLES, days(1, 4)) == {Table(Orders): every[1:2]}
    assert days_that_differ(warehouse, TABLES, days(3, 4)) == {}


def test_a_table_that_lacks_a_column_of_its_contract_is_left_to_the_run_that_adds_it(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    assert days_that_differ(warehouse, [Table(OrdersWithStore)], days()) == {}
