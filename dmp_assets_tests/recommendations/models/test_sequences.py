"""What follows what."""

import numpy as np
import pytest

from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models import sequences as module
from dmp_assets.recommendations.models.item_neighbours import SHRINK
from dmp_assets.recommendations.models.sequences import fit_covisit, fit_next_item, sequences
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


def walk(*days_and_items: tuple[float, str]) -> list[tuple[str, str, str, float]]:
    return [("ann", item, "view_item", day) for day, item in days_and_items]


def test_touches_stand_in_the_order_of_time_and_baskets_share_a_moment():
    made = build_interactions(item_lines([*walk((3, "a"), (1, "b"), (2, "a"), (2, "c")), ("bob", "c", "view_item", 9)]))
    found = sequences(made)
    assert found.item.tolist() == [1, 0, 2, 0, 2]
    assert found.moment.tolist() == [0, 1, 1, 2, 0]
    assert found.first.tolist() == [0, 4, 5]


@pytest.mark.parametrize(("most", "kept"), [(2, [1, 2]), (3, [0, 1, 2])])
def test_long_sequences_are_capped_to_the_newest(monkeypatch, most: int, kept: list[int]):
    monkeypatch.setattr(module, "MAX_HISTORY", most)
    made = build_interactions(item_lines(walk((1, "a"), (2, "b"), (3, "c"))))
    assert sequences(made).item.tolist() == kept


def test_covisits_are_directed_decay_with_distance_and_leave_baskets_out():
    made = build_interactions(item_lines(walk((1, "a"), (2, "b"), (2, "c"), (3, "d"))))
    found = fit_covisit(made).toarray() * (1 + SHRINK)
    half = 0.5 ** (1 / 3)
    assert np.allclose(found, [[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [half, 1, 1, 0]])


def test_an_item_may_follow_itself_but_people_do_not_follow_each_other():
    made = build_interactions(item_lines([*walk((1, "a"), (2, "a")), ("bob", "b", "view_item", 3)]))
    assert (fit_covisit(made).toarray() > 0).tolist() == [[True, False], [False, False]]


def test_the_next_item_is_a_ridge_regression_on_what_came_before():
    made = build_interactions(random_lines(people=20, items=8, touches=200))
    found, window = sequences(made), module.WINDOW
    before, after = np.zeros((found.item.size, 8)), np.zeros((found.item.size, 8))
    for person in range(20):
        for touch in range(found.first[person], found.first[person + 1]):
            after[touch, found.item[touch]] = 1
            for earlier in range(max(found.first[person], touch - window), touch):
                gap = found.moment[touch] - found.moment[earlier]
                before[touch, found.item[earlier]] += 0.5 ** ((gap - 1) / 3) if gap else 0
    expected = np.linalg.solve(before.T @ before + 10 * np.eye(8), before.T @ after)
    assert np.allclose(fit_next_item(made, 10)[1], expected, atol=1e-4)


def test_what_came_before_is_found_among_items_that_did_not():
    rows = [("ann", "b", "purchase", 0.0), ("ann", "d", "purchase", 1.0), ("bob", "a", "purchase", 0.0)]
    made = build_interactions(item_lines([*rows, ("cid", "c", "purchase", 0.0)]))
    target, before = fit_covisit(made, 2).nonzero()
    assert (target.tolist(), before.tolist()) == ([3], [1])
