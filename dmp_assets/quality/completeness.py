"""How full a source's columns are, against what it filled before and against a configured least share."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.judgement import Window, judge, percent, profiled_table
from dmp_assets.quality.schema import COMPLETENESS, MISSING
from dmp_assets.quality.timeliness import RECEIVED_AT

NOISE_DEVIATIONS = 3.0
"""A drop within three standard errors of the difference of two shares may be chance."""


def check_completeness(profiles: pl.DataFrame, window: Window, thresholds: QualityThresholds) -> pl.DataFrame:
    """Return one row per source and column that it fills or has to fill: the share of events with a value.

    Args:
        profiles: ``ColumnProfiles`` of the window's days and those before.
        window: Days that are judged, and days they are compared with.
        thresholds: ``completeness_*``, ``min_rows``.

    The thresholds are floors: a part of the reference's share, lowered by what chance alone explains. A configured
    least share is the floor of errors, whatever the reference is. Without it and without enough reference rows nothing
    is judged.
    """
    is_filled = pl.col("bucket_kind") != MISSING
    columns = profiles.filter(pl.col("column_name") != RECEIVED_AT)
    counted = columns.group_by("source", "column_name").agg(
        rows=pl.col("rows").filter(window.is_recent()).sum(),
        filled=pl.col("rows").filter(window.is_recent() & is_filled).sum(),
        reference_rows=pl.col("rows").filter(window.is_reference()).sum(),
        reference_filled=pl.col("rows").filter(window.is_reference() & is_filled).sum(),
    )
    shares = counted.with_columns(
        value=pl.when(pl.col("rows") > 0).then(pl.col("filled") / pl.col("rows")),
        reference=pl.when(pl.col("reference_rows") >= thresholds.min_rows).then(
            pl.col("reference_filled") / pl.col("reference_rows")
        ),
        least=_least_share(thresholds.completeness_min),
    ).filter((pl.col("filled") + pl.col("reference_filled") > 0) | pl.col("least").is_not_null())
    error = pl.max_horizontal(_floor(thresholds.completeness_drop_error), "least")
    measured = shares.with_columns(threshold_error=error).with_columns(
        threshold_warn=pl.max_horizontal(_floor(thresholds.completeness_drop_warn), "threshold_error"),
        first_date=pl.lit(window.first_date),
        is_enough=(pl.col("rows") >= thresholds.min_rows) & pl.col("threshold_error").is_not_null(),
        message=_message(window),
    )
    kept = ("source", "column_name", "first_date", "value", "threshold_warn", "threshold_error", "rows", "is_enough")
    return judge(measured.select(*kept, "message"), COMPLETENESS, profiled_table(), bounds="floors")


def _floor(drop: float) -> pl.Expr:
    """Return the least share that passes; null without a reference.

    The allowance for chance is the standard error of two pooled proportions.
    """
    pooled = (pl.col("filled") + pl.col("reference_filled")) / (pl.col("rows") + pl.col("reference_rows"))
    error = (pooled * (1 - pooled) * (1 / pl.col("rows") + 1 / pl.col("reference_rows"))).sqrt()
    noise = pl.when(pl.col("rows") > 0).then(NOISE_DEVIATIONS * error).otherwise(0.0)
    reference = pl.col("reference")
    return (reference - pl.max_horizontal(reference * drop, pl.when(reference.is_not_null()).then(noise))).clip(0, 1)


def _least_share(least: Mapping[str, float]) -> pl.Expr:
    """Return the configured least share: of ``source.column``, else of ``column``, else null."""
    exact = pl.concat_str("source", "column_name", separator=".").replace_strict(
        least, default=None, return_dtype=pl.Float64
    )
    return exact.fill_null(pl.col("column_name").replace_strict(least, default=None, return_dtype=pl.Float64))


def _message(window: Window) -> pl.Expr:
    before = pl.format(
        "; {} in the {} days before", percent(pl.col("reference")), pl.lit(window.reference_days)
    ).fill_null("; too few events before to compare with")
    least = pl.format("; at least {} is asked for", percent(pl.col("least"))).fill_null("")
    return pl.format(
        "{}: {} is filled on {} of {} events since {}{}{}.",
        "source",
        "column_name",
        percent(pl.col("value")).fill_null("none"),
        "rows",
        pl.lit(str(window.first_date)),
        before,
        least,
    )
