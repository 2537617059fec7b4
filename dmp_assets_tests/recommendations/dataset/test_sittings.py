"""What was touched next in a sitting: which step is held out, what stays known, and who judges."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.dataset import sittings
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.dataset.sittings import hold_out_next, newest_steps
from dmp_assets.recommendations.dataset.timed_lines import timed
from dmp_assets.recommendations.schema.tasks import NEXT, PER_PERSON
from dmp_assets_tests.recommendations.support.item_lines import item_lines

MINUTE = 1 / 24 / 60
Row = tuple[str, str, str, float]


def looks(person: str, *touches: tuple[str, float], name: str = "view_item") -> list[Row]:
    """Return views of a person from (item, minutes after the start)."""
    return [(person, item, name, minutes * MINUTE) for item, minutes in touches]


def steps(rows: list[Row]) -> set[tuple[str, str, float]]:
    """Return person, item and minute of each newest step."""
    touches = build_interactions(item_lines(rows), max_items=None)
    start = item_lines([("x", "x", "view_item", 0.0)]).collect()["event_at"].cast(pl.Int64).item()
    found = newest_steps(touches, np.arange(touches.shape[0]))
    return {
        (touches.people[row], touches.items[column], round((at - start) / 60e6, 3))
        for row, column, at in found.select("row", "column", "at").iter_rows()
    }


@pytest.mark.parametrize(("minutes", "is_step"), [(30, True), (30.001, False)])
def test_a_step_is_at_most_half_an_hour_after_the_moment_before(minutes: float, is_step: bool):
    found = steps(looks("ann", ("tea", 0), ("milk", minutes)))
    assert found == ({("ann", "milk", minutes)} if is_step else set())


def test_the_newest_step_counts_even_where_the_last_sitting_has_none():
    rows = looks("ann", ("tea", 0), ("milk", 5), ("jam", 10), ("oats", 1_000))
    assert steps(rows) == {("ann", "jam", 10)}


def test_the_same_item_again_leads_nowhere():
    rows = looks("ann", ("tea", 0), ("milk", 5)) + looks("ann", ("milk", 6), name="add_to_cart")
    assert steps([*rows, ("ann", "milk", "purchase", 7 * MINUTE)]) == {("ann", "milk", 5)}


def test_all_new_items_of_a_basket_are_one_step_and_none_within_it():
    basket = [("ann", item, "purchase", 9 * MINUTE) for item in ("tea", "jam", "oats")]
    assert steps([*looks("ann", ("tea", 0)), *basket]) == {("ann", "jam", 9), ("ann", "oats", 9)}
    assert steps(basket) == set()


def test_an_order_of_what_was_looked_at_leads_nowhere():
    order = [("ann", item, "purchase", 9 * MINUTE) for item in ("tea", "milk")]
    assert steps([*looks("ann", ("tea", 0), ("milk", 5)), *order]) == {("ann", "milk", 5)}
    # To look at it again does, and so does an order a day later.
    assert steps(looks("ann", ("tea", 0), ("milk", 5), ("tea", 9))) == {("ann", "tea", 9)}
    later = [*looks("ann", ("tea", 0), ("milk", 1_445)), ("ann", "tea", "purchase", 1_450 * MINUTE)]
    assert steps(later) == {("ann", "tea", 1_450)}


def test_the_touches_of_one_person_are_no_step_of_another():
    assert steps([*looks("ann", ("tea", 0)), *looks("bob", ("milk", 1))]) == set()


@pytest.fixture
def shop(monkeypatch) -> pl.LazyFrame:
    """Return eight people who look at tea, at milk and, an hour later, at jam; enough to judge by are six."""
    monkeypatch.setattr(sittings, "ENOUGH_PEOPLE", 6)
    rows = [row for n in range(8) for row in looks(f"p{n}", ("tea", n), ("milk", n + 5), ("jam", n + 65))]
    return item_lines(rows)


def test_each_half_judges_by_its_own_people_and_knows_what_was_before_their_step(shop: pl.LazyFrame):
    halves = hold_out_next(timed(shop, None, "UTC"))
    assert halves is not None
    people = [half.people(NEXT).to_list() for half in halves]
    assert [len(half) for half in people] == [4, 4]
    assert sorted(people[0] + people[1]) == [f"p{n}" for n in range(8)]
    for half in halves:
        assert half.judged_by == PER_PERSON
        known = half.newest.interactions
        # Tea alone is known of each: milk is held out, and the jam after it with it.
        assert [known.items[int(item)] for item in known.pair_item] == ["tea"] * 8
        # Items outside the catalogue keep their place behind it.
        assert known.shape[1] == 3
        assert {known.items[item] for _, item in half.newest.truths[NEXT].iter_rows()} == {"milk"}


def test_only_people_who_are_drawn_lose_anything(monkeypatch, shop: pl.LazyFrame):
    monkeypatch.setattr(sittings, "MAX_PEOPLE", 1)
    halves = hold_out_next(timed(shop, None, "UTC"))
    assert halves is not None
    assert [half.people(NEXT).len() for half in halves] == [1, 1]
    known = halves[0].newest.interactions
    assert known.pair_item.size == 6 * 3 + 2


def test_what_no_model_may_hold_stays_in_the_truth(monkeypatch, shop: pl.LazyFrame):
    monkeypatch.setattr(sittings, "MAX_ITEMS", 1)
    halves = hold_out_next(timed(shop, None, "UTC"))
    assert halves is not None
    window = halves[0].newest
    assert window.interactions.items.to_list() == ["tea"]
    assert set(window.truths[NEXT]["item_id"]) == {2}


def test_too_few_people_give_nothing_to_judge_by(monkeypatch, shop: pl.LazyFrame):
    monkeypatch.setattr(sittings, "ENOUGH_PEOPLE", 9)
    assert hold_out_next(timed(shop, None, "UTC")) is None


def test_days_are_the_businesss(shop: pl.LazyFrame):
    late = shop.with_columns(pl.col("event_at") + timedelta(hours=15))
    halves = hold_out_next(timed(late, None, "Asia/Tokyo"))
    assert halves is not None
    assert str(halves[0].first_date) == "2024-01-02"
