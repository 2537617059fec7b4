"""Features of a person and an item, against counting by hand."""

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.ranking.rank_features import Cells, moment_of, pair_features
from dmp_assets_tests.recommendations.support.item_lines import item_lines

OWN = ("touches", "recent", "last", "first", "gap", "overdue", "share", "decay_14", "decay_60", "decay_180")
ITEM = ("item_recent", "item_ever", "item_trend", "item_came_back", "item_gap")
PERSON = ("person_touches", "person_items", "person_last", "person_first")
NAMES = (*OWN, "overdue_by_item", *ITEM, *PERSON)

ROWS = [("ann", "a", "purchase", day) for day in (0.0, 10.0, 20.0)]
ROWS += [("ann", "b", "purchase", 25.0), ("bob", "a", "purchase", 30.0), ("bob", "c", "view_item", 28.0)]


def features(person: str, item: str, rows: list[tuple[str, str, str, float]] = ROWS) -> dict[str, float]:
    made = build_interactions(item_lines(rows), people=pl.Series(["new"]))
    cells = Cells(np.array([made.people.index_of(person)]), np.array([made.items.index_of(item)]))
    return dict(zip(NAMES, pair_features(made, cells, moment_of(made))[0].tolist(), strict=True))


def test_a_pair_counts_how_often_how_lately_and_how_regularly():
    found = features("ann", "a")
    assert [found[name] for name in OWN[:7]] == [3, 2, 10, 30, 10, 1, 0.75]
    # Counted back from ann's last touch, day 25.
    assert found["decay_14"] == pytest.approx(5 * sum(0.5 ** (age / 14) for age in (25, 15, 5)))
    assert found["overdue_by_item"] == 1


def test_an_item_never_touched_has_no_history_and_keeps_what_is_known_of_item_and_person():
    found = features("ann", "c")
    assert np.isnan([found[name] for name in (*OWN, "overdue_by_item")]).all()
    assert [found[name] for name in PERSON] == [4, 2, 5, 30]
    # Nobody bought c, and its one toucher did not come back.
    assert [found[name] for name in ITEM[:2]] == [0, 0]
    assert found["item_came_back"] == 0


def test_an_item_knows_its_takers_and_whether_they_come_back():
    found = features("bob", "a")
    assert [found[name] for name in ITEM] == [1, 1, 1, 0.5, 10]
    assert np.isnan(found["gap"])


def test_who_never_touched_anything_has_no_age():
    found = features("new", "a")
    assert [found["person_touches"], found["person_items"]] == [0, 0]
    assert np.isnan([found["person_last"], found["person_first"]]).all()


@pytest.mark.parametrize(("day", "recent"), [(2.0, 0), (2.01, 1)])
def test_recent_is_less_than_28_days_before_the_newest_touch_of_all(day: float, recent: int):
    rows = [("ann", "a", "purchase", day), ("bob", "b", "purchase", 30.0)]
    assert features("ann", "a", rows)["recent"] == recent


def test_a_touch_after_the_moment_has_no_age():
    made = build_interactions(item_lines(ROWS))
    later = build_interactions(item_lines([*ROWS, ("ann", "a", "purchase", 40.0)]))
    cells = Cells(np.array([0]), np.array([0]))
    found = dict(zip(NAMES, pair_features(later, cells, moment_of(made))[0].tolist(), strict=True))
    assert [found["touches"], found["last"], found["person_last"]] == [4, 0, 0]
