"""What a backup says of itself, so that a restore can tell whether it is whole."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dmp_assets.foundation.warehouse.layout import LAYOUT

WAREHOUSE, MANIFEST = "warehouse.duckdb", "manifest.json"
"""The two files of a backup. The manifest is written last."""


class BackupRefusedError(RuntimeError):
    """A backup or restore that cannot be done; the message says why, and what to do."""


class BackupDamagedError(BackupRefusedError):
    """A backup that is not whole."""


class BackupFolderError(RuntimeError):
    """The folder of backups cannot be read or written; the message says why, and what to do."""


class TableHash(BaseModel):
    """A table's rows: how many, and the sum of their hashes, which does not depend on their order."""

    model_config = ConfigDict(frozen=True, strict=True)

    rows: int
    row_hash: int


class Manifest(BaseModel):
    """What a backup holds. Keys that a later release adds are passed over."""

    model_config = ConfigDict(frozen=True)

    version: str
    """Release that made the backup."""
    layout: int
    """Layout of the warehouse in it."""
    duckdb: str
    """DuckDB that hashed the rows: another one may hash equal rows differently."""
    contracts: str
    """Fingerprint of the contracts that days were compared by."""
    made_at: str
    """When (UTC)."""
    bytes: int
    """Size of the file."""
    sha256: str
    """Hash of the file."""
    tables: Mapping[str, TableHash]
    """Every stored table, the books too."""
    days_not_as_booked: Mapping[str, Sequence[date | None]]
    """Table -> days whose rows were not those of the books when the backup was made."""


def read_manifest(backup: Path) -> Manifest:
    """Return the manifest of a backup's folder.

    Raises:
        BackupRefusedError: A newer release made the backup.
        BackupDamagedError: The backup is incomplete, or its manifest cannot be read.
        BackupFolderError: The folder cannot be read by this user.
    """
    for name in (MANIFEST, WAREHOUSE):
        if not (backup / name).is_file():
            raise BackupDamagedError(f"{backup}: incomplete, it has no {name}; restore another backup")
    try:
        content = json.loads((backup / MANIFEST).read_bytes())
        seen = content["layout"]
        if isinstance(seen, int) and seen > LAYOUT:
            raise BackupRefusedError(
                f"{backup}: layout {seen}, but this release knows layouts up to {LAYOUT}; install the release that "
                f"made the backup ({_short(content.get('version'))}), or restore an older backup"
            )
        return Manifest.model_validate(content)
    except OSError as error:
        raise BackupFolderError(
            f"{backup / MANIFEST} cannot be read ({error.strerror}); give it to this user"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        raise BackupDamagedError(f"{backup}: damaged, its {MANIFEST} cannot be read; restore another backup") from None


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Write the manifest, on disk when this returns."""
    path = backup / MANIFEST
    path.write_text(json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
    sync(path)
    sync(backup)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _short(version: Any) -> str:
    return str(version)[:20]
