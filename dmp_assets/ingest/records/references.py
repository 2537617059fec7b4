"""Reference tables from staged records: of each kind, the records that count."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dmp_assets.foundation.settings.settings import SourceKind
from dmp_assets.foundation.values.file_order import name_order
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.ad_spend.newest import newest_report_rows
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.records.raw_tables import newest_records
from dmp_assets.ingest.schema.orders import RawOrderLines


def reference_records(kind: SourceKind, files: Sequence[Path]) -> pl.LazyFrame:
    """Return the records of a kind that count, as its table has them.

    Args:
        kind: A kind whose records are not split into days.
        files: Staged records of its landing files.
    """
    if kind == "ad_spend":
        return newest_report_rows(files)
    if kind == "order_lines":
        return newest_order_lines(files)
    contract = REFERENCE_TABLES[kind]
    return newest_records(files, contract, Table(contract).key)


def newest_order_lines(files: Sequence[Path]) -> pl.LazyFrame:
    """Return the lines of orders that count (``RawOrderLines``): of each order all lines of the newest file with it.

    Args:
        files: Staged records of kind ``order_lines``.

    Newest is the last by name, with numbers compared as numbers (``name_order``), so a later export may take a line
    away, and the order in which files arrive changes nothing. Refused lines say nothing of their order.
    """
    schema = {name: column.dtype.type for name, column in RawOrderLines.to_schema().columns.items()}
    if not files:
        return pl.LazyFrame(schema=schema)
    accepted = pl.scan_parquet(list(files)).filter(pl.col("violation_code").is_null()).select(*schema)
    paths = sorted(accepted.select(pl.col("path").unique()).collect()["path"], key=name_order)
    order = pl.DataFrame({"path": paths, "place": range(len(paths))}, schema={"path": pl.String, "place": pl.Int64})
    placed = accepted.join(order.lazy(), on="path", how="inner")
    is_newest = pl.col("place") == pl.col("place").max().over("order_space", "store_id", "transaction_id")
    return placed.filter(is_newest).select(*schema)
