"""A backup: the warehouse file as it was between two writes, and a manifest of what is in it."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from dmp_assets.foundation.warehouse.backups.manifest import (
    WAREHOUSE,
    BackupFolderError,
    BackupRefusedError,
    Manifest,
    file_hash,
    sync,
    write_manifest,
)
from dmp_assets.foundation.warehouse.backups.reading import Read, UnreadableError, read_all
from dmp_assets.foundation.warehouse.connection import Warehouse, WarehouseDamagedError, locked
from dmp_assets.foundation.warehouse.layout import LAYOUT, read_layout
from dmp_assets.foundation.warehouse.tables import Table, layout_id

HALF_MADE = ".[0-9]*T[0-9]*Z.new"
"""Names of backups that are being made, or whose process was killed."""


def back_up(warehouse: Warehouse, folder: Path, tables: Sequence[Table]) -> tuple[Path, Manifest]:
    """Return the folder of a new backup, whose name is the moment (UTC), and its manifest.

    The file is copied under the warehouse's lock, which takes 2 s for 2.2 GB and waits for a write as every reader
    does. It is then read whole, without the lock. It appears under its name when all of it is on disk.

    Args:
        warehouse: What is backed up, of whatever layout; it is not upgraded.
        folder: Where backups lie; it is made if need be. None that is there is touched.
        tables: Contracts of the tables that are compared with the books.

    Raises:
        BackupRefusedError: There is no warehouse.
        BackupFolderError: The folder takes no backup.
        WarehouseBusyError: Another process held the warehouse for a minute.
        WarehouseDamagedError: A table cannot be read.
    """
    if not warehouse.path.exists():
        raise BackupRefusedError(f"{warehouse.path} is not there, so there is nothing to back up; dmp run makes it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Shared by all that make backups here: who gets it alone knows that half-made ones are of dead processes.
        with locked(making_lock(folder), shared=True, wait_seconds=warehouse.lock_wait_seconds):
            return _make(warehouse, folder, tables)
    except OSError as error:
        raise BackupFolderError(
            f"{folder} takes no backup of {warehouse.path} ({error.strerror}); free some space there, let this user "
            "write there, or name another folder. The backups that are there stay."
        ) from None


def making_lock(folder: Path) -> Path:
    """Return the lock file that every process holds, shared, while it makes a backup in ``folder``."""
    return folder / "backups.lock"


def _make(warehouse: Warehouse, folder: Path, tables: Sequence[Table]) -> tuple[Path, Manifest]:
    made_at = datetime.now(UTC)
    # Microseconds keep names apart, and a rename never replaces a folder that holds something.
    place = folder / f"{made_at:%Y%m%dT%H%M%S.%fZ}"
    aside = folder / f".{place.name}.new"
    aside.mkdir()
    try:
        copy = aside / WAREHOUSE
        with warehouse.get_connection() as connection:
            # Only the file is copied, so the log beside it must be in it; the lock is held until the copy is whole.
            connection.execute("CHECKPOINT")
            layout = read_layout(connection) or LAYOUT
            shutil.copyfile(warehouse.path, copy)
        sync(copy)
        read = _read(copy, tables, warehouse.path)
        manifest = Manifest(
            version=version("dmp-assets"),
            layout=layout,
            duckdb=duckdb.__version__,
            contracts=layout_id(table.contract for table in tables),
            made_at=made_at.isoformat(timespec="seconds"),
            bytes=copy.stat().st_size,
            sha256=file_hash(copy),
            tables=read.tables,
            days_not_as_booked=read.days_not_as_booked,
        )
        copy.with_suffix(".lock").unlink()
        write_manifest(aside, manifest)
        aside.rename(place)
        sync(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return place, manifest


def _read(copy: Path, tables: Sequence[Table], source: Path) -> Read:
    try:
        return read_all(copy, tables)
    except UnreadableError:
        raise WarehouseDamagedError(
            f"{source}: a table in it cannot be read, so it was not backed up. Move it aside and restore the last "
            "backup, or let the next run build all tables from the landing files (arrival times and books are lost)."
        ) from None
