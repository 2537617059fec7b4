"""Amounts and parts on the scale 0..1, the same for all people."""

from collections.abc import Sequence

import polars as pl


def decayed_weight(age_days: pl.Expr, half_life_days: float) -> pl.Expr:
    """Return the weight of something ``age_days`` old: ``0.5 ** (age_days / half_life_days)``.

    >>> ages = pl.DataFrame({"age": [0, 90, 180]})
    >>> ages.select(decayed_weight(pl.col("age"), 90.0)).to_series().to_list()
    [1.0, 0.5, 0.25]
    """
    return pl.lit(0.5).pow(age_days / half_life_days)


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
    return 1 - pl.lit(0.5).pow(amount / half)


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
