"""Whose each order is: numbers by time, days between, and nothing of later days."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from dmp_assets.profiles.orders_of_persons import build_orders_of_persons, buyers_of_changed_orders
from dmp_assets.profiles.schema.orders import OrdersOfPersons
from dmp_assets_tests.profiles.support.bought import ORDERS

DAY = date(2026, 6, 30)

Bought = tuple[str, str, int, int]
"""Person, order, days ago and hour."""


def orders(*rows: Bought) -> pl.LazyFrame:
    made = []
    for person, order, days, hour in rows:
        day = DAY - timedelta(days=days)
        made.append((person, day, datetime.combine(day, time(hour)), order, 1, Decimal(5), Decimal(1)))
    return pl.DataFrame(made, schema=ORDERS.schema, orient="row").lazy()


def numbered(*rows: Bought) -> list[tuple[object, ...]]:
    made = OrdersOfPersons.validate(build_orders_of_persons(orders(*rows), DAY), lazy=True)
    return made.select("person_id", "order_id", "order_number", "is_first_order", "days_since_last_order").rows()


@pytest.mark.parametrize("turned", [1, -1])
def test_each_person_counts_from_one_by_time_and_then_by_order(turned: int) -> None:
    rows = [("ann", "b", 9, 8), ("ann", "a", 9, 9), ("bob", "d", 9, 8), ("bob", "c", 9, 8), ("bob", "a2", 2, 0)]
    assert numbered(*rows[::turned]) == [
        ("ann", "b", 1, True, None),
        ("ann", "a", 2, False, 0),
        ("bob", "c", 1, True, None),
        ("bob", "d", 2, False, 0),
        ("bob", "a2", 3, False, 7),
    ]


def test_days_between_are_days_of_the_calendar() -> None:
    assert [row[-1] for row in numbered(("ann", "a", 3, 23), ("ann", "b", 2, 0))] == [None, 1]


def test_an_order_after_the_as_of_day_is_none() -> None:
    assert [row[1] for row in numbered(("ann", "today", 0, 23), ("ann", "tomorrow", -1, 0))] == ["today"]
    assert numbered() == []


def test_buyers_of_changed_orders_are_those_of_before_and_of_now() -> None:
    before = orders(("ann", "same", 5, 8), ("bob", "gone", 5, 8), ("cem", "moved", 5, 8), ("eve", "changed", 5, 8))
    now = orders(("ann", "same", 5, 8), ("dan", "moved", 5, 8), ("eve", "changed", 5, 9), ("fay", "added", 5, 8))
    were = build_orders_of_persons(before, DAY)
    assert buyers_of_changed_orders(were, now).to_list() == ["bob", "cem", "dan", "eve", "fay"]
    assert buyers_of_changed_orders(were, before).is_empty()
