"""Item lines that come in a file of their own, and the orders that they belong to."""

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_LIMIT, MONEY_UNITS
from dmp_assets.foundation.values.money import in_whole_units
from dmp_assets.orders.schema import SHOP

_LIMIT = float(MONEY_LIMIT * MONEY_UNITS)
_AMOUNTS = ("price", "item_revenue", "retail_discount", "coupon_discount")


def lines_of_orders(lines: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with ``o``, their order, in the base currency at its rate; lines without an order are left out.

    Args:
        lines: ``RawOrderLines`` in engine types: amounts in the order's currency.
        sales: Sales with ``o``; those of shops with a number have lines.

    A line's order is the one of its space and number, and of its store where it names one. Where several orders have
    the number, nobody can say whose a line is. An amount that reaches ``MONEY_LIMIT`` in the base currency is left out,
    and ``is_too_large`` says so.
    """
    number = ["order_space", "order_number"]
    shops = sales.filter((pl.col("record") == SHOP) & pl.col("is_numbered"))
    orders = shops.select(*number, "store_id", "o", rate=pl.col("exchange_rate").max().over("o")).unique()
    named = lines.rename({"transaction_id": "order_number", "source": "line_source"})
    columns = [*named.columns, "o", "rate"]
    stores = [*number, "store_id"]
    of_store = _joined(named.filter(pl.col("store_id").is_not_null()), orders, stores)
    others = _joined(named.filter(pl.col("store_id").is_null()), orders.drop("store_id").unique(), number)
    found = pl.concat([of_store.select(columns), others.select(columns)])
    rate = pl.col("rate")
    is_own = rate.is_null() | (rate == 1.0)
    # What was stated is below the limit, and in another currency it may not be: no line is worth so much.
    too_large = [~is_own & ((pl.col(name).cast(pl.Float64) * rate).abs() >= _LIMIT) for name in (*_AMOUNTS, "given")]
    converted = [
        pl.when(is_own).then(name).when(~far).then(in_whole_units(pl.col(name).cast(pl.Float64) * rate)).alias(name)
        for name, far in zip((*_AMOUNTS, "given"), too_large, strict=True)
    ]
    quantity = pl.col("quantity").fill_null(1.0)
    priced = in_whole_units(pl.col("price").cast(pl.Float64) * quantity)
    given = pl.coalesce("item_revenue", priced).fill_null(0)
    return (
        found.with_columns(given=given, given_sales=given)
        .with_columns(*converted, is_too_large=pl.any_horizontal(far.fill_null(value=False) for far in too_large))
        .with_columns(
            item_revenue=pl.col("given").fill_null(0),
            item_id=pl.col("item_id").fill_null(""),
            quantity=quantity,
            coupon_discounts=pl.col("coupon_discount").fill_null(0),
            line_discounts=pl.col("retail_discount").fill_null(0) + pl.col("coupon_discount").fill_null(0),
            place=pl.struct("path", "line_number").rank("ordinal").over("o").cast(pl.Int64),
        )
    )


def sums_of_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of ``lines_of_orders`` by order."""
    return lines.group_by("o").agg(
        pl.col("given_sales", "line_discounts", "coupon_discounts", "quantity").sum(),
        line_sales=pl.col("item_revenue").sum(),
        items=pl.len().cast(pl.Int64),
        has_too_large=pl.col("is_too_large").any(),
    )


def _joined(lines: pl.DataFrame, orders: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    lone = orders.filter(~pl.struct(by).is_duplicated())
    return lines.join(lone, on=by, how="inner")
