"""Staged records in, ingest tables out."""

from collections.abc import Sequence
from pathlib import Path

import pandera.polars as pa
import polars as pl

from dmp_assets.ingest.schema import RejectedRecords


def newest_records(files: Sequence[Path], model: type[pa.DataFrameModel], key: Sequence[str]) -> pl.LazyFrame:
    """Return the newest accepted record of each key.

    Newest is the largest ``updated_at`` where the table has one, then the largest path and line: an order that
    does not depend on when a file arrived.
    """
    columns = list(model.to_schema().columns)
    if not files:
        return _empty(model)
    order = [name for name in ("updated_at", "path", "line_number") if name in columns]
    accepted = pl.scan_parquet(list(files)).filter(pl.col("violation_code").is_null())
    return (
        accepted.sort(*order, nulls_last=False)
        .unique(subset=list(key), keep="last", maintain_order=True)
        .select(columns)
    )


def rejected_records(files: Sequence[tuple[str, Path]]) -> pl.LazyFrame:
    """Return the records of customers, items, campaigns and audiences that could not be used.

    Args:
        files: Kind of the source and staged records, one pair per landing file.
    """
    columns = list(RejectedRecords.to_schema().columns)
    frames = [
        pl.scan_parquet(path)
        .filter(pl.col("violation_code").is_not_null())
        .with_columns(kind=pl.lit(kind))
        .select(columns)
        for kind, path in files
    ]
    return pl.concat(frames) if frames else _empty(RejectedRecords)


def _empty(model: type[pa.DataFrameModel]) -> pl.LazyFrame:
    return pl.LazyFrame(schema={name: column.dtype.type for name, column in model.to_schema().columns.items()})
