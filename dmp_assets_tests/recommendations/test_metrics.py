"""Metrics of ranked lists, against counting by hand."""

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.recommendations.metrics import hit_rate, mean_and_error, ndcg, recall


@st.composite
def judged_lists(draw) -> tuple[list[int], set[int], int]:
    """Return a ranked list without repeats, the true items, and a cutoff."""
    ranked = draw(st.lists(st.integers(0, 30), unique=True, max_size=20))
    truth = draw(st.sets(st.integers(0, 30), min_size=1, max_size=15))
    return ranked, truth, draw(st.integers(1, 20))


@given(judged_lists())
@settings(deadline=None)
def test_metrics_equal_brute_force(case: tuple[list[int], set[int], int]):
    ranked, truth, k = case
    hits = [item in truth for item in ranked]
    found = set(ranked[:k]) & truth
    assert recall(hits, len(truth), k) == len(found) / len(truth)
    assert hit_rate(hits, len(truth), k) == (1.0 if found else 0.0)
    gain = sum(1 / math.log2(ranked.index(item) + 2) for item in found)
    best = sum(1 / math.log2(place + 2) for place in range(min(k, len(truth))))
    assert ndcg(hits, len(truth), k) == pytest.approx(gain / best)
    assert 0 <= ndcg(hits, len(truth), k) <= 1 + 1e-12


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50))
@settings(deadline=None)
def test_mean_and_error_equal_the_library(values: list[float]):
    mean, error = mean_and_error(values)
    assert mean == pytest.approx(statistics.fmean(values))
    assert error == pytest.approx(statistics.stdev(values) / math.sqrt(len(values)), abs=1e-9)


def test_a_perfect_list_scores_one():
    assert ndcg([True, True, False], 2, 3) == recall([True, True, False], 2, 3) == 1.0
