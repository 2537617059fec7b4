"""Places of finished lists: why each item is there, and which path it came by."""

import polars as pl

from dmp_assets.recommendations.schema.tasks import DISCOVER, NEXT, PATHS, TASKS
from dmp_assets.recommendations.serving.codes import in_text


def with_reasons(shown: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return the places with ``reason`` in words.

    Args:
        shown: task, reason_kind and because.
        names: item_id and item_name; an item without a name is called by its id.
    """
    items = names.select(because="item_id", name="item_name")
    named = shown.join(items, on="because", how="left", maintain_order="left")
    other = pl.coalesce("name", "because")
    own = (
        pl.when(pl.col("task") == DISCOVER)
        .then(pl.lit("looked at, not bought yet"))
        .when(pl.col("task") == NEXT)
        .then(pl.lit("looked at or bought lately"))
        .otherwise(pl.lit("had before"))
    )
    kind = pl.col("reason_kind")
    words = (
        pl.when(kind == "item")
        .then(pl.lit("goes with ") + other)
        .when(kind == "own")
        .then(own)
        .when(kind == "people")
        .then(pl.lit("people with like histories have it"))
        .when(kind == "segment")
        .then(pl.lit("popular in ") + pl.col("because"))
        .when(kind == "category")
        .then(pl.lit("new in ") + pl.col("because"))
        .otherwise(pl.lit("popular"))
    )
    return named.with_columns(reason=words).drop("name")


def with_reasons_of_few(shown: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return what :func:`with_reasons` does, each reason worded once for all places that it stands at (``Enum``)."""
    of_reason = ["task", "reason_kind", "because"]
    cases = shown.select(of_reason).unique()
    words = with_reasons(in_text(cases), names)["reason"]
    worded = cases.with_columns(reason=words.cast(pl.Enum(words.unique().sort())))
    return shown.join(worded, on=of_reason, how="left", nulls_equal=True, maintain_order="left")


def serving_paths(shown: pl.DataFrame, people: int) -> pl.DataFrame:
    """Return people and places of each task and path, and their shares (``ServingPaths``, without its day).

    Args:
        shown: task, rank and served_by of all places.
        people: Everybody, with or without a list.

    One of two people has a list, which is popularity:

    >>> shown = pl.DataFrame({"task": ["repeat"] * 2, "rank": [1, 2], "served_by": ["popularity"] * 2})
    >>> paths = serving_paths(shown, people=2).filter(pl.col("task") == "repeat", pl.col("people") > 0)
    >>> paths.select("served_by", "people", "people_rate", "places").rows()
    [('none', 1, 0.5, 0), ('popularity', 1, 0.5, 2)]
    """
    paths = pl.DataFrame({"task": TASKS}).join(pl.DataFrame({"served_by": [*PATHS, "none"]}), how="cross")
    counts = shown.group_by("task", "served_by").agg(
        people=(pl.col("rank") == 1).sum().cast(pl.Int64), places=pl.len().cast(pl.Int64)
    )
    counts = in_text(counts)
    without = people - pl.col("people").sum().over("task")
    return (
        paths.join(counts, on=["task", "served_by"], how="left")
        .with_columns(pl.col("people", "places").fill_null(0))
        .with_columns(people=pl.when(pl.col("served_by") == "none").then(without).otherwise("people"))
        .with_columns(
            people_rate=pl.col("people") / max(people, 1),
            places_rate=pl.col("places") / pl.col("places").sum().over("task").clip(lower_bound=1),
        )
        .sort("task", "served_by")
    )
