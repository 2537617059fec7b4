"""The analysts' file: a copy of the committed warehouse, with views and dictionary, swapped in whole.

A reader that has the old file open keeps reading the old file. No reader waits for the pipeline, nor the pipeline for a
reader.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import create_books
from dmp_assets.foundation.warehouse.connection import DAMAGED, Warehouse, locked
from dmp_assets.foundation.warehouse.edition.contents import Contents, Generation, add_contents, layout_id
from dmp_assets.foundation.warehouse.edition.readers import OWNER_AND_GROUP, Readers
from dmp_assets.foundation.warehouse.replacing import NO_ROWS
from dmp_assets.foundation.warehouse.tables import Table, quote
from dmp_assets.foundation.warehouse.write import day_hashes, stored_columns


class PublishFailedError(RuntimeError):
    """The new file did not match the books; the old file stays in place, stale but right."""


@dataclass(frozen=True)
class Published:
    """What a publish did."""

    generation: int
    tables_changed: int
    is_new: bool


class Companion(Protocol):
    """What is published beside the file, made of the same edition: the report."""

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make it of the edition that a connection has open, aside."""

    def swap(self) -> None:
        """Put what was prepared in its place."""

    def discard(self) -> None:
        """Remove what was prepared and not put in its place."""

    def is_of(self, generation: int) -> bool:
        """Return whether what stands in place is of an edition."""


def publish_file(
    warehouse: Warehouse,
    path: Path,
    contents: Contents,
    readers: Readers = OWNER_AND_GROUP,
    companion: Companion | None = None,
) -> Published:
    """Bring the analysts' file up to date with the warehouse and return its generation.

    The warehouse file is copied as it is, which costs 2 s for 2.2 GB however much changed; the days committed
    since the last generation are read back and held against the books. Nothing is done where nothing changed, or
    while a table that an upgrade dropped has not been built again, or one lacks a column of its contract until the
    next run adds it: readers keep the edition that they have.

    Args:
        warehouse: What is published.
        path: The analysts' file.
        contents: What the file holds beside the rows.
        readers: Who may read the file.
        companion: What is swapped in with the file. One that a killed process left behind is made of the file again.

    Raises:
        PublishFailedError: A day does not have the row count and hash that its commit says.
    """
    # Shared by all that publish: whoever gets this lock alone knows that the copies beside the file are of dead ones.
    with locked(publishing_lock(path), shared=True, wait_seconds=warehouse.lock_wait_seconds):
        published = _publish(warehouse, path, contents, readers, companion)
        if companion is not None and path.exists() and not companion.is_of(published.generation):
            _catch_up(path, companion)
        return published


def publishing_lock(path: Path) -> Path:
    """Return the lock file that every process holds, shared, while it publishes to ``path``."""
    return path.with_suffix(".lock")


def _publish(
    warehouse: Warehouse, path: Path, contents: Contents, readers: Readers, companion: Companion | None
) -> Published:
    tables = contents.tables
    with warehouse.get_connection() as connection:
        create_books(connection)
        layout = layout_id(connection, contents)
        last = _last_generation(connection)
        newest = connection.sql("SELECT coalesce(max(commit_id), 0) FROM ops.commits").fetchall()[0][0]
        opens, is_last = _is_there(path, last.number)
        # The books alone do not tell: those of a restored warehouse are older than the file that lies there.
        is_current = is_last and (last.layout, last.last_commit) == (layout, newest)
        if opens and (is_current or _is_awaited(connection, tables)):
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
            add_contents(target, contents, edition)
            target.execute("COMMIT")
            target.execute("CHECKPOINT")
            if companion is not None:
                companion.prepare(target)
        readers.admit_to(aside)
        _swap(aside, path)
        if companion is not None:
            companion.swap()
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
        if companion is not None:
            companion.discard()
    return Published(last.number + 1, len(changed), is_new=True)


def _catch_up(path: Path, companion: Companion) -> None:
    """Make the companion of the file that stands in place; a client that writes to the file is let be."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            companion.prepare(connection)
    except duckdb.IOException:
        return
    companion.swap()


def _is_there(path: Path, number: int) -> tuple[bool, bool]:
    """Return whether there is a published file that opens, and whether it is the edition of a number.

    One that cannot be asked, because a client has it open for writing, is taken for that edition.
    """
    if not path.exists():
        return False, False
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.sql("SELECT generation FROM meta.generation").fetchall()
    except duckdb.Error as error:
        opens = DAMAGED.search(str(error)) is None and not isinstance(error, duckdb.CatalogException)
        return opens, opens
    return True, found == [(number,)]


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
    if not wanted:  # an upgrade dropped the table
        return
    window = "true"
    if table.partition_by is not None:
        copied = [day for day in wanted if day is not None]
        window = Days(min(copied), max(copied), frozenset(copied)).sql(quote(table.partition_by))
    # An emptied day has no group here; its commit has no rows and the hash 0.
    seen = {day: (rows, row_hash) for day, rows, row_hash in day_hashes(target, table, table.sql_name, window)}
    for day, expected in wanted.items():
        if seen.get(day, NO_ROWS) != expected:
            raise PublishFailedError(
                f"{table.qualified_name}, {day or 'whole table'}: {seen.get(day, NO_ROWS)[0]} rows do not match "
                f"the commit of {expected[0]} rows; the published file stays as it was"
            )


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
