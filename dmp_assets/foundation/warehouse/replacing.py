"""Replacing some rows of a whole table by their keys, at the cost of those rows and one look at the table."""

from collections.abc import Sequence

import duckdb

from dmp_assets.foundation.warehouse.refusals import Columns, WriteRefusedError, refuse_other_columns
from dmp_assets.foundation.warehouse.tables import Table, quote

FIRST_NEW_ROW = 36_028_797_018_960_000
"""DuckDB numbers rows that an open transaction has inserted from here on (its ``MAX_ROW_ID``), so they are read back
without a look at the others. Where that were not so, the count would not fit and the write be refused."""


def refuse_other_keys(table: Table, keys: Columns, stored: Columns) -> None:
    """Compare the keys and the stored table with the contract, before any change.

    Raises:
        WriteRefusedError: The table is split into days, has not been written whole yet or has other columns than its
            contract, or the keys have columns that it lacks.
    """
    if table.partition_by is not None:
        raise WriteRefusedError(f"{table.qualified_name} is written by days, not by keys; nothing written")
    contract = {column.name: column.duckdb_type for column in table.columns}
    refuse_other_columns(table, "the stored table", stored, contract)
    refuse_other_columns(table, "the keys", keys, {name: contract.get(name, "absent") for name in keys})


def replace_rows(connection: duckdb.DuckDBPyConnection, table: Table, key: Sequence[str]) -> tuple[int, int]:
    """Replace the stored rows that agree with a row of ``replaced`` by ``incoming``; return rows and hash of the table.

    Args:
        connection: With an open transaction, and ``replaced`` and ``incoming`` as relations.
        table: The table, written whole before.
        key: Columns of ``replaced``. Nulls agree with nulls.

    The hash of a table is the XOR of its rows' hashes, so rows leave it and enter it one by one: the booked hash, with
    those of the rows that went and came, is the hash of all rows. A row that comes as it was stays where it is: most of
    what is resolved or computed again is what it was.

    Raises:
        WriteRefusedError: The table is not what its last commit says, an incoming row is there already under its key,
            or what is read back differs from what was given.
    """
    rows, row_hash = _booked(connection, table)
    gone_rows, gone_hash = _find_gone(connection, table, key)
    new_rows, new_hash = _hashed(connection, f"(SELECT {table.row_hash_sql()} AS row_hash FROM incoming)")
    kept_rows, kept_hash = _find_kept(connection, table)
    changed = "SELECT number FROM gone ANTI JOIN kept USING (number)"
    connection.execute(f"DELETE FROM {table.sql_name} WHERE rowid IN ({changed})")
    there = _count_there(connection, table, key)
    if there:
        raise WriteRefusedError(
            f"{table.qualified_name}: {there} rows are there already under the keys of incoming ones; rolled back"
        )
    others = " AND ".join(_same("new", "kept", name) for name in table.key)
    connection.execute(f"INSERT INTO {table.sql_name} BY NAME SELECT * FROM incoming AS new ANTI JOIN kept ON {others}")
    written = f"(SELECT {table.row_hash_sql()} AS row_hash FROM {table.sql_name} WHERE rowid >= {FIRST_NEW_ROW})"
    wanted = (rows - gone_rows + new_rows, (new_rows - kept_rows, new_hash ^ kept_hash))
    if wanted != (_counted(connection, table), _hashed(connection, written)):
        raise WriteRefusedError(f"{table.qualified_name}: rows read back differ from rows given; rolled back")
    return wanted[0], row_hash ^ gone_hash ^ new_hash


def _find_gone(connection: duckdb.DuckDBPyConnection, table: Table, key: Sequence[str]) -> tuple[int, int]:
    """Make ``gone``, the rows under the keys, by one look at all rows, and return their count and hash."""
    columns = ", ".join(map(quote, table.key))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE gone AS
        SELECT stored.rowid AS number, {table.row_hash_sql()} AS row_hash, {columns}
        FROM {table.sql_name} AS stored {_matching("replaced", key)}"""
    )
    return _hashed(connection, "gone")


def _find_kept(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, int]:
    """Make ``kept``, those of ``gone`` that come as they were and so stay, and return their count and hash."""
    columns = ", ".join(map(quote, table.key))
    same = " AND ".join(_same("gone", "new", name) for name in ("row_hash", *table.key))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS FROM gone
        SEMI JOIN (SELECT {table.row_hash_sql()} AS row_hash, {columns} FROM incoming) AS new ON {same}"""
    )
    return _hashed(connection, "kept")


def _count_there(connection: duckdb.DuckDBPyConnection, table: Table, key: Sequence[str]) -> int:
    """Return how many rows that were not to be replaced are there under the keys of incoming ones.

    Where ``replaced`` names parts of the key, none can be there under those that it names, and few others are looked
    for.
    """
    named = set(key) <= set(table.key)
    others = f"ANTI JOIN replaced ON {' AND '.join(_same('new', 'replaced', name) for name in key)}" if named else ""
    columns = ", ".join(map(quote, table.key))
    found = connection.sql(
        f"""WITH others AS (SELECT {columns} FROM incoming AS new {others})
        SELECT count(*) FROM {table.sql_name} AS stored {_matching("others", table.key)}
        WHERE stored.rowid NOT IN (SELECT number FROM kept)"""
    ).fetchall()
    return int(found[0][0])


def _booked(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, int]:
    found = connection.sql(
        "SELECT rows, row_hash FROM ops.current_commits WHERE table_name = ?", params=[table.qualified_name]
    ).fetchall()
    if not found:
        raise WriteRefusedError(f"{table.qualified_name} has no commit to build on; write it whole first")
    rows, row_hash = found[0]
    counted = _counted(connection, table)
    if counted != rows:
        raise WriteRefusedError(f"{table.qualified_name} has {counted} rows, its commit says {rows}; write it whole")
    return rows, row_hash


def _counted(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Return the number of stored rows, which DuckDB knows without reading them."""
    return int(connection.sql(f"SELECT count(*) FROM {table.sql_name}").fetchall()[0][0])


def _hashed(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, int]:
    """Return count and XOR of ``row_hash``."""
    rows, row_hash = connection.sql(
        f"SELECT count(*), coalesce(bit_xor(row_hash), 0::UBIGINT) FROM {relation}"
    ).fetchall()[0]
    return rows, row_hash


def _matching(keys: str, names: Sequence[str]) -> str:
    return f"SEMI JOIN {keys} ON {' AND '.join(_same('stored', keys, name) for name in names)}"


def _same(rows: str, keys: str, name: str) -> str:
    return f"{rows}.{quote(name)} IS NOT DISTINCT FROM {keys}.{quote(name)}"
