"""Measured values in, rows of ``quality.quality`` out: only here a threshold becomes a status."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from dmp_assets.quality.schema import ORDER_ID, ORDER_NUMBERS, Quality

COLUMNS = {
    "source": pl.String(),
    "column_name": pl.String(),
    "violation_code": pl.String(),
    "first_date": pl.Date(),
    "event_date": pl.Date(),
    "value": pl.Float64(),
    "threshold_warn": pl.Float64(),
    "threshold_error": pl.Float64(),
    "rows": pl.Int64(),
    "is_enough": pl.Boolean(),
    "message": pl.String(),
}
"""Columns that a measure may have; those that it lacks become null."""


@dataclass(frozen=True)
class Window:
    """The days that are judged and the days before them that they are compared with."""

    measured_date: date
    recent_days: int
    reference_days: int

    @property
    def first_date(self) -> date:
        """The first day that is judged.

        >>> Window(date(2024, 5, 28), recent_days=7, reference_days=28).first_date
        datetime.date(2024, 5, 22)
        """
        return self.measured_date - timedelta(days=self.recent_days - 1)

    @property
    def reference_first_date(self) -> date:
        """The first day of the comparison.

        >>> Window(date(2024, 5, 28), recent_days=7, reference_days=28).reference_first_date
        datetime.date(2024, 4, 24)
        """
        return self.first_date - timedelta(days=self.reference_days)

    def is_recent(self) -> pl.Expr:
        """Return whether ``event_date`` is judged."""
        return pl.col("event_date").is_between(self.first_date, self.measured_date)

    def is_reference(self) -> pl.Expr:
        """Return whether ``event_date`` belongs to the comparison."""
        return pl.col("event_date").is_between(self.reference_first_date, self.first_date, closed="left")


def last_day_over(ledger: pl.DataFrame, yesterday: date, end_date: date | None, silent_days: int) -> date:
    """Return the day to judge: the one before the newest day, as the newest may not be over.

    Args:
        ledger: event_date, records and quarantined of ``EventLedger``, all days.
        yesterday: The last day that is over, in the business's calendar.
        end_date: Last day of a closed data set; None where data go on.
        silent_days: Days without a usable record after which data count as history, not as missing.

    The newest day is that of the newest usable record; where data go on it is yesterday at least, so that a source that
    stopped is missed. Which days were built, and when, says nothing: a day that once had records stays built without
    them. Nor do refused records count where there are others: without a time of their own, they lie on the day on which
    their file arrived.

    >>> days = pl.DataFrame({"event_date": [date(2024, 5, 1), date(2024, 5, 9)], "records": [5, 1],
    ...                      "quarantined": [0, 1]})
    >>> str(last_day_over(days, date(2024, 5, 6), None, 28)), str(last_day_over(days, date(2025, 5, 6), None, 28))
    ('2024-05-05', '2024-04-30')
    """
    usable = ledger.filter(pl.col("records") > pl.col("quarantined"))["event_date"].max()
    newest = usable or ledger["event_date"].max()
    if not isinstance(newest, date):
        return date(1970, 1, 1)
    goes_on = (end_date is None or end_date >= yesterday) and (yesterday - newest).days <= silent_days
    return (max(newest, yesterday) if goes_on else newest) - timedelta(days=1)


def judge(
    measured: pl.DataFrame,
    dimension: str,
    table_name: str | pl.Expr,
    bounds: Literal["ceilings", "floors", "both_sides"] = "ceilings",
) -> pl.DataFrame:
    """Return the rows of ``Quality`` without ``measured_date``, each with its status.

    Args:
        measured: Columns of ``COLUMNS``, one row per check.
        dimension: What is measured.
        table_name: What is judged, or an expression that says it of each row.
        bounds: Whether thresholds are passed from below, from above, or from 0 in both directions.

    A value is allowed to reach its threshold, not to pass it; without a threshold it passes.
    """
    rows = measured.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in COLUMNS.items() if name not in measured.columns
    ).cast(COLUMNS)  # type: ignore[arg-type]
    value = pl.col("value").abs() if bounds == "both_sides" else pl.col("value")
    past_error, past_warn = (
        (value < pl.col(name)) if bounds == "floors" else (value > pl.col(name))
        for name in ("threshold_error", "threshold_warn")
    )
    is_enough = pl.col("is_enough").fill_null(value=False) & pl.col("value").is_not_null()
    status = (
        pl.when(~is_enough)
        .then(pl.lit("not_enough_data"))
        .when(past_error.fill_null(value=False))
        .then(pl.lit("error"))
        .when(past_warn.fill_null(value=False))
        .then(pl.lit("warn"))
        .otherwise(pl.lit("ok"))
    )
    names = [pl.col(name).cast(pl.String) for name in ("source", "column_name", "violation_code", "event_date")]
    table = pl.lit(table_name) if isinstance(table_name, str) else table_name
    check_id = pl.concat_str(pl.lit(dimension), table, *names, separator=":", ignore_nulls=True)
    return rows.with_columns(dimension=pl.lit(dimension), table_name=table, status=status, check_id=check_id).select(
        name for name in Quality.to_schema().columns if name != "measured_date"
    )


def profiled_table() -> pl.Expr:
    """Return the table that a profiled column is counted on.

    >>> pl.DataFrame({"column_name": ["country", "revenue"]}).select(profiled_table()).to_series().to_list()
    ['events.cleaned_events', 'orders.order_reports']
    """
    is_of_orders = pl.col("column_name").is_in([ORDER_ID, *ORDER_NUMBERS])
    return pl.when(is_of_orders).then(pl.lit("orders.order_reports")).otherwise(pl.lit("events.cleaned_events"))


def percent(share: pl.Expr) -> pl.Expr:
    """Return a share in words, such as ``12.5%``."""
    return pl.format("{}%", (share * 100).round(2))
