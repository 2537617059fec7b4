"""The counts of each person over all days, to which a further day is added without the others."""

from datetime import date

import polars as pl

from dmp_assets.foundation.values.money import in_units
from dmp_assets.profiles.engagement import SOCIAL_EVENTS

_SUMS = ("active_days", "events", "orders", "items", "revenue", "discount", "refunds", "discounted_days")
_FIRSTS = ("first_seen_at",)
_LASTS = ("last_seen_at", "last_visit_date", "last_social_date")
_DAY = ("person_id", "event_date")


def by_person_and_day(
    activity: pl.LazyFrame, orders: pl.LazyFrame, reversals: pl.LazyFrame, as_of_date: date
) -> pl.LazyFrame:
    """Return one row per person and day up to ``as_of_date``: counts, sums in units of money, and marks.

    Args:
        activity: ``DailyActivity`` with person_id, several rows per person and day.
        orders: Rows of ``PersonEvents.orders``.
        reversals: Rows of ``PersonEvents.reversals``, each on its own day.
        as_of_date: Last day that counts.

    Revenue is net sales of the day's orders less what was taken back that day, whichever day it was ordered on.
    """
    rows = _rows(activity, orders, reversals)
    return (
        rows.filter(pl.col("event_date") <= as_of_date)
        .group_by(_DAY)
        .agg(
            pl.col("events", "orders", "items", "revenue", "discount", "refunds").sum(),
            pl.col("active_days").max().fill_null(0),
            pl.col("first_seen_at").min(),
            pl.col("last_seen_at").max(),
            pl.col("is_social_day").any(),
        )
        .with_columns(is_order_day=pl.col("orders") > 0)
        .with_columns(
            discounted_days=(pl.col("is_order_day") & (pl.col("discount") > 0)).cast(pl.Int64),
            last_social_date=pl.when("is_social_day").then("event_date"),
        )
    )


def _rows(activity: pl.LazyFrame, orders: pl.LazyFrame, reversals: pl.LazyFrame) -> pl.LazyFrame:
    """Return the rows of all three in the columns that are summed; what a table does not have is null."""
    did = activity.select(
        *_DAY,
        "events",
        active_days=pl.lit(1, pl.Int64),
        first_seen_at="first_event_at",
        last_seen_at="last_event_at",
        is_social_day=pl.col("event_name").is_in(SOCIAL_EVENTS),
    )
    ordered = orders.select(
        *_DAY,
        "items",
        orders=pl.lit(1, pl.Int64),
        revenue=in_units(pl.col("net_sales")),
        discount=in_units(pl.col("discounts")),
    )
    reversed_ = reversals.select(*_DAY, refunds=pl.lit(1, pl.Int64), revenue=in_units(-pl.col("sales_reversals")))
    return pl.concat([did, ordered, reversed_], how="diagonal")


def has_profile() -> pl.Expr:
    """Return whether a person's facts make a profile: an event, an order that counts, or a reversal.

    A buyer whose account had no event is a person, and so is one whose refund alone is known: without them the revenue
    of all profiles would not be that of all orders of persons.

    >>> facts = pl.DataFrame({"active_days": [1, 0, 0, 0], "orders": [0, 1, 0, 0], "refunds": [0, 0, 1, 0]})
    >>> facts.select(has_profile()).to_series().to_list()
    [True, True, True, False]
    """
    return pl.any_horizontal(pl.col("active_days", "orders", "refunds") > 0)


def build_facts(
    person_days: pl.LazyFrame,
    visits: pl.LazyFrame,
    seen_on: pl.LazyFrame,
    as_of_date: date,
    before: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """Return counts, sums, first and last moments and gaps between orders of each person (``Sums.facts``).

    Args:
        person_days: Rows of ``by_person_and_day``.
        visits: ``Sessions`` with person_id, of the same days.
        seen_on: person_id and event_date of anything that people did on the same days; a day may have several rows.
        as_of_date: Last day that counts.
        before: The same people's facts of the days before; None where these are all days.

    Days with an order are kept as a list, because the median of gaps does not follow from the medians of parts. Days
    with any event, order or reversal are kept, because the people of a day that changes are recomputed.
    """
    seen = visits.filter(pl.col("event_date") <= as_of_date)
    visited = seen.group_by("person_id").agg(last_visit_date=pl.col("event_date").max())
    parts = [person_days.select("person_id", *_SUMS, *_FIRSTS, "last_seen_at", "last_social_date"), visited]
    ordered_on = [person_days.filter("is_order_day").select(*_DAY)]
    active_on = [seen_on.filter(pl.col("event_date") <= as_of_date).select(*_DAY)]
    if before is not None:
        parts.append(before.select("person_id", *_SUMS, *_FIRSTS, *_LASTS))
        ordered_on.append(_days_in(before, "order_dates"))
        active_on.append(_days_in(before, "active_dates"))
    # Days of all tables, not of activity alone. Each table goes by a time of its own, so of a shared visitor a person
    # may have a session without activity: the day must still be found when it changes.
    active = pl.concat(active_on).unique().sort(_DAY).group_by("person_id", maintain_order=True)
    counted = (
        pl.concat(parts, how="diagonal")
        .group_by("person_id")
        .agg(pl.col(_SUMS).sum(), pl.col(_FIRSTS).min(), pl.col(_LASTS).max())
    )
    return (
        active.agg(active_dates="event_date")
        .join(counted, on="person_id", how="left")
        .join(_order_days(pl.concat(ordered_on)), on="person_id", how="left")
        .with_columns(pl.col(*_SUMS, "order_days").fill_null(0), pl.col("order_dates").fill_null([]))
    )


def _days_in(before: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """Return the days of a list, one a row."""
    days = before.select("person_id", event_date=column).explode("event_date", empty_as_null=False)
    return days.drop_nulls("event_date")


def _order_days(dates: pl.LazyFrame) -> pl.LazyFrame:
    """Return first, last and all days with an order of each buyer, and the gaps between neighbouring days."""
    in_order = dates.sort(_DAY)
    same = pl.col("person_id") == pl.col("person_id").shift(1)
    gap = (pl.col("event_date") - pl.col("event_date").shift(1)).dt.total_days()
    gaps = in_order.with_columns(gap=pl.when(same).then(gap))
    return gaps.group_by("person_id", maintain_order=True).agg(
        order_days=pl.len().cast(pl.Int64),
        first_order_date=pl.col("event_date").min(),
        last_order_date=pl.col("event_date").max(),
        average_gap_days=pl.col("gap").mean(),
        median_gap_days=pl.col("gap").median(),
        last_gap_days=pl.col("gap").last(),
        order_dates=pl.col("event_date"),
    )
