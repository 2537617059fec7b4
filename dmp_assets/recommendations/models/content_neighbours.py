"""Items that are alike by what they are: for items that too few people touched to be alike by people."""

from collections.abc import Collection, Iterator
from itertools import combinations

import polars as pl

from dmp_assets.recommendations.models.content import ATTRIBUTE_WEIGHTS

KINDS = ("item_category2", "item_category")
"""What an item is. A pair must agree in one of them where the catalogue has any: two products of one maker alone are
soap and salad dressing."""

MOST_SHARE = 0.5
"""A value that more of the catalogue has makes no pair by itself: one department for all says nothing."""

MOST_ROWS = 2_000_000
"""Neighbours of all items together: of more than 100,000 items each has fewer than 20, or the table would outgrow the
lists of everybody. A catalogue of a million items gets two of each."""

BLOCK_KINDS = 4_096
"""Distinct combinations of values whose neighbours are looked up at once: at most a million pairs, 30 MB."""

NEIGHBOURS = {"item_id": pl.String, "rank": pl.Int64, "similar_item_id": pl.String, "similarity": pl.Float64}


def alike_items(items: pl.DataFrame, takers: pl.DataFrame, wanted: pl.Series, k: int = 20) -> pl.DataFrame:
    """Return the ``k`` items of the catalogue most like each wanted one: item_id, rank, similar_item_id, similarity.

    Args:
        items: The catalogue: item_id (unique) and any of ``ATTRIBUTE_WEIGHTS``, null where unknown.
        takers: item_id and people: how many touched it; items that nobody touched may be missing.
        wanted: Items to describe.
        k: Neighbours of each; fewer where fewer share a kind, and where all together would be over ``MOST_ROWS``.

    Similarity is the weight of the attributes in which both agree, over that of all attributes that the catalogue
    fills. Touched items come first, because they can be bought with proof; then by similarity, by people, by item_id.

    Of a maker's teas, salt and milk the other tea alone is like the first (maker and category of 1 + 1):

    >>> items = pl.DataFrame({"item_id": ["assam", "ceylon", "milk", "salt"], "item_brand": ["own"] * 4,
    ...     "item_category": ["TEA", "TEA", "MILK", "SALT"]})
    >>> touched = pl.DataFrame({"item_id": ["assam", "milk"], "people": [7, 9]})
    >>> alike_items(items, touched, pl.Series(["ceylon", "salt"])).rows()
    [('ceylon', 1, 'assam', 1.0)]
    """
    attributes = [name for name in ATTRIBUTE_WEIGHTS if name in items.columns and items[name].null_count() < len(items)]
    speaking = _speaking(items, attributes)
    if not speaking:
        return pl.DataFrame(schema=NEIGHBOURS)
    k = min(k, max(1, MOST_ROWS // max(1, wanted.len())))
    known = items.join(takers, on="item_id", how="left").with_columns(pl.col("people").fill_null(0))
    placed = known.sort("people", "item_id", descending=[True, False]).with_row_index("place")
    combined = placed.with_columns(combination=pl.struct(attributes).rank("dense"))
    described = combined.filter(pl.col("item_id").is_in(wanted.implode())).select("item_id", "place", "combination")
    kinds = (
        combined.join(described, on="combination", how="semi").unique("combination").select("combination", *attributes)
    )
    # Some items are of the combination, and would be their own neighbours: one more is looked up.
    best = _best(kinds.sort("combination"), placed, attributes, speaking, k + 1)
    names = placed.select(other="place", similar_item_id="item_id")
    found = [_listed(described, block.join(names, on="other"), k) for block in best]
    return pl.concat([pl.DataFrame(schema=NEIGHBOURS), *found]).sort("item_id", "rank")


def _speaking(items: pl.DataFrame, attributes: Collection[str]) -> dict[str, pl.Series]:
    """Return the attributes that can make a pair, with the values that do: not those that most of the catalogue has."""
    found = {}
    for name in attributes:
        counts = items[name].drop_nulls().value_counts()
        values = counts.filter(pl.col("count") <= MOST_SHARE * len(items))[name]
        if not values.is_empty():
            found[name] = values
    of_kind = {name: values for name, values in found.items() if name in KINDS}
    return of_kind or found


def _best(
    kinds: pl.DataFrame, placed: pl.DataFrame, attributes: list[str], speaking: dict[str, pl.Series], k: int
) -> Iterator[pl.DataFrame]:
    """Yield the ``k`` nearest of some combinations: combination, other (a place), is_touched and similarity.

    Who is among the ``k`` nearest is among the first ``k`` of those that agree in the same attributes: whoever stands
    before it there is at least as near. So no more than that is looked at, whatever the size of the catalogue.
    """
    whole = sum(ATTRIBUTE_WEIGHTS[name] for name in attributes)
    agreeing = [
        (list(shared), placed.lazy().drop_nulls(shared).group_by(shared).agg(pl.col("place").head(k)).collect())
        for size in range(1, len(attributes) + 1)
        for shared in combinations(attributes, size)
        if set(shared) & set(speaking)
    ]
    is_touched = placed["people"] > 0
    for block in kinds.iter_slices(BLOCK_KINDS):
        pairs = [
            block.filter(
                pl.any_horizontal(pl.col(one).is_in(speaking[one].implode()) for one in shared if one in speaking)
            )
            .join(first, on=shared)
            .select(
                "combination", other="place", similarity=pl.lit(sum(ATTRIBUTE_WEIGHTS[one] for one in shared) / whole)
            )
            .explode("other")
            for shared, first in agreeing
        ]
        near = pl.concat(pairs).group_by("combination", "other").agg(pl.col("similarity").max())
        touched = near.with_columns(is_touched=is_touched.gather(near["other"]))
        ordered = touched.sort(
            "combination", "is_touched", "similarity", "other", descending=[False, True, True, False]
        )
        yield ordered.group_by("combination", maintain_order=True).head(k)


def _listed(described: pl.DataFrame, near: pl.DataFrame, k: int) -> pl.DataFrame:
    """Return the neighbours of each item of the combinations, itself left out."""
    pairs = described.join(near, on="combination").filter(pl.col("place") != pl.col("other"))
    ordered = pairs.sort("item_id", "is_touched", "similarity", "other", descending=[False, True, True, False])
    ranked = ordered.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("item_id"))
    return ranked.filter(pl.col("rank") <= k).select(*NEIGHBOURS)
