"""Orders of their reports: money and status by the shop, channel and browser by the web."""

import polars as pl

from dmp_assets.orders.fold.money import order_money
from dmp_assets.orders.fold.order_ids import order_id
from dmp_assets.orders.fold.web_context import stronger, web_context
from dmp_assets.orders.schema import (
    AMBIGUOUS,
    AMOUNTS_DIFFER,
    CUSTOMERS_DIFFER,
    LINE_OUT_OF_RANGE,
    LINES_DIFFER,
    NO_NUMBER,
    NO_SHOP_ORDER,
    NUMBER_USED_AGAIN,
    REPLACES_ANOTHER,
    SEVERAL_CUSTOMERS,
    SEVERAL_DAYS,
    UNKNOWN_STATUS,
)

SUMS = ("given_sales", "line_sales", "line_discounts", "coupon_discounts", "items", "quantity")
_OF_ORDER = (
    "order_revenue",
    "order_discount",
    "shipping",
    "taxes",
    "order_total",
    "is_tax_included",
    "refunded_amount",
)
_FIRST = (
    "order_space",
    "store_id",
    "order_number",
    "part",
    "record",
    "source",
    "user_id",
    "email",
    "visitor_id",
    "anonymous_id",
    "campaign_id",
    "coupon",
    "currency",
    "exchange_rate",
)
_MARKS = (
    "has_several_customers",
    "has_several_days",
    "has_other_customers",
    "is_used_again",
    "is_ambiguous",
    "is_apart",
    "is_instead",
    "is_numbered",
)
STATUS_RANK = ("paid", "refunded", "pending", "failed", "cancelled", "test")
"""Of several statuses the last one here stands."""

UNCOUNTED = ("pending", "failed", "test")
COUNTED_MONEY = (
    "gross_sales",
    "discounts",
    "net_sales",
    "shipping",
    "taxes",
    "total_sales",
    "coupon_discounts",
)


def stated_orders(counted: pl.DataFrame, lines: pl.DataFrame, returned: pl.DataFrame) -> pl.DataFrame:
    """Return one row per order by the reports that count, with the amounts of ``order_money``.

    Args:
        counted: Reports that count, with ``o``.
        lines: Sums of lines that came apart from their orders, by ``o``: line_sales, line_discounts, coupon_discounts,
            items, quantity and given_sales, in the base currency but for the last.
        returned: ``o`` and what other lines of the order take back, ``returned``.
    """
    repeated = counted.select("o").is_duplicated()
    columns = ["o", "event_date", "reported_at", *_FIRST, *SUMS, *_OF_ORDER, *_MARKS, "status_rank", "flags"]
    ranked = counted.with_columns(
        status_rank=pl.col("status").replace_strict(
            dict(zip(STATUS_RANK, range(len(STATUS_RANK)), strict=True)), default=None, return_dtype=pl.Int64
        )
    )
    single = ranked.filter(~repeated).select(columns)
    several = ranked.filter(repeated).sort("o", "reported_at", "report_id")
    # Of the first report that says something: so the order of the files does not matter.
    gathered = several.group_by("o", maintain_order=True).agg(
        pl.col("event_date", "reported_at").first(),
        pl.col(_FIRST).drop_nulls().first(),
        pl.col(SUMS).sum(),
        pl.col(_OF_ORDER).max(),
        pl.col(_MARKS).any(),
        pl.col("status_rank", "flags").max(),
    )
    stated = _with_lines(pl.concat([single, gathered.select(columns)]), lines)
    return (
        stated.join(returned, on="o", how="left")
        .with_columns(pl.col("returned").fill_null(0))
        .with_columns(**order_money())
    )


def _with_lines(orders: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the orders with the sums of the lines that came apart; what they had themselves is their revenue then."""
    if lines.is_empty():
        return orders
    joined = orders.join(lines, on="o", how="left", suffix="_apart")
    has_lines, own = pl.col("items_apart").is_not_null(), pl.col("line_sales")
    return joined.with_columns(
        *(pl.coalesce(f"{name}_apart", name).alias(name) for name in SUMS),
        order_revenue=pl.when(has_lines & (own != 0))
        .then(pl.coalesce("order_revenue", own))
        .otherwise("order_revenue"),
        flags=pl.concat_str("flags", pl.when("has_too_large").then(pl.lit(LINE_OUT_OF_RANGE)), ignore_nulls=True),
    ).select(orders.columns)


def described_orders(stated: pl.DataFrame, web: pl.DataFrame, match_days: int) -> pl.DataFrame:
    """Return the orders (``Orders`` in engine types) with ``o``.

    Args:
        stated: As ``stated_orders`` returns them.
        web: Sales of web and apps with ``o``: those near in time give session, channel and browser.
        match_days: How near (``web_context``).

    An order that does not count has amounts of 0. ``stated_sales`` keeps what was said.
    """
    orders = stated.join(web_context(stated, web, match_days), on="o", how="left")
    counts = ~pl.col("status").is_in(UNCOUNTED)
    named = orders.with_columns(
        status=pl.col("status_rank").replace_strict(
            dict(enumerate(STATUS_RANK)), default="paid", return_dtype=pl.String
        ),
        visitor_id=stronger("visitor_id", "web_visitor_id"),
    ).with_columns(counts=counts)
    differ = pl.col("names_other_customer").fill_null(value=False)
    coupon = pl.coalesce("coupon", "web_coupon")
    of_order = pl.col("discounts") - pl.col("line_discounts")
    whole = named.with_columns(
        order_id=order_id(),
        order_date="event_date",
        ordered_at="reported_at",
        stated_sales="net_sales",
        user_id=pl.coalesce("user_id", "web_user_id"),
        anonymous_id=pl.coalesce("anonymous_id", "web_anonymous_id"),
        email=pl.coalesce("email", "web_email"),
        campaign_id=pl.coalesce("campaign_id", "web_campaign_id"),
        coupon=coupon,
        coupon_discounts=pl.col("coupon_discounts") + pl.when(coupon.is_not_null()).then(of_order).otherwise(0),
        flags=_flags(
            {
                AMBIGUOUS: pl.col("is_ambiguous"),
                AMOUNTS_DIFFER: pl.col("names_other_amount").fill_null(value=False),
                CUSTOMERS_DIFFER: differ | pl.col("has_other_customers"),
                LINES_DIFFER: pl.col("differs"),
                LINE_OUT_OF_RANGE: pl.col("flags").str.contains(LINE_OUT_OF_RANGE, literal=True).fill_null(value=False),
                NO_NUMBER: ~pl.col("is_numbered"),
                NO_SHOP_ORDER: pl.col("is_apart"),
                NUMBER_USED_AGAIN: pl.col("is_used_again"),
                REPLACES_ANOTHER: pl.col("is_instead"),
                SEVERAL_CUSTOMERS: pl.col("has_several_customers"),
                SEVERAL_DAYS: pl.col("has_several_days"),
                UNKNOWN_STATUS: pl.col("flags").str.contains(UNKNOWN_STATUS, literal=True).fill_null(value=False),
            }
        ),
    )
    zero = pl.when("counts")
    return whole.with_columns(
        *(zero.then(name).otherwise(0).alias(name) for name in (*COUNTED_MONEY, "items")),
        quantity=zero.then("quantity").otherwise(0.0),
    )


def _flags(marks: dict[str, pl.Expr]) -> pl.Expr:
    text = pl.concat_str(
        [pl.when(mark).then(pl.lit(name)) for name, mark in sorted(marks.items())], separator=",", ignore_nulls=True
    )
    return pl.when(text != "").then(text)
