"""Recommend new items to each person, and judge the lists on a period they have not seen."""

from datetime import date, timedelta

import polars as pl

from dmp_assets.recommendations.interactions import build_interactions, known_people, purchased_pairs
from dmp_assets.recommendations.item_item import fit_neighbours
from dmp_assets.recommendations.metrics import hit_rate, mean_and_error, ndcg, recall
from dmp_assets.recommendations.ranking import rank_items
from dmp_assets.recommendations.schema import CUTOFFS, ITEM_ITEM, METRICS, MODELS

MIN_HOLDOUT_PEOPLE = 20
"""Below this the standard error of a hit rate exceeds 0.1: no verdict."""

METRIC_FUNCTIONS = {"recall": recall, "ndcg": ndcg, "hit_rate": hit_rate}


def build_recommendations(items: pl.LazyFrame, as_of_date: date, per_person: int) -> pl.DataFrame:
    """Return up to ``per_person`` items that each person has not bought yet (``Recommendations``).

    Args:
        items: Item lines (``EventItems``), any events; later days and anonymous lines are left out.
        as_of_date: Last day that counts.
        per_person: Length of a list.

    Everyone with an item line gets a list: by item-item similarity where the person's purchases say
    enough, filled with what is popular, which is all that people without purchases get.
    """
    pairs = purchased_pairs(items, as_of_date)
    interactions = build_interactions(pairs, known_people(items, as_of_date))
    ranked = rank_items(interactions, fit_neighbours(interactions), per_person)
    return ranked.with_columns(as_of_date=pl.lit(as_of_date, pl.Date))


def evaluate_recommendations(items: pl.LazyFrame, as_of_date: date, holdout_days: int) -> pl.DataFrame:
    """Return each model's metrics on the last ``holdout_days`` days (``RecommendationMetrics``).

    Args:
        items: Item lines (``EventItems``).
        as_of_date: Last day of the holdout.
        holdout_days: Its length in days, at least 1.

    Both models know only the days before and mask the same bought items. The truth of a person is every
    item first bought in the holdout, also those that no list could name because the catalogue lacks them.
    """
    train_last_date = as_of_date - timedelta(days=holdout_days)
    pairs = purchased_pairs(items, as_of_date)
    train = purchased_pairs(items, train_last_date)
    truth = pairs.filter(pl.col("first_date") > train_last_date).join(train, on="person_id", how="semi")
    interactions = build_interactions(train, train["person_id"].unique().sort())
    judged = truth.group_by("person_id").agg(truths=pl.len().cast(pl.Int64)).sort("person_id")
    enough = judged.height >= MIN_HOLDOUT_PEOPLE
    scores: list[dict[str, object]] = []
    for model in MODELS if enough else ():
        neighbours = fit_neighbours(interactions) if model == ITEM_ITEM else None
        ranked = rank_items(interactions, neighbours, max(CUTOFFS))
        scores += _score_lists(model, ranked, truth, judged, interactions.items.len())
    empty = {"value": None, "standard_error": None}
    if not enough:
        scores = [{"model": m, "metric": name, "k": k, **empty} for m in MODELS for name in METRICS for k in CUTOFFS]
    columns = {
        "model": pl.String,
        "metric": pl.String,
        "k": pl.Int64,
        "value": pl.Float64,
        "standard_error": pl.Float64,
    }
    return (
        pl.DataFrame(scores, schema=columns)
        .with_columns(
            people=pl.lit(judged.height, pl.Int64),
            train_last_date=pl.lit(train_last_date, pl.Date),
            holdout_first_date=pl.lit(train_last_date + timedelta(days=1), pl.Date),
            holdout_last_date=pl.lit(as_of_date, pl.Date),
            status=pl.lit("ok" if enough else "not_enough_data"),
        )
        .sort("model", "metric", "k")
    )


def _score_lists(
    model: str, ranked: pl.DataFrame, truth: pl.DataFrame, judged: pl.DataFrame, catalogue: int
) -> list[dict[str, object]]:
    """Return one record per metric and cutoff; coverage counts the lists of the judged people."""
    right = truth.select("person_id", "item_id", hit=pl.lit(value=True))
    hits = (
        ranked.join(right, on=["person_id", "item_id"], how="left")
        .sort("person_id", "rank")
        .group_by("person_id", maintain_order=True)
        .agg(hits=pl.col("hit").fill_null(value=False))
    )
    # Who owns the whole catalogue has no list; leaving such people out would flatter the mean.
    lists = judged.join(hits, on="person_id", how="left", maintain_order="left").with_columns(
        pl.col("hits").fill_null(pl.lit([], pl.List(pl.Boolean)))
    )
    people = list(zip(lists["hits"].to_list(), lists["truths"].to_list(), strict=True))
    shown = ranked.join(judged, on="person_id", how="semi")
    records: list[dict[str, object]] = []
    for k in CUTOFFS:
        for name, metric in METRIC_FUNCTIONS.items():
            value, error = mean_and_error([metric(hits, truths, k) for hits, truths in people])
            records.append({"model": model, "metric": name, "k": k, "value": value, "standard_error": error})
        coverage = shown.filter(pl.col("rank") <= k)["item_id"].n_unique() / catalogue
        records.append({"model": model, "metric": "coverage", "k": k, "value": coverage, "standard_error": None})
    return records
