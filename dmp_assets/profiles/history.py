"""RFM at the end of each month, which shows moves between groups."""

from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.values.money import as_money
from dmp_assets.profiles.rfm import add_rfm
from dmp_assets.profiles.schema.activity import ProfileHistory


def sum_months(person_days: pl.LazyFrame, before: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Return orders, revenue and last order by person and month with an order or a reversal (``Sums.months``).

    Args:
        person_days: Rows of ``by_person_and_day``.
        before: The same people's months of the days before; None where these are all days.
    """
    paid = pl.col("is_order_day") | (pl.col("refunds") > 0)
    months = [
        person_days.filter(paid).select(
            "person_id",
            "orders",
            "revenue",
            month_end=pl.col("event_date").dt.month_end(),
            last_order_date=pl.when("is_order_day").then("event_date"),
        )
    ]
    if before is not None:
        months.append(before.select("person_id", "orders", "revenue", "month_end", "last_order_date"))
    return (
        pl.concat(months)
        .group_by("person_id", "month_end")
        .agg(pl.col("orders", "revenue").sum(), pl.col("last_order_date").max())
    )


def build_profile_history(months: pl.DataFrame, as_of_date: date, after: date | None = None) -> pl.DataFrame:
    """Return the RFM snapshot of every month that was over by ``as_of_date`` (``ProfileHistory``).

    Args:
        months: ``Sums.months`` of all people.
        as_of_date: Last day that counts; a month ends on it or before.
        after: Only snapshots of later days are made; None for all of them.

    A snapshot knows no day after its own, and its scores compare those who had bought by then. Each month is summed
    once, so that a further month costs its people, not its events.
    """
    empty = _snapshot(_by_person(months.clear()), as_of_date)
    first = months["month_end"].min()
    if not isinstance(first, date):
        return empty
    begins = first if after is None else max(first, after + timedelta(days=1))
    by_end = {end: rows for (end,), rows in months.partition_by("month_end", as_dict=True).items()}
    people = _by_person(months.filter(pl.col("month_end") < begins))
    snapshots = [empty]
    for end in month_ends(begins, as_of_date):
        # Made of the one before, so that a month costs its people, however many months there were.
        people = _by_person(pl.concat([people, by_end[end].select(people.columns)])) if end in by_end else people
        snapshots.append(_snapshot(people, end))
    return pl.concat(snapshots)


def month_ends(first: date, last: date) -> pl.Series:
    """Return the last days of months that lie between two days, both included.

    >>> month_ends(date(2024, 1, 31), date(2024, 3, 30)).to_list()
    [datetime.date(2024, 1, 31), datetime.date(2024, 2, 29)]
    """
    days = pl.date_range(first, last, eager=True) if first <= last else pl.Series([], dtype=pl.Date)
    return days.filter(days == days.dt.month_end())


def _by_person(months: pl.DataFrame) -> pl.DataFrame:
    """Return orders, revenue and the last order of each person, all months together."""
    return months.group_by("person_id").agg(pl.col("orders", "revenue").sum(), pl.col("last_order_date").max())


def _snapshot(people: pl.DataFrame, end: date) -> pl.DataFrame:
    buyers = people.filter(pl.col("orders") > 0).with_columns(
        as_of_date=pl.lit(end, pl.Date),
        recency_days=(pl.lit(end, pl.Date) - pl.col("last_order_date")).dt.total_days(),
    )
    scored = add_rfm(buyers).with_columns(as_money(pl.col("revenue")))
    named = scored.sort("person_id").with_columns(pl.col("person_id").cast(pl.String))
    return named.select(*ProfileHistory.to_schema().columns)
