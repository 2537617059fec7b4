"""Visitors that the reports of one order name: evidence that they are one person."""

import polars as pl


def order_visitors(orders: pl.DataFrame, sales: pl.DataFrame, match_days: int) -> pl.DataFrame:
    """Return the visitors of orders whose reports name several (``OrderVisitors`` in engine types).

    Args:
        orders: As ``described_orders`` returns them.
        sales: Standing sales with ``o``.
        match_days: Reports that lie further from the order say nothing of its buyer: a link to a thank-you page is
            opened by others too.
    """
    several = sales.filter(pl.col("visitor_id").is_not_null() & pl.col("o").is_duplicated())
    known = several.join(orders.select("o", "order_id", "order_date"), on="o", how="inner")
    near = known.filter((pl.col("event_date") - pl.col("order_date")).dt.total_days().abs() <= match_days)
    seen = (
        near.sort("reported_at", "source", "report_id")
        .group_by("o", "visitor_id", maintain_order=True)
        .agg(
            pl.col("order_id", "order_date", "source").first(),
            first_seen_at=pl.col("reported_at").first(),
            last_seen_at=pl.col("reported_at").last(),
        )
    )
    return seen.filter(pl.len().over("o") > 1)
