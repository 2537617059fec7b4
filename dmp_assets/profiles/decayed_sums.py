"""Sums of amounts that count less with age, to the last bit the same in every order of the rows.

Threads finish in another order each time, and 0.1 + 0.2 + 0.3 is 0.6000000000000001 where 0.3 + 0.2 + 0.1 is 0.6. Whole
numbers add up to the same in any order, so what is summed are these.
"""

from collections.abc import Sequence

import polars as pl

from dmp_assets.profiles.scores import decayed_weight, whole_power

ERA_HALF_LIVES = 8
"""Amounts are brought to whole numbers by era, because one scale cannot hold the new and the very old: in an era a
weight is between 2 ** -8 and 1."""

ERAS = 120
"""960 half-lives: the least number above 0 is 0.5 ** 1074."""

BITS = 59
"""Of a fraction. Ten thousand of the largest amounts, 10 ** 16 units of money each, times 2 ** 59 are below the
2 ** 127 of Int128. The least amount, 1 unit at the end of an era, keeps 51 bits: one part in 10 ** 15."""


def sum_decayed(
    rows: pl.LazyFrame,
    key: Sequence[str],
    amount: pl.Expr,
    age_days: pl.Expr,
    half_life_days: float,
    oldest_days: int | None,
    counts: Sequence[str] = (),
) -> pl.LazyFrame:
    """Return the key, ``amount``: the sum of ``amount * 0.5 ** (age_days / half_life_days)``, and the sums of counts.

    Args:
        rows: Any rows, in any order.
        key: Columns to sum by.
        amount: 0 or more, at most 10 ** 16.
        age_days: 0 or more.
        half_life_days: Age at which an amount counts half, above 0. What is a thousand half-lives old is forgotten.
        oldest_days: No row is older; None: not known, which costs a third more.
        counts: Columns of whole numbers to sum.

    >>> rows = pl.LazyFrame({"person": ["p", "p"], "paid": [3, 4], "age": [0, 90]})
    >>> sum_decayed(rows, ["person"], pl.col("paid"), pl.col("age"), 90.0, None).collect().rows()
    [('p', 5.0)]
    """
    era_days = ERA_HALF_LIVES * half_life_days
    sums = [pl.col(name).sum() for name in counts]
    if oldest_days is not None and oldest_days < era_days:
        return rows.group_by(key).agg(*sums, amount=_sum(amount * decayed_weight(age_days, half_life_days)))
    era = (age_days / era_days).floor().clip(0, ERAS)
    within = amount * decayed_weight(age_days, half_life_days) * _of_eras(2.0**ERA_HALF_LIVES, era)
    by_era = rows.group_by(*key, era=era).agg(*sums, amount=_sum(within))
    each = pl.col("amount") * _of_eras(0.5**ERA_HALF_LIVES, pl.col("era"))
    return sum_of_list(by_era.group_by(key).agg(*sums, amount=each), "amount")


def _of_eras(factor: float, eras: pl.Expr) -> pl.Expr:
    return whole_power(lambda count: factor**count, eras, ERAS.bit_length())


def _sum(amounts: pl.Expr) -> pl.Expr:
    return (amounts * 2.0**BITS).cast(pl.Int128).sum().cast(pl.Float64) * 2.0**-BITS


def sum_of_list(rows: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Return the rows with the sum of a list of floats in place of the list, from the least to the largest.

    Only a list keeps its order: Polars leaves out a sort before a sum.

    >>> sum_of_list(pl.LazyFrame({"n": [[0.3, 0.2, 0.1]]}), "n").collect().item()
    0.6000000000000001
    """
    return rows.with_columns(pl.col(name).list.sort().list.sum())
