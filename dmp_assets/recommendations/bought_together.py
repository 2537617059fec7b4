"""Which items stand in the same orders more often than chance would put them there."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

Counts = NDArray[np.float64]

MIN_TOGETHER = 5
"""Orders that a pair needs: with fewer, one household's habit makes a pair."""

MAX_P_VALUE = 1e-6
"""Pairs that chance explains more often are left out. Of the 10 M pairs of 4,500 items it would still let ten pass."""

MAX_ITEMS = 20_000
"""Items that are looked at, those in most orders."""

MAX_ORDER_ITEMS = 200
"""Orders with more distinct items say nothing about pairs, and cost their square: stock-ups, or a test of the shop."""

BLOCK_ITEMS = 512
"""Items whose pairs are counted at once: at most 512 x 20,000 counts of 4 bytes, 41 MB."""

PAIRS = pl.DataFrame(schema={"item": pl.Int64, "other": pl.Int64, "together": pl.Float64, "ratio": pl.Float64})

LEAST = np.finfo(np.float64).tiny


def lift(together: Counts, orders_of_one: Counts, orders_of_other: Counts, orders: int) -> Counts:
    """Return how many times as often as chance both items are in one order: ``n_ab * n / (n_a * n_b)``.

    Brin et al. 1997, "Dynamic itemset counting and implication rules for market basket data", SIGMOD.

    Items in 4 and 5 of 10 orders would meet in 2; they do in 4.

    >>> lift(np.array([4.0]), np.array([4.0]), np.array([5.0]), 10).tolist()
    [2.0]
    """
    return together * orders / (orders_of_one * orders_of_other)


def log_likelihood_ratio(together: Counts, orders_of_one: Counts, orders_of_other: Counts, orders: int) -> Counts:
    """Return G2 of independence of the two items, negative where they meet less often than chance.

    ``2 * sum of observed * ln(observed / expected)`` over the four cells: both, one, other, neither (Dunning 1993,
    "Accurate methods for the statistics of surprise and coincidence", Computational Linguistics 19(1)).

    Two items in the same 5 of 10 orders: 2 * (5 ln(5 / 2.5) + 5 ln(5 / 2.5)) = 20 ln 2.

    >>> log_likelihood_ratio(np.array([5.0]), np.array([5.0]), np.array([5.0]), 10).round(4).tolist()
    [13.8629]
    """
    one_only, other_only = orders_of_one - together, orders_of_other - together
    neither = orders - together - one_only - other_only
    cells = (
        (together, orders_of_one, orders_of_other),
        (one_only, orders_of_one, orders - orders_of_other),
        (other_only, orders - orders_of_one, orders_of_other),
        (neither, orders - orders_of_one, orders - orders_of_other),
    )
    # An empty cell adds nothing: 0 ln 0 is 0.
    total = sum(
        seen * np.log(np.maximum(seen, LEAST) * orders / np.maximum(one * other, LEAST)) for seen, one, other in cells
    )
    sign = np.where(together * orders >= orders_of_one * orders_of_other, 1.0, -1.0)
    ratio: Counts = sign * np.maximum(2 * np.asarray(total), 0.0)
    return ratio


def one_sided_p_value(ratio: Counts) -> Counts:
    """Return how often chance alone puts two items together so often: the normal tail beyond root G2.

    G2 has a chi-squared distribution with one degree of freedom (Dunning 1993), so its signed root is standard normal.

    >>> one_sided_p_value(np.array([0.0, 1.96**2, -(1.96**2)])).round(3).tolist()
    [0.5, 0.025, 0.975]
    """
    from scipy import stats  # takes half a second, which a command that counts no pairs is spared

    tail: Counts = stats.norm.sf(np.sign(ratio) * np.sqrt(np.abs(ratio)))
    return tail


