"""Which records came late: by the source's time of reception, or else by the arrival day of their file."""

import polars as pl

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.foundation.values.calendar import day_of
from dmp_assets.quality.judgement import Window, judge, percent
from dmp_assets.quality.schema import MISSING, TIMELINESS

RECEIVED_AT = "received_at"


def late_records(
    profiles: pl.DataFrame,
    landing_files: pl.DataFrame,
    landing_days: pl.DataFrame,
    thresholds: QualityThresholds,
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """Return event_date, source, column_name, and the numbers of judged and of late records of the day.

    Args:
        profiles: ``ColumnProfiles``, with the delays under received_at.
        landing_files: ``LandingFiles``.
        landing_days: ``LandingDays`` of the same days.
        thresholds: ``late_hours``, ``late_days``.
        time_zone: Zone of the business's days, of which arrival days are.

    A source with received_at is judged by it, and column_name says so. Of other sources, days before the first file
    arrived are left out: they are history that was delivered at once, not late.

    When a file came is a fact of history that its bytes do not hold, and this check judges nothing else. So it alone of
    all checks differs where the same files came on other days; within a day their order does not matter.
    """
    delays = profiles.filter((pl.col("column_name") == RECEIVED_AT) & (pl.col("bucket_kind") != MISSING))
    by_reception = delays.group_by("event_date", "source", "column_name").agg(
        judged=pl.col("rows").sum(),
        late=pl.col("rows").filter(pl.col("lower_bound") > thresholds.late_hours).sum(),
    )
    arrivals = landing_files.select("path", "source", arrival_date=day_of(pl.col("arrived_at"), time_zone))
    first = arrivals.group_by("source").agg(first_arrival=pl.col("arrival_date").min())
    others = arrivals.join(delays.select("source").unique(), on="source", how="anti").join(first, on="source")
    delay = pl.col("arrival_date") - pl.col("event_date")
    by_arrival = (
        landing_days.join(others, on="path")
        .group_by("event_date", "source")
        .agg(
            column_name=pl.lit(None, pl.String),
            judged=pl.col("records").filter(pl.col("event_date") >= pl.col("first_arrival")).sum(),
            late=pl.col("records")
            .filter((pl.col("event_date") >= pl.col("first_arrival")) & (delay.dt.total_days() > thresholds.late_days))
            .sum(),
        )
    )
    return pl.concat([by_reception, by_arrival.select(by_reception.columns)], how="vertical_relaxed")


def check_timeliness(late: pl.DataFrame, window: Window, thresholds: QualityThresholds) -> pl.DataFrame:
    """Return one row per source: the share of its records that came late.

    Args:
        late: ``late_records``.
        window: Days that are judged.
        thresholds: ``late_warn``, ``late_error``, ``min_rows``.
    """
    counted = late.filter(window.is_recent()).group_by("source", "column_name").agg(pl.col("judged", "late").sum())
    by_arrival = f"arrived more than {thresholds.late_days} days after their day"
    by_reception = f"were received more than {thresholds.late_hours} hours after the event"
    message = (
        pl.when(pl.col("judged") == 0)
        .then(pl.format("{}: its days are from before its first file arrived; nothing can be late.", "source"))
        .otherwise(
            pl.format(
                "{}: {} of {} records since {} {} ({}).",
                "source",
                "late",
                "judged",
                pl.lit(str(window.first_date)),
                pl.when(pl.col("column_name").is_null()).then(pl.lit(by_arrival)).otherwise(pl.lit(by_reception)),
                percent(pl.col("value").fill_null(0)),
            )
        )
    )
    measured = counted.with_columns(
        value=pl.when(pl.col("judged") > 0).then(pl.col("late") / pl.col("judged")), rows=pl.col("judged")
    ).with_columns(
        first_date=pl.lit(window.first_date, pl.Date),
        threshold_warn=pl.lit(thresholds.late_warn),
        threshold_error=pl.lit(thresholds.late_error),
        is_enough=pl.col("rows") >= thresholds.min_rows,
        message=message,
    )
    return judge(measured.drop("judged", "late"), TIMELINESS, "ingest.raw_events")
