"""Views and recipes that count money, orders, buyers and items: by hand, and against the tables of orders."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets_tests.foundation.warehouse.support.orders_in_views import (
    asked,
    insert,
    line,
    order,
    taken_back,
    with_views,
)
from dmp_assets_tests.support.places import SQL


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a warehouse with every table, every view and no row."""
    with with_views(tmp_path_factory.mktemp("views")) as connection:
        yield connection


@pytest.fixture
def shop(warehouse: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the warehouse of a small shop, whose changes are undone."""
    warehouse.execute("BEGIN")
    fill(warehouse)
    yield warehouse
    warehouse.execute("ROLLBACK")


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill in ann with two visitors, bob, who takes over the device at noon of the 2nd, and what they did."""
    insert(
        connection,
        "identity.visitors",
        {"visitor_id": "user_id:ann", "person_id": "ann"},
        {"visitor_id": "anonymous_id:d", "person_id": "ann", "superseded_at": "2026-03-02 12:00"},
        {"visitor_id": "anonymous_id:d", "person_id": "bob", "effective_at": "2026-03-02 12:00"},
    )
    insert(
        connection,
        "orders.orders",
        order(1, "2026-03-01 12:00", "user_id:ann", 20, 5, shipping=4, taxes=1, total_sales=20, session_id="s1"),
        order(2, "2026-03-01 13:00", "anonymous_id:d", 7, session_id="s1"),
        order(3, "2026-03-01 14:00", None, 1, record="web", source="web", flags="no_shop_order, several_days"),
        order(4, "2026-03-02 13:00", "anonymous_id:d", 9, status="refunded", session_id="s2"),
        order(5, "2026-03-02 14:00", "user_id:ann", 0, counts=False, status="test", items=0, session_id="s2"),
        order(6, "2026-04-03 14:00", "user_id:ann", 30, flags="no_shop_orders"),
    )
    insert(
        connection,
        "orders.reversals",
        taken_back(1, "2026-03-02", 3, shipping=4),
        taken_back(4, "2026-04-05", 9),
        {**taken_back(9, "2026-04-05", 2), "order_id": None},
    )
    insert(
        connection,
        "orders.order_items",
        line(1, "tea", "user_id:ann", 10),
        line(1, "tea", "user_id:ann", 5, line=2),
        line(2, "tea", "anonymous_id:d", 7),
        line(4, "milk", "anonymous_id:d", 9, "2026-03-02 13:00", item_category="DAIRY"),
        line(6, "", "user_id:ann", 30, "2026-04-03 14:00"),
    )
    insert(connection, "ingest.raw_items", {"item_id": "tea", "item_category": "DRINKS"})
    insert(connection, "analytics.items", {"item_id": "tea", "item_category": "DRINKS"}, {"item_id": "milk"})
    insert(
        connection,
        "profiles.profiles",
        {"person_id": "ann", "rfm_group": "Champions"},
        {"person_id": "bob", "rfm_group": "Recent Customers"},
    )
    insert(
        connection,
        "events.cleaned_events",
        *(
            {"event_date": "2026-03-01", "event_id": name, "event_name": "purchase", "event_at": "2026-03-01 12:00"}
            for name in ("e1", "e2")
        ),
        {
            "event_date": "2026-03-04",
            "event_id": "e3",
            "event_name": "page_view",
            "event_at": "2026-03-04 12:00",
            "visitor_id": "user_id:ann",
        },
    )
    insert(
        connection,
        "events.sessions",
        *(
            {"event_date": day, "session_id": name, "kind": "session", "is_server_side": False, "is_bot": False}
            for name, day in [("s1", "2026-03-01"), ("s2", "2026-03-02"), ("s3", "2026-03-04")]
        ),
    )
    insert(connection, "events.daily_activity", {"event_date": "2026-05-31"})


def recipe(name: str) -> str:
    return (SQL / "recipes" / f"{name}.sql").read_text(encoding="utf-8").rstrip().rstrip(";")


def test_a_day_has_its_orders_its_reversals_and_its_people(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "event_date::VARCHAR, active_people, buyers, orders, items_sold, sessions"
    assert asked(shop, f"SELECT {columns} FROM daily_kpis WHERE has_data") == [
        ("2026-03-01", 0, 1, 3, 3, 1),
        ("2026-03-02", 0, 1, 1, 1, 1),
        ("2026-03-04", 1, 0, 0, 0, 1),
        ("2026-04-03", 0, 1, 1, 1, 0),
        ("2026-04-05", 0, 0, 0, 0, 0),
    ]


def test_money_of_a_day_is_what_was_sold_less_what_was_taken_back_on_it(shop: duckdb.DuckDBPyConnection) -> None:
    names = "gross_sales, discounts, sales_reversals, net_sales, shipping, taxes, total_sales, average_order_value"
    rows = asked(shop, f"SELECT event_date::VARCHAR, {names} FROM daily_kpis WHERE gross_sales + sales_reversals > 0")
    assert [(day, *(None if value is None else float(value) for value in values)) for day, *values in rows] == [
        ("2026-03-01", 28, 5, 0, 23, 4, 1, 28, 7.67),
        ("2026-03-02", 9, 0, 3, 6, -4, 0, 2, 9),
        ("2026-04-03", 30, 0, 0, 30, 0, 0, 30, 30),
        ("2026-04-05", 0, 0, 11, -11, 0, 0, -11, None),
    ]
    assert asked(shop, "SELECT count(*) FROM daily_kpis WHERE revenue <> net_sales") == [(0,)]


amounts = st.integers(0, 99_999).map(lambda units: Decimal(units) / 10_000)
days = st.integers(1, 9).map("2026-03-{:02}".format)


@given(st.lists(st.tuples(days, amounts)), st.lists(st.tuples(days, amounts)))
@settings(deadline=None, max_examples=20)
def test_days_add_up_to_the_orders_less_the_reversals(
    warehouse: duckdb.DuckDBPyConnection, sold: list[tuple], back: list[tuple]
) -> None:
    warehouse.execute("BEGIN")
    try:
        rows = [order(n, f"{day} 12:00", None, 0, net_sales=net) for n, (day, net) in enumerate(sold)]
        insert(warehouse, "orders.orders", *rows)
        lost = [taken_back(n, day, 0) | {"sales_reversals": net} for n, (day, net) in enumerate(back)]
        insert(warehouse, "orders.reversals", *lost)
        found = asked(warehouse, "SELECT coalesce(sum(revenue), 0), coalesce(sum(orders), 0) FROM daily_kpis")
    finally:
        warehouse.execute("ROLLBACK")
    assert found == [(sum(net for _, net in sold) - sum(net for _, net in back), len(sold))]


def test_a_product_is_bought_by_orders_and_by_the_person_of_their_time(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "item_id, item_category, buyers, orders, quantity, revenue::DOUBLE, last_sold_date::VARCHAR"
    assert asked(shop, f"SELECT {columns} FROM product_performance") == [
        ("tea", "DRINKS", 1, 2, 6.0, 22.0, "2026-03-01"),
        ("milk", None, 1, 1, 2.0, 9.0, "2026-03-02"),
    ]


def test_an_order_is_worth_what_is_left_of_it(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "order_id, person_id, counts, sales_reversals::INT, net_sales::INT, shipping::INT, total_sales::INT"
    assert asked(shop, f"SELECT {columns}, reversals FROM orders_of_persons ORDER BY order_id") == [
        ("shop:1", "ann", True, 3, 12, 0, 13, 1),
        ("shop:2", "ann", True, 0, 7, 0, 7, 0),
        ("shop:3", None, True, 0, 1, 0, 1, 0),
        ("shop:4", "bob", True, 9, 0, 0, 0, 1),
        ("shop:5", "ann", False, 0, 0, 0, 0, 0),
        ("shop:6", "ann", True, 0, 30, 0, 30, 0),
    ]


def test_a_session_has_the_orders_that_count_and_what_is_left_of_them(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "session_id, orders, net_sales::INT"
    assert asked(shop, f"SELECT {columns} FROM sessions_and_orders ORDER BY 1") == [
        ("s1", 2, 19),
        ("s2", 1, 0),
        ("s3", 0, 0),
    ]


def test_orders_apart_are_those_whose_flags_say_so_with_their_sum(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute("UPDATE orders.orders SET record = 'web' WHERE order_id = 'shop:6'")
    assert asked(shop, "SELECT order_id, net_sales_of_all::INT FROM orders_apart") == [("shop:3", 1)]
    shop.execute("UPDATE orders.orders SET flags = 'ambiguous_number' WHERE order_id = 'shop:6'")
    assert asked(shop, "SELECT order_id, net_sales_of_all::INT FROM orders_apart") == [("shop:3", 31), ("shop:6", 31)]


def test_a_month_has_its_orders_and_what_was_taken_back_in_it(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "month::VARCHAR, days, orders, revenue::DOUBLE, average_order_value, discount_rate"
    assert asked(shop, f"SELECT {columns} FROM ({recipe('monthly_trend')})") == [
        ("2026-03-01", 3, 4, 29.0, 8.0, 0.1351),
        ("2026-04-01", 2, 1, 19.0, 30.0, 0.0),
    ]


def test_cohorts_are_of_buyers_by_orders_that_count(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute("UPDATE orders.orders SET counts = false WHERE order_id = 'shop:4'")
    shop.execute("UPDATE events.cleaned_events SET event_date = '2026-04-30' WHERE event_id = 'e3'")
    assert asked(shop, f"SELECT cohort::VARCHAR, people, month_1 FROM ({recipe('retention_cohorts')})") == [
        ("2026-03-01", 1, 1.0)
    ]


def test_categories_of_a_group_are_those_of_bought_lines(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute("UPDATE analytics.items SET item_category = 'DAIRY' WHERE item_id = 'milk'")
    assert asked(shop, f"SELECT rfm_group, item_category, revenue FROM ({recipe('segment_categories')})") == [
        ("Champions", "DRINKS", 22.0),
        ("Recent Customers", "DAIRY", 9.0),
    ]
