"""Preferences: favourites, shares, strength and edges."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.profiles.favourites import sum_favourites
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.schema.interests import Preferences
from dmp_assets_tests.profiles.support.table_frames import DAY, AttributeRow, attributes


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def preferences(rows: list[AttributeRow], half_life_days: float = 90.0) -> pl.DataFrame:
    return Preferences.validate(build_preferences(sum_favourites(attributes(rows), DAY, half_life_days)), lazy=True)


def seen(attribute: str, value: str, events: int = 1, name: str = "page_view", days: int = 0) -> AttributeRow:
    return ("ann", ago(days), attribute, value, name, events)


def test_each_component_has_its_favourite_and_its_share() -> None:
    rows = [
        seen("brand", "acme", 1, "purchase"),
        seen("brand", "zeta", 4, "view_item"),
        seen("price_band", "low", 1, "purchase"),
        seen("channel_group", "Email", 3),
        seen("channel_group", "Direct", 1),
        seen("day_part", "morning", 3),
        seen("day_part", "afternoon", 2),
        seen("platform", "ios", 2),
        seen("platform", "web", 2),
    ]
    row = preferences(rows).row(0, named=True)
    assert (row["favourite_brand"], row["favourite_brand_share"]) == ("acme", pytest.approx(5 / 9))
    assert (row["favourite_price_band"], row["favourite_price_band_share"]) == ("low", 1.0)
    assert (row["favourite_channel_group"], row["favourite_channel_group_share"]) == ("Email", 0.75)
    assert (row["favourite_day_part"], row["favourite_day_part_share"]) == ("morning", 0.6)
    assert (row["favourite_platform"], row["favourite_platform_share"]) == ("ios", 0.5)
    expected = 0.3 * 5 / 9 + 0.2 * 1 + 0.2 * 0.75 + 0.15 * 0.6 + 0.15 * 0.5
    assert row["preference_strength"] == pytest.approx(expected)


def test_what_is_not_known_counts_for_nothing() -> None:
    row = preferences([seen("platform", "web", 3), seen("platform", "ios", 1)]).row(0, named=True)
    assert (row["favourite_brand"], row["favourite_brand_share"]) == (None, None)
    assert row["preference_strength"] == 0.75


def test_an_event_counts_half_after_a_half_life_from_the_newest_day() -> None:
    row = preferences([seen("platform", "web", 1, days=10), seen("platform", "ios", 3, days=100)]).row(0, named=True)
    assert (row["favourite_platform"], row["favourite_platform_share"]) == ("ios", pytest.approx(1.5 / 2.5))


def test_a_look_tells_the_device_whatever_its_event_and_only_weighted_events_tell_the_brand() -> None:
    table = preferences([seen("platform", "web", 1, "scroll"), seen("brand", "acme", 1, "scroll")])
    assert table.select("favourite_platform", "favourite_brand").rows() == [("web", None)]


def test_nothing_in_nothing_out() -> None:
    assert preferences([]).is_empty()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob"]),
            st.integers(0, 900).map(ago),
            st.sampled_from(["brand", "price_band", "channel_group", "day_part", "platform", "content_group"]),
            st.sampled_from(["night", "morning", "evening"]),
            st.sampled_from(["view_item", "purchase", "scroll"]),
            st.integers(0, 50),
        ),
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=40)
def test_the_contract_holds_in_any_order_of_rows(rows: list[AttributeRow], chance) -> None:
    table = preferences(rows)
    chance.shuffle(rows)
    assert_frame_equal(preferences(rows), table)
