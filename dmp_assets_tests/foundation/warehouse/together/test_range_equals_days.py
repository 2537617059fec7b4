"""A range in one go equals its days one by one, a rewrite changes nothing, and windows cut a range exactly."""

import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import windows
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    Orders,
    booked,
    days,
    new_warehouse,
    orders,
    put,
    stored,
)

LAST = 3
ROWS = st.lists(
    st.tuples(
        st.integers(0, LAST).map(lambda place: DAY + timedelta(days=place)),
        st.text(max_size=5),
        st.datetimes(),
        st.integers(0, 2**63 - 1),
        st.decimals(-(10**13), 10**13, places=4),
        st.none() | st.text(max_size=8),
    ),
    max_size=12,
)


@settings(max_examples=8, deadline=None)
@given(ROWS, st.permutations(range(LAST + 1)), st.randoms(use_true_random=False))
def test_a_range_equals_its_days_in_any_order_and_a_rewrite_changes_nothing(rows, order, chance) -> None:
    frame = pl.DataFrame(rows, schema=Table(Orders).polars_schema, orient="row")
    with tempfile.TemporaryDirectory() as folder:
        whole, single = new_warehouse(Path(folder, "whole")), new_warehouse(Path(folder, "single"))
        put(whole, frame, days(0, LAST))
        for place in order:
            one = days(place, place)
            put(single, frame.filter(pl.col("order_date") == one.first), one)
        as_written = stored(whole), booked(whole)
        assert (stored(single), booked(single)) == as_written
        put(whole, pl.DataFrame(chance.sample(rows, len(rows)), schema=frame.schema, orient="row"), days(0, LAST))
        assert (stored(whole), booked(whole)) == as_written
        assert sum(count for count, _ in as_written[1].values()) == len(rows)


def test_a_day_that_was_not_written_keeps_its_rows(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders(days(0, 2)), days(0, 2))
    before = stored(warehouse)
    put(warehouse, orders(days(1, 1), 5, "b"), days(1, 1))
    changed = {day for day, found in stored(warehouse).items() if before[day] != found}
    assert changed == {DAY + timedelta(days=1)}


def each(window: Days) -> list[date]:
    return [window.first + timedelta(days=place) for place in range((window.last - window.first).days + 1)]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.integers(1, 30))
def test_windows_cover_the_range_exactly_and_respect_the_limit(sizes: list[int], limit: int) -> None:
    rows = {DAY + timedelta(days=place): size for place, size in enumerate(sizes)}
    cuts = list(windows(Days(min(rows), max(rows)), rows, limit))
    assert [day for window in cuts for day in each(window)] == list(rows)
    for window in cuts:
        found = [rows[day] for day in each(window)]
        assert sum(found) <= limit or sum(size > 0 for size in found) == 1


@given(st.lists(st.integers(0, 20), min_size=2, max_size=30), st.integers(1, 30))
def test_no_two_neighbouring_windows_would_fit_in_one(sizes: list[int], limit: int) -> None:
    rows = {DAY + timedelta(days=place): size for place, size in enumerate(sizes)}
    cuts = list(windows(Days(min(rows), max(rows)), rows, limit))
    for left, right in pairwise(cuts):
        assert sum(rows[day] for day in each(left)) + rows[right.first] > limit
