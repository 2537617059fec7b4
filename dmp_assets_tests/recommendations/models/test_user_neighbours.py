"""People's neighbours against their definition."""

import numpy as np
import pytest

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.user_neighbours import fit_user_knn
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


@pytest.mark.parametrize("kept", [1, 5, 1_000])
def test_scores_are_the_nearest_profiles_times_their_cosine(kept: int):
    made = build_interactions(random_lines())
    profile = Profile(half_life_days=30)
    unit = profile.weights(made).toarray().astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, 0)
    worst = np.sort(cosines, axis=1)[:, ::-1][:, min(kept, cosines.shape[1]) - 1]
    expected = np.where(cosines >= worst[:, np.newaxis], cosines, 0) @ unit
    assert np.allclose(fit_user_knn(made, profile, kept).scores(made), expected, atol=1e-5)


def test_people_unknown_to_the_model_have_neighbours_and_nobody_is_their_own():
    made = build_interactions(item_lines([("ann", "a", "purchase", 0), ("ann", "b", "purchase", 0)]))
    model = fit_user_knn(made, Profile())
    assert model.scores(made).tolist() == [[0, 0]]
    new = build_interactions(item_lines([("zoe", "a", "purchase", 0), ("zoe", "b", "view_item", 0)]))
    assert model.scores(new)[0].tolist() == pytest.approx([0.5**0.5, 0.5**0.5])
