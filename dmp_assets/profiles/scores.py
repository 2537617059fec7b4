"""Amounts and parts on the scale 0..1, the same for all people."""

from collections.abc import Callable, Sequence

import polars as pl

DIGITS = 12
"""Of scores: the last bit of a power in Polars depends on the row that its value stands in."""

LARGEST_AGE = 15
"""Binary digits of the days of an age: 2 ** 15 days are 89 years."""


def decayed_weight(age_days: pl.Expr, half_life_days: float) -> pl.Expr:
    """Return the weight of something ``age_days`` old: ``0.5 ** (age_days / half_life_days)``.

    Args:
        age_days: Whole days, 0 or more.
        half_life_days: Age at which something counts half, above 0.

    >>> ages = pl.DataFrame({"age": [0, 90, 180]})
    >>> ages.select(decayed_weight(pl.col("age"), 90.0).round(12)).to_series().to_list()
    [1.0, 0.5, 0.25]
    """
    return whole_power(lambda days: 0.5 ** (days / half_life_days), age_days, LARGEST_AGE)


def whole_power(power: Callable[[int], float], exponent: pl.Expr, digits: int) -> pl.Expr:
    """Return ``power(exponent)`` of each row, to the last bit the same in every row.

    Args:
        power: Returns a power of one base: ``power(a + b) == power(a) * power(b)``.
        exponent: Whole numbers, 0 or more; below ``2 ** digits``, or they count as the largest.
        digits: Binary digits of the largest exponent.

    A product over binary digits: the fifth power is the first times the fourth.

    >>> powers = pl.DataFrame({"n": [0, 5, 9]}).select(whole_power(lambda n: 3.0**n, pl.col("n"), 3))
    >>> powers.to_series().to_list()
    [1.0, 243.0, 2187.0]
    """
    whole = exponent.cast(pl.Int64).clip(0, 2**digits - 1)
    product: pl.Expr = pl.when(whole.is_not_null()).then(1.0)
    for place in range(digits):
        product *= pl.when(whole // 2**place % 2 == 1).then(power(2**place)).otherwise(1.0)
    return product


def saturation(amount: pl.Expr, half: float) -> pl.Expr:
    """Return how near an amount is to plenty, 0..1: ``1 - 0.5 ** (amount / half)``.

    Args:
        amount: 0 or more.
        half: Amount that scores 0.5, above 0; each further ``half`` halves what is left to 1.

    The curve is fixed, so that no person's score changes because another person did something.

    >>> visits = pl.DataFrame({"visits": [0, 4, 8]})
    >>> visits.select(saturation(pl.col("visits"), 4.0)).to_series().to_list()
    [0.0, 0.5, 0.75]
    """
    return (1 - pl.lit(0.5).pow(amount / half)).round(DIGITS)


def weighted_mean(parts: Sequence[pl.Expr], weights: Sequence[float]) -> pl.Expr:
    """Return ``sum(w * part) / sum(w)`` over the parts that are known; null where none is.

    Args:
        parts: Values 0..1; a null part counts for nothing, its weight neither.
        weights: One for each part, above 0.

    >>> shares = pl.DataFrame({"brand": [0.8, 0.8], "channel": [0.6, None]})
    >>> shares.select(weighted_mean([pl.col("brand"), pl.col("channel")], [3, 1])).to_series().to_list()
    [0.75, 0.8]

    (3 * 0.8 + 1 * 0.6) / 4 = 0.75; without the channel 3 * 0.8 / 3 = 0.8.
    """
    weighed = [part * weight for part, weight in zip(parts, weights, strict=True)]
    known = [pl.when(part.is_not_null()).then(float(weight)) for part, weight in zip(parts, weights, strict=True)]
    total = pl.sum_horizontal(known)
    # Rounded, because 2.4000000000000004 / 3 neither reads as 0.8 nor ties with it.
    return pl.when(total > 0).then((pl.sum_horizontal(weighed) / total).round(9))
