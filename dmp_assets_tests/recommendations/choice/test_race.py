"""Who is left out after the first heat, who never is, and what the table says of them."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.choice import race
from dmp_assets.recommendations.choice.contest import Contest, Contestant, Models, judge_contestants, single
from dmp_assets.recommendations.choice.race import finalists, heat_of, judge_rest, left_out, run_heat
from dmp_assets.recommendations.choice.selection import Selection, select
from dmp_assets.recommendations.dataset import windows
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.models.families import Member, candidates, fit_members
from dmp_assets.recommendations.schema.tasks import DAYS_AHEAD, DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import random_lines

POPULAR, OWN, LATE = Member("popularity"), Member("personal"), Member("personal", profile=Profile(half_life_days=7.0))
NEAR, FAR = Member("item_knn", (("neighbours", 1),)), Member("item_knn", (("neighbours", 2),))
MEMBERS = (POPULAR, OWN, LATE, NEAR, FAR)
BEST, OTHER = Contestant((OWN, NEAR), (0.5, 0.5)), Contestant((OWN, POPULAR), (0.5, 0.5))

PEOPLE = 100
DEVIATION = np.resize([0.1, -0.1], PEOPLE)
ERROR = DEVIATION.std(ddof=1) / np.sqrt(PEOPLE)


def newest_days() -> Holdout:
    """Return one window of random lines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "ENOUGH_PEOPLE", 50)
        return hold_out(random_lines())


def fitted(holdout: Holdout, step: int) -> tuple[Models, ...]:
    """Return every so many-th candidate, fitted on each window."""
    members = candidates(holdout.newest.interactions)[::step]
    return tuple(fit_members(window.interactions, members) for window in holdout.windows)


def heat_with(values: dict[Contestant, np.ndarray]) -> Contest:
    """Return a heat in which NDCGs are given; those of single members are 0.1, which is far behind."""
    heat = Contest(newest_days(), (dict.fromkeys(MEMBERS),))  # type: ignore[arg-type]
    heat.values.update({(REPEAT, single(member)): np.full(PEOPLE, 0.1) for member in MEMBERS})
    heat.values.update({(REPEAT, contestant): of_people for contestant, of_people in values.items()})
    return heat


@pytest.mark.parametrize(("errors_behind", "goes_on"), [(race.MARGIN - 0.1, True), (race.MARGIN + 0.1, False)])
def test_who_is_clearly_worse_is_left_out_and_who_is_close_is_not(errors_behind: float, goes_on: bool):
    heat = heat_with({BEST: np.full(PEOPLE, 0.5), OTHER: 0.5 - errors_behind * ERROR + DEVIATION})
    assert (OTHER in finalists(heat, REPEAT)) is goes_on
    assert BEST in finalists(heat, REPEAT)


def test_a_small_difference_that_everybody_shows_is_enough():
    heat = heat_with({BEST: np.full(PEOPLE, 0.5), OTHER: np.full(PEOPLE, 0.499)})
    assert OTHER not in finalists(heat, REPEAT)


@pytest.mark.parametrize(("places", "goes_on"), [(1, False), (2, True)])
def test_only_so_many_go_on(monkeypatch, places: int, goes_on: bool):
    monkeypatch.setattr(race, "FINALISTS", places)
    heat = heat_with({BEST: np.full(PEOPLE, 0.5), OTHER: 0.499 + DEVIATION})
    assert (OTHER in finalists(heat, REPEAT)) is goes_on


def test_the_best_of_each_family_goes_on_however_far_behind():
    heat = heat_with({BEST: np.full(PEOPLE, 0.5), single(FAR): np.full(PEOPLE, 0.11)})
    assert {single(FAR), single(POPULAR)} <= set(finalists(heat, REPEAT))
    assert single(NEAR) not in finalists(heat, REPEAT)


@pytest.mark.parametrize(("errors_behind", "goes_on"), [(race.MARGIN - 0.1, True), (race.MARGIN + 0.1, False)])
def test_baselines_race_against_the_best_of_their_own(errors_behind: float, goes_on: bool):
    baselines = {single(OWN): np.full(PEOPLE, 0.1), single(LATE): 0.1 - errors_behind * ERROR + DEVIATION}
    heat = heat_with({BEST: np.full(PEOPLE, 0.5), **baselines})
    assert (single(LATE) in finalists(heat, REPEAT)) is goes_on
    assert single(OWN) in finalists(heat, REPEAT)


def test_of_equals_one_goes_on():
    heat = heat_with({BEST: np.full(PEOPLE, 0.5), OTHER: np.full(PEOPLE, 0.5)})
    assert len({BEST, OTHER} & set(finalists(heat, REPEAT))) == 1
    assert len({single(OWN), single(LATE)} & set(finalists(heat, REPEAT))) == 1


def test_the_values_of_everybody_are_those_of_the_heat_and_of_the_rest(monkeypatch):
    monkeypatch.setattr(race, "HEAT_CELLS", 0)
    monkeypatch.setattr(race, "HEAT_PEOPLE", 20)
    holdout = hold_out(random_lines(names=("purchase", "view_item")))
    models = fitted(holdout, 3)
    raced, whole = Contest(holdout, models), Contest(holdout, models)
    wanted = {task: [single(member) for member in models[0]] for task in DAYS_AHEAD}
    heat = heat_of(raced, DAYS_AHEAD)
    assert heat is not raced
    judge_contestants(heat, wanted)
    judge_rest(raced, heat, wanted)
    judge_contestants(whole, wanted)
    assert raced.values.keys() == whole.values.keys()
    assert all((raced.values[key] == values).all() for key, values in whole.values.items())


