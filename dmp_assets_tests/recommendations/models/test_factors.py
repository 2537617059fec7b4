"""iALS against a slow dense reference, and what must not change its floats."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, build_interactions
from dmp_assets.recommendations.models import factors
from dmp_assets.recommendations.models.factors import Factors, fit_factors
from dmp_assets.recommendations.models.kernels import ridge
from dmp_assets.recommendations.models.recommender import NO_CAUSE
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines

DIMENSIONS, UNOBSERVED = 5, 0.3
THRESHOLD = 2.0


@pytest.fixture(scope="module")
def world() -> Interactions:
    return build_interactions(random_lines(people=150, items=90, touches=4_000))


def _fit(made: Interactions, threads: int = 2) -> Factors:
    return fit_factors(made, DIMENSIONS, UNOBSERVED, THRESHOLD, threads)


def _regularisation(touched: np.ndarray) -> float:
    people, items = touched.shape
    of_person, of_item = UNOBSERVED * items + touched.sum() / people, UNOBSERVED * people + touched.sum() / items
    return THRESHOLD / np.sqrt(of_person * of_item)


def _solved(touched: np.ndarray, others: np.ndarray, regularisation: float) -> np.ndarray:
    """Return the vectors of the rows by their normal equations, one by one."""
    found = []
    for row in touched:
        weight = UNOBSERVED + row
        held = regularisation * (UNOBSERVED * row.size + row.sum())
        left = (others * weight[:, np.newaxis]).T @ others + held * np.eye(others.shape[1])
        found.append(np.linalg.solve(left, others.T @ row))
    return np.array(found)


def _objective(touched: np.ndarray, people: np.ndarray, items: np.ndarray, regularisation: float) -> float:
    said = people @ items.T
    loss = (touched * (1 - said) ** 2).sum() + UNOBSERVED * (said**2).sum()
    for side, own in ((people, touched), (items, touched.T)):
        loss += regularisation * ((UNOBSERVED * own.shape[1] + own.sum(axis=1)) * (side**2).sum(axis=1)).sum()
    return float(loss)


def test_the_objective_is_as_low_as_that_of_exact_solutions_in_turn(world):
    touched = world.touched().toarray().astype(float)
    regularisation = _regularisation(touched)
    items = np.random.default_rng(3).normal(0, 0.5, (touched.shape[1], DIMENSIONS))
    for _ in range(100):
        people = _solved(touched, items, regularisation)
        items = _solved(touched.T, people, regularisation)
    least = _objective(touched, _solved(touched, items, regularisation), items, regularisation)
    found = _fit(world).items.vectors.astype(float)
    reached = _objective(touched, _solved(touched, found, regularisation), found, regularisation)
    assert reached <= 1.002 * least
    nothing = _objective(touched, np.zeros((touched.shape[0], 1)), np.zeros((touched.shape[1], 1)), regularisation)
    assert least < 0.8 * nothing


def test_a_person_is_scored_by_the_normal_equations(world):
    touched = world.touched().toarray().astype(float)
    model = _fit(world)
    people = _solved(touched, model.items.vectors.astype(float), _regularisation(touched))
    assert np.allclose(model.scores(world), people @ model.items.vectors.T, atol=5e-4)


def test_a_person_alone_has_the_floats_of_the_batch(world):
    model = fit_factors(world)
    batch = model.scores(world)
    order = np.random.default_rng(1).permutation(world.shape[0])
    assert np.array_equal(model.scores(world.rows(order)), batch[order])
    for person in order[:20]:
        assert np.array_equal(model.scores(world.rows(np.array([person]))), batch[[person]])


def test_threads_and_parts_change_no_float(world, monkeypatch):
    together = fit_factors(world, dimensions=128).scores(world)
    monkeypatch.setattr(ridge, "PARTS", 3)
    with threadpool_limits(1):
        assert np.array_equal(fit_factors(world, dimensions=128, threads=1).scores(world), together)
        assert np.array_equal(fit_factors(world, dimensions=128, threads=2).scores(world), together)


def test_of_many_pairs_some_people_are_swept_over_and_then_everybody_once(world, monkeypatch):
    rare = world.items.len() - 1
    whole = _fit(world)
    monkeypatch.setattr(factors, "MAX_PAIRS", world.pair_item.size // 3)
    swept = []
    swept_over = factors._swept
    monkeypatch.setattr(
        factors, "_swept", lambda touched, *rest: swept.append(touched.shape[0]) or swept_over(touched, *rest)
    )
    drawn = _fit(world)
    assert 20 < swept[0] < 80
    assert swept[1:] == [world.shape[0]]
    assert np.abs(drawn.items.vectors[rare]).max() > 0
    assert not np.array_equal(drawn.items.vectors, whole.items.vectors)
    assert np.array_equal(_fit(world).items.vectors, drawn.items.vectors)
    assert np.corrcoef(drawn.scores(world).ravel(), whole.scores(world).ravel())[0, 1] > 0.9


def test_people_without_a_touch_have_no_opinion_and_change_nothing(world):
    strangers = build_interactions(random_lines(people=150, items=90, touches=4_000), people=pl.Series(["a", "q", "z"]))
    scores = _fit(strangers).scores(strangers)
    unknown = strangers.people.is_in(["a", "q", "z"]).to_numpy()
    assert not scores[unknown].any()
    assert np.array_equal(scores[~unknown], _fit(world).scores(world))


def test_fewer_people_and_items_than_dimensions():
    rows = [("ann", "a", "purchase", 0.0), ("ann", "b", "purchase", 0.0), ("bob", "a", "purchase", 0.0)]
    made = build_interactions(item_lines(rows))
    scores = fit_factors(made, dimensions=64, threshold=0.1).scores(made)
    assert np.isfinite(scores).all()
    assert scores.shape == (2, 2)
    assert scores[0].min() > scores[1, 1] > 0


def test_nobody_and_nothing_are_no_error(world):
    nothing = build_interactions(item_lines([]))
    assert fit_factors(nothing).scores(nothing).shape == (0, 0)
    nobody = world.rows(np.empty(0, np.int64))
    assert fit_factors(nobody).scores(world).tolist() == np.zeros(world.shape).tolist()
    assert _fit(world).scores(nobody).shape == (0, world.shape[1])


def test_a_taste_has_no_cause(world):
    people = np.arange(3)
    assert _fit(world).causes(replace(world, held={}), people, people).tolist() == [NO_CAUSE] * 3
