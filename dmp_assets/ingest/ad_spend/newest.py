"""Staged report lines in, the platforms' newest statements out."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dmp_assets.foundation.values.contracts import facts_of
from dmp_assets.ingest.schema.campaigns import RawAdSpend

SUMMED = ("impressions", "clicks", "spend", "conversions", "conversion_value")
"""Columns that add up within one level and breakdown."""


def newest_report_rows(files: Sequence[Path]) -> pl.LazyFrame:
    """Return the newest statement of each report row.

    A file is one statement of the platform. Lines of one file with equal keys are parts of one sum: they are added, and
    counted in ``records``, because dropping one would drop spend. Between files the newest wins: the largest
    ``updated_at``, then the largest path. This order does not depend on when a file arrived.
    """
    schema = {name: column.dtype.type for name, column in RawAdSpend.to_schema().columns.items()}
    if not files:
        return pl.LazyFrame(schema=schema)
    key = list(facts_of(RawAdSpend).key)
    grouped = {*key, *SUMMED, "path", "records", "line_number", "updated_at"}
    # A sum of no values is null, not zero: the platform did not report zero.
    sums = [pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in SUMMED]
    names = [pl.col(name).sort_by("line_number").last() for name in schema if name not in grouped]
    statements = (
        pl.scan_parquet(list(files))
        .filter(pl.col("violation_code").is_null())
        .group_by(*key, "path")
        .agg(
            *sums,
            *names,
            pl.col("updated_at").max(),
            pl.col("line_number").min(),
            pl.len().cast(pl.Int64).alias("records"),
        )
    )
    # Nulls first: a statement without updated_at must not replace one that says when it was made.
    newest = statements.sort("updated_at", "path", nulls_last=False).unique(
        subset=key, keep="last", maintain_order=True
    )
    return newest.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
