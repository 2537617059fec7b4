"""The analysts' file: built aside from what the pipeline has committed, checked, and swapped in whole.

Whoever has the old file open keeps reading the old file; nobody ever waits for anybody.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dmp_assets.warehouse.commits import DESCRIPTIONS, create_books
from dmp_assets.warehouse.connection import Warehouse
from dmp_assets.warehouse.dictionary import DICTIONARY_COLUMNS, data_dictionary
from dmp_assets.warehouse.tables import Table, literal, quote
from dmp_assets.warehouse.views import SqlFile
from dmp_assets.warehouse.write import day_hashes

Change = dict[str, set[date | None]]


class PublishFailed(RuntimeError):
    """The new file did not match the books; the old file stays in place, stale but right."""


@dataclass(frozen=True)
class Published:
    """What a publish did."""

    generation: int
    tables_changed: int
    is_new: bool


def publish_file(warehouse: Warehouse, path: Path, tables: Sequence[Table], views: Sequence[SqlFile]) -> Published:
    """Bring the analysts' file up to date with the warehouse and return its generation.

    Only the tables and days that were committed since the last generation are copied, so the cost follows the
    change. Nothing is done where nothing changed.

    Raises:
        PublishFailed: A copied day does not have the row count and hash that its commit says.
    """
    layout = _layout_id(tables, views)
    generation, last_commit, known_layout = _last_generation(path)
    with warehouse.get_connection() as connection:
        create_books(connection)
    with warehouse.get_connection(read_only=True) as source:
        newest = source.sql("SELECT coalesce(max(commit_id), 0) FROM ops.commits").fetchall()[0][0]
        if known_layout == layout and newest == last_commit:
            return Published(generation, 0, is_new=False)
        is_fresh = known_layout != layout
        changed = _changes(source, 0 if is_fresh else last_commit)
        aside = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            _prepare(aside, None if is_fresh else path)
            with duckdb.connect(str(aside), config={"autoinstall_known_extensions": False}) as target:
                target.execute(f"ATTACH {literal(str(warehouse.path))} AS warehouse (READ_ONLY)")
                target.execute("BEGIN")
                _fill(target, tables, views, changed)
                _stamp_generation(target, generation + 1, newest, layout)
                target.execute("COMMIT")
                for table in tables:
                    _verify(target, table, changed.get(table.qualified_name, set()))
                target.execute("DETACH warehouse")
                target.execute("CHECKPOINT")
            _swap(aside, path)
        finally:
            for leftover in (aside, Path(f"{aside}.wal")):
                leftover.unlink(missing_ok=True)
    return Published(generation + 1, len(changed), is_new=True)


def _layout_id(tables: Sequence[Table], views: Sequence[SqlFile]) -> str:
    text = "\n".join([s for table in tables for s in table.create_statements()] + [repr(view) for view in views])
    return hashlib.sha256(text.encode()).hexdigest()


def _last_generation(path: Path) -> tuple[int, int, str]:
    """Return generation, last commit and layout of the published file; zeros where there is none to build on."""
    if not path.exists():
        return 0, 0, ""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.sql(
                "SELECT generation, last_commit_id, layout_id FROM meta.generation ORDER BY generation DESC LIMIT 1"
            ).fetchall()[0]
    except (duckdb.Error, IndexError):
        return 0, 0, ""
    return int(row[0]), int(row[1]), str(row[2])


def _changes(source: duckdb.DuckDBPyConnection, since: int) -> Change:
    changed: Change = {}
    for name, partition in source.sql(
        "SELECT DISTINCT table_name, partition FROM ops.commits WHERE commit_id > ?", params=[since]
    ).fetchall():
        changed.setdefault(name, set()).add(partition)
    return changed


def _prepare(aside: Path, last: Path | None) -> None:
    for leftover in (aside, Path(f"{aside}.wal")):
        leftover.unlink(missing_ok=True)
    if last is not None:
        shutil.copyfile(last, aside)


def _fill(
    target: duckdb.DuckDBPyConnection, tables: Sequence[Table], views: Sequence[SqlFile], changed: Change
) -> None:
    """Copy what changed, then the books, the views and the dictionary, inside the caller's transaction."""
    for table in tables:
        for statement in table.create_statements():
            target.execute(statement)
        _copy_days(target, table, changed.get(table.qualified_name, set()))
    target.execute("CREATE SCHEMA IF NOT EXISTS ops")
    for name, (description, columns) in DESCRIPTIONS.items():
        target.execute(f"CREATE OR REPLACE TABLE {name} AS FROM warehouse.{name}")
        target.execute(f"COMMENT ON TABLE {name} IS {literal(description)}")
        for column, words in columns.items():
            target.execute(f"COMMENT ON COLUMN {name}.{quote(column)} IS {literal(words)}")
    for view in views:
        target.execute(f"CREATE OR REPLACE VIEW {quote(view.name)} AS {view.query}")
        target.execute(f"COMMENT ON VIEW {quote(view.name)} IS {literal(view.description)}")
        for column, words in view.columns.items():
            target.execute(f"COMMENT ON COLUMN {quote(view.name)}.{quote(column)} IS {literal(words)}")
    _write_dictionary(target, tables, views)


