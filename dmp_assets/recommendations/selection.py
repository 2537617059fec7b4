"""Which members, with which parameters and weights, each task is served by: chosen on lines that were held out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import polars as pl

from dmp_assets.recommendations.blend import Choice
from dmp_assets.recommendations.boost import is_installed
from dmp_assets.recommendations.boost_gate import boosted_winner
from dmp_assets.recommendations.evidence import Contest, Contestant, evidence_table, judge_contestants
from dmp_assets.recommendations.families import (
    PERSONAL,
    POPULARITY,
    Member,
    candidates,
    fit_members,
)
from dmp_assets.recommendations.holdout import ENOUGH_PEOPLE, Holdout, hold_out
from dmp_assets.recommendations.schema import TASKS

MIN_PEOPLE = 20
"""Below this the standard error of an NDCG exceeds 0.06 or so: no verdict, popularity is served."""

SHORTLIST = 5
"""Families that are blended, the best of a task; every two of them, then a third beside the best two pairs."""

MAX_CELLS = 40_000_000
"""People times items that each candidate is judged on; of a catalogue of 20,000 items 2,000 people are: about a hundred
candidates are compared, and a paired difference of 0.005 still shows (deviation 0.08)."""

PAIR_WEIGHTS = (0.8, 0.5, 0.2)
THIRD_WEIGHTS = (0.1, 0.25)


@dataclass(frozen=True)
class Selection:
    """The choice of each task, what it was chosen from and the table of all that was tried."""

    choices: dict[str, Choice]
    families: dict[str, tuple[Choice, ...]]
    """Per task the best member of each family, the best family first: what a choice is shown beside."""
    table: pl.DataFrame


def select(
    lines: pl.LazyFrame,
    *,
    last_date: date | None = None,
    horizon_days: int = 28,
    tasks: Sequence[str] = TASKS,
    boost: bool = False,
) -> Selection:
    """Return what to serve each task by, measured on the newest ``horizon_days`` days.

    Args:
        lines: As for ``build_interactions``; only people whose data may be used for this.
        last_date: Last day that counts.
        horizon_days: Days that are predicted (``hold_out`` may take the newest fifth of the lines instead).
        tasks: repeat, discover.
        boost: Whether the best blend is tried re-ranked by LightGBM too, if its extra is installed.

    All candidates are fitted on what was before. Blends are then made of the best member of each family, and what has
    the highest mean NDCG@10 is chosen, if it beats popularity and personal frequency: the 95 % paired bootstrap
    interval of the difference lies above 0 for both. Otherwise the better of those two is. Re-ranked it is chosen only
    if it beats the best blend in the same way.
    """
    holdout = hold_out(lines, last_date, horizon_days)
    if holdout.people.size < MIN_PEOPLE:
        return _undecided(holdout, tasks)
    holdout = holdout.drawn(max(ENOUGH_PEOPLE, MAX_CELLS // holdout.interactions.shape[1]))
    members = candidates(holdout.interactions)
    contest = Contest(holdout, fit_members(holdout.interactions, members))
    judge_contestants(contest, tasks, [Contestant((member,), (1.0,)) for member in members])
    tries_boost = boost and is_installed()
    choices = {task: _choose(contest, task, tries_boost=tries_boost) for task in tasks}
    families = {task: _family_choices(contest, task) for task in tasks}
    return Selection(choices, families, pl.concat([evidence_table(contest, choice) for choice in choices.values()]))


def _choose(contest: Contest, task: str, *, tries_boost: bool) -> Choice:
    """Return the best contestant of a task that passes the gate."""
    shortlist = _shortlist(contest, task)
    judge_contestants(contest, [task], _pairs(shortlist))
    judge_contestants(contest, [task], _triples(contest.best(task, 2, blends_only=True), shortlist))
    judge_contestants(contest, [task], _variants(contest, contest.best(task, 1)))
    winner = contest.best(task, 1)[0]
    popularity, personal = contest.best_of(task, POPULARITY), contest.best_of(task, PERSONAL)
    baseline = max((personal, popularity), key=lambda contestant: contest.mean(task, contestant))
    boosted = boosted_winner(contest, task, winner) if tries_boost else None
    if boosted is not None:
        winner, reason = boosted, contest.reasons[task, boosted]
    elif all(contest.difference(task, winner, other).is_above for other in (popularity, personal)):
        reason = "beats popularity and personal frequency"
    else:
        winner, reason = baseline, "nothing beats both popularity and personal frequency: the better of them"
    mean, error = contest.mean_and_error(task, winner)
    return Choice(task, winner.members, winner.weights, reason, mean, error, winner.boost)


def _family_choices(contest: Contest, task: str) -> tuple[Choice, ...]:
    """Return the best member of each family as a choice, for comparison."""
    best = contest.best_of_families(task)
    figures = [contest.mean_and_error(task, contestant) for contestant in best]
    return tuple(
        Choice(task, one.members, one.weights, "best of its family", *figure)
        for one, figure in zip(best, figures, strict=True)
    )


def _shortlist(contest: Contest, task: str) -> list[Member]:
    """Return the best member of each of the best families."""
    return [contestant.members[0] for contestant in contest.best_of_families(task)[:SHORTLIST]]


def _pairs(shortlist: Sequence[Member]) -> list[Contestant]:
    pairs = combinations(shortlist, 2)
    return [Contestant(pair, (weight, 1 - weight)) for pair in pairs for weight in PAIR_WEIGHTS]


def _triples(pairs: Iterable[Contestant], shortlist: Iterable[Member]) -> list[Contestant]:
    third = list(shortlist)
    return [
        Contestant((*pair.members, member), (*(part * (1 - weight) for part in pair.weights), weight))
        for pair in pairs
        for member in third
        for weight in THIRD_WEIGHTS
        if member not in pair.members
    ]


def _variants(contest: Contest, winners: Iterable[Contestant]) -> list[Contestant]:
    """Return the winners with one member exchanged for another of its family: alone and in company, others are best."""
    found = []
    for winner in winners:
        for place, member in enumerate(winner.members):
            others = [other for other in contest.models if other.family == member.family and other != member]
            for other in others:
                members = (*winner.members[:place], other, *winner.members[place + 1 :])
                found.append(Contestant(members, winner.weights))
    return found


def _undecided(holdout: Holdout, tasks: Sequence[str]) -> Selection:
    """Return popularity for each task: there are too few people to judge anything by."""
    reason = f"only {holdout.people.size} people to judge by: popularity"
    choices = {task: Choice(task, (Member(POPULARITY, (("days", 28),)),), (1.0,), reason) for task in tasks}
    contest = Contest(holdout, {})
    tables = [evidence_table(contest, choice) for choice in choices.values()]
    return Selection(choices, {task: (choice,) for task, choice in choices.items()}, pl.concat(tables))
