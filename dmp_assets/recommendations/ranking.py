"""Each person's list: scored items first, popular items where those run out, bought items never."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.recommendations.interactions import Interactions
from dmp_assets.recommendations.item_item import Neighbours, best_first, similarity_matrix
from dmp_assets.recommendations.schema import ITEM_ITEM, POPULARITY

BLOCK_PEOPLE = 256
"""People scored at once: at most 256 x 10,000 scores of 12 bytes, 31 MB."""


def rank_items(interactions: Interactions, neighbours: Neighbours | None, per_person: int) -> pl.DataFrame:
    """Return the best ``per_person`` unseen items of each person: person_id, rank, item_id, score, model, reason.

    Args:
        interactions: What everybody bought.
        neighbours: The item-item model; None ranks by popularity alone.
        per_person: Length of a list; shorter only where the catalogue has no unseen item left.

    An item's score is the sum of its similarities to the person's items; equal scores go by ``item_id``.
    """
    lists: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]] = []
    weights = None if neighbours is None else similarity_matrix(neighbours)
    for start in range(0, interactions.people.len(), BLOCK_PEOPLE):
        block = interactions.bought[start : start + BLOCK_PEOPLE]
        scores = None if weights is None else block @ weights
        for offset in range(block.shape[0]):
            owned = np.zeros(interactions.items.len(), np.bool_)
            owned[block.indices[block.indptr[offset] : block.indptr[offset + 1]]] = True
            columns, values = np.empty(0, np.int64), np.empty(0)
            if scores is not None:
                row = slice(scores.indptr[offset], scores.indptr[offset + 1])
                columns, values = _unseen_best(scores.indices[row], scores.data[row], owned, per_person)
            reasons = _reasons(columns, owned, neighbours)
            fill = _popular_unseen(interactions.popular, owned, columns, per_person - columns.size)
            lists.append(
                (
                    np.concatenate([columns, fill]),
                    np.concatenate([values, interactions.popularity[fill]]),
                    np.concatenate([reasons, np.full(fill.size, -1, np.int64)]),
                )
            )
    return _named(lists, interactions)


def _unseen_best(
    columns: NDArray, values: NDArray[np.float64], owned: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the columns and scores of the best items that are not owned, best first."""
    unseen = ~owned[columns]
    columns, values = columns[unseen].astype(np.int64), values[unseen]
    best = best_first(values, columns, count)
    return columns[best], values[best]


def _reasons(columns: NDArray[np.int64], owned: NDArray[np.bool_], neighbours: Neighbours | None) -> NDArray[np.int64]:
    """Return for each item the owned neighbour that is most similar; neighbours are kept best first."""
    if neighbours is None or columns.size == 0:
        return np.empty(0, np.int64)
    near = neighbours.index[columns]
    first_owned = np.argmax((near >= 0) & owned[near], axis=1)
    reasons: NDArray[np.int64] = near[np.arange(columns.size), first_owned]
    return reasons


def _popular_unseen(
    popular: NDArray[np.int64], owned: NDArray[np.bool_], taken: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Return the ``count`` most popular items that are neither owned nor in the list already."""
    if count <= 0:
        return np.empty(0, np.int64)
    shut_out = owned.copy()
    shut_out[taken] = True
    head = popular[: count + int(shut_out.sum())]
    return head[~shut_out[head]][:count]


def _named(
    lists: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]], interactions: Interactions
) -> pl.DataFrame:
    """Return all lists (items, scores, reasons as positions; -1 is popularity) with ids and words."""
    sizes = [items.size for items, _, _ in lists]
    ranked = pl.DataFrame(
        {
            "person": np.repeat(np.arange(len(lists)), sizes),
            "item": np.concatenate([np.empty(0, np.int64), *(items for items, _, _ in lists)]),
            "score": np.concatenate([np.empty(0), *(scores for _, scores, _ in lists)]),
            "cause": np.concatenate([np.empty(0, np.int64), *(reasons for _, _, reasons in lists)]),
        }
    )
    personal = pl.col("cause") >= 0
    names = interactions.items.rename("name")
    return (
        ranked.with_columns(
            person_id=interactions.people.gather(ranked["person"]),
            item_id=names.gather(ranked["item"]),
            # A null position gives a null name: popularity has no cause.
            because=names.gather(ranked.select(pl.when(personal).then("cause")).to_series()),
            rank=pl.int_range(1, pl.len() + 1).over("person").cast(pl.Int64),
        )
        .select(
            "person_id",
            "rank",
            "item_id",
            "score",
            model=pl.when(personal).then(pl.lit(ITEM_ITEM)).otherwise(pl.lit(POPULARITY)),
            reason=pl.when(personal).then(pl.lit("bought with ") + pl.col("because")).otherwise(pl.lit("popular")),
        )
        .sort("person_id", "rank")
    )
