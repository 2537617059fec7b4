"""Recipes whose figures could be wrong in silence, against a world worked out by hand."""

from collections.abc import Iterator

import duckdb
import pytest

from dmp_assets.commands.asking.recipes import read_recipes
from dmp_assets_tests.foundation.warehouse.support.orders_in_views import insert, line, order, taken_back, with_views

RECIPES = {recipe.name: recipe for recipe in read_recipes()}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with with_views(tmp_path_factory.mktemp("recipes")) as connection:
        fill(connection)
        yield connection


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill in four buyers: ann comes back after 35 days, bob after 95; cat and dan have come lately, dan twice."""
    people = ("ann", "bob", "cat", "dan")
    insert(connection, "identity.visitors", *({"visitor_id": f"user_id:{one}", "person_id": one} for one in people))
    insert(connection, "identity.persons", *({"person_id": one, "user_id": one} for one in people))
    insert(connection, "profiles.profiles", *({"person_id": one, "rfm_group": "Champions"} for one in people))
    insert(
        connection,
        "orders.orders",
        order(1, "2026-01-05 23:30", "user_id:ann", 110, 10, order_date="2026-01-06"),  # half past midnight in Berlin
        order(2, "2026-02-10 12:00", "user_id:ann", 50),
        order(3, "2026-01-20 12:00", "user_id:bob", 30),
        order(4, "2026-04-25 12:00", "user_id:bob", 20),
        order(5, "2026-04-20 12:00", "user_id:cat", 10),
        order(6, "2026-04-21 12:00", "user_id:cat", 0, counts=False, status="test"),
        order(7, "2026-04-23 12:00", "user_id:dan", 5),
        order(8, "2026-04-24 12:00", "user_id:dan", 5),
    )
    known = {1: "ann", 2: "ann", 3: "bob"}
    of_persons = ({"order_id": f"shop:{number}", "person_id": one} for number, one in known.items())
    insert(connection, "profiles.orders_of_persons", *of_persons)
    insert(connection, "orders.reversals", taken_back(2, "2026-04-02", 10))
    insert(
        connection,
        "orders.order_items",
        line(1, "tea", "user_id:ann", 60, "2026-01-05 23:30", order_date="2026-01-06"),
        line(1, "bag", "user_id:ann", 40, "2026-01-05 23:30", order_date="2026-01-06", line=2),
        line(2, "tea", "user_id:ann", 50, "2026-02-10 12:00"),
        line(3, "mug", "user_id:bob", 30, "2026-01-20 12:00"),
    )
    items = {"tea": "DRINKS", "bag": "COUPONS", "mug": None}
    insert(connection, "analytics.items", *({"item_id": name, "item_category": kind} for name, kind in items.items()))
    refused = {"item_id": "bag", "item_category": "COUPONS", "excluded_by": "blocked_category"}
    insert(connection, "recommendations.recommendation_candidates", refused)
    commit = {"commit_id": 1, "table_name": "orders.orders", "rows": 6, "settings_id": "zone=Europe/Berlin 0123"}
    insert(connection, "ops.commits", commit)
    days = {"daily": range(1, 11), "stopped": (1, 2, 3), "rare": (1, 5), "once": (8,)}
    rows = ((source, day) for source, all_days in days.items() for day in all_days)
    ledger = ({"source": one, "event_date": f"2026-01-{day:02}", "records": 2, "quarantined": 1} for one, day in rows)
    insert(connection, "events.event_ledger", *ledger)
    unreadable = {"source": "stopped", "event_date": "2026-03-01", "records": 1, "quarantined": 1}
    insert(connection, "events.event_ledger", unreadable)


def answer(shop: duckdb.DuckDBPyConnection, name: str, columns: str = "*", **parameters: str) -> list[tuple]:
    for parameter, value in parameters.items():
        shop.execute(f"SET VARIABLE {parameter} = $value", {"value": value})
    try:
        return shop.execute(f"SELECT {columns} FROM ({RECIPES[name].query})").fetchall()
    finally:
        for parameter in parameters:
            shop.execute(f"RESET VARIABLE {parameter}")


def test_buyers_who_had_no_time_to_come_back_do_not_lower_the_repeat_rate(shop: duckdb.DuckDBPyConnection) -> None:
    assert answer(shop, "repeat_rate") == [(4, 3, 0.75, 0.9524, 2, 0.5)]


def test_a_buyer_is_new_in_the_month_of_the_first_order_alone(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "month(month), buyers, new_buyers, returning_buyers, new_revenue::INT, returning_revenue::INT"
    assert answer(shop, "new_and_returning", columns) == [
        (1, 2, 2, 0, 130, 0),
        (2, 1, 0, 1, 0, 40),
        (4, 3, 2, 1, 20, 20),
    ]


def test_tenths_of_buyers_add_up_to_all_revenue_less_what_was_taken_back(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "tenth, buyers, revenue::INT, revenue_share_rate, revenue_share_so_far_rate"
    assert answer(shop, "top_buyers_share", columns) == [
        (1, 1, 140, 0.6667, 0.6667),
        (2, 1, 50, 0.2381, 0.9048),
        (3, 1, 10, 0.0476, 0.9524),
        (4, 1, 10, 0.0476, 1.0),
    ]


def test_hours_are_of_the_business_s_clock_in_winter_and_in_summer(shop: duckdb.DuckDBPyConnection) -> None:
    rows = answer(shop, "order_hours", "weekday, hour, orders, orders_rate")
    assert rows == [
        (1, None, 1, 0.1429),
        (2, None, 3, 0.4286),
        (4, None, 1, 0.1429),
        (5, None, 1, 0.1429),
        (6, None, 1, 0.1429),
        (None, 0, 1, 0.1429),
        (None, 13, 2, 0.2857),
        (None, 14, 4, 0.5714),
    ]


def test_a_second_purchase_counts_within_its_days_for_those_who_have_had_them(shop: duckdb.DuckDBPyConnection) -> None:
    coupons, drinks = ("COUPONS", 1, 1, 1.0, 35.0), ("DRINKS", 1, 1, 1.0, 35.0)
    assert answer(shop, "second_purchase", days="40") == [coupons, drinks, ("unknown", 1, 0, 0.0, None)]
    assert [row[2] for row in answer(shop, "second_purchase", days="95")] == [1, 1, 1]
    assert [row[0] for row in answer(shop, "second_purchase", days="5")] == ["unknown", "COUPONS", "DRINKS"]


def test_what_is_never_recommended_is_no_top_category(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "item_category, buyers, revenue::INT, revenue_share_rate"
    assert answer(shop, "top_categories", columns) == [("DRINKS", 1, 110, 1.0)]
    assert answer(shop, "top_categories", rfm_group="At Risk") == []


def test_a_source_is_silent_by_its_own_rhythm_whatever_was_refused_since(shop: duckdb.DuckDBPyConnection) -> None:
    assert answer(shop, "silent_sources", "source, is_silent, days_silent, usual_gap_days, records") == [
        ("stopped", True, 7, 1.0, 3),
        ("rare", False, 5, 4.0, 2),
        ("once", False, 2, None, 1),
        ("daily", False, 0, 1.0, 10),
    ]


def test_what_was_taken_back_of_no_named_order_is_said_beside_the_categories(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "item_category, revenue::INT, sales_reversals::INT, orders_with_unknown_reversals"
    named = [("DRINKS", 110, 10, 0), ("COUPONS", 40, 0, 0), ("unknown", 30, 0, 0)]
    assert answer(shop, "refund_rate_by_category", columns) == named
    shop.execute("BEGIN")
    insert(shop, "orders.reversals", taken_back(99, "2026-04-03", 25) | {"order_id": None})
    found = answer(shop, "refund_rate_by_category", columns)
    shop.execute("ROLLBACK")
    assert found == [("(no order named)", None, 25, 0), *named]
