"""Shops' orders whose newer file replaced what may have been another order of their number."""

import polars as pl

from dmp_assets.orders.fold.shop_orders import KEY
from dmp_assets.orders.schema import SALE

_HOUR_US = 3_600_000_000


def replaces_another(rows: pl.DataFrame, shop: pl.DataFrame) -> pl.Expr:
    """Return whether an order (``o``) may stand in the place of another, as an expression over rows with ``o``.

    Args:
        rows: All reports, with ``customer``.
        shop: Standing sales of shops with ``o``.

    Newer statements replace older ones of their number, as a correction should. A till that counts from 1 each day, or
    in each store, and writes a file for each, has other orders of that number: of another customer, or where no
    customer is known at another time. An older statement that agrees with no standing one is such an order.
    """
    older = rows.filter((pl.col("report_kind") == SALE) & ~pl.col("is_standing") & pl.col("is_numbered"))
    asked = older.select(*KEY, "source", "customer", "reported_at", older="row")
    standing = shop.select(*KEY, "source", "o", standing_customer="customer", standing_at="reported_at")
    pairs = asked.join(standing, on=[*KEY, "source"], how="inner", nulls_equal=True)
    is_one = pl.col("customer") == pl.col("standing_customer")
    is_then = (pl.col("reported_at") - pl.col("standing_at")).abs() <= _HOUR_US
    strangers = pairs.with_columns(agrees=is_one.fill_null(is_then)).filter(~pl.col("agrees").any().over("older"))
    return pl.col("o").is_in(strangers["o"].unique().implode())
