"""Stored rows held against the books: which days are not what was written."""

from collections.abc import Sequence
from datetime import date

from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp, add_commits
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.replacing import NO_ROWS
from dmp_assets.foundation.warehouse.tables import Table, quote
from dmp_assets.foundation.warehouse.write import day_hashes, stored_columns


def days_that_differ(warehouse: Warehouse, tables: Sequence[Table], days: Days) -> dict[Table, list[date | None]]:
    """Return, of tables where any do, the days whose stored rows are not those of their newest commit, in order.

    Args:
        warehouse: It is only read.
        tables: Tables that are compared; one that was never written is left out.
        days: Days that are compared; of a table without days all rows, and its day is None.

    Compared are the number of rows and the XOR of their hashes, which costs about what reading the rows does. A day
    that the books do not have, or that an upgrade dropped, differs if it has rows.
    """
    booked: dict[str, dict[date | None, tuple[int, int]]] = {}
    for commit in current_commits(warehouse):
        booked.setdefault(commit.table_name, {})[commit.day] = (commit.rows, commit.row_hash)
    differing: dict[Table, list[date | None]] = {}
    with warehouse.get_connection(read_only=True) as connection:
        stored = stored_columns(connection)
        for table in tables:
            columns = set(stored.get(table.qualified_name, ()))
            # A table that lacks a column of its contract has hashes of its former columns, until the next run adds it.
            if table.qualified_name not in booked or not columns.issuperset(one.name for one in table.columns):
                continue
            wanted = {
                day: hashes
                for day, hashes in booked[table.qualified_name].items()
                if day is None or days.first <= day <= days.last
            }
            window = "true" if table.partition_by is None else days.sql(quote(table.partition_by))
            hashes_of_days = day_hashes(connection, table, table.sql_name, window)
            found = {day: (rows, row_hash) for day, rows, row_hash in hashes_of_days}
            every = sorted({*wanted, *found}, key=lambda day: day or date.min)
            other = [day for day in every if wanted.get(day, NO_ROWS) != found.get(day, NO_ROWS)]
            if other:
                differing[table] = other
    return differing


def disown(warehouse: Warehouse, table: Table, days: Sequence[date], run_id: str) -> None:
    """Book the rows that some days of a table have now, as made by no code: the days are stale from then on.

    Rows that nobody wrote must not count as those of the last write, and what is made of them is made again.
    """
    chosen = Days(days[0], days[-1], frozenset(days))
    with warehouse.get_connection() as connection:
        found = day_hashes(connection, table, table.sql_name, chosen.sql(quote(table.partition_by or "")))
        there = {day: (rows, row_hash) for day, rows, row_hash in found}
        booked = [(day, *there.get(day, NO_ROWS)) for day in days]
        add_commits(connection, table.qualified_name, booked, Stamp(run_id))
