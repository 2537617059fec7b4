"""Who bought what: the sparse person x item matrix that every recommendation starts from."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from dmp_assets.events.schema import PURCHASE

MAX_ITEMS = 10_000
"""Items that may be recommended: the most bought. On the demo they carry 74 % of the person-item pairs; 20,000
items nearly double the work for items with a dozen buyers."""

RECENT_DAYS = 56
"""Item-item similarity looks at who bought the target in the newest eight weeks. Chosen on the demo up to
2017-12-04: NDCG@10 0.0465 (28 days 0.0449, 91 days 0.0436, the whole year 0.0425, popularity 0.0390)."""

POPULARITY_DAYS = 28
"""Popularity counts the newest four weeks: the window of the strongest popularity list on the demo."""


@dataclass(frozen=True)
class Interactions:
    """People, catalogue and the purchases between them, all in the order of their ids."""

    people: pl.Series
    items: pl.Series
    bought: Any
    """Binary CSR matrix, people x items, float32 (exact for counts below 2**24), column indices sorted."""
    recently_bought: Any
    """The same for purchases of the newest ``RECENT_DAYS`` days."""
    buyers: NDArray[np.float64]
    """People who ever bought the item."""
    recent_buyers: NDArray[np.float64]
    """People who bought it in the newest ``RECENT_DAYS`` days."""
    popular: NDArray[np.int64]
    """Items from the most to the least popular: recent buyers, then all buyers, then ``item_id``."""
    popularity: NDArray[np.float64]
    """Share of the recently buying people who bought the item."""


def purchased_pairs(items: pl.LazyFrame, last_date: date) -> pl.DataFrame:
    """Return each person and item bought up to ``last_date``, with first and last day, sorted by both ids.

    Args:
        items: Item lines (``EventItems``) with person_id (``of_persons``); lines of other events are left out.
        last_date: Last day that counts.
    """
    return (
        items.filter(pl.col("event_name") == PURCHASE, pl.col("event_date") <= last_date)
        .group_by("person_id", "item_id")
        .agg(first_date=pl.col("event_date").min(), last_date=pl.col("event_date").max())
        .sort("person_id", "item_id")
        .collect()
    )


def known_people(items: pl.LazyFrame, last_date: date) -> pl.Series:
    """Return the ids of everyone with an item line of any event up to ``last_date``, sorted."""
    seen = items.filter(pl.col("event_date") <= last_date)
    return seen.select(pl.col("person_id").unique().sort()).collect()["person_id"]


def build_interactions(pairs: pl.DataFrame, people: pl.Series) -> Interactions:
    """Return the matrix of ``pairs`` over ``people`` and the ``MAX_ITEMS`` most bought items.

    Args:
        pairs: One row per person and item, from :func:`purchased_pairs`.
        people: Sorted ids; people without purchases keep an empty row.
    """
    age = pl.lit(pairs["last_date"].max(), pl.Date) - pl.col("last_date")
    popular_now, recent = age < timedelta(days=POPULARITY_DAYS), age < timedelta(days=RECENT_DAYS)
    catalogue = (
        pairs.group_by("item_id")
        .agg(buyers=pl.len().cast(pl.Int64), popularity=popular_now.sum().cast(pl.Int64))
        .sort("buyers", "item_id", descending=[True, False])
        .head(MAX_ITEMS)
        .sort("item_id")
        .with_row_index("column")
    )
    rows = pl.DataFrame({"person_id": people}).with_row_index("row")
    cells = pairs.join(rows, on="person_id").join(catalogue, on="item_id").sort("row", "column")
    shape = (rows.height, catalogue.height)
    bought, recently_bought = _binary(cells, shape), _binary(cells.filter(recent), shape)
    order = catalogue.sort("popularity", "buyers", "item_id", descending=[True, True, False])
    return Interactions(
        people=rows["person_id"],
        items=catalogue["item_id"],
        bought=bought,
        recently_bought=recently_bought,
        buyers=np.bincount(bought.indices, minlength=shape[1]).astype(np.float64),
        recent_buyers=np.bincount(recently_bought.indices, minlength=shape[1]).astype(np.float64),
        popular=order["column"].to_numpy().astype(np.int64),
        popularity=catalogue["popularity"].to_numpy() / max(1, pairs.filter(popular_now)["person_id"].n_unique()),
    )


def _binary(cells: pl.DataFrame, shape: tuple[int, int]) -> Any:
    """Return a CSR matrix with a one in each cell; cells are sorted, so its column indices are too."""
    ones = np.ones(cells.height, np.float32)
    return sparse.csr_matrix((ones, (cells["row"].to_numpy(), cells["column"].to_numpy())), shape=shape)
