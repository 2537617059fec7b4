"""Which lines are interactions, and in what order they stand."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.dataset import interaction_matrix
from dmp_assets.recommendations.dataset.interaction_matrix import (
    Interactions,
    build_interactions,
    limited,
    most_touched,
)
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


def cells(matrix, interactions: Interactions) -> set[tuple[str, str]]:
    rows, columns = matrix.nonzero()
    people, items = interactions.people.to_list(), interactions.items.to_list()
    return {(people[row], items[column]) for row, column in zip(rows, columns, strict=True)}


def test_every_event_touches_and_only_purchases_buy():
    made = build_interactions(
        item_lines([("ann", "a", "view_item", 0), ("ann", "b", "purchase", 1), ("bob", "a", "add_to_cart", 2)])
    )
    assert cells(made.touched(), made) == {("ann", "a"), ("ann", "b"), ("bob", "a")}
    assert cells(made.bought(), made) == {("ann", "b")}
    assert made.touch_weight.tolist() == [1.0, 5.0, 3.0]


def test_without_any_purchase_every_touch_is_what_is_predicted():
    made = build_interactions(item_lines([("ann", "a", "view_item", 0), ("bob", "a", "view_item", 0)]))
    assert cells(made.bought(), made) == {("ann", "a"), ("bob", "a")}


def test_lines_without_ids_are_no_interactions():
    made = build_interactions(item_lines([("ann", "", "purchase", 0), ("bob", "b", "purchase", 0)]))
    assert made.people.to_list() == ["bob"]
    assert made.items.to_list() == ["b"]


def test_lines_count_up_to_the_last_day():
    rows = [("ann", "a", "purchase", 0), ("ann", "b", "purchase", 1.99), ("ann", "c", "purchase", 2)]
    made = build_interactions(item_lines(rows), last_date=date(2024, 1, 2))
    assert made.items.to_list() == ["a", "b"]


def test_equal_lines_are_one_touch_and_another_moment_is_another():
    rows = [("ann", "a", "purchase", 0), ("ann", "a", "purchase", 0), ("ann", "a", "purchase", 1)]
    assert build_interactions(item_lines(rows)).touched_at.size == 2


def test_people_asked_for_have_a_row_without_a_line():
    made = build_interactions(item_lines([("bob", "b", "purchase", 0)]), people=pl.Series(["cid", "ann"]))
    assert made.people.to_list() == ["ann", "bob", "cid"]
    assert made.bought().toarray().tolist() == [[0.0], [1.0], [0.0]]


def test_the_catalogue_is_what_most_people_touched_then_the_lower_id():
    rows = [
        ("ann", "c", "purchase", 0),
        ("bob", "c", "purchase", 0),
        ("ann", "b", "purchase", 0),
        ("ann", "a", "purchase", 0),
    ]
    made = build_interactions(item_lines([*rows, ("ann", "b", "purchase", 1)]), max_items=2)
    assert made.items.to_list() == ["a", "c"]


@pytest.mark.parametrize(("most", "kept"), [(2, {"b", "c"}), (3, {"a", "b", "c"})])
def test_long_histories_are_capped_to_the_newest(monkeypatch, most: int, kept: set[str]):
    monkeypatch.setattr(interaction_matrix, "MAX_HISTORY", most)
    made = build_interactions(
        item_lines([("ann", "a", "purchase", 0), ("ann", "b", "purchase", 2), ("ann", "c", "purchase", 1)])
    )
    assert {item for _, item in cells(made.touched(), made)} == kept
    assert {item for _, item in cells(made.bought(), made)} == {"a", "b", "c"}


def test_the_order_of_lines_does_not_matter():
    lines = random_lines(names=("purchase", "view_item")).collect()
    one = build_interactions(lines.lazy())
    other = build_interactions(lines.sample(fraction=1, shuffle=True, seed=3).lazy())
    for name in ("touched_at", "touch_weight", "first_touch", "first_pair", "pair_item", "pair_bought"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.people.equals(other.people)
    assert one.items.equals(other.items)


def test_rows_are_those_people_alone():
    made = build_interactions(random_lines(names=("purchase", "view_item")))
    some = made.rows(np.array([7, 2]))
    assert some.people.to_list() == [made.people[7], made.people[2]]
    assert (some.touched() != made.touched()[[7, 2]]).nnz == 0
    assert (some.bought() != made.bought()[[7, 2]]).nnz == 0
    assert some.touched_at.size == some.touch_weight.size == some.first_touch[-1]


def test_no_lines_make_no_interactions():
    made = build_interactions(item_lines([]))
    assert made.shape == (0, 0)
    assert made.touched().nnz == 0


def test_what_was_touched_at_the_newest_moment_of_each_person():
    rows = [
        ("ann", "a", "view_item", 1),
        ("ann", "b", "view_item", 2),
        ("ann", "c", "purchase", 2),
        ("bob", "a", "view_item", 0),
    ]
    made = build_interactions(item_lines(rows), people=pl.Series("person_id", ["cat"]))
    assert made.last_touched().toarray().tolist() == [[0, 1, 1], [1, 0, 0], [0, 0, 0]]


def test_a_catalogue_is_limited_to_what_most_people_touched():
    rows = [
        (person, item, "purchase", 0.0)
        for item, people in {"a": "x", "b": "xyz", "c": "xy"}.items()
        for person in people
    ]
    everything = build_interactions(item_lines(rows), max_items=None)
    assert everything.items.to_list() == ["a", "b", "c"]
    kept = limited(everything, most_touched(everything, 2))
    assert kept.items.to_list() == ["b", "c"]
    assert (kept.touched().toarray() == build_interactions(item_lines(rows), max_items=2).touched().toarray()).all()
    assert kept.people.to_list() == ["x", "y", "z"]
