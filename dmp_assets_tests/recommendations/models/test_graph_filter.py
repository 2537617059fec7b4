"""GF-CF against its definition."""

import numpy as np

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.graph_filter import ALPHA, fit_graph_filter
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


def test_it_is_neighbours_and_the_ideal_low_pass_filter():
    made = build_interactions(random_lines())
    touched = made.touched().toarray().astype(float)
    takers, history = touched.sum(axis=0), touched.sum(axis=1)
    normed = touched / np.sqrt(np.outer(history, takers))
    near = normed.T @ normed
    np.fill_diagonal(near, 0)
    vectors = np.linalg.svd(normed)[2][:5].T
    ideal = (vectors / np.sqrt(takers)[:, np.newaxis]) @ (vectors * np.sqrt(takers)[:, np.newaxis]).T
    found = fit_graph_filter(made, Profile(), neighbours=1_000, tastes=5).scores(made)
    # Scores of neighbours rest on the profile itself, so their norms differ from the paper's by the person's own.
    assert np.allclose(found, touched @ (near + ALPHA * ideal), atol=1e-4)


def test_a_world_too_small_for_tastes_has_neighbours_only():
    made = build_interactions(item_lines([("ann", "a", "purchase", 0)]))
    assert fit_graph_filter(made, Profile()).scores(made).tolist() == [[0]]