def build_bought_together(lines: pl.LazyFrame, as_of_date: date, per_item: int = 20) -> pl.DataFrame:
    """Return the items that stand in one order with each item beyond chance (``BoughtTogether``).

    Args:
        lines: Item lines: is_bought, event_date, order_id, item_id; only bought ones up to ``as_of_date`` count.
        as_of_date: Last day that counts.
        per_item: Items kept of each, in the order of the evidence (G2), then of ``item_id``.
    """
    baskets, items = _baskets(lines, as_of_date)
    orders = baskets.shape[0]
    item_orders = np.asarray(baskets.sum(axis=0), np.float64).ravel()
    by_item = baskets.T.tocsr()
    starts = range(0, items.len(), BLOCK_ITEMS)
    pairs = pl.concat([PAIRS, *(_pairs(by_item, baskets, item_orders, start) for start in starts)])
    best_first = pairs.sort("item", "ratio", "other", descending=[False, True, False])
    kept = best_first.with_columns(rank=pl.int_range(1, pl.len() + 1).over("item")).filter(pl.col("rank") <= per_item)
    one, other = item_orders[kept["item"].to_numpy()], item_orders[kept["other"].to_numpy()]
    together = kept["together"].to_numpy()
    return pl.DataFrame(
        {
            "item_id": items.gather(kept["item"]),
            "rank": kept["rank"],
            "other_item_id": items.gather(kept["other"]),
            "orders_together": together.astype(np.int64),
            "item_orders": one.astype(np.int64),
            "other_item_orders": other.astype(np.int64),
            "support_rate": together / max(orders, 1),
            "confidence_rate": together / one,
            "lift": lift(together, one, other, orders),
            "p_value": one_sided_p_value(kept["ratio"].to_numpy()),
        }
    ).with_columns(orders=pl.lit(orders, pl.Int64), as_of_date=pl.lit(as_of_date, pl.Date))


def _baskets(lines: pl.LazyFrame, as_of_date: date) -> tuple[Any, pl.Series]:
    """Return the binary CSR matrix of orders x items, and those: the ``MAX_ITEMS`` in most orders, sorted."""
    bought = lines.filter(pl.col("is_bought"), pl.col("event_date") <= as_of_date, pl.col("item_id") != "")
    lines_of_orders = (
        bought.select("order_id", "item_id")
        .unique()
        .filter(pl.len().over("order_id") <= MAX_ORDER_ITEMS)
        .collect(engine="streaming")
    )
    orders = lines_of_orders.select(pl.col("order_id").unique().sort()).with_row_index("row")
    items = (
        lines_of_orders.group_by("item_id")
        .len()
        .filter(pl.col("len") >= MIN_TOGETHER)
        .sort("len", "item_id", descending=[True, False])
        .head(MAX_ITEMS)
        .select(pl.col("item_id").sort())
        .with_row_index("column")
    )
    cells = lines_of_orders.join(orders, on="order_id").join(items, on="item_id")
    place = (cells["row"].to_numpy(), cells["column"].to_numpy())
    # Counts are exact in float32 up to 2**24 orders, and take half the room.
    baskets = sparse.csr_matrix((np.ones(cells.height, np.float32), place), shape=(orders.height, items.height))
    return baskets, items["item_id"]


def _pairs(by_item: Any, baskets: Any, item_orders: Counts, start: int) -> pl.DataFrame:
    """Return item, other, together and ratio (G2) of the pairs beyond chance of one block of items."""
    together = (by_item[start : start + BLOCK_ITEMS] @ baskets).tocoo()
    wanted = (together.data >= MIN_TOGETHER) & (together.row + start != together.col)
    item, other = together.row[wanted].astype(np.int64) + start, together.col[wanted].astype(np.int64)
    count = together.data[wanted].astype(np.float64)
    ratio = log_likelihood_ratio(count, item_orders[item], item_orders[other], baskets.shape[0])
    pairs = pl.DataFrame({"item": item, "other": other, "together": count, "ratio": ratio}, schema=PAIRS.schema)
    return pairs.filter(one_sided_p_value(ratio) <= MAX_P_VALUE)