@pytest.mark.parametrize(
    ("heat_people", "heat_cells", "drawn"), [(30, 0, 30), (31, 0, 60), (1, 30 * 39, 30), (1, 31 * 39, 60)]
)
def test_a_heat_is_drawn_where_that_leaves_out_half_of_the_people(
    monkeypatch, heat_people: int, heat_cells: int, drawn: int
):
    contest = Contest(newest_days(), ({},))
    everybody = contest.holdout.people(REPEAT)
    assert (everybody.len(), contest.holdout.newest.interactions.shape[1]) == (60, 39)
    monkeypatch.setattr(race, "HEAT_PEOPLE", heat_people)
    monkeypatch.setattr(race, "HEAT_CELLS", heat_cells)
    heat = heat_of(contest, [REPEAT])
    assert heat.holdout.people(REPEAT).len() == drawn
    assert (heat is contest) is (drawn == 60)
    assert set(heat.holdout.people(REPEAT)) <= set(everybody)


@pytest.mark.parametrize(("people", "is_drawn"), [(8, True), (7, False)])
def test_a_heat_needs_half_of_its_people_in_each_task(monkeypatch, people: int, is_drawn: bool):
    monkeypatch.setattr(race, "HEAT_PEOPLE", 16)
    monkeypatch.setattr(race, "HEAT_CELLS", 0)
    contest = Contest(newest_days(), ({},))
    window = contest.holdout.newest
    drawn = pl.Series(contest.holdout.drawn(16).newest.takers(REPEAT))
    some = window.truths[REPEAT].filter(pl.col("person_id").is_in(drawn.head(people).implode()))
    holdout = replace(contest.holdout, windows=(replace(window, truths={**window.truths, DISCOVER: some}),))
    assert (heat_of(Contest(holdout, ({},)), DAYS_AHEAD).holdout is not holdout) == is_drawn


def test_two_tasks_run_together_are_what_each_is_alone():
    holdout = hold_out(random_lines(names=("purchase", "view_item")))
    models = fitted(holdout, 2)
    both = run_heat(Contest(holdout, models), [DISCOVER, REPEAT])
    for task in DAYS_AHEAD:
        alone = run_heat(Contest(holdout, models), [task])
        assert [str(one) for one in both.best(task)] == [str(one) for one in alone.best(task)]
        assert all((both.values[key] == values).all() for key, values in alone.values.items())


@pytest.fixture(scope="module")
def raced() -> Selection:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(race, "HEAT_PEOPLE", 40)
        patch.setattr(race, "HEAT_CELLS", 0)
        patch.setattr(race, "FINALISTS", 3)
        return select(random_lines(people=100, touches=4_000))


def test_the_table_says_how_many_people_each_was_judged_by_and_why_it_went_no_further(raced: Selection):
    for task in raced.choices:
        rows = raced.table.filter(pl.col("task") == task)
        everybody, drawn = rows["people"].max(), rows["people"].min()
        assert drawn <= 40 < 80 < everybody
        left_out = rows.filter(pl.col("people") == drawn, pl.col("ndcg_10").is_not_null())
        assert left_out["reason"].str.contains("behind the best of a first heat").all()
        assert not left_out["is_chosen"].any()
        judged = rows.filter(pl.col("people") == everybody)
        assert judged.filter("is_chosen").height == 1
        assert judged.filter(~pl.col("is_chosen"))["reason"].is_null().all()
        unheard = rows.filter(pl.col("ndcg_10").is_null())
        assert unheard["reason"].str.starts_with("no opinion on ").all()
        assert left_out.height + judged.height + unheard.height == rows.height
        assert rows["members"].is_unique().all()


def test_intervals_are_of_everybody(raced: Selection):
    shown = raced.table.filter(pl.col("popularity_low").is_not_null())
    assert set(shown.group_by("task").agg(pl.col("people").n_unique())["people"]) == {1}
    assert shown["people"].min() > 80


def test_the_order_of_lines_does_not_matter(monkeypatch, raced: Selection):
    monkeypatch.setattr(race, "HEAT_PEOPLE", 40)
    monkeypatch.setattr(race, "HEAT_CELLS", 0)
    monkeypatch.setattr(race, "FINALISTS", 3)
    shuffled = random_lines(people=100, touches=4_000).collect().sample(fraction=1, shuffle=True, seed=4)
    again = select(shuffled.lazy())
    assert again.choices == raced.choices
    assert again.table.equals(raced.table)


def test_who_lost_by_places_is_told_from_who_lost_by_score(monkeypatch):
    monkeypatch.setattr(race, "FINALISTS", 1)
    heat = heat_with({BEST: np.full(PEOPLE, 0.5), OTHER: 0.499 + DEVIATION})
    reasons = left_out(heat, Contest(heat.holdout, ({},)), REPEAT)
    assert reasons[OTHER] == f"0.0010 (error {ERROR:.4f}) behind the best of a first heat, and not among its best 1"
    assert reasons[single(NEAR)] == "0.4000 (error 0.0000) behind the best of a first heat"
