"""Places of discover lists kept for items nobody has touched yet, chosen by what the person likes."""

import polars as pl

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions
from dmp_assets.recommendations.models.content import rank_new_items
from dmp_assets.recommendations.schema.tasks import CONTENT, DISCOVER


def new_item_ids(items: pl.DataFrame, touched: pl.Series) -> pl.Series:
    """Return the items that may be shown and that no line names, sorted.

    Args:
        items: Items from ``item_rules``.
        touched: Items that a line names. Of a large catalogue the models hold fewer: what they leave out is not new.
    """
    may_be_shown = items.filter(pl.col("item_rule").is_null())["item_id"]
    return may_be_shown.filter(~may_be_shown.is_in(touched.implode())).sort()


def within_categories(
    new: pl.DataFrame, candidates: pl.DataFrame, items: pl.DataFrame, most: int | None
) -> pl.DataFrame:
    """Return the new items with item_category, less those that their category has no place for; ranks run from 1.

    Args:
        new: person_id, rank, item_id and more, sorted by person and rank.
        candidates: Judged candidates of all lists. All their places count, also those that new items will take.
        items: Items from ``item_rules``.
        most: Places of one list that a category may take; None: any number.
    """
    new = new.join(items.select("item_id", "item_category"), on="item_id", how="left", maintain_order="left")
    if most is None:
        return new
    of_category = ["person_id", "item_category"]
    placed = candidates.filter(pl.col("task") == DISCOVER, pl.col("rank").is_not_null())
    taken = placed.group_by(of_category).agg(taken=pl.len().cast(pl.Int64))
    found = new.join(taken, on=of_category, how="left", maintain_order="left")
    place = pl.col("taken").fill_null(0) + pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(of_category)
    kept = found.filter(pl.col("item_category").is_null() | (place <= most)).drop("taken")
    return kept.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("person_id"))


def with_new_items(candidates: pl.DataFrame, new: pl.DataFrame, per_person: int) -> pl.DataFrame:
    """Return the candidates with new items in the last places of each discover list.

    Args:
        candidates: Judged candidates of all lists.
        new: person_id, rank, item_id, item_category, score, reason_kind and because: the new items of each person, all
            to be shown.
        per_person: Places of a list.

    What stood in those places is no candidate any more; a list that is not full gets longer instead.
    """
    lists = candidates.filter(pl.col("task") == DISCOVER).group_by("person_id")
    ends = lists.agg(placed=pl.col("rank").max().fill_null(0), candidate=pl.col("candidate_rank").max())
    kept = new.join(ends, on="person_id").with_columns(before=per_person - pl.len().over("person_id").cast(pl.Int64))
    kept = kept.with_columns(before=pl.min_horizontal("placed", "before"))
    added = kept.select(
        "person_id",
        pl.lit(DISCOVER).alias("task"),
        "item_id",
        "item_category",
        "score",
        "reason_kind",
        "because",
        candidate_rank=pl.col("candidate") + pl.col("rank"),
        rank=pl.col("before") + pl.col("rank"),
        model=pl.lit(CONTENT),
        served_by=pl.lit(CONTENT),
        boost=pl.lit(1.0),
        boosted_score=pl.col("score"),
    )
    added = added.cast({name: candidates.schema[name] for name in added.columns})
    room = kept.select("person_id", "before", task=pl.lit(DISCOVER, candidates.schema["task"])).unique()
    left = candidates.join(room, on=["person_id", "task"], how="left", maintain_order="left")
    is_in_the_way = (pl.col("rank") > pl.col("before")).fill_null(value=False)
    return pl.concat([left.filter(~is_in_the_way).drop("before"), added], how="diagonal")


def rank_new(
    items: pl.DataFrame, interactions: Interactions, allowed: pl.Series, rules: RecommendationSettings
) -> pl.DataFrame | None:
    """Return the best new items of everybody with a history; None where no places are kept for them.

    Args:
        items: ``ingest.raw_items``.
        interactions: Whom to serve.
        allowed: Items from :func:`new_item_ids`.
        rules: How many places are kept; never more than a list has.
    """
    count = min(rules.new_items, rules.per_person)
    frames = list(rank_new_items(items, interactions, allowed, count)) if count else []
    return pl.concat(frames) if frames else None
