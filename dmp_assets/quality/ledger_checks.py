"""Checks of the ledger: duplicates, quarantined records, and days with too few or too many records."""

from collections.abc import Collection
from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.judgement import Window, judge, percent
from dmp_assets.quality.schema import UNIQUENESS, VALIDITY, VOLUME

LEDGER = "events.event_ledger"
MAD_TO_DEVIATION = 1.4826
"""1 / the 75 % quantile of the normal distribution: makes the median absolute deviation estimate a standard one."""

MIN_RELATIVE_DEVIATION = 0.1
"""Four to eight Mondays can agree by chance, so a deviation of a tenth of the usual count is ordinary at least."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_uniqueness(ledger: pl.DataFrame, window: Window, thresholds: QualityThresholds) -> pl.DataFrame:
    """Return one row per source: the share of its records that repeat a kept one exactly.

    Args:
        ledger: ``EventLedger`` of the window's days.
        window: Days that are judged.
        thresholds: ``duplicates_warn``, ``duplicates_error``, ``min_rows``.
    """
    counted = ledger.filter(window.is_recent()).group_by("source").agg(pl.col("records", "duplicates").sum())
    message = pl.format(
        "{}: {} of {} records since {} are exact duplicates ({}).",
        "source",
        "duplicates",
        "records",
        pl.lit(str(window.first_date)),
        percent(pl.col("value")),
    )
    measured = (
        counted.filter(pl.col("records") > 0)
        .with_columns(value=pl.col("duplicates") / pl.col("records"), rows=pl.col("records"))
        .with_columns(
            first_date=pl.lit(window.first_date),
            threshold_warn=pl.lit(thresholds.duplicates_warn),
            threshold_error=pl.lit(thresholds.duplicates_error),
            is_enough=pl.col("rows") >= thresholds.min_rows,
            message=message,
        )
    )
    return judge(measured.drop("records", "duplicates"), UNIQUENESS, LEDGER)


def check_validity(
    ledger: pl.DataFrame, quarantined: pl.DataFrame, window: Window, thresholds: QualityThresholds
) -> pl.DataFrame:
    """Return one row per source for all that is quarantined, and one per kind of violation that occurs.

    Args:
        ledger: ``EventLedger`` of the window's days.
        quarantined: event_date, source, violation_code and rows: counts of ``QuarantinedEvents``.
        window: Days that are judged.
        thresholds: ``quarantined_warn``, ``quarantined_error``, ``min_rows``.
    """
    recent = ledger.filter(window.is_recent())
    records = recent.group_by("source").agg(pl.col("records").sum()).filter(pl.col("records") > 0)
    total = recent.group_by("source").agg(bad=pl.col("quarantined").sum(), violation_code=pl.lit(None, pl.String))
    codes = quarantined.filter(window.is_recent()).group_by("source", "violation_code").agg(bad=pl.col("rows").sum())
    every = pl.concat([total, codes.select(total.columns)], how="vertical_relaxed").join(records, on="source")
    message = pl.format(
        "{}: {} of {} records since {} are quarantined{} ({}).",
        "source",
        "bad",
        "records",
        pl.lit(str(window.first_date)),
        pl.format(" as {}", "violation_code").fill_null(""),
        percent(pl.col("value")),
    )
    measured = every.with_columns(value=pl.col("bad") / pl.col("records"), rows=pl.col("records")).with_columns(
        first_date=pl.lit(window.first_date),
        threshold_warn=pl.lit(thresholds.quarantined_warn),
        threshold_error=pl.lit(thresholds.quarantined_error),
        is_enough=pl.col("rows") >= thresholds.min_rows,
        message=message,
    )
    return judge(measured.drop("bad", "records"), VALIDITY, LEDGER)


def check_volume(
    ledger: pl.DataFrame, waiting_days: Collection[date], measured_date: date, thresholds: QualityThresholds
) -> pl.DataFrame:
    """Return one row per source and judged day: its records against the same weekday of the weeks before.

    Args:
        ledger: ``EventLedger`` of the judged days and the weeks before them.
        waiting_days: Days whose ledger is still to be built. Any other day without records of a source counts as 0.
        measured_date: Last day that is judged.
        thresholds: ``volume_*``.

    The value is the modified z-score (Iglewicz and Hoaglin 1993): distance from the median over 1.4826 times the
    median absolute deviation. This spread is at least a tenth of the median, and at least its root (chance alone).
    Weeks before a source's first records do not count.
    """
    counts = _daily_counts(ledger, waiting_days, measured_date)
    judged = counts.filter(
        pl.col("event_date").is_between(measured_date - timedelta(days=thresholds.volume_days - 1), measured_date)
    )
    weeks = pl.DataFrame({"week": range(1, thresholds.volume_weeks + 1)})
    earlier = (
        judged.select("source", "event_date")
        .join(weeks, how="cross")
        .with_columns(day=pl.col("event_date") - pl.duration(weeks="week"))
        .join(counts.select("source", "records", day="event_date"), on=["source", "day"])
    )
    usual = earlier.group_by("source", "event_date").agg(
        weeks=pl.len(),
        usual=pl.col("records").median(),
        deviation=(pl.col("records") - pl.col("records").median()).abs().median() * MAD_TO_DEVIATION,
    )
    spread = pl.max_horizontal("deviation", pl.col("usual") * MIN_RELATIVE_DEVIATION, pl.col("usual").sqrt())
    rows = judged.join(usual, on=["source", "event_date"], how="left").with_columns(pl.col("weeks").fill_null(0))
    is_enough = (pl.col("weeks") >= thresholds.volume_min_weeks) & (pl.col("usual") >= thresholds.volume_min_records)
    message = pl.format(
        "{}: {} records on {}, {}; {} are usual (median of {} such days).",
        "source",
        "records",
        pl.col("event_date").dt.weekday().replace_strict(range(1, 8), WEEKDAYS, return_dtype=pl.String),
        "event_date",
        pl.col("usual").round(1).cast(pl.String).fill_null("none"),
        "weeks",
    )
    measured = rows.select(
        "source",
        "event_date",
        first_date="event_date",
        value=pl.when(pl.col("usual") > 0).then((pl.col("records") - pl.col("usual")) / spread),
        rows="records",
        threshold_warn=pl.lit(thresholds.volume_warn),
        threshold_error=pl.lit(thresholds.volume_error),
        is_enough=is_enough,
        message=message,
    )
    return judge(measured, VOLUME, LEDGER, bounds="both_sides")


def _daily_counts(ledger: pl.DataFrame, waiting_days: Collection[date], measured_date: date) -> pl.DataFrame:
    """Return the records of every source on each day from its first one to the last that is judged."""
    first = ledger.group_by("source").agg(first=pl.col("event_date").min())
    each = pl.date_ranges("first", pl.lit(measured_date, pl.Date)).alias("event_date")
    return (
        first.filter(pl.col("first") <= measured_date)
        .with_columns(each)
        .explode("event_date")
        .filter(~pl.col("event_date").is_in(list(waiting_days)))
        # Left: the ledger has no row where a source sent nothing, and that day must be judged as 0, not left out.
        .join(ledger.select("source", "event_date", "records"), on=["source", "event_date"], how="left")
        .select("source", "event_date", pl.col("records").fill_null(0))
    )
