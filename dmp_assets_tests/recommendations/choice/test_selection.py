"""The choice and its gate."""

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.choice import selection
from dmp_assets.recommendations.choice.selection import select
from dmp_assets.recommendations.dataset import windows
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY
from dmp_assets.recommendations.ranking.blend import fit_choices
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


def loyal_lines(people: int = 60, seed: int = 2) -> pl.LazyFrame:
    """Return weekly purchases of people who stay with four items of their own, half of the time."""
    chance = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        own = chance.integers(0, 30, 4)
        for week in range(14):
            item = chance.choice(own) if chance.random() < 0.5 else chance.integers(0, 30)
            rows.append((f"p{person:02}", f"i{item:02}", "purchase", week * 7 + float(chance.random())))
    return item_lines(rows)


@pytest.fixture(scope="module")
def loyal() -> selection.Selection:
    return select(loyal_lines())


def test_the_choice_is_one_row_of_what_was_tried(loyal: selection.Selection):
    for task, choice in loyal.choices.items():
        chosen = loyal.table.filter("is_chosen", pl.col("task") == task)
        assert chosen.select("members", "reason", "ndcg_10").rows() == [(str(choice), choice.reason, choice.ndcg)]
        assert sum(choice.weights) == pytest.approx(1)


def test_people_who_stay_with_their_own_are_served_them(loyal: selection.Selection):
    members = {member.family for member in loyal.choices[REPEAT].members}
    assert PERSONAL in members


def test_what_is_served_beats_both_baselines_or_is_one(loyal: selection.Selection):
    for row in loyal.table.filter("is_chosen").iter_rows(named=True):
        lows = [row[f"{name}_low"] for name in (POPULARITY, PERSONAL) if row[f"{name}_low"] is not None]
        beats = min(lows) > 0
        assert beats or row["candidate"] in (POPULARITY, PERSONAL)


def test_chance_is_not_served(loyal: selection.Selection):
    # New items are drawn evenly: nothing predicts them, and some of the hundred tried look better by luck.
    row = loyal.table.filter("is_chosen", pl.col("task") == DISCOVER).row(0, named=True)
    assert row["candidate"] in (POPULARITY, PERSONAL)
    assert row["reason"].startswith("nothing beats")
    assert loyal.table.filter(pl.col("task") == DISCOVER)["ndcg_10"].max() > row["ndcg_10"]


def test_every_family_has_its_best_member_beside_the_choice(loyal: selection.Selection):
    for task, choices in loyal.families.items():
        singles = loyal.table.filter(pl.col("task") == task, pl.col("candidate") != "blend").drop_nulls("ndcg_10")
        best = singles.group_by("candidate").agg(pl.col("ndcg_10").max())
        assert {choice.members[0].family: choice.ndcg for choice in choices} == dict(best.iter_rows())
        assert [choice.ndcg for choice in choices] == sorted((choice.ndcg for choice in choices), reverse=True)


def test_the_order_of_lines_does_not_matter(loyal: selection.Selection):
    shuffled = loyal_lines().collect().sample(fraction=1, shuffle=True, seed=4).lazy()
    assert select(shuffled).table.equals(loyal.table)


@pytest.mark.parametrize(("more", "status"), [(0, "ok"), (1, "not_enough_data")])
def test_a_task_with_too_few_people_leaves_the_other(monkeypatch, more: int, status: str):
    lines = random_lines()
    monkeypatch.setattr(windows, "ENOUGH_PEOPLE", 50)
    monkeypatch.setattr(selection, "MIN_PEOPLE", hold_out(lines).people(DISCOVER).len() + more)
    assert hold_out(lines).people(REPEAT).len() > selection.MIN_PEOPLE
    found = select(lines)
    assert dict(found.table.select("task", "status").unique().iter_rows()) == {REPEAT: "ok", DISCOVER: status}
    people = {task: hold_out(lines).people(task).len() for task in (REPEAT, DISCOVER)}
    assert dict(found.table.select("task", "people").unique().iter_rows()) == people
    if status != "ok":
        assert found.choices[DISCOVER].reason.endswith("people to judge by: popularity")
        assert found.families[DISCOVER] == (found.choices[DISCOVER],)


def test_choices_can_be_fitted(loyal: selection.Selection):
    blends = fit_choices(build_interactions(loyal_lines()), loyal.choices.values())
    assert [len(blend.models) for blend in blends] == [len(choice.members) for choice in loyal.choices.values()]


@pytest.mark.parametrize(("least", "status"), [(60, "ok"), (61, "not_enough_data")])
def test_too_few_people_get_popularity_without_a_proof(monkeypatch, least: int, status: str):
    monkeypatch.setattr(selection, "MIN_PEOPLE", least)
    found = select(random_lines(touches=3_000), tasks=[REPEAT])
    assert found.table["status"].unique().to_list() == [status]
    if status != "ok":
        assert str(found.choices[REPEAT]) == "popularity(days=28)"
        assert found.table.select("ndcg_10", "is_chosen").rows() == [(None, True)]


def test_a_member_that_everything_is_masked_of_is_no_rival_and_no_choice(loyal: selection.Selection):
    """All is purchase: of what a person never bought, personal frequency says nothing."""
    rows = loyal.table.filter(pl.col("task") == DISCOVER)
    own = rows.filter(pl.col("members").str.starts_with("personal("))
    assert own["ndcg_10"].is_null().all()
    assert set(own["reason"]) == {"no opinion on 100% of the people"}
    assert not rows.filter(pl.col("candidate") == "blend")["members"].str.contains("personal").any()
    assert rows["difference_to_personal"].is_null().all()
    assert loyal.table.filter(pl.col("task") == REPEAT, pl.col("candidate") == PERSONAL)["ndcg_10"].is_not_null().any()


def test_few_people_choose_among_members_alone(loyal: selection.Selection):
    assert "blend" not in set(loyal.table["candidate"])
