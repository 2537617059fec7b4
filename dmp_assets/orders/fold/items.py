"""Item lines of orders, with their share of what the order as a whole gives away."""

import polars as pl

from dmp_assets.foundation.values.money import UNITS
from dmp_assets.orders.fold.spreading import spread

LINE_COLUMNS = (
    "event_date",
    "event_id",
    "line",
    "item_id",
    "item_name",
    "item_brand",
    "item_category",
    "price",
    "quantity",
    "item_revenue",
    "retail_discount",
    "coupon_discount",
    "coupon_match_discount",
)
"""Columns of item lines of events (``EventItems``)."""

_WORDS = ["item_id", "item_name", "item_brand", "item_category", "price", "quantity"]
COLUMNS = ["o", "place", *_WORDS, "item_revenue", "line_discounts"]
"""Columns of the lines that ``order_items`` takes."""


def order_items(orders: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the item lines of orders that count (``OrderItems`` in engine types).

    Args:
        orders: As ``described_orders`` returns them.
        lines: ``COLUMNS`` of their lines: ``place`` is unique in an order and says which line comes first.

    What the order gives away beyond its lines' own discounts is spread over them by amount, and so is tax that is
    included in prices, or a discount that they have given already. So the lines' amounts add up to the order's.
    """
    of = ["o", "order_id", "order_date", "ordered_at", "visitor_id", "spread", "tax_in_lines", "in_lines"]
    sold = lines.join(orders.filter("counts").select(of), on="o", how="inner").sort("o", "place")
    gives = (pl.col("spread") != 0) | (pl.col("tax_in_lines") != 0) | (pl.col("in_lines") != 0)
    nothing = pl.lit(0, UNITS)
    kept = sold.filter(~gives).with_columns(share=nothing, tax=nothing, before=nothing)
    parted = sold.filter(gives).with_columns(
        share=spread("spread", "item_revenue", "o"),
        tax=spread("tax_in_lines", "item_revenue", "o"),
        before=spread("in_lines", "item_revenue", "o"),
    )
    every = pl.concat([kept, parted]).sort("o", "place")
    net = pl.col("item_revenue") - pl.col("share")
    gross = pl.col("item_revenue") - pl.col("tax") + pl.col("before") + pl.col("line_discounts")
    return every.with_columns(
        line=pl.int_range(1, pl.len() + 1).over("o"), net_sales=net, gross_sales=gross, discounts=gross - net
    )
