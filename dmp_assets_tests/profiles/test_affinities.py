"""Affinities: windows, weights of events, ranks and edges."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.profiles.affinities import build_affinities, sum_interests
from dmp_assets.profiles.schema.interests import Affinities
from dmp_assets_tests.profiles.support.table_frames import AttributeRow, attributes

DAY = date(2026, 6, 5)
"""The last day of a window of 30 days: it and the days before, from 1970-01-01 on, are 20,610 = 687 * 30."""


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def table_of(rows: list[AttributeRow], half_life_days: float, window_days: int) -> pl.DataFrame:
    return build_affinities(sum_interests(attributes(rows), DAY, half_life_days, window_days))


def affinity(rows: list[AttributeRow], half_life_days: float = 30.0, window_days: int = 30) -> dict[str, float]:
    table = Affinities.validate(table_of(rows, half_life_days, window_days), lazy=True)
    return dict(table.select("value", "affinity").iter_rows())


def viewed(value: str, days: int, events: int = 1, name: str = "view_item") -> AttributeRow:
    return ("ann", ago(days), "brand", value, name, events)


def test_the_published_example_holds_with_its_own_weights() -> None:
    # Windows of one day and a half-life of one day weigh 4 : 2 : 1 = 0.571, 0.286, 0.143.
    rows = [viewed("a", 0, 10), viewed("a", 1, 8), viewed("b", 1, 2), viewed("a", 2, 6), viewed("b", 2, 4)]
    found = affinity(rows, half_life_days=1.0, window_days=1)
    assert found["a"] == pytest.approx((4 * 1 + 2 * 0.8 + 1 * 0.6) / 7)
    assert found["b"] == pytest.approx((2 * 0.2 + 1 * 0.4) / 7)


def test_each_window_counts_by_its_shares_not_by_how_busy_it_was() -> None:
    assert affinity([viewed("a", 0), viewed("b", 30, 1000)]) == pytest.approx({"a": 2 / 3, "b": 1 / 3})


def test_a_window_ends_after_its_days() -> None:
    assert affinity([viewed("a", 0), viewed("b", 29)]) == pytest.approx({"a": 0.5, "b": 0.5})
    assert affinity([viewed("a", 0), viewed("b", 30)]) == pytest.approx({"a": 2 / 3, "b": 1 / 3})
    assert affinity([viewed("a", 0), viewed("b", 59)]) == pytest.approx({"a": 2 / 3, "b": 1 / 3})
    assert affinity([viewed("a", 0), viewed("b", 60)]) == pytest.approx({"a": 0.8, "b": 0.2})


def test_a_purchase_says_five_times_what_a_look_says_and_a_refund_nothing() -> None:
    rows = [
        viewed("a", 0),
        viewed("b", 0, 1, "purchase"),
        viewed("c", 0, 2, "add_to_cart"),
        viewed("d", 0, 9, "refund"),
    ]
    assert affinity(rows) == pytest.approx({"b": 5 / 12, "c": 6 / 12, "a": 1 / 12})


def test_windows_begin_on_the_same_days_whatever_day_is_described() -> None:
    rows = [viewed("a", 0), viewed("b", 1), viewed("b", 29)]
    for later in range(3):
        day = DAY + timedelta(days=later)
        table = build_affinities(sum_interests(attributes(rows), day, 30.0, 30))
        assert dict(table.select("value", "affinity").iter_rows()) == {"b": 0.666666667, "a": 0.333333333}


def test_silence_makes_no_interest_smaller_however_long() -> None:
    assert affinity([viewed("a", 9000), viewed("b", 9000)], half_life_days=10.0) == {"a": 0.5, "b": 0.5}


def test_equal_affinities_are_ranked_by_name_within_their_attribute() -> None:
    rows = [viewed("b", 0), viewed("a", 0), viewed("c", 0, 2), ("ann", DAY, "content_group", "x", "page_view", 1)]
    table = table_of(rows, 30.0, 30)
    assert table.sort("attribute", "rank").select("value", "rank").rows() == [("c", 1), ("a", 2), ("b", 3), ("x", 1)]


def test_other_attributes_are_left_out() -> None:
    rows = [viewed("a", 0), ("ann", DAY, "platform", "web", "view_item", 3)]
    assert affinity(rows) == {"a": 1.0}


def test_nothing_in_nothing_out() -> None:
    assert affinity([]) == {}


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.integers(0, 400).map(ago),
        st.sampled_from(["brand", "item_category"]),
        st.sampled_from("abcde"),
        st.sampled_from(["view_item", "add_to_cart", "purchase", "refund"]),
        st.integers(0, 50),
    ),
    max_size=40,
)


@given(ROWS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_affinities_of_an_attribute_sum_to_one_in_any_order_of_rows(rows: list[AttributeRow], chance) -> None:
    table = Affinities.validate(table_of(rows, 45.0, 7), lazy=True)
    sums = table.group_by("person_id", "attribute").agg(pl.col("affinity").sum(), pl.col("rank").max(), n=pl.len())
    assert all(total == pytest.approx(1, abs=1e-6) for total in sums["affinity"])
    assert (sums["rank"] == sums["n"]).all()
    chance.shuffle(rows)
    assert_frame_equal(table_of(rows, 45.0, 7), table)
