"""GF-CF against its definition."""

import numpy as np
import pytest

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models import graph_filter
from dmp_assets.recommendations.models.graph_filter import ALPHA, fit_graph_filter
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


@pytest.mark.parametrize("max_gram", [0, 3_000], ids=["by iteration", "by the Gram matrix"])
@pytest.mark.parametrize(("people", "items"), [(60, 40), (30, 80)], ids=["more people", "more items"])
def test_it_is_neighbours_and_the_ideal_low_pass_filter(monkeypatch, max_gram: int, people: int, items: int):
    monkeypatch.setattr(graph_filter, "MAX_GRAM", max_gram)
    monkeypatch.setattr(graph_filter, "CLOSE", 0.0)
    made = build_interactions(random_lines(people=people, items=items))
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


def test_of_many_pairs_tastes_are_found_among_some_people(monkeypatch):
    monkeypatch.setattr(graph_filter, "MAX_GRAM", 0)
    made = build_interactions(random_lines(people=300, touches=6_000))
    everybody = fit_graph_filter(made, Profile(), tastes=3)
    monkeypatch.setattr(graph_filter, "MAX_PAIRS", made.pair_item.size // 2)
    some, again = (fit_graph_filter(made, Profile(), tastes=3) for _ in range(2))
    assert (some.from_tastes == again.from_tastes).all()
    assert (some.from_tastes != everybody.from_tastes).any()
    # What is common to all shows among half of them: the projections are close.
    apart = [model.to_tastes @ model.from_tastes for model in (everybody, some)]
    assert np.corrcoef(apart[0].ravel(), apart[1].ravel())[0, 1] > 0.8


def test_a_world_too_small_for_tastes_has_neighbours_only():
    made = build_interactions(item_lines([("ann", "a", "purchase", 0)]))
    assert fit_graph_filter(made, Profile()).scores(made).tolist() == [[0]]
