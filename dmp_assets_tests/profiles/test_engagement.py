"""Engagement: components, windows, and that it tells people apart."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.profiles.engagement import (
    ENGAGEMENT_WEIGHTS,
    SOCIAL_EVENTS,
    build_engagement,
    component_scores,
    engagement_score,
)
from dmp_assets.profiles.schema.activity import Engagement
from dmp_assets_tests.profiles.support.bought import Row
from dmp_assets_tests.profiles.support.table_frames import DAY, VisitRow, activity, facts, visits


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def engagement(rows: list[VisitRow], social: list[Row] | None = None) -> pl.DataFrame:
    said_so, seen = activity(social or []), visits(rows)
    return Engagement.validate(build_engagement(facts(social or [], seen), seen, said_so, DAY, 14.0), lazy=True)


def said(name: str, events: int = 1, days: int = 0, person: str = "ann") -> Row:
    return (person, ago(days), name, "", events, "0", "0")


def test_a_person_in_numbers() -> None:
    rows = [("ann", ago(14), 3, 10), ("ann", ago(20), 3, 10), ("ann", ago(21), 0, 10), ("ann", ago(22), 6, 10)]
    row = engagement(rows, [said("review", 2, 5)]).row(0, named=True)
    assert (row["visits"], row["days_since_visit"], row["social_events"]) == (4, 14, 2)
    assert (row["page_views_per_visit"], row["events_per_visit"]) == (3.0, 10.0)
    assert [row[name] for name in ENGAGEMENT_WEIGHTS] == [0.5, 0.5, 0.5, 0.5]
    assert row["engagement_score"] == 0.5


def test_people_who_behave_differently_score_differently() -> None:
    keen = [("keen", ago(day), 5, 20) for day in range(10)]
    table = engagement([*keen, ("idle", ago(25), 1, 1)])
    idle, much = table["engagement_score"].to_list()
    assert table["person_id"].to_list() == ["idle", "keen"]
    assert 0 < idle < 0.2
    assert much > 0.6


def test_nobody_scores_differently_because_of_others() -> None:
    alone = engagement([("ann", ago(3), 2, 4)])
    crowd = [(f"p{n}", ago(0), 50, 99) for n in range(20)]
    assert engagement([("ann", ago(3), 2, 4), *crowd]).filter(person_id="ann").equals(alone)


def test_the_window_has_thirty_days_and_recency_looks_further_back() -> None:
    row = engagement([("ann", ago(29), 1, 2), ("ann", ago(30), 7, 9)], [said("like", 1, 29), said("like", 1, 30)])
    assert row.select("visits", "social_events", "days_since_visit").rows() == [(1, 1, 29)]
    assert row.select("page_views_per_visit", "events_per_visit").rows() == [(1.0, 2.0)]
    old = engagement([("ann", ago(42), 9, 9)]).row(0, named=True)
    assert (old["visits"], old["frequency_score"], old["depth_score"], old["page_views_per_visit"]) == (0, 0, 0, None)
    assert old["recency_score"] == 0.125
    assert old["engagement_score"] == pytest.approx(0.3 * 0.125)


def test_somebody_who_only_answers_is_engaged_by_that_alone() -> None:
    row = engagement([], [said("survey_answer", 2), said("view_item", 99)]).row(0, named=True)
    assert (row["visits"], row["social_score"], row["recency_score"]) == (0, 0.5, 0.0)
    assert row["engagement_score"] == pytest.approx(0.1)


@pytest.mark.parametrize("name", SOCIAL_EVENTS)
def test_every_social_event_counts(name: str) -> None:
    assert engagement([], [said(name)])["social_events"].to_list() == [1]


def test_nothing_in_nothing_out() -> None:
    assert engagement([]).is_empty()


RAW = ["visits", "days_since_visit", "page_views_per_visit", "events_per_visit", "social_events"]


@given(st.lists(st.integers(0, 12), min_size=5, max_size=5), st.sampled_from(RAW))
@settings(deadline=None, max_examples=60)
def test_more_of_anything_scores_more_and_more_silence_less(amounts: list[int], more: str) -> None:
    less = dict(zip(RAW, amounts, strict=True))
    both = pl.DataFrame([less, {**less, more: less[more] + 1}])
    before, after = both.with_columns(**component_scores(14.0)).select(engagement_score()).to_series()
    assert 0 <= min(before, after) <= max(before, after) <= 1
    assert after < before if more == "days_since_visit" else after > before


@pytest.mark.parametrize("component", ENGAGEMENT_WEIGHTS)
def test_each_component_counts_by_its_weight(component: str) -> None:
    parts = pl.DataFrame({name: [1.0 if name == component else 0.0] for name in ENGAGEMENT_WEIGHTS})
    assert parts.select(engagement_score()).item() == ENGAGEMENT_WEIGHTS[component]
