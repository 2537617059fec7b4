"""Whether a column's values are spread as they were: the population stability index of counts by day."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.judgement import Window, judge, profiled_table
from dmp_assets.quality.schema import DISTRIBUTION_DRIFT, NUMBER, OTHER, VALUE
from dmp_assets.quality.timeliness import RECEIVED_AT

NOISE_QUANTILE = 0.999
"""Fifty columns a day without drift give one false alarm in three weeks."""

COLUMN = ["source", "column_name"]


def population_stability_index(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Return how far two distributions over the same bins are apart: 0 for equal shares.

    Args:
        expected: Rows per bin of the reference, at least one row in all.
        actual: Rows per bin of what is judged, at least one row in all.

    Sum over the bins of ``(a - e) * ln(a / e)`` with the shares ``a`` and ``e`` (Siddiqi 2006, Credit Risk
    Scorecards). An empty bin counts as half a row, because ln 0 has no value.

    >>> round(population_stability_index([25, 25, 25, 25], [40, 30, 20, 10]), 6)
    0.228217
    >>> population_stability_index([10, 90], [1, 9])
    0.0
    """
    share_expected, share_actual = (
        np.maximum(counts, 0.5) / counts.sum() for counts in (np.asarray(expected, float), np.asarray(actual, float))
    )
    return float(np.sum((share_actual - share_expected) * np.log(share_actual / share_expected)))


def psi_noise(bins: int, expected_rows: int, actual_rows: int) -> float:
    """Return the index that two samples of one distribution pass once in a thousand times.

    Without drift the index is distributed as ``chi2(bins - 1) * (1/n + 1/m)`` (Yurdakul 2018, Statistical
    Properties of Population Stability Index).

    >>> round(psi_noise(10, 1_000, 1_000), 4)
    0.0558
    """
    if bins < 2 or not expected_rows or not actual_rows:
        return 0.0
    from scipy.stats import chi2  # takes half a second, which a command that measures no drift is spared

    return float(chi2.ppf(NOISE_QUANTILE, bins - 1)) * (1 / expected_rows + 1 / actual_rows)


def check_distribution_drift(profiles: pl.DataFrame, window: Window, thresholds: QualityThresholds) -> pl.DataFrame:
    """Return one row per source and column whose values are counted: its population stability index.

    Args:
        profiles: ``ColumnProfiles`` of the window's days and those before.
        window: Days that are judged, and days they are compared with.
        thresholds: ``psi_*``.

    Numbers fall into quantile bins of the reference, made of the buckets that the profiles keep. Categories fall into
    the most frequent values of the reference, and one bin for the others. Missing values are left to completeness.
    """
    bins = _binned(profiles.filter(pl.col("column_name") != RECEIVED_AT), window, thresholds.psi_bins)
    found = [
        {
            "source": source,
            "column_name": name,
            "bins": part.height,
            "reference_rows": sum(part["expected"]),
            "rows": sum(part["actual"]),
            "value": population_stability_index(part["expected"].to_list(), part["actual"].to_list())
            if sum(part["expected"]) and sum(part["actual"])
            else None,
            "noise": psi_noise(part.height, sum(part["expected"]), sum(part["actual"])),
        }
        for (source, name), part in bins.partition_by(COLUMN, as_dict=True).items()
    ]
    schema = {"source": pl.String, "column_name": pl.String, "bins": pl.Int64, "reference_rows": pl.Int64}
    index = pl.DataFrame(found, schema={**schema, "rows": pl.Int64, "value": pl.Float64, "noise": pl.Float64})
    message = pl.format(
        "{}: {} has a stability index of {} over {} bins, {} rows since {} against {} in the {} days before; "
        "chance alone stays below {}.",
        "source",
        "column_name",
        pl.col("value").round(3).cast(pl.String).fill_null("none"),
        "bins",
        "rows",
        pl.lit(str(window.first_date)),
        "reference_rows",
        pl.lit(window.reference_days),
        pl.col("noise").round(3),
    )
    measured = index.with_columns(
        first_date=pl.lit(window.first_date),
        threshold_warn=pl.max_horizontal(pl.lit(thresholds.psi_warn), "noise"),
        threshold_error=pl.max_horizontal(pl.lit(thresholds.psi_error), "noise"),
        is_enough=pl.min_horizontal("rows", "reference_rows") >= thresholds.psi_min_rows,
        message=message,
    )
    return judge(measured.drop("bins", "reference_rows", "noise"), DISTRIBUTION_DRIFT, profiled_table())


def _binned(profiles: pl.DataFrame, window: Window, bins: int) -> pl.DataFrame:
    """Return source, column_name, bin, expected and actual: the rows of either window in each bin."""
    counts = (
        profiles.filter(pl.col("bucket_kind").is_in([NUMBER, VALUE, OTHER]))
        .group_by(*COLUMN, "bucket_kind", "bucket", "lower_bound")
        .agg(
            expected=pl.col("rows").filter(window.is_reference()).sum(),
            actual=pl.col("rows").filter(window.is_recent()).sum(),
        )
        .filter(pl.col("expected") + pl.col("actual") > 0)
    )
    reference = pl.col("expected").sum().over(COLUMN)
    below = pl.col("expected").cum_sum().over(COLUMN) - pl.col("expected")
    # A bucket goes to the bin of its first row. One that holds many rows takes several quantiles for itself.
    quantile = pl.when(reference > 0).then(below * bins // reference).otherwise(0).clip(0, bins - 1)
    numbers = counts.filter(pl.col("bucket_kind") == NUMBER).sort(*COLUMN, "lower_bound").with_columns(bin=quantile)
    place = pl.int_range(pl.len()).over(COLUMN)
    # The last bin is for all the others.
    top = pl.when(pl.col("bucket_kind") == VALUE).then(place.clip(0, bins - 1)).otherwise(bins - 1)
    categories = (
        counts.filter(pl.col("bucket_kind") != NUMBER)
        .sort(*COLUMN, "bucket_kind", "expected", "bucket", descending=[False, False, True, True, False])
        .with_columns(bin=top)
    )
    every = pl.concat([numbers.with_columns(pl.col("bin").cast(pl.Int64)), categories.cast({"bin": pl.Int64})])
    return every.group_by(*COLUMN, "bin").agg(pl.col("expected", "actual").sum()).sort(*COLUMN, "bin")
