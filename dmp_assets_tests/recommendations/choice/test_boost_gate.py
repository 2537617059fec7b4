"""When a blend is served re-ranked, and what the table says of it."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.choice import boost_gate, selection
from dmp_assets.recommendations.choice.boost_gate import boost_of, boosted_winner
from dmp_assets.recommendations.choice.contest import Contest, Contestant
from dmp_assets.recommendations.choice.proof import compared_choices
from dmp_assets.recommendations.choice.selection import Selection, select
from dmp_assets.recommendations.dataset import windows
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.models.families import Member
from dmp_assets.recommendations.ranking import boost
from dmp_assets.recommendations.ranking.boost import Boost, is_installed
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines

POPULAR, OWN = Member("popularity"), Member("personal", profile=Profile(half_life_days=30.0))
BLEND = Contestant((OWN, POPULAR), (0.8, 0.2))
PEOPLE = 200
needs_lightgbm = pytest.mark.skipif(not is_installed(), reason="the extra boost (lightgbm) is not installed")


def contest_of(**values: np.ndarray) -> Contest:
    """Return a contest in which everybody's NDCG is given: of the blend, popularity and personal frequency."""
    contest = Contest(hold_out(random_lines()), ({},))
    contestants = {"blend": BLEND, "popularity": Contestant((POPULAR,), (1.0,)), "personal": Contestant((OWN,), (1.0,))}
    contest.values.update({(REPEAT, contestants[name]): of_people for name, of_people in values.items()})
    return contest


def judged_as(values: np.ndarray) -> Callable[[Contest, str, Contestant], bool]:
    def judge(contest: Contest, task: str, boosted: Contestant) -> bool:
        contest.values[task, boosted] = values
        return True

    return judge


CHANCE = np.random.default_rng(5).normal(0, 0.1, PEOPLE)
CHANCE -= CHANCE.mean()


@pytest.mark.parametrize(
    ("over_blend", "over_personal", "is_served"), [(0.03, 0.1, True), (0.005, 0.1, False), (0.03, 0.005, False)]
)
def test_re_ranked_is_served_what_surely_beats_the_blend_and_both_baselines(
    monkeypatch, over_blend: float, over_personal: float, is_served: bool
):
    # The standard error is 0.1 / sqrt(200) = 0.007.
    boosted = np.full(PEOPLE, 0.5)
    contest = contest_of(
        blend=boosted - over_blend + CHANCE, personal=boosted - over_personal - CHANCE, popularity=boosted - 0.3
    )
    monkeypatch.setattr(boost_gate, "judge_boosted", judged_as(boosted))
    found = boosted_winner(contest, REPEAT, BLEND)
    assert (found is not None) is is_served
    [((_, contestant), reason)] = contest.reasons.items()
    assert contestant.boost is not None
    assert reason.startswith("re-ranking beats" if is_served else "re-ranking does not surely beat")
    assert f"{over_blend:+.4f}" in reason


def test_without_people_to_learn_from_it_is_no_candidate(monkeypatch):
    monkeypatch.setattr(boost_gate, "judge_boosted", lambda *_: False)
    contest = contest_of(blend=np.zeros(PEOPLE))
    assert boosted_winner(contest, REPEAT, BLEND) is None
    assert not contest.reasons


def test_it_learns_from_a_window_as_long_as_the_held_out_one(monkeypatch):
    monkeypatch.setattr(windows, "ENOUGH_PEOPLE", 1)
    held_out = hold_out(random_lines(), horizon_days=7)
    assert boost_of(held_out.newest, REPEAT) == Boost(7, new_only=False)
    assert boost_of(held_out.newest, DISCOVER) == Boost(7, new_only=True)


def worn_out_lines(people: int = 130) -> pl.LazyFrame:
    """Return purchases of things that last six weeks: what was bought lately is not bought, what is worn out is."""
    chance = np.random.default_rng(3)
    rows = []
    for person in range(people):
        for item in chance.choice(30, 8, replace=False):
            first = float(chance.uniform(0, 42))
            rows += [(f"p{person:03}", f"i{item:02}", "purchase", first + 42 * n) for n in range(6)]
    return item_lines([row for row in rows if row[3] < 200])


@needs_lightgbm
def test_what_members_cannot_see_is_learnt_and_served(monkeypatch):
    monkeypatch.setattr(boost, "PARAMETERS", {**boost.PARAMETERS, "min_data_in_leaf": 20})
    monkeypatch.setattr(windows, "ENOUGH_PEOPLE", 50)
    found = select(worn_out_lines(), tasks=[REPEAT], horizon_days=14, boost=True)
    choice = found.choices[REPEAT]
    assert choice.boost == Boost(14, new_only=False)
    row = found.table.filter("is_chosen").row(0, named=True)
    assert (row["candidate"], row["members"], row["ndcg_10"]) == ("reranked", str(choice), choice.ndcg)
    assert row["reason"].startswith("re-ranking beats the blend")
    assert row["popularity_low"] > 0
    best_blend = found.table.filter(pl.col("candidate") != "reranked")["ndcg_10"].max()
    assert row["ndcg_10"] > best_blend + 0.05
    plain, served = compared_choices(found)[REPEAT][_name_of_plain(found)], compared_choices(found)[REPEAT]["reranked"]
    assert served is choice
    assert (plain.members, plain.weights, plain.boost) == (choice.members, choice.weights, None)


def _name_of_plain(found: Selection) -> str:
    members = found.choices[REPEAT].members
    return "blend" if len(members) > 1 else members[0].family


@needs_lightgbm
def test_where_it_does_not_help_the_table_says_so_and_nothing_else_changes(monkeypatch):
    monkeypatch.setattr(boost, "MIN_PEOPLE", 20)
    lines = random_lines(touches=3_000)
    without, tried = select(lines), select(lines, boost=True)
    assert tried.choices == without.choices
    assert tried.families == without.families
    boosted = pl.col("candidate") == "reranked"
    assert tried.table.filter(boosted)["reason"].str.starts_with("re-ranking does not surely beat").all()
    assert tried.table.filter(boosted)["task"].to_list() == [REPEAT, DISCOVER]
    same = ["task", "members", "ndcg_10", "is_chosen"]
    assert tried.table.filter(~boosted).select(same).equals(without.table.select(same))


def test_without_the_extra_it_is_no_candidate(monkeypatch):
    monkeypatch.setattr(selection, "is_installed", lambda: False)
    lines = random_lines(touches=3_000)
    assert select(lines, tasks=[REPEAT], boost=True).table.equals(select(lines, tasks=[REPEAT]).table)
