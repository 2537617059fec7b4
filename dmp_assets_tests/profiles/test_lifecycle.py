"""Lifecycle: stages from both sides of their edges, gaps, expected orders, habits."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.schema.activity import Lifecycle
from dmp_assets_tests.profiles.support.bought import Row
from dmp_assets_tests.profiles.support.table_frames import DAY, facts


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def bought(person: str, *days: int) -> list[Row]:
    return [(person, ago(day), "purchase", "tea", 1, "1", "0") for day in days]


def lifecycle(*rows: Row) -> pl.DataFrame:
    return Lifecycle.validate(build_lifecycle(facts(list(rows)), DAY), lazy=True)


def stage(*rows: Row, person: str = "ann") -> str:
    return lifecycle(*rows).filter(person_id=person)["lifecycle_stage"].item()


WEEKLY = bought("weekly", 0, 7, 14)
"""Somebody whose gap of 7 days is the population's."""


@pytest.mark.parametrize(
    ("silent", "expected"), [(0, "active"), (30, "active"), (31, "at_risk"), (60, "at_risk"), (61, "lapsed")]
)
def test_three_own_gaps_of_silence_are_a_risk_and_six_a_loss(silent: int, expected: str) -> None:
    assert stage(*bought("ann", silent, silent + 10, silent + 20), *WEEKLY) == expected


@pytest.mark.parametrize(("silent", "expected"), [(21, "new"), (22, "at_risk"), (42, "at_risk"), (43, "lapsed")])
def test_one_order_is_judged_by_the_gap_of_the_population(silent: int, expected: str) -> None:
    assert stage(*bought("ann", silent), *WEEKLY) == expected


def test_two_order_days_are_too_few_for_a_gap_of_ones_own_and_three_are_enough() -> None:
    two = lifecycle(*bought("ann", 1, 21), *WEEKLY, *bought("bob", 0, 7)).row(0, named=True)
    assert (two["gap_source"], two["typical_gap_days"], two["median_gap_days"]) == ("population", 7.0, 20.0)
    assert (two["next_expected_order_date"], two["lifecycle_stage"]) == (None, "active")
    three = lifecycle(*bought("ann", 1, 21, 41), *WEEKLY).row(0, named=True)
    assert (three["gap_source"], three["typical_gap_days"]) == ("own", 20.0)
    assert three["next_expected_order_date"] == ago(-19)


def test_orders_of_one_day_are_one_occasion() -> None:
    rows = [*bought("ann", 5, 9), ("ann", ago(5), "purchase", "milk", 2, "1", "0")]
    row = lifecycle(*rows, *WEEKLY).row(0, named=True)
    assert (row["orders"], row["order_days"], row["next_expected_order_date"]) == (4, 2, None)


@pytest.mark.parametrize(("pause", "expected"), [(42, "active"), (43, "reactivated")])
def test_back_after_six_gaps_is_reactivated(pause: int, expected: str) -> None:
    days = [2, 2 + pause, 2 + pause + 7, 2 + pause + 14, 2 + pause + 21]
    assert stage(*bought("ann", *days)) == expected


def test_the_expected_order_is_the_median_gap_after_the_last_half_days_up() -> None:
    row = lifecycle(*bought("ann", 20, 30, 33, 40, 48)).row(0, named=True)
    assert (row["median_gap_days"], row["average_gap_days"]) == (7.5, 7.0)
    assert row["next_expected_order_date"] == ago(12)


def test_without_any_gap_there_is_not_enough_data_and_without_orders_a_prospect() -> None:
    table = lifecycle(*bought("ann", 5), ("bob", ago(1), "view_item", "", 1, "0", "0"))
    assert table["lifecycle_stage"].to_list() == ["not_enough_data", "prospect"]
    assert table["gap_source"].to_list() == [None, None]
    prospect = table.row(1, named=True)
    assert {name for name, value in prospect.items() if value is not None} == {
        "person_id",
        "lifecycle_stage",
        "orders",
        "order_days",
    }


def test_the_population_has_the_median_of_the_peoples_medians() -> None:
    busy = bought("busy", *range(40))
    table = lifecycle(*busy, *bought("slow", 0, 30, 60), *bought("slower", 0, 40, 80), *bought("ann", 90))
    assert table.filter(person_id="ann")["typical_gap_days"].item() == 30.0


def test_habits_of_orders() -> None:
    rows: list[Row] = [
        ("ann", ago(30), "purchase", "tea", 2, "10", "1"),
        ("ann", ago(30), "purchase", "milk", 0, "10", "0"),
        ("ann", ago(20), "purchase", "tea", 2, "10", "0"),
        ("ann", ago(10), "refund", "tea", 1, "-10", "5"),
        ("ann", ago(9), "view_item", "tea", 9, "0", "5"),
    ]
    row = lifecycle(*rows).row(0, named=True)
    assert (row["orders"], row["order_days"]) == (4, 2)
    assert (row["customer_age_days"], row["days_since_order"]) == (30, 20)
    assert (row["refund_rate"], row["basket_size"], row["discount_affinity"]) == (0.25, 0.75, 0.5)


def test_a_refund_rate_is_a_share_even_of_refunds_in_parts() -> None:
    rows: list[Row] = [*bought("ann", 9), ("ann", ago(5), "refund", "tea", 3, "-1", "0")]
    assert lifecycle(*rows)["refund_rate"].to_list() == [1.0]


def test_nothing_in_nothing_out() -> None:
    assert lifecycle().is_empty()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob", "cem"]),
            st.integers(0, 200).map(ago),
            st.sampled_from(["purchase", "refund", "view_item"]),
            st.sampled_from(["tea", "milk"]),
            st.integers(1, 4),
            st.sampled_from(["0", "1.5"]),
            st.sampled_from(["0", "0.5"]),
        ),
        max_size=30,
        unique_by=lambda row: row[:4],
    ),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=40)
def test_the_contract_holds_in_any_order_of_rows(rows: list[Row], chance) -> None:
    table = lifecycle(*rows)
    chance.shuffle(rows)
    assert_frame_equal(lifecycle(*rows), table)
