"""Scaling, summing and what follows where no member has an opinion."""

import numpy as np
from scipy import sparse

from dmp_assets.recommendations.models.kernels.top_k import NONE
from dmp_assets.recommendations.ranking.blend import rank, scale

INF = -np.inf


def scores(*models: list[float]) -> np.ndarray:
    """Return the scores of one person."""
    return np.array(models, np.float32)[:, np.newaxis]


def test_members_are_scaled_to_one_after_masking():
    made = scores([10, 4, 2], [0, 1, 3])
    scale(made, sparse.csr_matrix(np.array([[1, 0, 0]], np.float32)))
    assert made[:, 0].tolist() == [[INF, 1, 0.5], [INF, np.float32(1 / 3), 1]]


def test_negative_scores_alone_are_no_opinion_and_beside_others_they_count():
    made = scores([-1, -2, 0], [-1, 2, 0])
    scale(made, None)
    assert made[:, 0].tolist() == [[0, 0, 0], [-0.5, 1, 0]]


def test_what_has_all_but_faded_is_no_opinion():
    made = scores([1e-40, 0, INF], [2.0**-126, 0, INF])
    scale(made, None)
    assert made[:, 0].tolist() == [[0, 0, INF], [1, 0, INF]]


def test_a_weighted_sum_ranks_and_popularity_follows():
    made = scores([1, 0, 0, 0], [0, 1, -1, 0])
    popular = np.array([[0.1, 0.2, 0.9, 0.8]], np.float32)
    items, values = rank(made, np.array([0.25, 0.75], np.float32), popular, 4)
    assert items.tolist() == [[1, 0, 2, 3]]
    assert np.allclose(values, [[0.75, 0.25, -0.1, -0.2]])


def test_a_weight_of_zero_leaves_a_member_out():
    made = scores([1, 0], [0, 1])
    items, values = rank(made, np.array([0, 1], np.float32), np.array([[0.5, 0.0]], np.float32), 2)
    assert items.tolist() == [[1, 0]]
    assert np.allclose(values, [[1, -0.5]])


def test_masked_items_are_in_no_list_even_where_it_stays_short():
    made = scores([INF, 1], [INF, 0])
    items, values = rank(made, np.array([0.5, 0.5], np.float32), np.ones((1, 2), np.float32), 2)
    assert items.tolist() == [[1, NONE]]
    assert values.tolist() == [[0.5, 0]]
