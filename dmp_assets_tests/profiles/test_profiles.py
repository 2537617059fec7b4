"""Profiles: sums, dates, interests, leaks and edges."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.foundation.publishing import pictures as metadata
from dmp_assets.profiles.charts import rfm_cells, rfm_grid_svg
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets_tests.profiles.support.factories import Row, customers, profiles

DAY = date(2026, 6, 30)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def profile(rows: list[Row], crm: dict[str, str] | None = None, half_life_days: float = 90.0) -> pl.DataFrame:
    return Profiles.validate(profiles(rows, customers(crm or {}), DAY, half_life_days), lazy=True)


MANY: list[Row] = [
    (f"p{person}", ago(person * order), "purchase", f"c{(person + order) % 3}", 1, f"{person}.25", "0.10")
    for person in range(12)
    for order in range(1, person + 2)
    if person * order or order == 1
]


def test_money_counts_and_dates_of_one_person():
    row = profile(
        [
            ("ann", ago(10), "purchase", "tea", 1, "10.00", "2.00"),
            ("ann", ago(10), "purchase", "milk", 0, "5.00", "0.00"),
            ("ann", ago(4), "purchase", "tea", 2, "5.0001", "0.00"),
            ("ann", ago(2), "refund", "tea", 1, "-5.00", "0.00"),
            ("ann", ago(12), "view_item", "", 4, "0", "0"),
            ("ann", ago(1), "view_item", "", 7, "9.00", "9.00"),
        ],
        {"ann": "Oslo", "bob": "Bergen"},
    ).row(0, named=True)
    assert (row["orders"], row["items"], row["events"], row["active_days"]) == (3, 3, 11, 2)
    assert row["revenue"] == Decimal("15.0001")
    assert row["average_order_value"] == Decimal("5.0000")
    assert row["discount"] == Decimal("2.0000")
    assert row["discount_rate"] == pytest.approx(2 / 17.0001)
    assert (row["first_order_date"], row["last_order_date"], row["recency_days"]) == (ago(10), ago(4), 4)
    assert (row["first_seen_at"].date(), row["last_seen_at"].date()) == (ago(12), ago(1))
    assert (row["city"], row["age_range"], row["rfm_group"]) == ("Oslo", None, "Not enough data")


def test_an_old_interest_counts_half_per_half_life():
    rows: list[Row] = [
        ("ann", ago(0), "purchase", "tea", 1, "10", "0"),
        ("ann", ago(90), "purchase", "wine", 1, "30", "0"),
    ]
    row = profile(rows).row(0, named=True)
    assert row["top_categories"] == ["wine", "tea"]
    assert row["top_category_share"] == pytest.approx(15 / 25)
    assert profile(rows, half_life_days=45.0)["top_category"].to_list() == ["tea"]


def test_equal_interests_go_by_name_and_at_most_five_are_named():
    rows: list[Row] = [("ann", ago(3), "purchase", name, 1, "1", "0") for name in "gfedcba"]
    assert profile(rows)["top_categories"].to_list() == [["a", "b", "c", "d", "e"]]


def test_a_long_lapsed_person_keeps_interests():
    row = profile([("ann", ago(4000), "purchase", "tea", 1, "1", "0")], half_life_days=10.0).row(0, named=True)
    assert (row["top_category"], row["top_category_share"]) == ("tea", 1.0)


def test_a_person_who_only_looks_has_nulls_not_zeros():
    row = profile([("ann", DAY, "view_item", "", 1, "0", "0")]).row(0, named=True)
    assert row["rfm_group"] == "No orders"
    assert row["orders"] == 0
    for column in ("recency_days", "average_order_value", "discount_rate", "top_categories", "rfm_score"):
        assert row[column] is None


def test_the_as_of_day_counts_and_the_day_after_does_not():
    rows: list[Row] = [("ann", DAY, "purchase", "tea", 1, "1", "0"), ("ann", ago(-1), "purchase", "tea", 1, "9", "0")]
    row = profile(rows).row(0, named=True)
    assert (row["recency_days"], row["revenue"]) == (0, Decimal(1))


def test_later_rows_change_nothing():
    later: list[Row] = [
        ("p3", ago(-1), "purchase", "c9", 5, "999", "99"),
        ("new", ago(-2), "purchase", "x", 1, "1", "0"),
    ]
    assert_frame_equal(profile([*MANY, *later]), profile(MANY))


def test_order_of_rows_changes_nothing():
    crm = customers({"p1": "Oslo", "p2": "Rome"})
    want = profiles(MANY, crm, DAY, 30.0)
    for seed in range(3):
        shuffled = random.Random(seed).sample(MANY, len(MANY))
        assert_frame_equal(profiles(shuffled, crm.reverse(), DAY, 30.0), want)


@pytest.mark.parametrize(("buyers", "group"), [(4, True), (5, False)])
def test_five_buyers_are_needed_for_scores(buyers: int, group: bool):
    table = profile([(f"p{n}", ago(n), "purchase", "tea", 1, f"{n + 1}", "0") for n in range(buyers)])
    assert (table["rfm_group"] == "Not enough data").all() is group
    assert (table["rfm_score"].null_count() == buyers) is group


def test_refunds_beyond_purchases_keep_the_discount_rate_a_share():
    rows: list[Row] = [
        ("ann", ago(5), "purchase", "tea", 1, "10", "4"),
        ("ann", ago(1), "refund", "tea", 1, "-12", "0"),
        ("bob", ago(5), "purchase", "tea", 1, "10", "4"),
        ("bob", ago(1), "refund", "tea", 1, "-14", "0"),
    ]
    assert profile(rows)["discount_rate"].to_list() == [1.0, None]


def test_whoever_bought_or_got_money_back_has_a_profile_without_any_event():
    rows: list[Row] = [
        ("ann", ago(5), "purchase", "tea", 1, "10", "0"),
        ("bob", ago(3), "refund", "tea", 1, "-4", "0"),
        ("cem", ago(1), "view_item", "tea", 1, "0", "0"),
    ]
    columns = ("person_id", "orders", "revenue", "active_days", "first_seen_at", "last_order_date")
    assert profile(rows).drop("as_of_date").select(columns).rows() == [
        ("ann", 1, Decimal(10), 0, None, ago(5)),
        ("bob", 0, Decimal(-4), 0, None, None),
        ("cem", 0, Decimal(0), 1, datetime.combine(ago(1), time(9)), None),
    ]


def test_nothing_in_nothing_out():
    table = profile([])
    assert table.height == 0
    assert "No scored buyers yet" in rfm_grid_svg(table)


def test_chart_has_every_cell_and_counts_every_scored_person():
    table = profile([*MANY, ("looker", DAY, "view_item", "", 1, "0", "0")])
    cells = rfm_cells(table)
    assert (cells.height, cells["people"].sum()) == (25, 12)
    picture = rfm_grid_svg(table)
    assert picture.startswith("<svg")
    assert len(metadata.picture(picture, "").value) < 100_000  # Dagster stores it four times
