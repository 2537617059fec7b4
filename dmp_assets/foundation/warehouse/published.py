"""The analysts' file: a copy of the committed warehouse, with views and dictionary, swapped in whole.

A reader that has the old file open keeps reading the old file. No reader waits for the pipeline, nor the pipeline for a
reader.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dmp_assets.foundation.warehouse.commits import DESCRIPTIONS, VIEW_DESCRIPTIONS, create_books
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.dictionary import PUBLISHED_TABLES, data_dictionary
from dmp_assets.foundation.warehouse.layout_steps import sql_name
from dmp_assets.foundation.warehouse.tables import Table, literal, quote
from dmp_assets.foundation.warehouse.views import SqlFile
from dmp_assets.foundation.warehouse.write import day_hashes, stored_columns

NO_NAMES: Mapping[str, str] = {}


class PublishFailedError(RuntimeError):
    """The new file did not match the books; the old file stays in place, stale but right."""


@dataclass(frozen=True)
class Generation:
    """One edition of the file: its number, the newest commit in it, and the fingerprint of its layout."""

    number: int
    last_commit: int
    layout: str


@dataclass(frozen=True)
class Published:
    """What a publish did."""

    generation: int
    tables_changed: int
    is_new: bool


def publish_file(
    warehouse: Warehouse,
    path: Path,
    tables: Sequence[Table],
    views: Sequence[SqlFile],
    former_names: Mapping[str, str] = NO_NAMES,
) -> Published:
    """Bring the analysts' file up to date with the warehouse and return its generation.

    The warehouse file is copied as it is, which costs 2 s for 2.2 GB however much changed; the days committed
    since the last generation are read back and held against the books. Nothing is done where nothing changed, or
    while a table that an upgrade dropped has not been built again, or one lacks a column of its contract until the
    next run adds it: readers keep the edition that they have.

    Args:
        warehouse: What is published.
        path: The analysts' file.
        tables: Every table, by its contract.
        views: Views for analysts.
        former_names: Name that a table had in the last layout -> the one that it has: a view stands under the old one.

    Raises:
        PublishFailedError: A day does not have the row count and hash that its commit says.
    """
    with warehouse.get_connection() as connection:
        create_books(connection)
        layout = _layout_id(connection, tables, views)
        last = _last_generation(connection)
        newest = connection.sql("SELECT coalesce(max(commit_id), 0) FROM ops.commits").fetchall()[0][0]
        is_current = (last.layout, last.last_commit) == (layout, newest)
        if path.exists() and (is_current or _is_awaited(connection, tables)):
            return Published(last.number, 0, is_new=False)
        if _lacks_columns(connection, tables):
            return Published(last.number, 0, is_new=False)
        # Only the file is copied, so the log beside it must be in it; the lock is held until the copy is whole.
        connection.execute("CHECKPOINT")
        aside = path.with_name(f".{path.name}.{os.getpid()}.new")
        shutil.copyfile(warehouse.path, aside)
    try:
        edition = Generation(last.number + 1, newest, layout)
        with duckdb.connect(str(aside), config={"autoinstall_known_extensions": False}) as target:
            changed = _changes(target, last.last_commit)
            for table in tables:
                _verify(target, table, changed.get(table.qualified_name, set()))
            target.execute("BEGIN")
            _add_words(target, tables, views)
            _add_former_names(target, former_names, tables)
            _stamp_generation(target, edition)
            target.execute("COMMIT")
            target.execute("CHECKPOINT")
        _swap(aside, path)
        # Booked after the swap: a process that is killed in between publishes the same days once more. The other order
        # would book an edition that no reader has.
        with warehouse.get_connection() as connection:
            connection.execute(
                "INSERT INTO ops.publications VALUES (?, ?, ?, now() AT TIME ZONE 'UTC')",
                [edition.number, edition.last_commit, edition.layout],
            )
    finally:
        # What is left here was not swapped in: the old edition stays, and the next one starts from the warehouse.
        for leftover in (aside, Path(f"{aside}.wal")):
            leftover.unlink(missing_ok=True)
    return Published(last.number + 1, len(changed), is_new=True)


def _layout_id(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], views: Sequence[SqlFile]) -> str:
    """Return a fingerprint of tables, views, their words, and upgrades: these change more than contracts."""
    upgrades = connection.sql("SELECT count(*) FROM ops.layout").fetchall()
    statements = [statement for table in tables for statement in table.create_statements()]
    text = "\n".join([*statements, *map(repr, views), repr(upgrades)])
    return hashlib.sha256(text.encode()).hexdigest()


def _is_awaited(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> bool:
    """Return whether a table was dropped by an upgrade and has no commit since."""
    dropped = connection.sql(
        """SELECT table_name FROM ops.commits GROUP BY table_name
        HAVING max(commit_id) FILTER (rows IS NULL) > coalesce(max(commit_id) FILTER (rows IS NOT NULL), 0)"""
    ).fetchall()
    return bool({name for (name,) in dropped} & {table.qualified_name for table in tables})


def _lacks_columns(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> bool:
    """Return whether a contract has gained a column that the next run will add: no edition is without it."""
    stored = stored_columns(connection)
    return any(
        column.name not in stored[table.qualified_name]
        for table in tables
        if table.qualified_name in stored
        for column in table.columns
    )


def _last_generation(connection: duckdb.DuckDBPyConnection) -> Generation:
    """Return the last edition, by the warehouse's books: another process may hold the file itself."""
    found = connection.sql(
        "SELECT generation, last_commit_id, layout_id FROM ops.publications ORDER BY generation DESC LIMIT 1"
    ).fetchall()
    return Generation(*found[0]) if found else Generation(0, 0, "")


