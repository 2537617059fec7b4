"""What the lists can name at all, by hand."""

from datetime import date, timedelta

import polars as pl
import pytest

from dmp_assets.recommendations.choice.reach import Reach, reach_of
from dmp_assets_tests.recommendations.support.factories import Line, lines

DAY = date(2026, 6, 30)
BEFORE, BEGIN, FIRST = DAY - timedelta(days=60), DAY - timedelta(days=28), DAY - timedelta(days=27)

OLD: list[Line] = [("ann", "tea", BEFORE), ("bob", "tea", BEGIN), ("bob", "milk", BEFORE)]
NEW: list[Line] = [
    ("ann", "milk", FIRST),
    ("ann", "jam", DAY),
    ("bob", "jam", DAY),
    ("cat", "tea", DAY),
]
"""Ann's milk could be named; nobody had jam before, and cat was not known."""


def test_what_could_be_named_is_known_items_for_known_people():
    found = reach_of(lines(OLD + NEW), DAY, 28)
    assert found == Reach(0, 0.0, pytest.approx(1 / 3), pytest.approx(1 / 4))


def test_looking_makes_known_and_is_no_sale():
    looked = lines([("cat", "jam", BEFORE)], "view_item")
    later = lines([("dan", "new", DAY)], "view_item")
    found = reach_of(pl.concat([lines(OLD + NEW), looked, later]), DAY, 28)
    assert (found.nameable_people_rate, found.nameable_sales_rate) == (1.0, 1.0)


def test_without_purchases_every_line_is_one():
    found = reach_of(lines(OLD + NEW, "view_item"), DAY, 28)
    assert found.nameable_sales_rate == pytest.approx(1 / 4)


def test_items_beyond_the_catalogue_are_counted_with_their_touches():
    # Tea has three takers; jam and milk two each, of which the lower id stays.
    found = reach_of(lines(OLD + NEW), DAY, 28, max_items=2)
    assert (found.items_left_out, found.touches_left_out_rate) == (1, pytest.approx(1 / 4))
    # Before, tea had two takers and milk one: both are among the two that models held.
    assert found.nameable_sales_rate == pytest.approx(1 / 4)
    assert reach_of(lines(OLD + NEW), DAY, 28, max_items=1).nameable_sales_rate == 0


@pytest.mark.parametrize("rows", [OLD, NEW, []], ids=["nothing sold", "nothing known", "nothing"])
def test_nothing_to_name_is_unknown_and_not_zero(rows: list[Line]):
    found = reach_of(lines(rows), DAY, 28)
    assert (found.nameable_people_rate, found.nameable_sales_rate) == (None, None)
