"""EASE against its closed form, and the items it holds."""

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models import ease
from dmp_assets.recommendations.models.ease import ease_columns, fit_ease, linear
from dmp_assets.recommendations.models.kernels import sparse_product
from dmp_assets.recommendations.models.recommender import NO_CAUSE
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


@pytest.mark.parametrize(("block", "few_people"), [(7, 10), (1_024, 10), (1_024, 0)])
def test_it_is_the_closed_form_by_way_of_items_and_of_people(monkeypatch, block: int, few_people: int):
    monkeypatch.setattr(ease, "BLOCK_ITEMS", block)
    monkeypatch.setattr(ease, "FEW_PEOPLE", few_people)
    made = build_interactions(random_lines())
    touched = made.touched().toarray().astype(float)
    inverse = np.linalg.inv(touched.T @ touched + 50 * np.eye(touched.shape[1]))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    columns, said = fit_ease(made, 50)
    assert columns.tolist() == list(range(touched.shape[1]))
    assert np.allclose(said, expected, atol=1e-5)


@pytest.mark.parametrize(("people", "is_by_people"), [(20, True), (21, False)])
def test_the_way_goes_by_people_where_items_are_twice_as_many(monkeypatch, people: int, is_by_people: bool):
    asked = []
    monkeypatch.setattr(ease, "said_by_few", lambda matrix, _: asked.append(matrix.shape))
    rows = [(f"p{item % people:02}", f"i{item:02}", "purchase", 0.0) for item in range(40)]
    fit_ease(build_interactions(item_lines(rows), people=pl.Series(["nobody"])), 50)
    assert bool(asked) == is_by_people


def test_more_targets_than_are_summed_at_once():
    chance = np.random.default_rng(1)
    items = 2 * sparse_product.COLUMNS + 7
    rows = [(f"p{item % 9}", f"i{item:04}", "purchase", 0.0) for item in range(items)]
    made = build_interactions(item_lines(rows))
    said = chance.random((items, items), dtype=np.float32)
    scores = linear(np.arange(items), said, items, Profile()).scores(made)
    assert np.allclose(scores, made.touched().toarray() @ said, rtol=1e-4)


def test_a_large_catalogue_leaves_out_items_with_few_takers(monkeypatch):
    monkeypatch.setattr(ease, "SMALL_CATALOGUE", 1)
    monkeypatch.setattr(ease, "MIN_TAKERS", 2)
    rows = [("ann", "a", "purchase", 0), ("ann", "b", "purchase", 0), ("bob", "b", "purchase", 0)]
    assert ease_columns(build_interactions(item_lines(rows))).tolist() == [1]


def test_too_many_items_are_refused(monkeypatch):
    made = build_interactions(random_lines())
    monkeypatch.setattr(ease, "MAX_ITEMS", made.shape[1])
    fit_ease(made, 100)
    monkeypatch.setattr(ease, "MAX_ITEMS", made.shape[1] - 1)
    with pytest.raises(ValueError, match="EASE would hold"):
        fit_ease(made, 100)


def test_scores_and_causes_over_some_of_the_items():
    made = build_interactions(random_lines(names=("purchase", "view_item")))
    columns, said = fit_ease(made, 50)
    half = columns[::2]
    profile = Profile(half_life_places=3)
    model = linear(half, np.ascontiguousarray(said[::2, ::2]), made.shape[1], profile)
    weights = profile.weights(made).toarray()
    whole = np.zeros((made.shape[1], made.shape[1]))
    whole[np.ix_(half, half)] = said[::2, ::2]
    assert np.allclose(model.scores(made), weights @ whole, atol=1e-5)
    people, items = (grid.ravel() for grid in np.indices(made.shape))
    parts = weights[people] * whole[:, items].T
    expected = np.where(parts.max(axis=1) > 0, parts.argmax(axis=1), NO_CAUSE)
    assert (model.causes(made, people, items) == expected).all()
