"""A backup put in the place of a warehouse that is not there: read whole and compared first."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dmp_assets.foundation.warehouse.backups.manifest import (
    MANIFEST,
    WAREHOUSE,
    BackupDamagedError,
    BackupFolderError,
    BackupRefusedError,
    Manifest,
    TableHash,
    file_hash,
    read_manifest,
    sync,
)
from dmp_assets.foundation.warehouse.backups.reading import UnreadableError, read_all
from dmp_assets.foundation.warehouse.connection import Warehouse, locked
from dmp_assets.foundation.warehouse.tables import Table, layout_id


def restore(
    warehouse: Warehouse, source: Path, tables: Sequence[Table], tell: Callable[[str], object]
) -> tuple[Path, Manifest]:
    """Return the folder and manifest of the backup that is now the warehouse.

    Args:
        warehouse: Where it goes; nothing may be there.
        source: A backup's folder, or a folder of backups, of which the newest whole one is taken.
        tables: Contracts of the tables that are compared with the books.
        tell: Takes a line for each newer backup that is passed over because it is damaged.

    Until all is compared and on disk, nothing is in the warehouse's place. Its lock is held, so no run makes one.

    Raises:
        BackupRefusedError: There is a warehouse, no backup, or one of a newer release.
        BackupDamagedError: No backup is whole.
        BackupFolderError: The backup cannot be read by this user.
    """
    warehouse.path.parent.mkdir(parents=True, exist_ok=True)
    lock = warehouse.path.with_suffix(".lock")
    with locked(lock, shared=False, wait_seconds=warehouse.lock_wait_seconds):
        _refuse_occupied(warehouse.path)
        damaged = ""
        for backup in _candidates(source):
            if damaged:
                tell(f"Passed over: {damaged}")
            try:
                return backup, _put_in_place(backup, warehouse.path, tables)
            except BackupDamagedError as error:
                damaged = str(error)
    raise BackupDamagedError(damaged)


def _refuse_occupied(path: Path) -> None:
    # A log without its file would be replayed into the restored one.
    for there in (path, Path(f"{path}.wal")):
        if os.path.lexists(there):
            raise BackupRefusedError(f"{there} is there, and a restore replaces nothing; move it aside first")


def _candidates(source: Path) -> list[Path]:
    """Return the backup itself, or all in a folder of backups, the newest first; at least one."""
    names = (MANIFEST, WAREHOUSE)
    try:
        if any((source / name).exists() for name in names):
            return [source]
        inside = [path for path in source.iterdir() if path.is_dir() and not path.name.startswith(".")]
        found = [path for path in inside if any((path / name).exists() for name in names)]
    except (FileNotFoundError, NotADirectoryError):
        found = []
    except OSError as error:
        raise BackupFolderError(f"{source} cannot be read ({error.strerror}); give it to this user") from None
    if not found:
        raise BackupRefusedError(f"{source}: no backup is there; name a folder that dmp backup wrote to")
    return sorted(found, key=lambda path: path.name, reverse=True)


def _put_in_place(backup: Path, path: Path, tables: Sequence[Table]) -> Manifest:
    manifest = read_manifest(backup)
    with _aside(path) as folder:
        copy = folder / WAREHOUSE
        try:
            (backup / WAREHOUSE).open("rb").close()
        except OSError as error:
            raise BackupFolderError(f"{backup} cannot be read ({error.strerror}); give it to this user") from None
        shutil.copyfile(backup / WAREHOUSE, copy)
        if copy.stat().st_size != manifest.bytes or file_hash(copy) != manifest.sha256:
            raise BackupDamagedError(
                f"{backup}: damaged, {WAREHOUSE} is not the file that {MANIFEST} describes; restore another backup"
            )
        _compare(copy, backup, manifest, tables)
        # The bytes must be on disk before the name.
        sync(copy)
        copy.rename(path)
        sync(path.parent)
    return manifest


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Yield a folder that is removed in the end; of a killed process, with the warehouses that were being made."""
    folder = path.with_name(f".{path.name}.{os.getpid()}.new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compare(copy: Path, backup: Path, manifest: Manifest, tables: Sequence[Table]) -> None:
    """Refuse a copy whose rows are not those of its manifest and its books."""
    try:
        read = read_all(copy, tables)
    except UnreadableError:
        raise BackupDamagedError(
            f"{backup}: DuckDB {duckdb.__version__} cannot read it, and DuckDB {manifest.duckdb} made it; install the "
            "release that made it, or restore another backup"
        ) from None
    # Hashes of another DuckDB may be others for equal rows; the bytes are those of the backup, and the counts are told.
    is_same_hash = manifest.duckdb == duckdb.__version__
    differing = {
        name
        for name in {*manifest.tables, *read.tables}
        if not _is_equal(manifest.tables.get(name), read.tables.get(name), is_same_hash=is_same_hash)
    }
    if manifest.contracts == layout_id(table.contract for table in tables):
        booked = {name: list(days) for name, days in manifest.days_not_as_booked.items()}
        differing |= {
            name
            for name in {*booked, *read.days_not_as_booked}
            if booked.get(name, []) != read.days_not_as_booked.get(name, [])
        }
    if differing:
        raise BackupDamagedError(
            f"{backup}: damaged, the rows of {', '.join(sorted(differing)[:3])} are not those that {MANIFEST} or the "
            "books describe; restore another backup"
        )


def _is_equal(said: TableHash | None, read: TableHash | None, *, is_same_hash: bool) -> bool:
    if said is None or read is None or is_same_hash:
        return said == read
    return said.rows == read.rows
