"""Money inside transforms: whole units that sum exactly, and back; prices of one unit."""

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_DECIMALS

SUM = pl.Decimal(38, MONEY_DECIMALS)
UNITS = pl.Int128
"""Type of whole ten-thousandths: a thousand amounts below ``MONEY_LIMIT`` are more than ``Int64`` holds, and Polars
adds those up to a wrong number without a word."""

_LARGEST = 10.0**33
"""Beyond all sums and far below the 1.7 * 10^38 of ``Int128``: casting a larger float would stop the step."""


def in_units(amount: pl.Expr) -> pl.Expr:
    """Return money as a whole number of ten-thousandths (``Int128``), so that sums are exact.

    >>> prices = pl.DataFrame({"price": ["2.5000"]}).cast({"price": pl.Decimal(18, 4)})
    >>> prices.select(in_units(pl.col("price"))).item()
    25000
    """
    # A decimal is stored as this number: nothing is computed.
    return amount.to_physical()


def as_money(units: pl.Expr) -> pl.Expr:
    """Return whole ten-thousandths as money, ``Decimal(38, 4)``.

    >>> str(pl.DataFrame({"units": [25000]}).select(as_money(pl.col("units"))).item())
    '2.5000'
    """
    # A product with 0.0001 is exact, because the scales of the two are added.
    money: pl.Expr = units.cast(pl.Decimal(38, 0)) * pl.lit(10**-MONEY_DECIMALS).cast(SUM)
    return money


def in_whole_units(amount: pl.Expr) -> pl.Expr:
    """Return a float of ten-thousandths as a whole number of them, rounded half to even; null where it is none.

    >>> pl.select(in_whole_units(pl.Series([2.5, 3.5, 1e300]).cast(pl.Float64))).to_series().to_list()[:2]
    [2, 4]
    """
    return amount.clip(-_LARGEST, _LARGEST).round(0, mode="half_to_even").cast(UNITS, strict=False)


def unit_price() -> pl.Expr:
    """Return the price of one unit of an item line as ``Float64``: as given, else revenue / quantity.

    Null where neither is known. The columns are price, item_revenue and quantity.
    """
    paid = pl.col("item_revenue").cast(pl.Float64) / pl.when(pl.col("quantity") != 0).then("quantity")
    return pl.coalesce(pl.col("price").cast(pl.Float64), paid)
