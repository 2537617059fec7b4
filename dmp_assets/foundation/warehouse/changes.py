"""What changed in the warehouse since a moment, by its own books: never by a guess, and no table is read for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import duckdb

from dmp_assets.foundation.warehouse.connection import Warehouse


@dataclass(frozen=True)
class TableChange:
    """A table whose rows are others than before."""

    table_name: str
    days: tuple[date, ...]
    """The days that differ; none of a table that is written whole."""
    rows_before: int
    """Rows of these days, or of the whole table, before."""
    rows: int
    """The same now."""

    @property
    def added(self) -> int:
        """Rows more than before; negative where there are fewer. 0 where rows changed, and their number did not."""
        return self.rows - self.rows_before


def newest_commit(warehouse: Warehouse) -> int:
    """Return the number of the newest write; 0 where nothing was ever written."""
    if not warehouse.path.exists():
        return 0
    with warehouse.get_connection(read_only=True) as connection:
        try:
            return int(connection.sql("SELECT coalesce(max(commit_id), 0) FROM ops.commits").fetchall()[0][0])
        except duckdb.CatalogException:
            return 0


def changes_since(warehouse: Warehouse, commit_id: int) -> list[TableChange]:
    """Return the tables whose rows are others than after a commit, by name.

    Of each day, or whole table, number and hash of the rows are compared. One that was written again with the same
    rows did not change; nor did one that was changed and changed back.
    """
    if not warehouse.path.exists():
        return []
    with warehouse.get_connection(read_only=True) as connection:
        try:
            # A commit without rows books the drop of a table: it has no rows, as one that was never written.
            found = connection.execute(
                """WITH states AS (
                    SELECT table_name, partition,
                           arg_max_null(rows, commit_id) FILTER (commit_id <= $seen) AS rows_before,
                           arg_max_null(row_hash, commit_id) FILTER (commit_id <= $seen) AS hash_before,
                           arg_max_null(rows, commit_id) AS rows_now, arg_max_null(row_hash, commit_id) AS hash_now
                    FROM ops.commits GROUP BY ALL HAVING max(commit_id) > $seen)
                SELECT table_name, partition, coalesce(rows_before, 0), coalesce(rows_now, 0) FROM states
                WHERE coalesce(rows_before, 0) <> coalesce(rows_now, 0)
                   OR coalesce(hash_before, 0) <> coalesce(hash_now, 0)
                ORDER BY table_name, partition""",
                {"seen": commit_id},
            ).fetchall()
        except duckdb.CatalogException:
            return []
    return list(_by_table(found))


def _by_table(found: list[tuple[str, date | None, int, int]]) -> Iterator[TableChange]:
    for name, rows in groupby(found, key=lambda row: row[0]):
        of_table = list(rows)
        days = tuple(day for _, day, _, _ in of_table if day is not None)
        yield TableChange(name, days, sum(row[2] for row in of_table), sum(row[3] for row in of_table))
