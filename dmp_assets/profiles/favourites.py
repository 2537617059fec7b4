"""The weight of each person's events for each value, newer ones counting more, for favourites."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from dmp_assets.profiles.decayed_sums import sum_decayed, sum_of_list
from dmp_assets.profiles.scores import decayed_weight

FAVOURITE_ATTRIBUTES = ("spend_category", "brand", "price_band", "channel_group", "day_part", "platform")

DECIMALS = 9
"""Shares that differ by less are equal, and go by name: days that are added one by one give other last bits."""


def sum_favourites(
    attributes: Mapping[str, pl.LazyFrame],
    as_of_date: date,
    half_life_days: float,
    before: pl.LazyFrame | None = None,
    oldest_days: int | None = None,
) -> pl.LazyFrame:
    """Return the decayed amount of each person, attribute and value (``Sums.favourite_sums``).

    Args:
        attributes: Attribute -> rows with person_id, event_date, value and weighted, as ``attributes`` has them.
        as_of_date: Last day that counts.
        half_life_days: Age at which an event counts half, above 0. What is a thousand half-lives old is forgotten.
        before: The same people's sums of the days before, valued at their own days; None where these are all days.
        oldest_days: No row of the attributes is older; None: not known.

    ``amount = sum of weighted * 0.5 ** (age / half_life_days)``, valued at the as-of day. On a later day all amounts of
    a person are smaller by one factor. So the shares of a person who did nothing since do not change, and the stored
    rows need not change either.
    """
    parts = []
    for name in FAVOURITE_ATTRIBUTES:
        rows = attributes[name].filter(pl.col("event_date") <= as_of_date)
        age = _age(pl.col("event_date"), as_of_date)
        summed = sum_decayed(rows, ("person_id", "value"), pl.col("weighted"), age, half_life_days, oldest_days)
        parts.append(summed.with_columns(attribute=pl.lit(name)))
    found = pl.concat(parts)
    if before is not None:
        decayed = pl.col("amount") * decayed_weight(_age(pl.col("valued_on"), as_of_date), half_life_days)
        kept = before.select("person_id", pl.col("value").cast(pl.Categorical), "attribute", amount=decayed)
        # Of two floats, either order gives the same sum.
        found = pl.concat([found, kept.select("person_id", "value", "amount", "attribute")])
        found = found.group_by("person_id", "attribute", "value").agg(pl.col("amount").sum())
    return found.filter(pl.col("amount") > 0).with_columns(valued_on=pl.lit(as_of_date, pl.Date))


def favourite_shares(favourite_sums: pl.LazyFrame) -> pl.LazyFrame:
    """Return person_id, attribute, value and share, the favourite of each person and attribute first.

    The share is that of the value in the person's decayed amounts of the attribute. Equal shares go by name.
    """
    key = ["person_id", "attribute"]
    totals = sum_of_list(favourite_sums.group_by(key).agg(total="amount"), "total")
    shares = favourite_sums.join(totals, on=key).select(
        *key, pl.col("value").cast(pl.String), share=(pl.col("amount") / pl.col("total")).round(DECIMALS).clip(0.0, 1.0)
    )
    return shares.filter(pl.col("share") > 0).sort(*key, "share", "value", descending=[False, False, True, False])


def _age(day: pl.Expr, as_of_date: date) -> pl.Expr:
    return (pl.lit(as_of_date, pl.Date) - day).dt.total_days()
