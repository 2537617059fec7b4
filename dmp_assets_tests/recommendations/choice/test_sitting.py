"""The choice for what is touched next: made on half of the people, proved on the other half."""

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.choice import sitting
from dmp_assets.recommendations.choice.contest import Contest, single
from dmp_assets.recommendations.choice.selection import better_baseline
from dmp_assets.recommendations.choice.sitting import choose_next
from dmp_assets.recommendations.choice.stored import served_choices
from dmp_assets.recommendations.dataset import sittings
from dmp_assets.recommendations.dataset.holdout import Holdout, Window
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY, Member
from dmp_assets.recommendations.schema.tasks import NEXT
from dmp_assets_tests.recommendations.support.item_lines import START, item_lines

MINUTE = 1 / 24 / 60


def walks(people: int = 300, *, follows: bool, seed: int = 3) -> pl.LazyFrame:
    """Return sittings of five looks, a minute apart: each item leads to the next one, or to any."""
    chance = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        item, day = int(chance.integers(0, 30)), float(chance.integers(0, 90))
        for look in range(5):
            rows.append((f"p{person:03}", f"i{item:02}", "view_item", day + look * MINUTE))
            item = (item + 1) % 30 if follows and chance.random() < 0.9 else int(30 * chance.random() ** 2)
    return item_lines(rows)


@pytest.fixture(autouse=True)
def _enough(monkeypatch):
    monkeypatch.setattr(sittings, "ENOUGH_PEOPLE", 200)


def test_where_one_item_leads_to_the_next_that_is_served_and_proved_on_others():
    selection, proof = choose_next(walks(follows=True), START.date().replace(year=2025))
    choice = selection.choices[NEXT]
    assert served_choices(selection.choices) == selection.choices
    assert {"covisit", "next_item"} & {member.family for member in choice.members}
    row = selection.table.filter("is_chosen").row(0, named=True)
    assert row["popularity_low"] > 0
    assert (row["people"], row["judged_by"], row["status"]) == (150, "per_person", "ok")
    served = proof.filter("is_served", pl.col("metric") == "ndcg", pl.col("k") == 10).row(0, named=True)
    assert (served["people"], served["judged_by"]) == (150, "per_person")
    assert served["value"] > 0.5
    assert served["popularity_low"] > 0


def test_where_nothing_leads_anywhere_popularity_is_no_list():
    selection, _ = choose_next(walks(follows=False), START.date().replace(year=2025))
    assert {member.family for member in selection.choices[NEXT].members} == {POPULARITY}
    assert served_choices(selection.choices) == {}


def test_popularity_counts_every_touch(monkeypatch):
    """Purchases alone would be a baseline that is easy to beat: hardly anybody buys here."""
    monkeypatch.setattr(sittings, "ENOUGH_PEOPLE", 100)
    bought = pl.col("item_id") == "i07"
    lines = walks(follows=False).with_columns(is_bought=bought)
    selection, _ = choose_next(lines, START.date().replace(year=2025))
    rows = selection.table.filter(pl.col("candidate") == POPULARITY)
    assert rows["members"].str.contains("any_touch=1").all()
    assert rows["ndcg_10"].max() > 0.2


def test_too_few_sittings_are_said_and_no_list():
    selection, proof = choose_next(walks(people=199, follows=True), START.date().replace(year=2025))
    row = selection.table.row(0, named=True)
    assert (row["candidate"], row["status"], row["is_chosen"]) == (POPULARITY, "not_enough_data", True)
    assert row["reason"] == f"fewer than {sitting.ENOUGH_PEOPLE} people touched two items in a sitting: no list"
    assert served_choices(selection.choices) == {}
    assert set(proof["status"]) == {"not_enough_data"}
    assert set(proof["task"]) == {NEXT}


@pytest.mark.parametrize(("task", "is_own"), [(NEXT, False), ("repeat", True)])
def test_own_habit_is_a_list_of_what_comes_next_only_where_it_surely_beats_popularity(task: str, is_own: bool):
    """Among 20 people it is better for eleven and worse for nine."""
    popular, own = single(Member(POPULARITY)), single(Member(PERSONAL))
    window = Window(build_interactions(walks(people=20, follows=False)), {}, START.date(), START.date(), START.date())
    contest = Contest(Holdout((window,), "per_person", walks(people=1, follows=False)), ({},))
    contest.values.update({(task, popular): np.full(20, 0.5), (task, own): np.repeat([0.6, 0.4], [11, 9])})
    assert better_baseline(contest, task)[0] == (own if is_own else popular)
