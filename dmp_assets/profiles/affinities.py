"""How much of a person's attention each category, brand and topic gets, recent windows counting more."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from dmp_assets.profiles.feature_schema import AFFINITY_ATTRIBUTES
from dmp_assets.profiles.interests import decayed_weight

EVENT_WEIGHTS: Mapping[str, int] = {
    "page_view": 1,
    "screen_view": 1,
    "view_item": 1,
    "select_item": 1,
    "add_to_wishlist": 2,
    "add_to_cart": 3,
    "begin_checkout": 4,
    "purchase": 5,
}
"""Each step towards an order says a little more than the one before; a purchase says as much as five looks.

Whole numbers, so that sums do not depend on the order of rows. Events that are not named, among them refunds and
removals from the cart, say nothing about what a person likes.
"""

DECIMALS = 9
"""Affinities that differ by less are equal, and go by name: the last bits of a sum depend on the order of rows."""


def interest(weight: pl.Expr, probability: pl.Expr) -> pl.Expr:
    """Return the interest in one value: the sum over time windows t of ``w_t * p_t``.

    Args:
        weight: Weight of each window; the weights of all windows sum to 1.
        probability: Share of the value in the person's weighted events of that window, 0..1.

    >>> windows = pl.DataFrame({"weight": [0.5, 0.3, 0.2], "probability": [1.0, 0.8, 0.6]})
    >>> round(windows.select(interest(pl.col("weight"), pl.col("probability"))).item(), 9)
    0.86

    0.5 * 1 + 0.3 * 0.8 + 0.2 * 0.6 = 0.5 + 0.24 + 0.12.
    """
    return (weight * probability).sum()


def build_affinities(
    attributes: pl.LazyFrame,
    as_of_date: date,
    half_life_days: float,
    window_days: int,
    event_weights: Mapping[str, int] = EVENT_WEIGHTS,
) -> pl.DataFrame:
    """Return the affinity of each person to each category, brand and topic seen (``Affinities``), best first.

    Args:
        attributes: Daily rollup with event_date, person_id, attribute, value, event_name and events.
        as_of_date: Last day that counts; windows are counted back from it.
        half_life_days: Age at which a window counts half, above 0.
        window_days: Length of a window in days, 1 or more.
        event_weights: Event name -> what one event says, a whole number; other events are left out.

    ``I(i, u) = sum over t of w_t * p_t(i, u)``: p_t is the share of value i in the weighted events of person u in
    window t, and ``w_t = 0.5 ** (t * window_days / half_life_days)``, divided by its sum over the windows in which the
    person has any such event. So the affinities of a person to the values of one attribute sum to 1, and silence does
    not make interests smaller: recency is told elsewhere. Equal affinities are ranked by value.
    """
    weight = pl.col("event_name").replace_strict(dict(event_weights), default=0, return_dtype=pl.Int64)
    age_days = (pl.lit(as_of_date, pl.Date) - pl.col("event_date")).dt.total_days()
    key = ["person_id", "attribute"]
    by_window = (
        attributes.filter(
            pl.col("event_date") <= as_of_date,
            pl.col("attribute").is_in(AFFINITY_ATTRIBUTES),
            pl.col("value") != "",
        )
        .with_columns(window=age_days // window_days, weighted=weight * pl.col("events"))
        .group_by(*key, "value", "window")
        .agg(pl.col("weighted").sum())
        .filter(pl.col("weighted") > 0)
        .sort(*key, "value", "window")
    )
    shares = by_window.with_columns(
        probability=pl.col("weighted") / pl.col("weighted").sum().over(*key, "window"),
        # Counted from the person's newest window, so that no weight of a long lapsed person vanishes.
        age_days=(pl.col("window") - pl.col("window").min().over(key)) * window_days,
    )
    undivided = shares.group_by(*key, "value", maintain_order=True).agg(
        affinity=interest(decayed_weight(pl.col("age_days"), half_life_days), pl.col("probability"))
    )
    # In each window the probabilities sum to 1, so the interests sum to what the weights are to be divided by.
    return (
        undivided.with_columns(
            affinity=(pl.col("affinity") / pl.col("affinity").sum().over(key)).round(DECIMALS).clip(0.0, 1.0)
        )
        .sort(*key, "affinity", "value", descending=[False, False, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(key))
        .select(*key, "value", "affinity", "rank")
        .collect()
    )
