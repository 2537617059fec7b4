"""RFM at the end of each month, so that moves between groups can be seen."""

from datetime import date, timedelta

import polars as pl

from dmp_assets.events.schema import PURCHASE, REFUND
from dmp_assets.money import as_money, in_units
from dmp_assets.profiles.feature_schema import ProfileHistory
from dmp_assets.profiles.rfm import add_rfm


def build_profile_history(activity: pl.LazyFrame, as_of_date: date) -> pl.DataFrame:
    """Return the RFM snapshot of every month that was over by ``as_of_date`` (``ProfileHistory``).

    Args:
        activity: ``DailyActivity`` with person_id.
        as_of_date: Last day that counts; a month ends on it or before.

    A snapshot knows no day after its own, and its scores compare those who had bought by then. Each month is summed
    once, so that a further month costs its people, not its events.
    """
    bought = pl.col("event_name") == PURCHASE
    monthly = (
        activity.filter(pl.col("event_name").is_in([PURCHASE, REFUND]), pl.col("event_date") <= as_of_date)
        .group_by("person_id", month_end=pl.col("event_date").dt.month_end())
        .agg(
            orders=pl.col("events").filter(bought).sum(),
            revenue=in_units(pl.col("revenue")).sum(),
            last_order_date=pl.col("event_date").filter(bought).max(),
        )
        .collect(engine="streaming")
    )
    first = monthly["month_end"].min()
    if not isinstance(first, date):
        return pl.DataFrame(schema={name: c.dtype.type for name, c in ProfileHistory.to_schema().columns.items()})
    ends = pl.date_range(first, as_of_date + timedelta(days=1), "1mo", eager=True).dt.month_end()
    snapshots = [_snapshot(monthly, end) for end in ends if end <= as_of_date]
    empty = _snapshot(monthly.clear(), first)
    return pl.concat([empty, *snapshots]).sort("as_of_date", "person_id")


def _snapshot(monthly: pl.DataFrame, end: date) -> pl.DataFrame:
    people = (
        monthly.filter(pl.col("month_end") <= end)
        .group_by("person_id")
        .agg(pl.col("orders", "revenue").sum(), pl.col("last_order_date").max())
        .filter(pl.col("orders") > 0)
        .with_columns(
            as_of_date=pl.lit(end, pl.Date),
            recency_days=(pl.lit(end, pl.Date) - pl.col("last_order_date")).dt.total_days(),
        )
    )
    scored = add_rfm(people).with_columns(as_money(pl.col("revenue")))
    return scored.select(*ProfileHistory.to_schema().columns)
