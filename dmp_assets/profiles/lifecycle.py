"""Where each person stands between the first look and the last order."""

from datetime import date

import polars as pl

from dmp_assets.profiles.sums.facts import has_profile

MIN_ORDER_DAYS = 3
"""With fewer than two gaps, a habit cannot be distinguished from one long pause."""

AT_RISK_GAPS = 3
"""A person who orders at random at a steady rate stays away longer than 3 median gaps once in 8 times: 0.5 ** 3."""

LAPSED_GAPS = 6
"""And longer than 6 median gaps once in 64 times: 0.5 ** 6."""


def build_lifecycle(facts: pl.LazyFrame, as_of_date: date) -> pl.DataFrame:
    """Return stage, gaps between orders, expected next order and habits of each person (``Lifecycle``).

    Args:
        facts: ``Sums.facts`` of all people.
        as_of_date: The last day of the facts; silence is counted up to it.

    Orders of one day are one occasion, because activity is kept by day: a gap is the number of days between
    neighbouring days with an order. The typical gap is the person's own median gap from 3 such days on, else the
    median over all people with a gap of their median gaps. With d days since the last order and typical gap g:

    prospect: no order. lapsed: d > 6 g. at_risk: d > 3 g. Of the others, new: orders on one day only;
    reactivated: the last gap was longer than 6 g; active: the rest. not_enough_data: nobody has a gap to compare with.
    """
    orders, order_days = pl.col("orders"), pl.col("order_days")
    return (
        facts.filter(has_profile())
        .with_columns(_typical_gap(), days_since_order=_days_since("last_order_date", as_of_date))
        .with_columns(
            lifecycle_stage=_stage(),
            customer_age_days=_days_since("first_order_date", as_of_date),
            next_expected_order_date=_next_order_date(),
            gap_source=pl.when(pl.col("typical_gap_days").is_not_null() & (pl.col("order_days") > 0)).then(
                pl.when(_has_own_gap()).then(pl.lit("own")).otherwise(pl.lit("population"))
            ),
            typical_gap_days=pl.when(pl.col("order_days") > 0).then("typical_gap_days"),
            # A refund in parts is several reversals, so their number can pass that of the orders.
            refund_rate=pl.when(orders > 0).then((pl.col("refunds") / orders).clip(0.0, 1.0)),
            basket_size=pl.when(orders > 0).then(pl.col("items") / orders),
            discount_affinity=pl.when(order_days > 0).then(pl.col("discounted_days") / order_days),
        )
        .sort("person_id")
        .select(
            pl.col("person_id").cast(pl.String),
            "lifecycle_stage",
            "first_order_date",
            "last_order_date",
            "customer_age_days",
            "days_since_order",
            "orders",
            "order_days",
            "average_gap_days",
            "median_gap_days",
            "typical_gap_days",
            "gap_source",
            "next_expected_order_date",
            "refund_rate",
            "basket_size",
            "discount_affinity",
        )
        .collect()
    )


def _has_own_gap() -> pl.Expr:
    return pl.col("order_days") >= MIN_ORDER_DAYS


def _typical_gap() -> pl.Expr:
    """Return the own median gap where there are enough gaps, else the median over all people."""
    everybody = pl.col("median_gap_days").median()
    return pl.when(_has_own_gap()).then("median_gap_days").otherwise(everybody).alias("typical_gap_days")


def _days_since(column: str, as_of_date: date) -> pl.Expr:
    return (pl.lit(as_of_date, pl.Date) - pl.col(column)).dt.total_days()


def _next_order_date() -> pl.Expr:
    """Return the last order plus the own median gap, half days rounded up; it may lie in the past."""
    gap = (pl.col("median_gap_days") + 0.5).floor().cast(pl.Int64)
    return pl.when(_has_own_gap()).then(pl.col("last_order_date") + pl.duration(days=gap))


def _stage() -> pl.Expr:
    silent, gap = pl.col("days_since_order"), pl.col("typical_gap_days")
    return (
        pl.when(pl.col("order_days") == 0)
        .then(pl.lit("prospect"))
        .when(gap.is_null())
        .then(pl.lit("not_enough_data"))
        .when(silent > LAPSED_GAPS * gap)
        .then(pl.lit("lapsed"))
        .when(silent > AT_RISK_GAPS * gap)
        .then(pl.lit("at_risk"))
        .when(pl.col("order_days") == 1)
        .then(pl.lit("new"))
        .when(pl.col("last_gap_days") > LAPSED_GAPS * gap)
        .then(pl.lit("reactivated"))
        .otherwise(pl.lit("active"))
    )
