"""Rows made for a table become rows to be written: in the contract's types, in order, and checked."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl

from dmp_assets.foundation.warehouse.commits import Checked
from dmp_assets.foundation.warehouse.contract import check_contract, conform
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows

PART_ROWS = 500_000
"""Rows that become text at once: 4 M places of lists are 0.2 GB as numbers, and 1.5 GB as texts on their way to
DuckDB."""


def check_rows(given: TableRows, table: Table, folder: Path) -> tuple[Rows, list[Checked]]:
    """Return the rows as they are to be written, and the outcome of their check.

    Args:
        given: Rows of a table. With more than ``PART_ROWS`` of them that have texts as ``Enum``, they go to Parquet
            part by part, and memory holds the text of one part only.
        table: The table.
        folder: Where files may lie until the run ends.

    Two parts share no value of the key's first column, so that what is unique within each is unique in the table.
    """
    if given.rows.height > PART_ROWS and _can_be_parted(given, table):
        return _in_parts(given.rows.sort(table.key), table, folder)
    rows = in_order(conform(given.rows.lazy(), table).collect(engine="streaming"), table)
    checked = check_contract(rows, table)
    return Rows(rows, checked=tuple(checked), replaced=given.replaced), checked


def in_order(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the rows by day, or by key where there are no days.

    Reads and deletes look for days. Sorting by them costs a third of sorting by key, and most files are in order of
    time already. A missing column is left to the contract check, which names it.
    """
    order = [name for name in ([table.partition_by] if table.partition_by else table.key) if name in rows.columns]
    if not order or (len(order) == 1 and rows[order[0]].is_sorted()):
        return rows
    return rows.sort(order)


def _can_be_parted(given: TableRows, table: Table) -> bool:
    """Return whether the rows hold texts as ``Enum``, and parts by the key's first column can be checked alone."""
    held, unique = given.rows.schema, table.contract.to_schema().unique or table.key
    is_whole = given.replaced is None and table.partition_by is None and set(table.key) <= set(held)
    return is_whole and table.key[0] in unique and pl.Enum in held.values()


def _in_parts(rows: pl.DataFrame, table: Table, folder: Path) -> tuple[Rows, list[Checked]]:
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(mkdtemp(dir=folder))
    files: list[Path] = []
    found: list[Checked] = []
    for part in _parts(rows, table.key[0]):
        texts = conform(part.lazy(), table).collect(engine="streaming")
        found += check_contract(texts, table)
        files.append(place / f"{table.qualified_name}-{len(files)}.parquet")
        texts.write_parquet(files[-1], compression="lz4", statistics=False)
    words = "; ".join(sorted({outcome.message for outcome in found if outcome.message})) or None
    whole = Checked(None, rows.height, sum(outcome.violations for outcome in found), words)
    return Rows(files=tuple(files), checked=(whole,)), [whole]


def _parts(rows: pl.DataFrame, first: str) -> Iterator[pl.DataFrame]:
    """Yield the rows, sorted by a column, in parts of some ``PART_ROWS`` that do not share a value of it."""
    starts = np.flatnonzero(rows[first].ne_missing(rows[first].shift()).to_numpy())
    wanted = np.searchsorted(starts, np.arange(0, rows.height, PART_ROWS))
    cuts = [*np.unique(starts[wanted[wanted < starts.size]]).tolist(), rows.height]
    for begin, end in pairwise(cuts):
        yield rows[begin:end]
