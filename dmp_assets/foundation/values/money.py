"""Money inside transforms: whole units that sum exactly, and back; prices of one unit."""

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_DECIMALS, MONEY_UNITS


def in_units(amount: pl.Expr) -> pl.Expr:
    """Return money as a whole number of ten-thousandths, so that sums are exact.

    >>> prices = pl.DataFrame({"price": ["2.5000"]}).cast({"price": pl.Decimal(18, 4)})
    >>> prices.select(in_units(pl.col("price"))).item()
    25000
    """
    units: pl.Expr = (amount * MONEY_UNITS).cast(pl.Int64)
    return units


def as_money(units: pl.Expr) -> pl.Expr:
    """Return whole ten-thousandths as money.

    >>> str(pl.DataFrame({"units": [25000]}).select(as_money(pl.col("units"))).item())
    '2.5000'
    """
    money: pl.Expr = (units.cast(pl.Decimal(38, MONEY_DECIMALS)) / MONEY_UNITS).cast(pl.Decimal(18, MONEY_DECIMALS))
    return money


def unit_price() -> pl.Expr:
    """Return the price of one unit of an item line as ``Float64``: as given, else revenue / quantity.

    Null where neither is known. The columns are price, item_revenue and quantity.
    """
    paid = pl.col("item_revenue").cast(pl.Float64) / pl.when(pl.col("quantity") != 0).then("quantity")
    return pl.coalesce(pl.col("price").cast(pl.Float64), paid)