def _copy_days(target: duckdb.DuckDBPyConnection, table: Table, days: set[date | None]) -> None:
    """Replace the given days by the warehouse's; all rows where the table is not split into days."""
    if not days:
        return
    columns = ", ".join(quote(column.name) for column in table.columns)
    where, parameters = "true", []
    if table.partition_by is not None:
        where, parameters = f"{quote(table.partition_by)} IN (SELECT unnest(?::DATE[]))", [sorted(filter(None, days))]
    target.execute(f"DELETE FROM {table.sql_name} WHERE {where}", parameters)
    target.execute(
        f"INSERT INTO {table.sql_name} BY NAME SELECT {columns} FROM warehouse.{table.sql_name} WHERE {where}",
        parameters,
    )


def _write_dictionary(target: duckdb.DuckDBPyConnection, tables: Sequence[Table], views: Sequence[SqlFile]) -> None:
    target.register("dictionary_rows", data_dictionary(tables, views).to_arrow())
    target.execute("CREATE OR REPLACE TABLE data_dictionary AS FROM dictionary_rows")
    target.unregister("dictionary_rows")
    target.execute("COMMENT ON TABLE data_dictionary IS 'What every column of every table and view means.'")
    for column, words in DICTIONARY_COLUMNS.items():
        target.execute(f"COMMENT ON COLUMN data_dictionary.{quote(column)} IS {literal(words)}")


def _verify(target: duckdb.DuckDBPyConnection, table: Table, days: set[date | None]) -> None:
    """Compare the copied days with the books, day by day."""
    if not days:
        return
    wanted = dict(
        (day, (rows, row_hash))
        for day, rows, row_hash in target.sql(
            "SELECT partition, rows, row_hash FROM warehouse.ops.current_commits WHERE table_name = ?",
            params=[table.qualified_name],
        ).fetchall()
        if day in days
    )
    seen = {day: (rows, row_hash) for day, rows, row_hash in day_hashes(target, table, table.sql_name)}
    for day, expected in wanted.items():
        if seen.get(day, (0, 0)) != expected:
            raise PublishFailed(
                f"{table.qualified_name}, {day or 'whole table'}: {seen.get(day, (0, 0))[0]} rows copied do not match "
                f"the commit of {expected[0]} rows; the published file stays as it was"
            )


def _stamp_generation(target: duckdb.DuckDBPyConnection, generation: int, last_commit: int, layout: str) -> None:
    target.execute("CREATE SCHEMA IF NOT EXISTS meta")
    target.execute(
        """CREATE TABLE IF NOT EXISTS meta.generation (
            generation BIGINT, last_commit_id BIGINT, layout_id VARCHAR, published_at TIMESTAMP)"""
    )
    target.execute("COMMENT ON TABLE meta.generation IS 'One row per time this file was published, newest last.'")
    target.execute(
        "INSERT INTO meta.generation VALUES (?, ?, ?, now() AT TIME ZONE 'UTC')", [generation, last_commit, layout]
    )


def _swap(aside: Path, path: Path) -> None:
    """Put the new file in place; a stray ``.wal`` beside either file would poison the next open."""
    if Path(f"{aside}.wal").exists():
        raise PublishFailed(f"{aside.name} was not closed cleanly; the published file stays as it was")
    Path(f"{path}.wal").unlink(missing_ok=True)
    with aside.open("rb") as stream:
        os.fsync(stream.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
