"""The choice for each task: members, their parameters and weights, compared on held-out lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.recommendations.choice.boost_gate import NAMES, baselines_of, boosted_winner
from dmp_assets.recommendations.choice.contest import Contest, Contestant
from dmp_assets.recommendations.choice.evidence import evidence_table
from dmp_assets.recommendations.choice.race import finalists, judge_rest, run_heat
from dmp_assets.recommendations.dataset.holdout import MIN_PEOPLE, Holdout
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.models.families import POPULARITY, Member, candidates, fit_members
from dmp_assets.recommendations.models.popularity import RECENT_DAYS
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.ranking.boost import is_installed
from dmp_assets.recommendations.schema.tasks import DAYS_AHEAD, NEWEST_DAYS, NEXT

BEST_SELLERS = Member(POPULARITY, (("days", RECENT_DAYS),))
"""What is served where nothing can be judged."""


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
    tasks: Sequence[str] = DAYS_AHEAD,
    boost: bool = False,
    time_zone: str = "UTC",
) -> Selection:
    """Return what serves each task, measured on lines held out (``hold_out``).

    Args:
        lines: As for ``build_interactions``; only people whose data may be used for this.
        last_date: Last day that counts.
        horizon_days: Days that are predicted.
        tasks: repeat, discover.
        boost: Whether the best blend is tried re-ranked by LightGBM too, if its extra is installed.
        time_zone: Zone of the business's days.

    All candidates are fitted on what was before. They are compared on a drawn part of the people first (``race``);
    those that may still be the best are compared on everybody. The one with the highest mean NDCG@10 is chosen, if it
    beats popularity and personal frequency: the 95 % paired bootstrap interval of the difference lies above 0 for both.
    Otherwise the better of those two is chosen. Of the two only those count that have an opinion. A re-ranked blend
    must beat the best blend in the same way. A task with fewer than ``MIN_PEOPLE`` people to judge by gets popularity.
    """
    holdout = hold_out(lines, last_date, horizon_days, time_zone)
    contest = fitted(holdout, candidates) if judged_tasks(holdout, tasks) else Contest(holdout, ({},))
    return select_among(contest, tasks, boost=boost)


def fitted(holdout: Holdout, candidates_of: Callable[..., list[Member]]) -> Contest:
    """Return the contest of the members that the newest window bears, fitted on what each window may know."""
    members = candidates_of(holdout.newest.interactions, copies=len(holdout.windows))
    return Contest(holdout, tuple(fit_members(window.interactions, members) for window in holdout.windows))


def select_among(contest: Contest, tasks: Sequence[str], *, boost: bool = False) -> Selection:
    """Return what serves each task, of the fitted members of a contest and of their blends (:func:`select`)."""
    holdout = contest.holdout
    judged = judged_tasks(holdout, tasks)
    heat = run_heat(contest, judged)
    wanted = {task: finalists(heat, task) for task in judged}
    judge_rest(contest, heat, wanted)
    tries_boost = boost and is_installed()
    choices = {
        task: _choose(contest, task, tries_boost=tries_boost) if task in judged else _undecided(holdout, task)
        for task in tasks
    }
    families = {task: _family_choices(contest, task) if task in judged else (choices[task],) for task in tasks}
    tables = [evidence_table(contest, heat, choice) for choice in choices.values()]
    return Selection(choices, families, pl.concat(tables))


def judged_tasks(holdout: Holdout, tasks: Sequence[str] = DAYS_AHEAD) -> list[str]:
    """Return the tasks with enough people to judge by."""
    return [task for task in tasks if holdout.people(task).len() >= MIN_PEOPLE]


def _choose(contest: Contest, task: str, *, tries_boost: bool) -> Choice:
    """Return the best contestant of a task that passes the gate."""
    winner = contest.best(task, 1)[0]
    rivals = baselines_of(contest, task)
    boosted = boosted_winner(contest, task, winner) if tries_boost else None
    if boosted is not None:
        winner, reason = boosted, contest.reasons[task, boosted]
    elif all(contest.difference(task, winner, other).is_above for other in rivals.values()):
        reason = f"beats {' and '.join(rivals)}"
    else:
        winner, reason = better_baseline(contest, task)
    mean, error = contest.mean_and_error(task, winner)
    return Choice(task, winner.members, winner.weights, reason, mean, error, winner.boost)


def better_baseline(contest: Contest, task: str) -> tuple[Contestant, str]:
    """Return the best of the baselines and why it is served.

    Of *next* popularity is no list that anybody needs: what else is served must surely be better.
    """
    rivals = baselines_of(contest, task)
    best = max(rivals.values(), key=lambda contestant: contest.mean(task, contestant))
    popular = rivals[NAMES[POPULARITY]]
    if task == NEXT and best != popular and not contest.difference(task, best, popular).is_above:
        best = popular
    if len(rivals) == 1:
        return best, f"nothing beats {NAMES[POPULARITY]}"
    return best, f"nothing beats both {' and '.join(rivals)}: the better of them"


def _family_choices(contest: Contest, task: str) -> tuple[Choice, ...]:
    """Return the best member of each family as a choice, for comparison."""
    best = contest.best_of_families(task)
    figures = [contest.mean_and_error(task, contestant) for contestant in best]
    return tuple(
        Choice(task, one.members, one.weights, "best of its family", *figure)
        for one, figure in zip(best, figures, strict=True)
    )


def undecided(choices: Mapping[str, Choice]) -> Selection:
    """Return the selection of choices that nothing could be judged for."""
    rows = [
        {"task": task, "candidate": POPULARITY, "members": str(choice), "is_chosen": True, "reason": choice.reason}
        for task, choice in choices.items()
    ]
    unjudged = {"people": 0, "judged_by": NEWEST_DAYS, "status": "not_enough_data"}
    return Selection(dict(choices), dict.fromkeys(choices, ()), pl.DataFrame([row | unjudged for row in rows]))


def _undecided(holdout: Holdout, task: str) -> Choice:
    """Return popularity: there are too few people to judge anything by."""
    reason = f"only {holdout.people(task).len()} people to judge by: popularity"
    return Choice(task, (BEST_SELLERS,), (1.0,), reason)
