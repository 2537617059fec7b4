"""The data folder before work begins: usable, and closed to everybody but its owner and the readers of one file."""

import os
import pwd
import stat
from pathlib import Path

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.edition.readers import Readers
from dmp_assets.operations.home import HOME

OWNER_ONLY = 0o077
"""The umask of every process that works on the folder."""


class UnusableFolderError(RuntimeError):
    """The data folder cannot be used as it is; the message says why and what to do."""


def readers_of(settings: Settings) -> Readers:
    """Return who may read the analysts' file."""
    return Readers(settings.published_mode, settings.published_group)


def check_folder(data_dir: Path) -> None:
    """Refuse a data folder in which a run could only fail, or would leave files that its owner cannot change.

    Raises:
        UnusableFolderError: It is no folder, belongs to somebody else, or cannot be written.
    """
    there = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    if not there.is_dir():
        raise UnusableFolderError(f"{there} is a file; data_dir in dmp.yaml (or DMP_DATA_DIR) must name a folder")
    for folder in (data_dir, data_dir / HOME, data_dir / "staging") if there == data_dir else ():
        if not folder.exists():
            continue
        if not folder.is_dir():
            raise UnusableFolderError(f"{folder} is a file, where a folder is expected; move it aside")
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            raise UnusableFolderError(
                f"{folder} belongs to {_user(owner)}, and this is {_user(os.geteuid())}: run as {_user(owner)}, or "
                "give this user the folder with chown -R"
            )
    for place in (there, *_own_files(data_dir), *_own_folders(data_dir)):
        if place.exists() and not _is_writable(place):
            raise UnusableFolderError(
                f"{place} cannot be written: it is read-only (its mode, or its disk); make it writable (chmod u+w, or "
                "mount the disk again), or name another data_dir"
            )


def close_to_others(settings: Settings) -> bool:
    """Make what this process writes, and what is there of it, the owner's alone; return whether that changed anything.

    The data folder itself keeps its mode where it is there already, because files may be delivered into it by others;
    a named group is let through it. A folder that is made is 0750.

    Raises:
        UnknownGroupError: The group is not known here, or this user is not in it.
    """
    os.umask(OWNER_ONLY)
    readers, data_dir = readers_of(settings), settings.data_dir
    group = readers.group_id()
    is_changed = not settings.published_path.exists()
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        data_dir.chmod(0o750)
    if group is not None:
        is_changed |= _let_through(data_dir, group)
    for place in (*_own_files(data_dir), *_own_folders(data_dir)):
        if place.exists() and place.stat().st_mode & OWNER_ONLY:
            place.chmod(stat.S_IMODE(place.stat().st_mode) & ~OWNER_ONLY)
            is_changed = True
    if settings.published_path.is_file():
        is_changed |= readers.admit_to(settings.published_path)
    return is_changed


def in_words(settings: Settings) -> str:
    """Return the sentence that says who can read what."""
    file = settings.published_path
    readers = readers_of(settings)
    who = readers.in_words(file if file.exists() else settings.data_dir)
    return f"{file} and the report can be read by {who}; all else that the pipeline writes by its owner alone"


def _let_through(data_dir: Path, group: int) -> bool:
    seen = data_dir.stat()
    if seen.st_mode & stat.S_IXOTH or (seen.st_gid == group and seen.st_mode & stat.S_IXGRP):
        return False
    os.chown(data_dir, -1, group)
    data_dir.chmod(stat.S_IMODE(seen.st_mode) | stat.S_IXGRP)
    return True


def _own_files(data_dir: Path) -> list[Path]:
    return [data_dir / name for name in ("warehouse.duckdb", "warehouse.duckdb.wal", "warehouse.lock", "stack.lock")]


def _own_folders(data_dir: Path) -> list[Path]:
    return [data_dir / name for name in ("staging", HOME, "runs", "audiences")]


def _is_writable(place: Path) -> bool:
    return os.access(place, os.W_OK | (os.X_OK if place.is_dir() else 0))


def _user(number: int) -> str:
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"user {number}"
