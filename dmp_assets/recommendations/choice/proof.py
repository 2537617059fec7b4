"""How good the candidates are on days that no choice has seen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from dmp_assets.recommendations.choice.contest import LEAST_HEARD, Contestant, Models, fallback_of, rank_contestants
from dmp_assets.recommendations.choice.evidence import candidate_name
from dmp_assets.recommendations.choice.selection import BEST_SELLERS, Selection
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.holdout import MIN_PEOPLE, Holdout, Window
from dmp_assets.recommendations.metrics.accuracy import PERSON_METRICS, judge, mean_and_error, paired_differences
from dmp_assets.recommendations.metrics.beyond_accuracy import (
    coverage,
    gini,
    novelty,
    popularity_lift,
    popularity_of_own,
)
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY, Member, fit_members
from dmp_assets.recommendations.ranking.blend import Choice, blend_of
from dmp_assets.recommendations.ranking.recommend import listed, ranked_positions
from dmp_assets.recommendations.schema.tasks import CUTOFFS, LIST_METRICS, NEWEST_DAYS

Row = dict[str, Any]

BASELINES = (POPULARITY, PERSONAL)

USUAL = (BEST_SELLERS, Member(PERSONAL, profile=Profile(half_life_days=60.0)))
"""The baselines where no validation has chosen among their parameters."""

COLUMNS = {
    "task": pl.String,
    "model": pl.String,
    "metric": pl.String,
    "k": pl.Int64,
    "value": pl.Float64,
    "standard_error": pl.Float64,
    **{name: pl.Float64 for base in BASELINES for name in (f"difference_to_{base}", f"{base}_low", f"{base}_high")},
}


def compared_choices(selection: Selection) -> dict[str, dict[str, Choice]]:
    """Return per task and name what is judged: the validation's best of each family, and what is served.

    What is served re-ranked stands beside the blend that it re-ranks.
    """
    compared = {}
    for task, served in selection.choices.items():
        was_judged = len(selection.families[task]) > 1
        # A baseline that the choice has heard no opinion of is none.
        usual = [] if was_judged else [Choice(task, (member,), (1.0,), "") for member in USUAL]
        named = {choice.members[0].family: choice for choice in (*usual, *selection.families[task])}
        plain = served if served.boost is None else replace(served, boost=None)
        compared[task] = {**dict(sorted(named.items())), candidate_name(plain): plain, candidate_name(served): served}
    return compared


def prove(
    holdout: Holdout,
    compared: Mapping[str, Mapping[str, Choice]],
    served: Mapping[str, Choice],
    models: Sequence[Models] | None = None,
) -> pl.DataFrame:
    """Return value, error and differences of every model, metric and cutoff on the held-out days.

    Args:
        holdout: What models may know, and what people took afterwards.
        compared: Task -> name -> choice, popularity among them.
        served: Task -> the choice that is served.
        models: Members that are fitted on what each window may know; the others are fitted here.

    All models know only what was before and mask the same items. Popularity lift and novelty count the people who took
    an item before. Values of lists, not of people, are those of the newest window with anybody to judge by. A task with
    fewer than ``MIN_PEOPLE`` people to judge by has rows without values, and so has personal frequency where it has no
    opinion.
    """
    everything = [choice for choices in compared.values() for choice in choices.values()]
    members = dict.fromkeys(member for choice in everything for member in choice.members)
    fitted = [
        {**some, **fit_members(window.interactions, [member for member in members if member not in some])}
        for window, some in zip(holdout.windows, models or [{}] * len(holdout.windows), strict=True)
    ]
    tables = []
    for task, choices in compared.items():
        people = holdout.people(task).len()
        rows = (
            _values(holdout, task, choices, served[task], fitted) if people >= MIN_PEOPLE else _unknown(list(choices))
        )
        rows += _unknown([name for name in BASELINES if name not in {row["model"] for row in rows}])
        is_served = pl.col("model").is_in([name for name, choice in choices.items() if choice is served[task]])
        tables.append(
            pl.DataFrame([{"task": task, **row} for row in rows], schema=COLUMNS).with_columns(
                is_served=is_served,
                people=pl.lit(people, pl.Int64),
                status=pl.lit("ok" if people >= MIN_PEOPLE else "not_enough_data"),
            )
        )
    return pl.concat(tables).with_columns(
        train_last_date=pl.lit(holdout.train_last_date, pl.Date),
        holdout_first_date=pl.lit(holdout.first_date, pl.Date),
        holdout_last_date=pl.lit(holdout.last_date, pl.Date),
        judged_by=pl.lit(holdout.judged_by),
    )


def unproven(tasks: Sequence[str], train_last_date: date, last_date: date) -> pl.DataFrame:
    """Return the table of :func:`prove` where there is nothing to hold out: baselines without values."""
    rows = [{"task": task, **row} for task in tasks for row in _unknown(BASELINES)]
    return pl.DataFrame(rows, schema=COLUMNS).with_columns(
        is_served=pl.col("model") == POPULARITY,
        people=pl.lit(0, pl.Int64),
        status=pl.lit("not_enough_data"),
        train_last_date=pl.lit(train_last_date, pl.Date),
        holdout_first_date=pl.lit(train_last_date + timedelta(days=1), pl.Date),
        holdout_last_date=pl.lit(last_date, pl.Date),
        judged_by=pl.lit(NEWEST_DAYS),
    )


def _values(
    holdout: Holdout, task: str, choices: Mapping[str, Choice], served: Choice, fitted: Sequence[Models]
) -> list[Row]:
    """Return the values of all metrics; personal frequency has none where it has an opinion on too few people."""
    found = [_lists(window, task, choices, some) for window, some in zip(holdout.windows, fitted, strict=True)]
    lists = [of_window for of_window, _ in found]
    asked = [window.takers(task).size for window in holdout.windows]
    own = choices.get(PERSONAL, served)
    # Its lists would be those of popularity, under another name.
    if own is not served and sum(heard for _, heard in found) < LEAST_HEARD * sum(asked):
        lists = [{name: one for name, one in of_window.items() if name != PERSONAL} for of_window in lists]
    newest = int(np.flatnonzero(asked)[0])
    return _person_values(holdout, task, lists) + _list_values(lists[newest], holdout.windows[newest], task)


def _lists(
    window: Window, task: str, choices: Mapping[str, Choice], models: Models
) -> tuple[dict[str, pl.DataFrame], int]:
    """Return each choice's lists of the judged people: person_id and item_id (positions), and rank.

    The number is that of the people on whom personal frequency has an opinion.
    """
    known, people = window.interactions, window.takers(task)
    fallback, longest = fallback_of(window), max(CUTOFFS)
    plain = {name: Contestant(c.members, c.weights) for name, c in choices.items() if c.boost is None}
    ranked = rank_contestants(known, people, models, fallback, {task: list(plain.values())}, longest)
    lists = {name: listed(people, items) for name, items in zip(plain, ranked.positions[task], strict=True)}
    for name in [name for name in choices if name not in plain]:
        blend = blend_of(known, choices[name], models)
        lists[name] = ranked_positions(blend, known, people, fallback, task=task, per_person=longest)
    own = choices[PERSONAL].members if PERSONAL in choices else ()
    return lists, sum(ranked.heard[task, member] for member in own)


def _person_values(holdout: Holdout, task: str, lists: Sequence[Mapping[str, pl.DataFrame]]) -> list[Row]:
    """Return the metrics that have a value for each person, with their differences to the baselines.

    Args:
        holdout: What people took.
        task: The task.
        lists: Of each window the lists by name.
    """
    judged = [
        {name: judge(ranked, window.truths[task]) for name, ranked in of_window.items()}
        for window, of_window in zip(holdout.windows, lists, strict=True)
    ]
    cases = list(product(lists[0], PERSON_METRICS, CUTOFFS))
    values = {
        (name, metric, k): holdout.by_person(task, [PERSON_METRICS[metric](of_window[name], k) for of_window in judged])
        for name, metric, k in cases
    }
    rows: list[Row] = [dict(zip(("model", "metric", "k"), case, strict=True)) for case in cases]
    for row, case in zip(rows, cases, strict=True):
        row["value"], row["standard_error"] = mean_and_error(values[case])
    for base in [name for name in BASELINES if name in lists[0]]:
        columns = [values[name, metric, k] - values[base, metric, k] for name, metric, k in cases]
        for row, found in zip(rows, paired_differences(np.column_stack(columns)), strict=True):
            row |= {f"difference_to_{base}": found.difference, f"{base}_low": found.low, f"{base}_high": found.high}
    return rows


def _list_values(lists: Mapping[str, pl.DataFrame], window: Window, task: str) -> list[Row]:
    """Return coverage, gini, novelty and popularity lift; items count that people took, not only saw."""
    known, judged = window.interactions, window.truths[task]["person_id"]
    pairs = pl.DataFrame({"person_id": known.pair_person, "item_id": known.pair_item.astype(np.int64)})
    taken = pairs.filter(known.pair_bought)
    takers = taken.group_by("item_id").agg(takers=pl.len())
    owned = popularity_of_own(taken.filter(pl.col("person_id").is_in(judged.unique().implode())), takers)
    people, catalogue = known.shape
    rows: list[Row] = []
    for (name, ranked), k in product(lists.items(), CUTOFFS):
        surprise = novelty(ranked, takers, people, k)
        found: dict[str, tuple[float, float | None]] = {
            "coverage": (coverage(ranked, catalogue, k), None),
            "gini": (gini(ranked, catalogue, k), None),
            "novelty": mean_and_error(surprise) if surprise.size > 1 else (np.nan, np.nan),
            "popularity_lift": popularity_lift(ranked, owned, takers, k),
        }
        for metric, (value, error) in found.items():
            numbers = {"value": value, "standard_error": error}
            # The lift over people who took nothing is unknown, which a table says by null.
            known_numbers = {
                key: None if number is None or np.isnan(number) else number for key, number in numbers.items()
            }
            rows.append({"model": name, "metric": metric, "k": k, **known_numbers})
    return rows


def _unknown(models: Sequence[str]) -> list[Row]:
    """Return a row without values for every model, metric and cutoff."""
    names = ("model", "metric", "k")
    return [dict(zip(names, case, strict=True)) for case in product(models, (*PERSON_METRICS, *LIST_METRICS), CUTOFFS)]