def _changes(target: duckdb.DuckDBPyConnection, since: int) -> dict[str, set[date | None]]:
    changed: dict[str, set[date | None]] = {}
    for name, partition in target.sql(
        "SELECT DISTINCT table_name, partition FROM ops.commits WHERE commit_id > ?", params=[since]
    ).fetchall():
        changed.setdefault(name, set()).add(partition)
    return changed


def _add_words(target: duckdb.DuckDBPyConnection, tables: Sequence[Table], views: Sequence[SqlFile]) -> None:
    """Give every table its contract's present words, and add the views and the dictionary."""
    for table in tables:
        for statement in table.create_statements():
            target.execute(statement)
    for name, (description, columns) in DESCRIPTIONS.items():
        _comment(target, "TABLE", name, description, columns)
    for name, (description, columns) in VIEW_DESCRIPTIONS.items():
        _comment(target, "VIEW", name, description, columns)
    for view in views:
        target.execute(f"CREATE OR REPLACE VIEW {quote(view.name)} AS {view.query}")
        _comment(target, "VIEW", quote(view.name), view.description, view.columns)
    _write_dictionary(target, tables, views)


def _add_former_names(
    target: duckdb.DuckDBPyConnection, former_names: Mapping[str, str], tables: Sequence[Table]
) -> None:
    """Add a view under each former name, so that queries of analysts work for one more layout."""
    by_name, taken = {table.qualified_name: table for table in tables}, stored_columns(target)
    for old, new in former_names.items():
        if old not in taken and new in by_name:
            columns = {column.name: column.description for column in by_name[new].columns}
            target.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(old.split('.')[0])}")
            target.execute(f"CREATE VIEW {sql_name(old)} AS FROM {sql_name(new)}")
            _comment(target, "VIEW", sql_name(old), f"Now called {new}; this name goes with the next layout.", columns)


def _comment(
    target: duckdb.DuckDBPyConnection, what: str, name: str, description: str, columns: dict[str, str]
) -> None:
    target.execute(f"COMMENT ON {what} {name} IS {literal(description)}")
    for column, words in columns.items():
        target.execute(f"COMMENT ON COLUMN {name}.{quote(column)} IS {literal(words)}")


def _write_dictionary(target: duckdb.DuckDBPyConnection, tables: Sequence[Table], views: Sequence[SqlFile]) -> None:
    target.register("dictionary_rows", data_dictionary(tables, views).to_arrow())
    target.execute("CREATE OR REPLACE TABLE data_dictionary AS FROM dictionary_rows")
    target.unregister("dictionary_rows")
    _comment(target, "TABLE", "data_dictionary", *PUBLISHED_TABLES["data_dictionary"])


def _verify(target: duckdb.DuckDBPyConnection, table: Table, days: set[date | None]) -> None:
    """Compare the copied days with the books, day by day."""
    if not days:
        return
    wanted = {
        day: (rows, row_hash)
        for day, rows, row_hash in target.sql(
            "SELECT partition, rows, row_hash FROM ops.current_commits WHERE table_name = ?",
            params=[table.qualified_name],
        ).fetchall()
        if day in days
    }
    window = "true"
    if table.partition_by is not None:
        window = f"{quote(table.partition_by)} IN ({', '.join(f'DATE {literal(str(day))}' for day in wanted)})"
    # An emptied day has no group here; its commit has no rows and the hash 0.
    seen = {day: (rows, row_hash) for day, rows, row_hash in day_hashes(target, table, table.sql_name, window)}
    for day, expected in wanted.items():
        if seen.get(day, (0, 0)) != expected:
            raise PublishFailedError(
                f"{table.qualified_name}, {day or 'whole table'}: {seen.get(day, (0, 0))[0]} rows do not match "
                f"the commit of {expected[0]} rows; the published file stays as it was"
            )


def _stamp_generation(target: duckdb.DuckDBPyConnection, generation: Generation) -> None:
    target.execute("CREATE SCHEMA IF NOT EXISTS meta")
    target.execute(
        """CREATE OR REPLACE TABLE meta.generation AS
        SELECT ?::BIGINT AS generation, ?::BIGINT AS last_commit_id, ?::VARCHAR AS layout_id,
               now() AT TIME ZONE 'UTC' AS published_at""",
        [generation.number, generation.last_commit, generation.layout],
    )
    _comment(target, "TABLE", "meta.generation", *PUBLISHED_TABLES["meta.generation"])


def _swap(aside: Path, path: Path) -> None:
    """Put the new file in place, whole or not at all, also where the power fails."""
    if Path(f"{aside}.wal").exists():
        raise PublishFailedError(f"{aside.name} was not closed cleanly; the published file stays as it was")
    # A stray log beside the file would poison the next open.
    Path(f"{path}.wal").unlink(missing_ok=True)
    # The bytes must be on disk before the name, and the name before the edition is booked.
    with aside.open("rb") as stream:
        os.fsync(stream.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
