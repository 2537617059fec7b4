"""Item neighbours against their formulas, worked out densely."""

import numpy as np
import pytest

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.item_neighbours import (
    MANY,
    SHRINK,
    fit_item_knn,
    fit_rp3beta,
    item_item,
    similar_items,
)
from dmp_assets.recommendations.models.recommender import NO_CAUSE
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


def test_item_knn_is_shared_takers_over_the_norm():
    made = build_interactions(random_lines())
    touched = made.touched().toarray()
    takers = touched.sum(axis=0)
    expected = (touched.T @ touched) / (np.outer(takers**0.3, takers**0.7) + SHRINK)
    np.fill_diagonal(expected, 0)
    assert np.allclose(fit_item_knn(made, 1_000).toarray(), expected, rtol=1e-5)


def test_a_large_catalogue_that_few_people_share_gives_the_same():
    """Each item shares people with few others there, and these alone are visited."""
    made = build_interactions(random_lines(people=300, items=3_000, touches=900))
    touched = made.touched().toarray()
    # Both ways are taken: most items have few touches beside their own, popular ones have many.
    beside = touched.T @ touched.sum(axis=1)
    assert (MANY * beside < made.shape[1]).sum() > 20
    assert (MANY * beside >= made.shape[1]).sum() > 20
    takers = touched.sum(axis=0)
    expected = (touched.T @ touched) / (np.outer(takers**0.3, takers**0.7) + SHRINK)
    np.fill_diagonal(expected, 0)
    found = fit_item_knn(made, 1_000)
    assert np.allclose(found.toarray(), expected, rtol=1e-5)


def test_rp3beta_is_the_walk_over_the_popularity_of_the_target():
    made = build_interactions(random_lines())
    touched = made.touched().toarray().astype(float)
    takers, history = touched.sum(axis=0), touched.sum(axis=1)
    to_people = (touched / takers).T ** 0.6
    to_items = (touched / history[:, np.newaxis]) ** 0.6
    expected = (to_people @ to_items / takers**0.3).T
    np.fill_diagonal(expected, 0)
    assert np.allclose(fit_rp3beta(made, 1_000).toarray(), expected, rtol=1e-4)


@pytest.mark.parametrize("kept", [1, 3])
def test_the_best_touched_items_of_every_target_are_kept(kept: int):
    made = build_interactions(random_lines())
    everything, best = fit_item_knn(made, 1_000).toarray(), fit_item_knn(made, kept).toarray()
    for target, row in enumerate(everything):
        expected = np.lexsort((np.arange(row.size), -row))[:kept]
        assert np.flatnonzero(best[target]).tolist() == sorted(place for place in expected if row[place] > 0)


def test_scores_add_up_over_the_profile_and_the_largest_part_is_the_cause():
    made = build_interactions(random_lines(names=("purchase", "view_item")))
    profile = Profile(half_life_days=20)
    model = item_item(fit_item_knn(made, 10), profile)
    weights, said = profile.weights(made).toarray(), model.said.tocsr().T.toarray()
    assert np.allclose(model.scores(made), weights @ said.T, rtol=1e-5)
    people, items = (grid.ravel() for grid in np.indices(made.shape))
    parts = weights[people] * said[items]
    expected = np.where(parts.max(axis=1) > 0, parts.argmax(axis=1), NO_CAUSE)
    assert model.causes(made, people, items).tolist() == expected.tolist()


def test_similar_items_are_ranked_with_their_shared_people():
    rows = [
        (person, item, "purchase", 0.0)
        for person, items in {"p": "abc", "q": "ab", "r": "bc"}.items()
        for item in items
    ]
    rows += [(f"only {number}", "c", "purchase", 0.0) for number in range(500)]
    near = similar_items(build_interactions(item_lines(rows)), k=1)
    assert near.select("item_id", "rank", "similar_item_id", "people_together").rows() == [
        ("a", 1, "b", 2),
        ("b", 1, "a", 2),
        ("c", 1, "b", 2),
    ]
