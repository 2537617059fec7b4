"""The table of everything that was judged, what was chosen of it and why."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from dmp_assets.recommendations.choice.contest import Contest, Contestant, single
from dmp_assets.recommendations.choice.race import left_out
from dmp_assets.recommendations.metrics.accuracy import paired_differences
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY
from dmp_assets.recommendations.ranking.blend import RERANKED, Choice

_NUMBERS = ("difference_to_popularity", "popularity_low", "popularity_high")
_MORE_NUMBERS = ("difference_to_personal", "personal_low", "personal_high")
_COLUMNS = {
    "task": pl.String,
    "candidate": pl.String,
    "members": pl.String,
    "ndcg_10": pl.Float64,
    "standard_error": pl.Float64,
    **dict.fromkeys((*_NUMBERS, *_MORE_NUMBERS), pl.Float64),
    "is_chosen": pl.Boolean,
    "reason": pl.String,
    "people": pl.Int64,
}

Row = dict[str, object]


def evidence_table(contest: Contest, heat: Contest, choice: Choice) -> pl.DataFrame:
    """Return one row for everything that was judged for the task of ``choice``.

    Args:
        contest: The candidates that were judged on everybody; they stand first, the best on top.
        heat: All candidates, judged on a part of the people. Those that were left out early follow, with their
            figures in the heat, the number of its people, and the reason.
        choice: What was chosen.

    Differences to the best popularity and the best personal frequency are given for the best member of each family and
    the best blends; the rest is left null. Where nothing was judged the choice is the only row.
    """
    task, holdout = choice.task, contest.holdout
    chosen = Contestant(choice.members, choice.weights, choice.boost)
    judged = contest.best(task)
    rows: list[Row] = []
    for contestant in judged:
        reason = choice.reason if contestant == chosen else contest.reasons.get((task, contestant))
        rows.append(_row(contest, task, contestant) | {"is_chosen": contestant == chosen, "reason": reason})
    for contestant, reason in left_out(heat, contest, task).items():
        rows.append(_row(heat, task, contestant) | {"is_chosen": False, "reason": reason})
    rows += _unheard(heat, task)
    if not judged:
        named = {"task": task, "candidate": candidate_name(chosen), "members": str(chosen), "is_chosen": True}
        rows.append(named | {"reason": choice.reason, "people": holdout.people(task).len()})
    if judged:
        differences = _differences(contest, task, _compared(contest, task, chosen))
        for contestant, row in zip(judged, rows, strict=False):
            row |= differences.get(contestant, {})
    return pl.DataFrame(rows, schema=_COLUMNS).with_columns(
        train_last_date=pl.lit(holdout.train_last_date, pl.Date),
        validation_first_date=pl.lit(holdout.first_date, pl.Date),
        validation_last_date=pl.lit(holdout.last_date, pl.Date),
        judged_by=pl.lit(holdout.judged_by),
        status=pl.lit("ok" if judged else "not_enough_data"),
    )


def candidate_name(candidate: Contestant | Choice) -> str:
    """Return reranked for what is re-ranked, blend for several members, else the family."""
    if candidate.boost is not None:
        return RERANKED
    return "blend" if len(candidate.members) > 1 else candidate.members[0].family


def _row(contest: Contest, task: str, contestant: Contestant) -> Row:
    """Return the figures of one contestant in a contest."""
    mean, error = contest.mean_and_error(task, contestant)
    return {
        "task": task,
        "candidate": candidate_name(contestant),
        "members": str(contestant),
        "ndcg_10": mean,
        "standard_error": error,
        "people": contest.values[task, contestant].size,
    }


def _unheard(heat: Contest, task: str) -> list[Row]:
    """Return the members that were left out because they have an opinion on too few people."""
    members = [member for of_task, member in heat.heard if of_task == task]
    unheard = [member for member in members if (task, single(member)) not in heat.values]
    people = heat.holdout.people(task).len()
    return [
        {
            "task": task,
            "candidate": member.family,
            "members": str(member),
            "is_chosen": False,
            "reason": f"no opinion on {1 - heat.heard[task, member]:.0%} of the people",
            "people": people,
        }
        for member in unheard
    ]


def _differences(contest: Contest, task: str, compared: Sequence[Contestant]) -> dict[Contestant, Row]:
    """Return the differences of contestants to the best of both baselines, with their intervals."""
    rows: dict[Contestant, Row] = {contestant: {} for contestant in compared}
    for family in (POPULARITY, PERSONAL):
        best = contest.best_of(task, family)
        if best is None:
            continue
        base = contest.values[task, best]
        columns = np.column_stack([contest.values[task, contestant] - base for contestant in compared])
        names = (f"difference_to_{family}", f"{family}_low", f"{family}_high")
        for row, found in zip(rows.values(), paired_differences(columns), strict=True):
            row |= zip(names, (found.difference, found.low, found.high), strict=True)
    return rows


def _compared(contest: Contest, task: str, chosen: Contestant) -> list[Contestant]:
    """Return what is shown with intervals: the best of each family, three blends, re-ranked, the choice."""
    boosted = [contestant for judged_task, contestant in contest.reasons if judged_task == task]
    best = [*contest.best_of_families(task), *contest.best(task, 3, blends_only=True)]
    return list(dict.fromkeys([*best, *boosted, chosen]))
