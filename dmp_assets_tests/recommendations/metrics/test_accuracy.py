"""Metrics of ranked lists, against counting by hand."""

import math
import statistics

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.recommendations.metrics.accuracy import (
    GROUPS,
    average_precision,
    hit_rate,
    judge,
    mean_and_error,
    ndcg,
    paired_difference,
    paired_differences,
    recall,
)
from dmp_assets.recommendations.metrics.beyond_accuracy import (
    coverage,
    gini,
    novelty,
    popularity_lift,
    popularity_of_own,
)

Lists = dict[str, list[int]]
Truth = dict[str, set[int]]


def ranked_frame(lists: Lists) -> pl.DataFrame:
    rows = [(person, rank, item) for person, items in lists.items() for rank, item in enumerate(items, start=1)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "rank": pl.Int64, "item_id": pl.Int64}, orient="row")


def truth_frame(truth: Truth) -> pl.DataFrame:
    rows = [(person, item) for person, items in truth.items() for item in items]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "item_id": pl.Int64}, orient="row")


people_lists = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.integers(0, 12), unique=True, max_size=13))
people_truth = st.dictionaries(
    st.sampled_from("abcdef"), st.sets(st.integers(0, 12), min_size=1, max_size=9), min_size=1
)


@given(people_lists, people_truth, st.integers(1, 14))
@settings(deadline=None)
def test_metrics_equal_brute_force(lists: Lists, truth: Truth, k: int):
    judged = judge(ranked_frame(lists), truth_frame(truth))
    assert judged.people.to_list() == sorted(truth)
    for place, person in enumerate(sorted(truth)):
        head, wanted = lists.get(person, [])[:k], truth[person]
        ranks = [rank for rank, item in enumerate(head, start=1) if item in wanted]
        best = min(k, len(wanted))
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, best + 1))
        precision = sum(hits / rank for hits, rank in enumerate(ranks, start=1))
        assert recall(judged, k)[place] == len(ranks) / len(wanted)
        assert hit_rate(judged, k)[place] == float(bool(ranks))
        assert ndcg(judged, k)[place] == pytest.approx(sum(1 / math.log2(rank + 1) for rank in ranks) / ideal)
        assert average_precision(judged, k)[place] == pytest.approx(precision / best)


def test_a_perfect_list_scores_one_also_where_the_truth_is_longer():
    judged = judge(ranked_frame({"a": [1, 2]}), truth_frame({"a": {1, 2, 3}}))
    assert ndcg(judged, 2).tolist() == average_precision(judged, 2).tolist() == hit_rate(judged, 2).tolist() == [1.0]
    assert recall(judged, 2).tolist() == [2 / 3]


def test_a_place_counts_at_its_cutoff_and_not_before():
    judged = judge(ranked_frame({"a": [9, 8, 1]}), truth_frame({"a": {1}}))
    assert (recall(judged, 2).tolist(), recall(judged, 3).tolist()) == ([0.0], [1.0])


def test_order_and_repetition_of_rows_change_nothing():
    ranked, truth = ranked_frame({"a": [1, 2, 3], "b": [3, 1]}), truth_frame({"a": {2, 3}, "b": {1}})
    again = judge(ranked.reverse(), pl.concat([truth, truth]).reverse())
    assert ndcg(again, 3).tolist() == ndcg(judge(ranked, truth), 3).tolist()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50))
@settings(deadline=None)
def test_mean_and_error_equal_the_library(values: list[float]):
    mean, error = mean_and_error(np.array(values))
    assert mean == pytest.approx(statistics.fmean(values))
    assert error == pytest.approx(statistics.stdev(values) / math.sqrt(len(values)), abs=1e-9)


def test_the_interval_is_that_of_the_normal_where_there_are_many_people():
    chance = np.random.default_rng(3)
    ours, others = chance.random(2000), chance.random(2000)
    found = paired_difference(ours, others)
    mean, error = mean_and_error(ours - others)
    assert found.difference == pytest.approx(mean)
    assert found.low == pytest.approx(mean - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(mean + 1.96 * error, abs=0.15 * error)


def test_the_interval_equals_that_of_drawing_people_one_by_one():
    differences = np.repeat([0.0, 0.5, -1.0], [6, 5, 1])
    chance = np.random.default_rng(1)
    drawn = chance.choice(differences, size=(20_000, differences.size)).mean(axis=1)
    found = paired_difference(differences, np.zeros(differences.size), resamples=20_000)
    # The mean takes steps of 0.5 / 12, so the ends of both intervals are the same or one step apart.
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.5 / 12 + 1e-9)


