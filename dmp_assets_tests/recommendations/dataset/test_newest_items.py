"""The newest fifth of each person's items: what is held out, what stays known."""

import polars as pl
import pytest

from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.dataset.newest_items import hold_out_newest_items
from dmp_assets.recommendations.dataset.timed_lines import timed
from dmp_assets.recommendations.schema.tasks import DISCOVER, PER_PERSON, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import item_lines

Row = tuple[str, str, str, float]
OTHERS: list[Row] = [("zoe", item, "purchase", 99.0) for item in "ab"]
"""Somebody with two items, who is held nothing out of, and by whom two items are known."""


def held_out(*rows: Row) -> Holdout:
    return hold_out_newest_items(timed(item_lines([*rows, *OTHERS]), None, "UTC"))


def named(found: Holdout, task: str) -> set[tuple[str, str]]:
    known = found.newest.interactions
    return {(known.people[person], known.items[item]) for person, item in found.newest.truths[task].iter_rows()}


def known(found: Holdout) -> set[tuple[str, str]]:
    lines = found.known.select("person_id", "item_id").collect()
    return set(lines.filter(pl.col("person_id") != "zoe").iter_rows())


@pytest.mark.parametrize(("items", "held"), [(2, 0), (3, 1), (9, 1), (10, 2), (14, 2), (15, 3)])
def test_a_fifth_is_held_out_one_item_at_least(items: int, held: int):
    rows = [("ann", f"{n:02}", "purchase", float(n)) for n in range(items)]
    rows += [("bob", item, "purchase", 0.0) for _, item, _, _ in rows[:2]]
    others = [("cat", f"{n:02}", "purchase", 0.0) for n in range(items)]
    found = held_out(*rows, *others)
    assert len({item for person, item in named(found, REPEAT) if person == "ann"}) == held
    newest = {("ann", f"{n:02}") for n in range(items - held, items)}
    assert {pair for pair in named(found, REPEAT) if pair[0] == "ann"} <= newest
    assert not newest & known(found)


def test_what_was_had_before_is_repeat_and_not_new():
    days = [("a", 1.0), ("b", 2.0), ("c", 3.0), ("a", 4.0)]
    found = held_out(*(("ann", item, "purchase", day) for item, day in days))
    assert named(found, REPEAT) == {("ann", "a")}
    assert named(found, DISCOVER) == set()
    assert known(found) == {("ann", "a"), ("ann", "b"), ("ann", "c")}


def test_nothing_after_the_oldest_item_held_out_is_known():
    views = [("ann", "b", "view_item", 6.0), ("ann", "b", "view_item", 5.0)]
    found = held_out(*views, *(("ann", item, "purchase", day) for item, day in [("x", 1.0), ("y", 2.0), ("a", 5.0)]))
    assert named(found, DISCOVER) == {("ann", "a")}
    # The view at the same moment as what is held out may be known: it is another item.
    assert known(found) == {("ann", "x"), ("ann", "y"), ("ann", "b")}
    assert found.known.filter(person_id="ann", item_id="b").collect().height == 1


def test_ties_go_by_a_hash_and_not_by_the_name_or_the_order_of_lines():
    items = [f"i{n}" for n in range(10)]
    rows = [(f"p{n:02}", item, "purchase", 0.0) for n in range(40) for item in items]
    found, again = held_out(*rows), held_out(*reversed(rows))
    assert named(found, REPEAT) == named(again, REPEAT)
    times = pl.DataFrame(list(named(found, REPEAT)), schema=["person", "item"], orient="row")["item"].value_counts()
    assert times["item"].len() == 10
    assert times["count"].max() <= 20
    assert found.judged_by == PER_PERSON


def test_where_models_would_know_no_purchase_every_touch_is_predicted():
    found = hold_out_newest_items(
        timed(
            item_lines(
                [
                    *(("ann", item, "view_item", day) for item, day in [("a", 1.0), ("b", 2.0), ("c", 3.0)]),
                    *(("bob", item, "view_item", 0.0) for item in "ac"),
                    *(("bob", item, "purchase", 5.0) for item in "xyz"),
                ]
            ),
            None,
            "UTC",
        )
    )
    assert ("ann", "c") in named(found, DISCOVER) or found.newest.interactions.has_purchases


def test_items_that_nobody_else_has_are_no_truth():
    found = held_out(*(("ann", item, "purchase", day) for item, day in [("a", 1.0), ("b", 2.0), ("own", 3.0)]))
    assert named(found, REPEAT) == set()
