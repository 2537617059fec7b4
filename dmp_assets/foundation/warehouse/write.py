"""One write = one transaction: a reader finds the old days or the new ones, never neither."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from dmp_assets.foundation.values.days import ALL_DAYS, Days
from dmp_assets.foundation.warehouse.commits import Checked, Stamp, Written, add_commits, create_books, log_checks
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.refusals import Columns, WriteRefusedError, refuse_other_columns
from dmp_assets.foundation.warehouse.replacing import NO_ROWS, refuse_other_keys, replace_rows
from dmp_assets.foundation.warehouse.tables import Table, literal, quote

CONTRACT_CHECK = "contract"

FEW_ROWS = 1_000_000
"""DuckDB writes up to so many rows on one thread: a second one costs half as much CPU again (500,000 rows of twelve
tables: 5.0 instead of 3.3 s) and ends no sooner."""


@dataclass(frozen=True)
class Rows:
    """Rows to be written: one frame, or Parquet files where they would not fit in memory."""

    frame: pl.DataFrame | None = None
    files: tuple[Path, ...] = ()
    checked: tuple[Checked, ...] = ()
    replaced: pl.DataFrame | None = None
    """Keys: some columns of the table. Stored rows that agree with one of them are replaced. None: all rows are, or
    those of the days."""

    def relation(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
        """Return the rows as the relation ``incoming``, which the connection knows as long as it is open.

        It must be temporary: ``create_view`` stores it in the file, where reading it later ends the reader's process.
        """
        # Tables of one write may be frames and files: a view does not take the name that a frame left behind.
        connection.execute("DROP VIEW IF EXISTS temp.incoming")
        if self.frame is not None:
            connection.register("incoming", self.frame.to_arrow())
        else:
            files = ", ".join(literal(str(file)) for file in self.files)
            connection.execute(f"CREATE TEMP VIEW incoming AS FROM read_parquet([{files}])")
        return connection.view("incoming")

    def replaced_columns(self, connection: duckdb.DuckDBPyConnection) -> Columns | None:
        """Make the relation ``replaced``, where there is one, known to the connection, and return its columns."""
        if self.replaced is None:
            return None
        connection.register("replaced", self.replaced.to_arrow())
        keys = connection.view("replaced")
        return dict(zip(keys.columns, map(str, keys.types), strict=True))


@dataclass(frozen=True)
class Write:
    """What is to be written of one table, and who writes."""

    table: Table
    rows: Rows
    days: Days | None
    """The days that are replaced; None for a table without days, and where rows are replaced by keys."""
    stamp: Stamp


def write(warehouse: Warehouse, table: Table, rows: Rows, days: Days | None, stamp: Stamp) -> int:
    """Write one table as ``write_all`` does, and return the number of rows that it then has."""
    return write_all(warehouse, [Write(table, rows, days, stamp)])[0]


def write_all(warehouse: Warehouse, writes: Sequence[Write]) -> list[int]:
    """Write several tables in one transaction, and return the rows of each: of its days, or of all of it.

    Columns are matched by name. The rows, the count and hash of the days (or of the whole table), and the outcomes of
    their checks are committed together. If anything fails, all tables are as they were.

    Raises:
        WriteRefusedError: A column is missing, unknown or of another type, a row lies outside ``days``, or a stored row
            that is not replaced has the key of an incoming one.
    """
    with warehouse.get_connection() as connection:
        create_books(connection)
        # The commit is written into the file at once. A small one would be written twice: into the log, then the file.
        connection.execute("SET checkpoint_threshold = '1KB'")
        is_small = sum(outcome.rows for one in writes for outcome in one.rows.checked) <= FEW_ROWS
        connection.execute("SET threads = 1" if is_small else "RESET threads")
        columns = stored_columns(connection)
        connection.execute("BEGIN")
        try:
            counts = [_write(connection, one, columns.get(one.table.qualified_name, {})) for one in writes]
            connection.execute("COMMIT")
        except BaseException:
            # An interrupt, too, must leave all tables as they were.
            # After a failed COMMIT nothing is left to roll back, and the first error must not be hidden by a second.
            with suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            raise
        return counts


def _write(connection: duckdb.DuckDBPyConnection, one: Write, stored: Columns) -> int:
    """Write and book one table inside the open transaction, and return the rows that it then has."""
    table, rows, days, stamp = one.table, one.rows, one.days, one.stamp
    relation = rows.relation(connection)
    keys = rows.replaced_columns(connection)
    _refuse_misfits(connection, table, relation, stored, days, by_keys=keys is not None)
    if keys is None:
        written = _replace(connection, table, stored, days, stamp)
        counted = sum(rows_of_day for _, rows_of_day, _ in written)
    else:
        refuse_other_keys(table, keys, stored)
        changed, counted = replace_rows(connection, table, list(keys))
        written = [(day, *found) for day, found in changed.items()]
    _book(connection, table, days, written, stamp)
    log_checks(connection, table.qualified_name, CONTRACT_CHECK, stamp.run_id, list(rows.checked))
    return counted


def log_refusal(warehouse: Warehouse, table: Table, run_id: str, outcomes: Sequence[Checked]) -> None:
    """Book the outcome of a check whose rows were not written."""
    with warehouse.get_connection() as connection:
        create_books(connection)
        log_checks(connection, table.qualified_name, CONTRACT_CHECK, run_id, list(outcomes))


def _refuse_misfits(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    relation: duckdb.DuckDBPyRelation,
    stored: Columns,
    days: Days | None,
    *,
    by_keys: bool,
) -> None:
    """Refuse rows that do not fit the contract, or a contract that does not fit the stored table.

    It happens before any change.
    """
    incoming = dict(zip(relation.columns, map(str, relation.types), strict=True))
    contract = {column.name: column.duckdb_type for column in table.columns}
    refuse_other_columns(table, "incoming rows", incoming, contract)
    if stored and table.partition_by is not None:
        # Columns that the contract has and the table lacks are added by the write; nothing else may differ.
        refuse_other_columns(table, "the stored table", stored, {name: contract.get(name, "absent") for name in stored})
    if table.partition_by is not None:
        if by_keys == (days is not None):
            given = "days and keys are" if by_keys else "none are"
            raise WriteRefusedError(f"{table.qualified_name} is written by days or by keys, and {given} given")
        _refuse_other_days(connection, table, table.partition_by, days or ALL_DAYS)


def _refuse_other_days(connection: duckdb.DuckDBPyConnection, table: Table, column: str, days: Days) -> None:
    # A row outside of the range would stay when the range is written again, and then be there twice.
    day = quote(column)
    foreign = connection.sql(
        f"SELECT count(*), min({day}), max({day}) FROM incoming WHERE {day} IS NULL OR NOT {days.sql(day)}"
    ).fetchall()[0]
    if foreign[0]:
        raise WriteRefusedError(
            f"{table.qualified_name}: {foreign[0]} rows lie outside {days.first}..{days.last} "
            f"(their days: {foreign[1]}..{foreign[2]}); nothing written"
        )


def stored_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    """Return the columns of every stored table, in order: qualified table name -> column -> DuckDB type."""
    found = connection.sql(
        """SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()
        WHERE database_name = current_database() AND NOT internal ORDER BY table_oid, column_index"""
    ).fetchall()
    columns: dict[str, Columns] = {}
    for name, column, duckdb_type in found:
        columns.setdefault(name, {})[column] = duckdb_type
    return columns


def _replace(
    connection: duckdb.DuckDBPyConnection, table: Table, stored: Columns, days: Days | None, stamp: Stamp
) -> list[Written]:
    """Swap the rows inside the open transaction and return day, count and hash of what was read back."""
    contract = {column.name: column.duckdb_type for column in table.columns}
    # A table without days is replaced whole, so no stored row is needed under another layout. One with days keeps the
    # days that are not written, so its columns are only added to.
    if table.partition_by is None and stored and stored != contract:
        connection.execute(f"DROP TABLE {table.sql_name}")
        stored = {}
    if not stored:
        for statement in table.create_statements():
            connection.execute(statement)
    add_columns(connection, table, stored, stamp)
    window = _window_sql(table, days)
    connection.execute(f"DELETE FROM {table.sql_name} WHERE {window}")
    connection.execute(f"INSERT INTO {table.sql_name} BY NAME SELECT * FROM incoming")
    # Read back from the table before the commit: what the books say is what the table holds.
    written = day_hashes(connection, table, table.sql_name, window)
    if written != day_hashes(connection, table, "incoming"):
        raise WriteRefusedError(f"{table.qualified_name}: rows read back differ from rows given; rolled back")
    return written


def add_columns(connection: duckdb.DuckDBPyConnection, table: Table, stored: Columns, stamp: Stamp) -> None:
    """Add the columns that are new in the contract to the stored table; they are null in the stored rows.

    A new column changes the hash of every row, so all stored days are booked again. Each keeps the fingerprint of its
    input: without it the day would be stale.
    """
    added = [column for column in table.columns if stored and column.name not in stored]
    if not added:
        return
    for column in added:
        connection.execute(f"ALTER TABLE {table.sql_name} ADD COLUMN {quote(column.name)} {column.duckdb_type}")
    for statement in table.comment_statements():
        connection.execute(statement)
    rows = day_hashes(connection, table, table.sql_name)
    if rows:
        known = connection.sql(
            "SELECT partition, input_id FROM ops.current_commits WHERE table_name = ? AND input_id IS NOT NULL",
            params=[table.qualified_name],
        ).fetchall()
        present = {day for day, _, _ in rows}
        kept = replace(stamp, input_ids=tuple((day, input_id) for day, input_id in known if day in present))
        _book(connection, table, None, rows, kept)


def _window_sql(table: Table, days: Days | None) -> str:
    return "true" if table.partition_by is None or days is None else days.sql(quote(table.partition_by))


def day_hashes(
    connection: duckdb.DuckDBPyConnection, table: Table, relation: str, window: str = "true"
) -> list[Written]:
    """Return day, row count and XOR of row hashes of a relation that has the table's columns, by day.

    XOR, because rows have no order, and because ``replace_rows`` can take a row out of it. Two equal rows cancel out,
    so a hash counts only together with its row count.
    """
    day = "NULL::DATE" if table.partition_by is None else quote(table.partition_by)
    return connection.sql(
        f"""SELECT {day} AS day, count(*), coalesce(bit_xor({table.row_hash_sql()}), 0::UBIGINT)
        FROM {relation} WHERE {window} GROUP BY day ORDER BY day"""
    ).fetchall()


def _book(
    connection: duckdb.DuckDBPyConnection, table: Table, days: Days | None, written: Sequence[Written], stamp: Stamp
) -> None:
    """Add a commit for every day of ``days``, also for empty ones; without days, for the written ones.

    A day that becomes empty must be booked with no rows. Otherwise the books still list the deleted rows, and so does
    every table that is compared with them. Of ``ALL_DAYS`` the emptied days are those that the books have rows of.
    """
    # Booked in the transaction of the rows: in one of its own, a killed process would leave rows under the hash and
    # the input of others.
    booked: Sequence[Written]
    found = {day: (rows, row_hash) for day, rows, row_hash in written}
    if table.partition_by is None:
        booked = [(None, *found.get(None, NO_ROWS))]
    elif days is None:
        booked = written
    else:
        wanted = {*found, *_with_rows(connection, table)} if days == ALL_DAYS else days.each()
        booked = [(day, *found.get(day, NO_ROWS)) for day in wanted]
    add_commits(connection, table.qualified_name, booked, stamp)


def _with_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> list[date | None]:
    """Return the days that the books have rows of."""
    found = connection.sql(
        "SELECT partition FROM ops.current_commits WHERE table_name = ? AND rows > 0", params=[table.qualified_name]
    ).fetchall()
    return [day for (day,) in found]