def test_pairs_judged_together_have_the_intervals_of_pairs_judged_alone():
    differences = np.random.default_rng(2).normal(0.1, 1, (50, 3))
    alone = [paired_difference(column, np.zeros(50)) for column in differences.T]
    for one, other in zip(paired_differences(differences), alone, strict=True):
        assert [one.difference, one.low, one.high] == pytest.approx([other.difference, other.low, other.high])


def test_a_difference_is_above_only_where_the_whole_interval_is():
    clear, even = np.full(50, 0.1), np.tile([0.1, -0.1], 25)
    assert paired_difference(clear, np.zeros(50)).is_above
    assert not paired_difference(even, np.zeros(50)).is_above
    assert not paired_difference(np.zeros(50), np.zeros(50)).is_above


def test_values_that_are_no_pairs_and_nobody_are_refused():
    with pytest.raises(ValueError, match="no pairs"):
        paired_difference(np.zeros(3), np.zeros(2))
    with pytest.raises(ValueError, match="nobody"):
        paired_difference(np.zeros(0), np.zeros(0))


@given(people_lists, st.integers(1, 14))
@settings(deadline=None)
def test_coverage_and_gini_equal_brute_force(lists: Lists, k: int):
    shown = [item for items in lists.values() for item in items[:k]]
    counts = sorted(shown.count(item) for item in range(13))
    assert coverage(ranked_frame(lists), 13, k) == len(set(shown)) / 13
    pairs = sum(abs(one - other) for one in counts for other in counts)
    assert gini(ranked_frame(lists), 13, k) == pytest.approx(pairs / (2 * 13 * sum(counts)) if shown else 0.0)


def test_novelty_of_an_item_that_nobody_took_is_that_of_one_taker():
    takers = pl.DataFrame({"item_id": [1, 2], "takers": [1, 8]})
    assert novelty(ranked_frame({"a": [1], "b": [7], "c": [2]}), takers, 8, 1).tolist() == [3.0, 3.0, 0.0]


def test_novelty_looks_at_the_first_places_only():
    takers = pl.DataFrame({"item_id": [1, 2], "takers": [1, 8]})
    ranked = ranked_frame({"a": [2, 1]})
    assert (novelty(ranked, takers, 8, 1).tolist(), novelty(ranked, takers, 8, 2).tolist()) == ([0.0], [1.5])


def test_popularity_lift_by_hand():
    takers = pl.DataFrame({"item_id": [1, 2, 3], "takers": [2, 4, 9]})
    profiles = truth_frame({"a": {1}, "b": {2}, "nobody": {3}})
    value, error = popularity_lift(
        ranked_frame({"a": [2], "b": [3], "new": [3]}), popularity_of_own(profiles, takers), takers, 1
    )
    assert value == pytest.approx((4 + 9) / (2 + 4) - 1)
    residuals = [4 - 13 / 6 * 2, 9 - 13 / 6 * 4]
    assert error == pytest.approx(statistics.stdev(residuals) / math.sqrt(2) / 3)


def test_popularity_lift_of_one_person_is_unknown():
    takers = pl.DataFrame({"item_id": [1], "takers": [2]})
    owned = popularity_of_own(truth_frame({"a": {1}}), takers)
    value, error = popularity_lift(ranked_frame({"a": [1]}), owned, takers, 1)
    assert math.isnan(value)
    assert math.isnan(error)


@pytest.mark.parametrize("people", [GROUPS + 1, GROUPS * 3 // 2])
def test_people_beyond_the_groups_have_the_interval_of_the_normal(people: int):
    values = np.random.default_rng(5).random(people) + 10
    found = paired_difference(values, np.zeros(people))
    mean, error = mean_and_error(values)
    assert found.difference == pytest.approx(mean, abs=1e-12)
    assert [found.low, found.high] == pytest.approx([mean - 1.96 * error, mean + 1.96 * error], abs=0.15 * error)
