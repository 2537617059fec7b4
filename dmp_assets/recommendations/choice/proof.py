"""How good the candidates are on days that no choice has seen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from dmp_assets.recommendations.choice.contest import Contestant, rank_contestants
from dmp_assets.recommendations.choice.evidence import candidate_name
from dmp_assets.recommendations.choice.selection import Selection
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions
from dmp_assets.recommendations.metrics.accuracy import PERSON_METRICS, judge, mean_and_error, paired_differences
from dmp_assets.recommendations.metrics.beyond_accuracy import (
    coverage,
    gini,
    novelty,
    popularity_lift,
    popularity_of_own,
)
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY, Member, fit_members
from dmp_assets.recommendations.models.popularity import RECENT_DAYS, fit_fallback
from dmp_assets.recommendations.models.recommender import Recommender
from dmp_assets.recommendations.ranking.blend import Choice, blend_of
from dmp_assets.recommendations.ranking.recommend import listed, ranked_positions
from dmp_assets.recommendations.schema import CUTOFFS, LIST_METRICS, TASKS

Row = dict[str, Any]

MIN_PEOPLE = 20
"""Below this the standard error of a hit rate exceeds 0.1: no verdict."""

BASELINES = (POPULARITY, PERSONAL)

USUAL = (Member(POPULARITY, (("days", RECENT_DAYS),)), Member(PERSONAL, profile=Profile(half_life_days=60.0)))
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
        usual = [Choice(task, (member,), (1.0,), "") for member in USUAL]
        named = {choice.members[0].family: choice for choice in (*usual, *selection.families[task])}
        plain = served if served.boost is None else replace(served, boost=None)
        compared[task] = {**dict(sorted(named.items())), candidate_name(plain): plain, candidate_name(served): served}
    return compared


def prove(holdout: Holdout, compared: Mapping[str, Mapping[str, Choice]], served: Mapping[str, Choice]) -> pl.DataFrame:
    """Return value, error and differences of every model, metric and cutoff on the held-out days.

    Args:
        holdout: What models may know, and what people took afterwards.
        compared: Task -> name -> choice, popularity and personal among them.
        served: Task -> the choice that is served.

    All models know only the days before and mask the same items. Popularity lift and novelty count the people who took
    an item before. A task with fewer than ``MIN_PEOPLE`` people to judge by has rows without values.
    """
    everything = [choice for choices in compared.values() for choice in choices.values()]
    members = dict.fromkeys(member for choice in everything for member in choice.members)
    models = fit_members(holdout.interactions, members)
    tables = []
    for task, choices in compared.items():
        truth, people = holdout.truths[task], holdout.takers(task).size
        rows = _unknown(list(choices))
        if people >= MIN_PEOPLE:
            lists = _lists(holdout, task, choices, models)
            rows = _person_values(lists, truth) + _list_values(lists, holdout.interactions, truth["person_id"])
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
    )


def unproven(train_last_date: date, last_date: date) -> pl.DataFrame:
    """Return the table of :func:`prove` where there are no days to hold out: baselines without values."""
    rows = [{"task": task, **row} for task in TASKS for row in _unknown(BASELINES)]
    return pl.DataFrame(rows, schema=COLUMNS).with_columns(
        is_served=pl.col("model") == POPULARITY,
        people=pl.lit(0, pl.Int64),
        status=pl.lit("not_enough_data"),
        train_last_date=pl.lit(train_last_date, pl.Date),
        holdout_first_date=pl.lit(train_last_date + timedelta(days=1), pl.Date),
        holdout_last_date=pl.lit(last_date, pl.Date),
    )


def _lists(
    holdout: Holdout, task: str, choices: Mapping[str, Choice], models: Mapping[Member, Recommender]
) -> dict[str, pl.DataFrame]:
    """Return each choice's lists of the judged people: person_id and item_id (positions), and rank."""
    known, people = holdout.interactions, holdout.takers(task)
    fallback, longest = fit_fallback(known), max(CUTOFFS)
    plain = {name: Contestant(c.members, c.weights) for name, c in choices.items() if c.boost is None}
    positions = rank_contestants(known, people, models, fallback, {task: list(plain.values())}, longest)
    lists = {name: listed(people, items) for name, items in zip(plain, positions[task], strict=True)}
    for name in [name for name in choices if name not in plain]:
        blend = blend_of(known, choices[name], models)
        lists[name] = ranked_positions(blend, known, people, fallback, task=task, per_person=longest)
    return lists


def _person_values(lists: Mapping[str, pl.DataFrame], truth: pl.DataFrame) -> list[Row]:
    """Return the metrics that have a value for each person, with their differences to both baselines."""
    judged = {name: judge(ranked, truth) for name, ranked in lists.items()}
    cases = list(product(judged, PERSON_METRICS, CUTOFFS))
    values = {case: PERSON_METRICS[case[1]](judged[case[0]], case[2]) for case in cases}
    rows: list[Row] = [dict(zip(("model", "metric", "k"), case, strict=True)) for case in cases]
    for row, case in zip(rows, cases, strict=True):
        row["value"], row["standard_error"] = mean_and_error(values[case])
    for base in BASELINES:
        columns = [values[name, metric, k] - values[base, metric, k] for name, metric, k in cases]
        for row, found in zip(rows, paired_differences(np.column_stack(columns)), strict=True):
            row |= {f"difference_to_{base}": found.difference, f"{base}_low": found.low, f"{base}_high": found.high}
    return rows


def _list_values(lists: Mapping[str, pl.DataFrame], known: Interactions, judged: pl.Series) -> list[Row]:
    """Return coverage, gini, novelty and popularity lift; items count that people took, not only saw."""
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
