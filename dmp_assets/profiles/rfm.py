"""Recency, frequency and monetary scores, and the group that they name."""

import polars as pl

from dmp_assets.profiles.schema.profiles import NO_ORDERS, NOT_ENOUGH_DATA, RFM_GRID

MIN_BUYERS = 5
"""Fifths of fewer than five people show differences that do not exist."""

SCORES = ("rfm_recency_score", "rfm_frequency_score", "rfm_monetary_score")


def quintile_score(value: pl.Expr, *, high_is_good: bool) -> pl.Expr:
    """Return the fifth (1..5, 5 best) that each value falls in; equal values get equal scores.

    With ``worse`` the number of worse values, ``equal`` the number of equal ones and n of all:
    ``1 + floor(5 * (worse + equal / 2) / n)``, the rule of mid-ranks, in whole numbers. A value that
    everybody has scores 3. Nulls stay null and count for nothing.

    >>> orders = pl.DataFrame({"orders": [1, 1, 1, 2, 9]})
    >>> orders.select(quintile_score(pl.col("orders"), high_is_good=True)).to_series().to_list()
    [2, 2, 2, 4, 5]

    Three of five are equal worst: 1 + floor(5 * 1.5 / 5) = 2. One has three worse: 1 + floor(5 * 3.5 / 5) = 4.
    """
    # The mean of the first and the last place among equals is a whole number or a half, so twice that is exact.
    twice_mid_rank = (2 * value.rank("average", descending=not high_is_good)).cast(pl.Int64) - 1
    return 1 + (5 * twice_mid_rank) // (2 * value.count().cast(pl.Int64))


def group_name(recency: int, frequency: int, monetary: int) -> str:
    """Return the group of three scores; frequency and monetary count as their mean, a half rounded up.

    Recency 5, frequency 3, monetary 4: the mean 3.5 counts as 4.

    >>> group_name(5, 3, 4)
    'Champions'
    >>> group_name(1, 5, 5)
    'Cannot Lose Them'
    """
    return RFM_GRID[recency - 1][(frequency + monetary + 1) // 2 - 1]


def add_rfm(people: pl.DataFrame) -> pl.DataFrame:
    """Return ``people`` with the three scores, ``rfm_score`` and ``rfm_group``.

    Args:
        people: One row per person with ``orders``, ``recency_days`` and ``revenue``; the scores compare
            people with an order with each other.

    With fewer than ``MIN_BUYERS`` people with an order nobody is scored.
    """
    buyer = pl.col("orders") > 0
    enough = people.filter(buyer).height >= MIN_BUYERS
    scored = buyer & pl.lit(enough)
    fields = (("recency_days", False), ("orders", True), ("revenue", True))
    scores = people.with_columns(
        quintile_score(pl.when(scored).then(pl.col(column)), high_is_good=good).alias(score)
        for score, (column, good) in zip(SCORES, fields, strict=True)
    )
    recency, frequency, monetary = (pl.col(name) for name in SCORES)
    cell = (recency - 1) * 5 + (frequency + monetary + 1) // 2 - 1
    names = dict(enumerate(name for row in RFM_GRID for name in row))
    return scores.with_columns(
        rfm_score=pl.concat_str(SCORES),
        rfm_group=pl.when(~buyer)
        .then(pl.lit(NO_ORDERS))
        .when(scored)
        .then(cell.replace_strict(names, default=None, return_dtype=pl.String))
        .otherwise(pl.lit(NOT_ENOUGH_DATA)),
    )
