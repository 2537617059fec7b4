"""The scan against a stable sort."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from dmp_assets.recommendations.top_k import NONE, shut_out, top_k

SCORES = st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=60)


@settings(deadline=None)  # the first call compiles
@given(SCORES, st.integers(1, 12))
def test_it_is_the_head_of_a_stable_sort(scores: list[float], k: int):
    row = np.array([scores], np.float32)
    positions, values = top_k(row, k)
    order = np.lexsort((np.arange(row.size), -row[0]))
    expected = [int(place) for place in order if row[0, place] > -np.inf][:k]
    assert positions[0].tolist() == expected + [NONE] * (k - len(expected))
    assert values[0, : len(expected)].tolist() == row[0, expected].tolist()


def test_nan_is_never_among_the_best():
    assert top_k(np.array([[np.nan, 1.0, np.nan]], np.float32), 3)[0].tolist() == [[1, NONE, NONE]]


def test_none_are_asked_for():
    assert top_k(np.ones((2, 3), np.float32), 0)[0].shape == (2, 0)


def test_masked_cells_are_shut_out_of_their_own_row_only():
    scores = np.ones((2, 3), np.float32)
    shut_out(scores, sparse.csr_matrix(np.array([[0, 1, 0], [0, 0, 0]], np.float32)))
    assert top_k(scores, 3)[0].tolist() == [[0, 2, NONE], [0, 1, 2]]
