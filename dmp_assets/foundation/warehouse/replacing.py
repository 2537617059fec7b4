"""Some rows of a table are replaced by keys, at the cost of these rows and one look at the table."""

from collections.abc import Sequence
from datetime import date

import duckdb

from dmp_assets.foundation.warehouse.refusals import Columns, WriteRefusedError, refuse_other_columns
from dmp_assets.foundation.warehouse.tables import Table, quote

FIRST_NEW_ROW = 36_028_797_018_960_000
"""DuckDB numbers rows that an open transaction has inserted from here on (its ``MAX_ROW_ID``), so they are read back
without a look at the others. Under another numbering the count would not fit, and the write would be refused."""

NO_ROWS = (0, 0)

ByDay = dict[date | None, tuple[int, int]]
"""Day -> count and hash of its rows, days without rows left out. A table without days has one entry, under None."""


def refuse_other_keys(table: Table, keys: Columns, stored: Columns) -> None:
    """Compare the keys and the stored table with the contract, before any change.

    Raises:
        WriteRefusedError: The table has not been written yet or has other columns than its contract, or the keys have
            columns that it lacks.
    """
    contract = {column.name: column.duckdb_type for column in table.columns}
    refuse_other_columns(table, "the stored table", stored, contract)
    refuse_other_columns(table, "the keys", keys, {name: contract.get(name, "absent") for name in keys})


def replace_rows(connection: duckdb.DuckDBPyConnection, table: Table, key: Sequence[str]) -> tuple[ByDay, int]:
    """Replace the stored rows that agree with a row of ``replaced`` by ``incoming``.

    Returns count and hash of each day whose rows changed, emptied days among them, and the number of rows that the
    table then has. A table without days has one entry, changed or not.

    Args:
        connection: With an open transaction, and ``replaced`` and ``incoming`` as relations.
        table: The table. Without days it was written whole before.
        key: Columns of ``replaced``. Nulls agree with nulls.

    The hash of a day is the XOR of its rows' hashes, and XOR takes a row out as it adds one. So the booked hash, XOR
    those of the removed and added rows, is the hash of all rows of the day, and the others need not be read. An
    incoming row that equals the stored one stays where it is: most rows that are computed again are unchanged.

    Raises:
        WriteRefusedError: The table is not what its commits say, two incoming rows have one key, another row is stored
            under the key of an incoming one, or the rows read back differ from those given.
    """
    # The new hashes are made of the booked ones, so books that do not fit the table would hand their error on.
    booked = _booked(connection, table)
    _refuse_duplicates(connection, table)
    removed = _find_removed(connection, table, key)
    given = _hashed(connection, f"(SELECT {_day(table)} AS _day, {table.row_hash_sql()} AS row_hash FROM incoming)")
    kept = _find_kept(connection, table)
    _swap(connection, table, key)
    inserted = _hashed(
        connection,
        f"""(SELECT {_day(table)} AS _day, {table.row_hash_sql()} AS row_hash
             FROM {table.sql_name} WHERE rowid >= {FIRST_NEW_ROW})""",
    )
    # The hash shows that the new rows are stored as given; the count, that no other row was lost or added.
    rows = _rows(booked) - _rows(removed) + _rows(given)
    if inserted != _less(given, kept) or _counted(connection, table) != rows:
        raise WriteRefusedError(f"{table.qualified_name}: rows read back differ from rows given; rolled back")
    days = {*_less(removed, kept), *inserted} if table.partition_by else {None}
    return {day: _booked_now(day, booked, removed, given) for day in days}, rows


def _swap(connection: duckdb.DuckDBPyConnection, table: Table, key: Sequence[str]) -> None:
    """Delete the rows of ``removed`` and insert those of ``incoming``, but for ``kept`` ones."""
    changed = "SELECT number FROM removed ANTI JOIN kept USING (number)"
    connection.execute(f"DELETE FROM {table.sql_name} WHERE rowid IN ({changed})")
    there = _count_there(connection, table, key)
    if there:
        raise WriteRefusedError(
            f"{table.qualified_name}: {there} rows are there already under the keys of incoming ones; rolled back"
        )
    others = " AND ".join(_same(table, "new", "kept", name) for name in table.key)
    connection.execute(f"INSERT INTO {table.sql_name} BY NAME SELECT * FROM incoming AS new ANTI JOIN kept ON {others}")


def _booked_now(day: date | None, booked: ByDay, removed: ByDay, given: ByDay) -> tuple[int, int]:
    (rows, row_hash), (rows_off, hash_off), (rows_on, hash_on) = (
        one.get(day, NO_ROWS) for one in (booked, removed, given)
    )
    return rows - rows_off + rows_on, row_hash ^ hash_off ^ hash_on


