"""The account of every candidate on the held-out days, against counting by hand."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.choice.proof import USUAL, compared_choices, prove, unproven
from dmp_assets.recommendations.choice.selection import Selection
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.models.families import POPULARITY, Member
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets_tests.recommendations.support.factories import Line, lines

DAY = date(2026, 6, 30)
BEFORE, AFTER = DAY - timedelta(days=20), DAY
TASKS = ("repeat", "discover")


def proof(rows: list[Line], looked: list[Line] | None = None) -> dict[tuple[str, str, str, int], dict]:
    served = {task: Choice(task, USUAL[:1], (1.0,), "for the test") for task in TASKS}
    compared = compared_choices(Selection(served, dict.fromkeys(TASKS, ()), pl.DataFrame()))
    both = pl.concat([lines(rows), lines(looked or [], "view_item")])
    table = prove(hold_out(both.lazy(), DAY, 14), compared, served)
    return {(row["task"], row["model"], row["metric"], row["k"]): row for row in table.rows(named=True)}


def thirty() -> list[Line]:
    """Thirty people have tea; three more have milk. Later half of the thirty buy milk, the others tea again."""
    rows: list[Line] = [(f"p{n:02}", "tea", BEFORE) for n in range(30)]
    rows += [(f"q{n}", "milk", BEFORE) for n in range(3)]
    return rows + [(f"p{n:02}", "milk" if n < 15 else "tea", AFTER) for n in range(30)]


def test_values_errors_and_differences_by_hand():
    found = proof(thirty())
    second = 1 / np.log2(3)
    # Best sellers name tea before milk: right at once for half of the people, at the second place for the others.
    popular = found["repeat", "popularity", "ndcg", 10]
    assert popular["value"] == pytest.approx((1 + second) / 2)
    deviation = (1 - second) / 2 * np.sqrt(30 / 29)
    assert popular["standard_error"] == pytest.approx(deviation / np.sqrt(30))
    assert found["repeat", "popularity", "map", 10]["value"] == pytest.approx(0.75)
    assert found["repeat", "popularity", "recall", 5]["value"] == 1
    assert found["repeat", "personal", "ndcg", 10]["difference_to_popularity"] == pytest.approx(0)
    assert {row["people"] for (task, *_), row in found.items() if task == "repeat"} == {30}
    assert popular["train_last_date"] == BEFORE
    assert popular["holdout_last_date"] == DAY


def test_list_metrics_by_hand():
    # That somebody only looked at milk makes it no more popular.
    found = proof(thirty(), looked=[("p01", "milk", BEFORE)])
    # Everybody is shown both items: tea, which 30 of 33 have, and milk, which 3 have.
    assert found["repeat", "popularity", "coverage", 5]["value"] == 1
    assert found["repeat", "popularity", "gini", 5]["value"] == 0
    surprise = (np.log2(33 / 30) + np.log2(33 / 3)) / 2
    assert found["repeat", "popularity", "novelty", 5]["value"] == pytest.approx(surprise)
    assert found["repeat", "popularity", "popularity_lift", 5]["value"] == pytest.approx((30 + 3) / 2 / 30 - 1)
    assert found["repeat", "popularity", "coverage", 5]["standard_error"] is None


@pytest.mark.parametrize(("again", "new"), [(DAY - timedelta(days=20), DAY), (DAY, DAY - timedelta(days=20))])
def test_a_window_in_which_nobody_discovers_anything_counts_for_nothing(again: date, new: date):
    """Of two windows of 14 days one has tea again, and the other milk, which everybody finds."""
    begin = DAY - timedelta(days=60)
    rows: list[Line] = [(f"p{n:02}", item, day) for n in range(30) for item, day in [("tea", begin), ("tea", again)]]
    rows += [(f"p{n:02}", "milk", new) for n in range(30)] + [("q", "milk", begin)]
    found = proof(rows)
    assert found["discover", "popularity", "ndcg", 10]["judged_by"] == "stacked_windows"
    assert (
        found["discover", "popularity", "ndcg", 10]["value"],
        found["discover", "popularity", "ndcg", 10]["people"],
    ) == (1, 30)
    # Tea is known to everybody, and milk is shown.
    assert found["discover", "popularity", "coverage", 5]["value"] == 0.5


@pytest.mark.parametrize("looked", [0, 30])
def test_a_habit_without_an_opinion_is_no_baseline(looked: int):
    """Who bought tea and nothing else has no habit to discover by; who looked at milk has."""
    rows: list[Line] = [(f"p{n:02}", item, day) for n in range(30) for item, day in [("tea", BEFORE), ("milk", AFTER)]]
    found = proof([*rows, ("q", "milk", BEFORE)], [(f"p{n:02}", "milk", BEFORE) for n in range(looked)])
    assert found["discover", "popularity", "ndcg", 10]["value"] == 1
    assert found["discover", "personal", "ndcg", 10]["value"] == (1 if looked else None)
    assert found["discover", "popularity", "ndcg", 10]["difference_to_personal"] == (0 if looked else None)


def test_too_few_people_for_one_task_leave_the_other():
    """Fifteen people found something new: enough for no verdict on discover."""
    found = proof(thirty())
    assert found["discover", "popularity", "ndcg", 10]["status"] == "not_enough_data"
    assert found["discover", "popularity", "ndcg", 10]["value"] is None
    assert found["discover", "popularity", "ndcg", 10]["people"] == 15
    assert found["repeat", "popularity", "ndcg", 10]["status"] == "ok"


def test_what_is_served_is_marked_and_stands_beside_the_best_of_each_family():
    old = Choice("repeat", (Member(POPULARITY),), (1.0,), "")
    blend = Choice("repeat", USUAL, (0.5, 0.5), "beats both")
    compared = compared_choices(Selection({"repeat": blend}, {"repeat": (old,)}, pl.DataFrame()))["repeat"]
    assert compared == {"blend": blend, "personal": Choice("repeat", USUAL[1:], (1.0,), ""), "popularity": old}
    table = prove(hold_out(lines(thirty()).lazy(), DAY, 14), {"repeat": compared}, {"repeat": blend})
    assert table.filter("is_served")["model"].unique().to_list() == ["blend"]


def test_without_days_to_hold_out_both_baselines_stand_without_values():
    table = unproven(TASKS, BEFORE, DAY)
    assert table["value"].is_null().all()
    assert set(table["model"]) == {"popularity", "personal"}
    assert set(table["holdout_first_date"]) == {BEFORE + timedelta(days=1)}
