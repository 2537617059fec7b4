"""Segments: who is in which, why, and when there are none."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import adjusted_rand_score

from dmp_assets.foundation.publishing import pictures as metadata
from dmp_assets.profiles.schema.profiles import RFM_GROUPS, Profiles
from dmp_assets.segments.charts import cluster_scatter_svg
from dmp_assets.segments.clusters import FEATURES, cluster_reasons, every_nth, fit_clusters, standardised
from dmp_assets.segments.rfm import DESCRIPTIONS
from dmp_assets.segments.schema import Memberships, Segments
from dmp_assets.segments.segments import build_segments
from dmp_assets_tests.profiles.support import factories
from dmp_assets_tests.profiles.support.factories import Row, customers

DAY = date(2026, 6, 30)


def shopper(person: str, recency: int, orders: int, value: float) -> list[Row]:
    return [
        (person, DAY - timedelta(days=recency + place), "purchase", "tea", 1, f"{value:.2f}", "1.00")
        for place in range(orders)
    ]


def profiles(rows: list[Row]) -> pl.DataFrame:
    return factories.profiles(rows, customers({}), DAY)


def three_kinds(each: int) -> pl.DataFrame:
    """Return profiles of three plain kinds of shoppers, ``each`` of a kind."""
    chance = np.random.default_rng(3)
    rows: list[Row] = []
    for place in range(each):
        rows += shopper(
            f"best{place:03}", int(chance.integers(0, 3)), int(chance.integers(35, 45)), chance.uniform(90, 110)
        )
        rows += shopper(
            f"calm{place:03}", int(chance.integers(20, 30)), int(chance.integers(6, 9)), chance.uniform(40, 50)
        )
        rows += shopper(f"gone{place:03}", int(chance.integers(250, 300)), 1, chance.uniform(4, 6))
    return profiles([*rows, ("looker", DAY, "view_item", "", 1, "0", "0")])


def checked(table: pl.DataFrame, seed: int = 7) -> tuple[pl.DataFrame, pl.DataFrame]:
    segments, memberships = build_segments(table, DAY, seed)
    return Segments.validate(segments, lazy=True), Memberships.validate(memberships, lazy=True)


def test_planted_kinds_are_found_named_and_ordered_by_revenue():
    segments, memberships = checked(three_kinds(30))
    clusters = segments.filter(pl.col("kind") == "cluster")
    assert clusters["segment_id"].to_list() == ["cluster_1", "cluster_2", "cluster_3"]
    assert clusters["people"].to_list() == [30, 30, 30]
    assert clusters["mean_revenue"].is_sorted(descending=True)
    assert clusters["segment_name"][0] == "Frequent, high spend, recent, full price"
    assert clusters["segment_name"][2].startswith("Rare, low spend, lapsed")
    in_clusters = memberships.filter(pl.col("kind") == "cluster")
    assert adjusted_rand_score(in_clusters["segment_id"], in_clusters["person_id"].str.slice(0, 4)) == 1.0


def test_people_and_shares_add_up_and_agree_with_memberships():
    table = three_kinds(20)
    segments, memberships = checked(table)
    by_kind = dict(segments.group_by("kind").agg(pl.col("people").sum()).iter_rows())
    assert by_kind == {"rfm": 61, "cluster": 60}
    counted = memberships.group_by("segment_id").len()
    both = segments.filter(pl.col("people") > 0).join(counted, on="segment_id", how="full")
    assert (both["people"] == both["len"]).all()
    assert segments.filter(pl.col("kind") == "rfm")["share_rate"].sum() == pytest.approx(1)


def test_rfm_reasons_show_the_scores():
    table = three_kinds(20)
    _, memberships = checked(table)
    reasons = dict(memberships.filter(pl.col("kind") == "rfm").select("person_id", "reason").iter_rows())
    row = table.filter(pl.col("person_id") == "best000").row(0, named=True)
    r, f, m = row["rfm_score"]
    assert reasons["best000"] == f"recency {r}, frequency {f}, monetary {m} (of 5)"
    assert reasons["looker"] == "no order up to the as-of day"


@pytest.mark.parametrize("seed", range(8))
def test_labels_and_reasons_follow_from_the_distances(seed: int):
    buyers = three_kinds(20).filter(pl.col("orders") > 0)
    clusters = fit_clusters(buyers, seed)
    assert clusters is not None
    points = standardised(buyers)
    for person in (0, 25, 59):
        squares = (points[person] - clusters.centres) ** 2
        own, following = np.argsort(squares.sum(axis=1))[:2]
        first, second = np.argsort(squares[own] - squares[following])[:2]
        assert clusters.labels[person] == own
        assert cluster_reasons(clusters)[person] == (
            f"nearest of {len(clusters.centres)} cluster centres; nearer than cluster_{following + 1} most on "
            f"{FEATURES[first]} and {FEATURES[second]}"
        )


@pytest.mark.parametrize(("buyers", "status"), [(49, "not_enough_data"), (50, "ok")])
def test_fifty_buyers_are_needed_for_clusters(buyers: int, status: str):
    rows = [row for n in range(buyers) for row in shopper(f"p{n:02}", n % 7, 1 + n % 3, 5.0 + n)]
    segments, memberships = checked(profiles(rows))
    clusters = segments.filter(pl.col("kind") == "cluster")
    assert set(clusters["status"]) == {status}
    assert (memberships["kind"] == "cluster").sum() == (buyers if status == "ok" else 0)
    if status != "ok":
        assert clusters["description"].to_list() == ["Clusters need 50 buyers; there are 49."]


def test_buyers_who_are_all_alike_are_no_clusters():
    segments, memberships = checked(profiles([row for n in range(60) for row in shopper(f"p{n}", 3, 2, 5.0)]))
    none = segments.filter(pl.col("segment_id") == "cluster_none")
    assert none["description"][0].startswith("All 60 buyers are alike")
    assert set(memberships["kind"]) == {"rfm"}


def test_order_of_rows_and_a_second_run_change_nothing():
    chance = np.random.default_rng(11)
    rows = [
        row
        for place in range(150)
        for row in shopper(
            f"p{place:03}", int(chance.exponential(40)), 1 + int(chance.exponential(6)), chance.uniform(1, 90)
        )
    ]
    table = profiles(rows)
    want = build_segments(table, DAY, 7)
    for seed in range(3):
        shuffled = table.sample(fraction=1, shuffle=True, seed=seed)
        for got, expected in zip(build_segments(shuffled), want, strict=True):
            assert_frame_equal(got, expected, check_exact=True)


def test_every_group_of_profiles_has_a_segment():
    allowed = Profiles.to_schema().columns["rfm_group"].checks[0].statistics["allowed_values"]
    assert set(allowed) == set(DESCRIPTIONS)
    assert set(RFM_GROUPS) < set(DESCRIPTIONS)


def test_nobody_gives_segments_that_say_so():
    empty = three_kinds(1).clear()
    segments, memberships = checked(empty)
    assert memberships.height == 0
    assert set(segments.filter(pl.col("segment_name") != "No orders")["status"]) == {"not_enough_data"}
    assert "No clusters yet" in cluster_scatter_svg(empty, memberships)
    for table, model in zip(build_segments(empty), (Segments, Memberships), strict=True):
        assert model.validate(table, lazy=True).height == 0


def test_samples_are_spread_and_whole_when_small():
    assert every_nth(3, 5).tolist() == [0, 1, 2]
    assert every_nth(0, 5).tolist() == []
    assert len(set(every_nth(12_345, 5_000).tolist())) == 5_000


def test_chart_is_small():
    table = three_kinds(25)
    picture = cluster_scatter_svg(table, build_segments(table)[1])
    assert picture.startswith("<svg")
    assert len(metadata.picture(picture, "").value) < 100_000  # Dagster stores it four times
