"""Everybody's lists: what the models propose, what the rules leave of it, and why each item is there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions
from dmp_assets.recommendations.models.popularity import Fallback
from dmp_assets.recommendations.ranking.blend import Blend
from dmp_assets.recommendations.ranking.recommend import recommend
from dmp_assets.recommendations.schema import DISCOVER, PATHS, TASKS
from dmp_assets.recommendations.serving.rules import NO_CONSENT, apply_rules, within_reach

SPARE = 3
"""Candidates per place where rules may take some; people who still have too few get as many again."""

PEOPLE = 1024
"""People served at once: the cells that may not be shown to them are 20 MB at 20,000 items."""

NO_LISTS = pl.DataFrame(
    schema={
        "person_id": pl.String,
        "task": pl.String,
        "rank": pl.Int64,
        "item_id": pl.String,
        "score": pl.Float64,
        "model": pl.String,
        "served_by": pl.String,
        "reason_kind": pl.String,
        "because": pl.String,
    }
)
"""What ``recommend`` yields, for nobody."""


@dataclass(frozen=True)
class Restrictions:
    """What holds for the lists of a day."""

    rules: RecommendationSettings
    items: pl.DataFrame
    """Boost, category and rule of each item (``item_rules``)."""
    bought: pl.DataFrame
    """person_id and item_id that are not to be shown again (``recently_bought``)."""
    refused: pl.Series
    """People who get no list (``refused_people``)."""

    @property
    def asked(self) -> int:
        """Candidates to ask the models for, per person."""
        takes = self.items["item_rule"].null_count() < self.items.height or not self.bought.is_empty()
        moves = bool(self.rules.boosts) or self.rules.max_per_category is not None
        return self.rules.per_person * (SPARE if takes or moves else 1)


def serve_lists(
    blends: Mapping[str, Blend], interactions: Interactions, fallback: Fallback, restrictions: Restrictions
) -> pl.DataFrame:
    """Return the judged candidates of everybody in ``interactions``, up to the last place of each list.

    Args:
        blends: Task -> the fitted choice.
        interactions: Whom to serve.
        fallback: Popularity, for people and places without an opinion of the blend.
        restrictions: The rules and what they need to know.

    Lists have ``per_person`` places unless the catalogue, less what rules keep out, has no more.
    """
    served = []
    for start in range(0, max(1, interactions.people.len()), PEOPLE):
        block = interactions.rows(np.arange(start, min(start + PEOPLE, interactions.people.len())))
        for task, blend in blends.items():
            candidates = _candidates(blend, block, fallback, task, restrictions.asked, None)
            judged = _judged(candidates, restrictions)
            short = _short_people(judged, restrictions)
            if not short.is_empty():
                rows = block.rows(np.flatnonzero(block.people.is_in(short.implode()).to_numpy()))
                mask = _judged_already(rows, judged, restrictions)
                more = _candidates(blend, rows, fallback, task, restrictions.asked, mask)
                more = more.with_columns(pl.col("candidate_rank") + restrictions.asked, round=pl.lit(2, pl.Int8))
                judged = _judged(pl.concat([candidates, more]), restrictions)
            served.append(within_reach(judged, restrictions.rules.per_person))
    return pl.concat(served).drop("round")


def with_reasons(shown: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return the places with ``reason`` in words.

    Args:
        shown: task, reason_kind and because.
        names: item_id and item_name; an item without a name is called by its id.
    """
    named = shown.join(names.select(because="item_id", name="item_name"), on="because", how="left")
    other = pl.coalesce("name", "because")
    own = pl.when(pl.col("task") == DISCOVER).then(pl.lit("looked at, not bought yet")).otherwise(pl.lit("had before"))
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


def _candidates(
    blend: Blend, block: Interactions, fallback: Fallback, task: str, count: int, mask: sparse.csr_matrix | None
) -> pl.DataFrame:
    """Return the models' lists of a block of people, as candidates of the first round."""
    lists = recommend(blend, block, fallback, task=task, per_person=count, excluded=mask)
    return pl.concat([NO_LISTS, *lists]).rename({"rank": "candidate_rank"}).with_columns(round=pl.lit(1, pl.Int8))


def _judged(candidates: pl.DataFrame, restrictions: Restrictions) -> pl.DataFrame:
    given = restrictions
    return apply_rules(candidates, given.items, given.bought, given.refused, given.rules)


def _short_people(judged: pl.DataFrame, restrictions: Restrictions) -> pl.Series:
    """Return the people whose list is not full though the models have more to propose."""
    may_have_more = pl.len() >= restrictions.asked
    is_short = pl.col("rank").count() < restrictions.rules.per_person
    is_served = (pl.col("excluded_by") != NO_CONSENT).fill_null(value=True).any()
    return judged.group_by("person_id").agg(wanted=may_have_more & is_short & is_served).filter("wanted")["person_id"]


def _judged_already(block: Interactions, judged: pl.DataFrame, restrictions: Restrictions) -> sparse.csr_matrix:
    """Return the cells not to propose again: judged, kept out by a rule, or of a category that is full."""
    items = (
        block.items.to_frame("item_id")
        .join(restrictions.items, on="item_id", how="left", maintain_order="left")
        .with_columns(
            column=pl.int_range(pl.len(), dtype=pl.Int64),
            category=pl.col("item_category").rank("dense").cast(pl.Int64).fill_null(0),
        )
    )
    people = block.people.to_frame("person_id").with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
    mask = np.zeros(block.shape, np.bool_)
    mask[:, items["item_rule"].is_not_null().to_numpy()] = True
    for pairs in (judged, restrictions.bought):
        cells = pairs.select("person_id", "item_id").join(people, on="person_id").join(items, on="item_id")
        mask[cells["row"].to_numpy(), cells["column"].to_numpy()] = True
    if restrictions.rules.max_per_category is not None:
        mask |= _full(judged.join(people, on="person_id"), items, people.height, restrictions.rules.max_per_category)
    return sparse.csr_matrix(mask.astype(np.float32))


def _full(judged: pl.DataFrame, items: pl.DataFrame, people: int, most: int) -> NDArray[np.bool_]:
    """Return the cells (people x items) whose category has all the places it may take."""
    placed = judged.filter(pl.col("rank").is_not_null()).join(items.select("item_id", "category"), on="item_id")
    taken = placed.filter(pl.col("category") > 0).group_by("row", "category").len().filter(pl.col("len") >= most)
    is_full = np.zeros((people, int(items["category"].max() or 0) + 1), np.bool_)  # type: ignore[arg-type]
    is_full[taken["row"].to_numpy(), taken["category"].to_numpy()] = True
    cells: NDArray[np.bool_] = is_full[:, items["category"].to_numpy()]
    return cells
