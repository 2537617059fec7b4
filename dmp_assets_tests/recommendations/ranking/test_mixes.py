"""The best items under many mixes: those that scaling, adding and sorting give, one mix after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from dmp_assets.recommendations.ranking.blend import rank, scale
from dmp_assets.recommendations.ranking.mixes import best_of_mixes


@settings(deadline=None)  # The first example waits for the compiler.
@given(
    st.integers(1, 3),
    st.integers(0, 4),
    st.sampled_from([1, 5, 63, 64, 65, 200]),
    st.integers(1, 12),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_mixes_are_ranked_as_one_blend_after_the_other(members, people, items, k, is_masked, seed):
    chance = np.random.default_rng(seed)
    scores = chance.choice([0, 0, 0, 1, 2, -1, 0.3], size=(members, people, items)).astype(np.float32)
    mask = sparse.csr_matrix(chance.random((people, items)) < 0.3, dtype=np.float32) if is_masked else None
    weights = chance.choice([0, 0.2, 0.5, 1], size=(3, members)).astype(np.float32)
    fallback = chance.random(items).astype(np.float32)
    before = scores.copy()
    found, heard = best_of_mixes(scores, mask, weights, fallback, k)
    assert (scores == before).all()
    scaled = scores.copy()
    scale(scaled, mask)
    shares = np.broadcast_to(fallback, (people, items))
    for mix, of_mix in zip(weights, found, strict=True):
        assert of_mix.tolist() == rank(scaled, mix, shares, k)[0].tolist()
    assert heard.tolist() == (scaled > 0).any(axis=2).sum(axis=1).tolist()


def test_who_sees_nothing_that_may_be_served_is_not_heard():
    scores = np.array([[[1, 0]], [[1, 1]]], np.float32)
    mask = sparse.csr_matrix(np.array([[1, 0]], np.float32))
    found, heard = best_of_mixes(scores, mask, np.eye(2, dtype=np.float32), np.array([0.5, 0.1], np.float32), 2)
    assert heard.tolist() == [0, 1]
    assert found.tolist() == [[[1, -1]], [[1, -1]]]


@pytest.mark.parametrize("people", [0, 1])
def test_nobody_and_nothing_are_no_error(people: int):
    found, heard = best_of_mixes(
        np.zeros((1, people, 0), np.float32), None, np.ones((1, 1), np.float32), np.zeros(0, np.float32), 3
    )
    assert found.shape == (1, people, 3)
    assert heard.tolist() == [0]