def _less(rows: ByDay, part: ByDay) -> ByDay:
    """Return count and hash of rows without a part of them; days without rows are left out."""
    left = {
        day: (count - part.get(day, NO_ROWS)[0], row_hash ^ part.get(day, NO_ROWS)[1])
        for day, (count, row_hash) in rows.items()
    }
    return {day: found for day, found in left.items() if found != NO_ROWS}


def _rows(by_day: ByDay) -> int:
    return sum(rows for rows, _ in by_day.values())


def _day(table: Table) -> str:
    return "NULL::DATE" if table.partition_by is None else quote(table.partition_by)


def _refuse_duplicates(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(map(quote, table.key))
    twice = connection.sql(
        f"SELECT count(*) FROM (SELECT {columns} FROM incoming GROUP BY {columns} HAVING count(*) > 1)"
    ).fetchall()[0][0]
    if twice:
        raise WriteRefusedError(f"{table.qualified_name}: {twice} keys have several incoming rows; nothing written")


def _find_removed(connection: duckdb.DuckDBPyConnection, table: Table, key: Sequence[str]) -> ByDay:
    """Make ``removed``, the rows under the keys, by one look at all rows, and return their count and hash."""
    columns = ", ".join(map(quote, table.key))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE removed AS
        SELECT stored.rowid AS number, {_day(table)} AS _day, {table.row_hash_sql()} AS row_hash, {columns}
        FROM {table.sql_name} AS stored {_matching(table, "replaced", key)}"""
    )
    return _hashed(connection, "removed")


def _find_kept(connection: duckdb.DuckDBPyConnection, table: Table) -> ByDay:
    """Make ``kept``, those of ``removed`` that equal an incoming row, and return their count and hash."""
    columns = ", ".join(map(quote, table.key))
    same = " AND ".join(_same(table, "removed", "new", name) for name in ("row_hash", *table.key))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS FROM removed
        SEMI JOIN (SELECT {table.row_hash_sql()} AS row_hash, {columns} FROM incoming) AS new ON {same}"""
    )
    return _hashed(connection, "kept")


def _count_there(connection: duckdb.DuckDBPyConnection, table: Table, key: Sequence[str]) -> int:
    """Return the number of stored rows that have the key of an incoming row, without the replaced ones.

    Where ``replaced`` names columns of the key, all rows under its values were replaced. Only incoming rows under
    other values, which are few, are looked for.
    """
    named = set(key) <= set(table.key)
    others = (
        f"ANTI JOIN replaced ON {' AND '.join(_same(table, 'new', 'replaced', name) for name in key)}" if named else ""
    )
    columns = ", ".join(map(quote, table.key))
    found = connection.sql(
        f"""WITH others AS (SELECT {columns} FROM incoming AS new {others})
        SELECT count(*) FROM {table.sql_name} AS stored {_matching(table, "others", table.key)}
        WHERE stored.rowid NOT IN (SELECT number FROM kept)"""
    ).fetchall()
    return int(found[0][0])


def _booked(connection: duckdb.DuckDBPyConnection, table: Table) -> ByDay:
    """Return count and hash by the newest commits, after their counts were held to the stored rows."""
    found = connection.sql(
        "SELECT partition, rows, row_hash FROM ops.current_commits WHERE table_name = ?", params=[table.qualified_name]
    ).fetchall()
    # A table with days may have none, and so no commit: its first rows may be written by keys.
    if not found and table.partition_by is None:
        raise WriteRefusedError(f"{table.qualified_name} has no commit to build on; write it whole first")
    booked: ByDay = {day: (rows, row_hash) for day, rows, row_hash in found}
    counted = _counted(connection, table)
    if counted != _rows(booked):
        raise WriteRefusedError(
            f"{table.qualified_name} has {counted} rows, its commits say {_rows(booked)}; write it whole"
        )
    return booked


def _counted(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Return the number of stored rows, which DuckDB knows without reading them."""
    return int(connection.sql(f"SELECT count(*) FROM {table.sql_name}").fetchall()[0][0])


def _hashed(connection: duckdb.DuckDBPyConnection, relation: str) -> ByDay:
    """Return count and XOR of ``row_hash`` for each ``_day``."""
    found = connection.sql(f"SELECT _day, count(*), bit_xor(row_hash) FROM {relation} GROUP BY _day").fetchall()
    return {day: (rows, row_hash) for day, rows, row_hash in found}


def _matching(table: Table, keys: str, names: Sequence[str]) -> str:
    return f"SEMI JOIN {keys} ON {' AND '.join(_same(table, 'stored', keys, name) for name in names)}"


def _same(table: Table, rows: str, keys: str, name: str) -> str:
    # No day is null, and only of plain equality does DuckDB make a filter that skips the other days unread.
    equals = "=" if name == table.partition_by else "IS NOT DISTINCT FROM"
    return f"{rows}.{quote(name)} {equals} {keys}.{quote(name)}"
