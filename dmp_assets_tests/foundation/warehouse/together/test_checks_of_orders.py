"""Each fault that the checks of orders name, on the coherent day of the checks' own test."""

from collections.abc import Iterator

import duckdb
import pytest

from dmp_assets.domains import CONTRACTS
from dmp_assets.events.schema import CleanedEvents
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.orders.steps import STEPS
from dmp_assets_tests.foundation.publishing.test_checks import WORLD
from dmp_assets_tests.foundation.warehouse.support.factories import new_warehouse
from dmp_assets_tests.support.places import SQL

CHECKS = {file.name: file.query for file in read_sql_files(SQL / "checks") if file.name.startswith("orders.")}
TABLES = tuple(dict.fromkeys((*CONTRACTS, *(contract for step in STEPS for contract in step.makes), CleanedEvents)))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Return a connection to a day with an order, its line, a reversal, two visitors and the event that told of it."""
    folder = tmp_path_factory.mktemp("orders")
    warehouse = new_warehouse(folder)
    WarehouseIOManager(warehouse, TABLES, folder / "run", 1000).create_tables()
    with warehouse.get_connection() as connection:
        for statement in WORLD:
            if statement.startswith(("INSERT INTO orders.", "INSERT INTO events.cleaned_events")):
                connection.execute(statement)
    return duckdb.connect(str(warehouse.path))


@pytest.fixture
def changed(day: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the day, whose changes are undone."""
    day.execute("BEGIN")
    yield day
    day.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("table", "fault", "found"),
    [
        ("order_reports", "DELETE FROM events.cleaned_events", (0, 1, 0)),
        ("order_reports", "UPDATE orders.order_reports SET is_standing = false", (1, 0, 0)),
        ("order_reports", "UPDATE events.cleaned_events SET event_id = 'other'", (1, 1, 0)),
        ("order_reports", "INSERT INTO orders.order_reports FROM orders.order_reports", (1, 2, 0)),
        ("orders", "UPDATE orders.orders SET net_sales = 6", (1, 1, 0)),
        ("orders", "UPDATE orders.orders SET shipping = 3", (1, 0, 0)),
        ("orders", "UPDATE orders.order_items SET net_sales = 4.9999", (0, 1, 0)),
        ("orders", "UPDATE orders.orders SET items = 2", (0, 1, 0)),
        ("orders", "UPDATE orders.orders SET counts = false", (0, 0, 1)),
        ("order_items", "UPDATE orders.orders SET counts = false", (1, 0, 0)),
        ("order_items", "UPDATE orders.orders SET visitor_id = NULL", (1, 0, 0)),
        ("order_items", "UPDATE orders.orders SET ordered_at = ordered_at + INTERVAL 1 SECOND", (1, 0, 0)),
        ("order_items", "UPDATE orders.order_items SET discounts = 2", (0, 1, 0)),
        ("order_items", "UPDATE orders.order_items SET line = 2", (0, 0, 1)),
        ("reversals", "UPDATE orders.reversals SET taxes = 1", (0, 0, 1)),
        ("reversals", "DELETE FROM orders.orders", (0, 1, 0)),
        ("order_visitors", "DELETE FROM orders.orders", (0, 2)),
        ("folded_reports", "DELETE FROM orders.order_reports", (0, 1, 0)),
        ("folded_reports", "UPDATE orders.folded_reports SET order_number = '8'", (1, 1, 0)),
        ("order_inputs", "DELETE FROM orders.order_inputs", (0, 1)),
        ("order_inputs", "DELETE FROM orders.order_reports", (1, 0)),
    ],
)
def test_a_fault_is_told_with_its_day(
    changed: duckdb.DuckDBPyConnection, table: str, fault: str, found: tuple[int, ...]
) -> None:
    query = CHECKS[f"orders.{table}.conservation"]
    assert changed.sql(query).fetchall() == []
    changed.execute(fault)
    assert [row[1:] for row in changed.sql(query).fetchall()] == [found]


def test_a_reversal_of_an_unknown_order_is_no_fault(changed: duckdb.DuckDBPyConnection) -> None:
    changed.execute(
        "UPDATE orders.reversals SET order_id = NULL, order_date = NULL, sales_reversals = 99, total_reversals = 101"
    )
    assert changed.sql(CHECKS["orders.reversals.conservation"]).fetchall() == []


@pytest.mark.parametrize(
    ("flags", "record", "orders"),
    [
        ("ambiguous_number", "web", 1),
        ("several_days, no_shop_order", "web", 1),
        ("several_days", "web", 0),
        ("no_shop_orders", "web", 0),
        ("no_shop_order", "shop", 0),
    ],
)
def test_web_orders_apart_are_counted_by_their_flags(
    changed: duckdb.DuckDBPyConnection, flags: str, record: str, orders: int
) -> None:
    changed.execute("UPDATE orders.orders SET flags = ?, record = ?", [flags, record])
    assert [row[1] for row in changed.sql(CHECKS["orders.orders.apart"]).fetchall()] == [1] * orders


def test_doubts_are_counted_by_flag_over_orders_and_reversals(changed: duckdb.DuckDBPyConnection) -> None:
    changed.execute("UPDATE orders.orders SET flags = 'no_number,several_days'")
    changed.execute("UPDATE orders.reversals SET flags = 'no_number, reversal_date_unknown'")
    found = [row[:3] for row in changed.sql(CHECKS["orders.orders.doubtful"]).fetchall()]
    assert found == [("no_number", 1, 1), ("reversal_date_unknown", 0, 1), ("several_days", 1, 0)]
