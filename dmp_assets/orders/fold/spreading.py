"""An order's amount spread over its lines, exactly."""

import polars as pl

from dmp_assets.foundation.values.money import UNITS

_CENT = 100


def spread(amount: str, weight: str, over: str) -> pl.Expr:
    """Return each line's part of its order's amount, in whole units; the parts add up to the amount.

    Args:
        amount: Column of the order's amount, equal on its lines.
        weight: Column of what the lines are worth; the sign does not matter. Lines without any worth share alike.
        over: Column of the order.

    The amount is divided by weight, in whole cents where it is whole cents. What is left goes to the largest
    remainders, one each; of equal ones to the first line.

    >>> lines = pl.DataFrame({"order": [1, 1, 1], "worth": [1, 1, 1], "amount": [1000, 1000, 1000]})
    >>> lines.select(spread("amount", "worth", "order")).to_series().to_list()
    [400, 300, 300]
    """
    step = pl.when(pl.col(amount) % _CENT == 0).then(_CENT).otherwise(1)
    wanted = pl.col(amount).abs() // step
    total = pl.col(weight).abs().sum().over(over)
    share = pl.when(total > 0).then(pl.col(weight).abs() / total).otherwise(1 / pl.len().over(over))
    exact = wanted * share
    # Floats are off in the last digit, of 10^16 units by more than one of them: whatever the floor is, what is left or
    # too much is counted and goes round all lines, so no unit is lost.
    whole = (exact + 1e-9).floor().cast(UNITS)
    left = wanted - whole.sum().over(over)
    lines = pl.len().over(over).cast(UNITS)
    place = (exact - whole).round(9).rank("ordinal", descending=True).over(over)
    fair = whole + left // lines + (place <= left % lines).cast(UNITS)
    return fair * step * pl.col(amount).sign()
