"""The choice for each task: members, their parameters and weights, compared on held-out lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.recommendations.choice.boost_gate import boosted_winner
from dmp_assets.recommendations.choice.contest import Contest
from dmp_assets.recommendations.choice.evidence import evidence_table
from dmp_assets.recommendations.choice.race import finalists, heat_of, judge_finalists, run_heat
from dmp_assets.recommendations.dataset.holdout import ENOUGH_PEOPLE, Holdout, hold_out
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY, Member, candidates, fit_members
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.ranking.boost import is_installed
from dmp_assets.recommendations.schema import TASKS

MIN_PEOPLE = 20
"""Below this the standard error of an NDCG exceeds 0.06 or so: no verdict, popularity is served."""

MAX_CELLS = 40_000_000
"""People times items that a candidate is judged on at most; of a catalogue of 20,000 items 2,000 people are: a paired
difference of 0.005 still shows (deviation 0.08)."""


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
    time_zone: str = "UTC",
) -> Selection:
    """Return what serves each task, measured on the newest ``horizon_days`` days.

    Args:
        lines: As for ``build_interactions``; only people whose data may be used for this.
        last_date: Last day that counts.
        horizon_days: Days that are predicted (``hold_out`` may take the newest fifth of the lines instead).
        tasks: repeat, discover.
        boost: Whether the best blend is tried re-ranked by LightGBM too, if its extra is installed.
        time_zone: Zone of the business's days.

    All candidates are fitted on what was before. They are compared on a drawn part of the people first (``race``);
    those that may still be the best are compared on everybody. The one with the highest mean NDCG@10 is chosen, if it
    beats popularity and personal frequency: the 95 % paired bootstrap interval of the difference lies above 0 for both.
    Otherwise the better of those two is chosen. A re-ranked blend must beat the best blend in the same way. A task with
    fewer than ``MIN_PEOPLE`` people to judge by gets popularity.
    """
    holdout = validation(lines, last_date, horizon_days, time_zone)
    judged = judged_tasks(holdout, tasks)
    members = candidates(holdout.interactions) if judged else []
    contest = Contest(holdout, fit_members(holdout.interactions, members))
    heat = heat_of(contest, judged)
    run_heat(heat, judged)
    judge_finalists(contest, heat, {task: finalists(heat, task) for task in judged})
    tries_boost = boost and is_installed()
    choices = {
        task: _choose(contest, task, tries_boost=tries_boost) if task in judged else _undecided(holdout, task)
        for task in tasks
    }
    families = {task: _family_choices(contest, task) if task in judged else (choices[task],) for task in tasks}
    tables = [evidence_table(contest, heat, choice) for choice in choices.values()]
    return Selection(choices, families, pl.concat(tables))


def validation(lines: pl.LazyFrame, last_date: date | None, horizon_days: int, time_zone: str = "UTC") -> Holdout:
    """Return the days that candidates are judged on, with as many people as ``MAX_CELLS`` allows."""
    holdout = hold_out(lines, last_date, horizon_days, time_zone)
    return holdout.drawn(max(ENOUGH_PEOPLE, MAX_CELLS // max(1, holdout.interactions.shape[1])))


def judged_tasks(holdout: Holdout, tasks: Sequence[str] = TASKS) -> list[str]:
    """Return the tasks with enough people to judge by."""
    return [task for task in tasks if holdout.takers(task).size >= MIN_PEOPLE]


def _choose(contest: Contest, task: str, *, tries_boost: bool) -> Choice:
    """Return the best contestant of a task that passes the gate."""
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


def _undecided(holdout: Holdout, task: str) -> Choice:
    """Return popularity: there are too few people to judge anything by."""
    reason = f"only {holdout.takers(task).size} people to judge by: popularity"
    return Choice(task, (Member(POPULARITY, (("days", 28),)),), (1.0,), reason)
