"""The scan against a stable sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from dmp_assets.recommendations.models.kernels.top_k import NONE, keep, shut_out, top_k

SCORES = st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=300)


@settings(deadline=None)  # the first call compiles
@given(SCORES, st.integers(1, 12))
def test_it_is_the_head_of_a_stable_sort(scores: list[float], k: int):
    row = np.array([scores], np.float32)
    positions, values = top_k(row, k)
    order = np.lexsort((np.arange(row.size), -row[0]))
    expected = [int(place) for place in order if row[0, place] > -np.inf][:k]
    assert positions[0].tolist() == expected + [NONE] * (k - len(expected))
    assert values[0, : len(expected)].tolist() == row[0, expected].tolist()


@settings(deadline=None)
@given(SCORES, st.integers(1, 12), st.integers(0, 300))
def test_the_best_are_kept_in_the_order_of_their_positions(scores: list[float], k: int, best: int):
    # One row without many ties too: a later place is higher.
    row = np.array(scores, np.float32) + (np.arange(len(scores)) < best) * np.arange(len(scores), dtype=np.float32)
    positions, values = np.full(k, NONE, np.int32), np.zeros(k, np.float32)
    keep(row, positions, values)
    found, _ = top_k(np.where(row > 0, row, -np.inf)[np.newaxis], k)
    expected = sorted(found[found != NONE].tolist())
    assert positions.tolist() == expected + [NONE] * (k - len(expected))
    assert values[: len(expected)].tolist() == row[expected].tolist()


@pytest.mark.parametrize("items", [64, 128, 1_000])
def test_the_best_of_a_long_row_are_found_wherever_they_are(items: int):
    row = np.random.default_rng(2).permutation(items).astype(np.float32)[np.newaxis]
    assert top_k(row, 7)[1].tolist() == [[items - 1 - place for place in range(7)]]


def test_nan_is_never_among_the_best():
    assert top_k(np.array([[np.nan, 1.0, np.nan]], np.float32), 3)[0].tolist() == [[1, NONE, NONE]]


def test_none_are_asked_for():
    assert top_k(np.ones((2, 3), np.float32), 0)[0].shape == (2, 0)


def test_masked_cells_are_shut_out_of_their_own_row_only():
    scores = np.ones((2, 3), np.float32)
    shut_out(scores, sparse.csr_matrix(np.array([[0, 1, 0], [0, 0, 0]], np.float32)))
    assert top_k(scores, 3)[0].tolist() == [[0, 2, NONE], [0, 1, 2]]
