"""What stops a command from outside: full disks, folders that cannot be written, damaged files; one sentence each.

Every library says it in words of its own, so the words are what is looked at: those of exceptions, and those that
Dagster kept of a step's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.backups.manifest import BackupFolderError, BackupRefusedError
from dmp_assets.foundation.warehouse.connection import DAMAGED, WarehouseBusyError, WarehouseDamagedError
from dmp_assets.foundation.warehouse.edition.readers import UnknownGroupError
from dmp_assets.foundation.warehouse.layout import LayoutError
from dmp_assets.operations.folder import UnusableFolderError
from dmp_assets.operations.home import HOME

FAILED, CONFIGURATION, BUSY, DISK, DAMAGE = 1, 2, 3, 4, 5
"""Exit codes: a run failed; what is asked for cannot be done; try again; the disk or its rights; a damaged file."""

# SQLite has no word of its own for a quota: a write that the kernel refuses is a disk I/O error.
_FULL = re.compile(
    r"No space left on device|disk is full|Disk quota exceeded|File too large|disk I/O error", re.IGNORECASE
)
_CLOSED = re.compile(
    r"Read-only file system|Permission denied|readonly database|unable to open database file|Operation not permitted"
)
_MALFORMED = re.compile(r"database disk image is malformed|file is not a database")
_HELD = re.compile(r"\S+ is held by .*")
_NOT_WHOLE = re.compile(r"\S+: [\d,]+ bytes that are not a whole DuckDB database.*")
_NOT_A_FOLDER = re.compile(r"\[Errno (?:17|20|21)\]")


@dataclass(frozen=True)
class Trouble:
    """A sentence with cause and cure, and the exit code."""

    sentence: str
    exit_code: int


class TroubleError(RuntimeError):
    """A run was stopped by something from outside."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


def trouble_of(error: BaseException, settings: Settings) -> Trouble | None:
    """Return what is in the way, by an exception and those that it came from; None for a fault of the program."""
    for one in _chain(error):
        if isinstance(one, TroubleError):
            return one.trouble
        if isinstance(one, UnknownGroupError):
            return Trouble(f"published_group in dmp.yaml: {one}; name a group that this user is in", CONFIGURATION)
        if isinstance(one, LayoutError | BackupRefusedError):
            return Trouble(str(one), CONFIGURATION)
        if isinstance(one, UnusableFolderError | BackupFolderError):
            return Trouble(str(one), DISK)
        if isinstance(one, WarehouseBusyError):
            return Trouble(str(one), BUSY)
        if isinstance(one, WarehouseDamagedError):
            return Trouble(str(one), DAMAGE)
    return _by_words(((type(one).__name__, str(one)) for one in _chain(error)), settings)


def trouble_of_run(events: Iterable[Any], settings: Settings) -> Trouble | None:
    """Return what was in the way of a run, by the errors in Dagster's events of it."""
    return _by_words((said for event in events for said in _errors(event)), settings)


def _by_words(said: Iterable[tuple[str, str]], settings: Settings) -> Trouble | None:
    found = list(said)
    words = "\n".join(f"{kind}: {text}" for kind, text in found)
    data_dir, home = settings.data_dir, settings.data_dir / HOME
    if _FULL.search(words):
        return Trouble(
            f"The disk of {data_dir} takes no more: it is full, over its quota, or failing; free some space and run "
            "the same command again: what is committed stays",
            DISK,
        )
    if _MALFORMED.search(words):
        return Trouble(
            f"{home}, Dagster's records, is damaged; move it aside and run the command again: no table lives in it",
            DAMAGE,
        )
    if _CLOSED.search(words):
        return Trouble(
            f"A file below {data_dir} cannot be read or written ({_place(words) or 'no name was given'}); give it to "
            "the user that runs this command, and run it again",
            DISK,
        )
    for _, text in found:
        # A step's failure holds the sentence of our own exceptions, behind step and tables.
        if held := _HELD.search(text):
            return Trouble(held[0], BUSY)
        if whole := _NOT_WHOLE.search(text):
            return Trouble(whole[0], DAMAGE)
        if DAMAGED.search(text):
            return Trouble(
                f"{_place(text) or settings.warehouse_path} is damaged; put a backup in its place or move it aside, "
                "and run the same command again: it builds what is missing from the landing files",
                DAMAGE,
            )
    if _NOT_A_FOLDER.search(words):
        return Trouble(f"{_place(words) or data_dir} is in the way; move it aside, and run the command again", DISK)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _errors(event: Any) -> Iterator[tuple[str, str]]:
    error = getattr(getattr(event, "event_specific_data", None), "error", None)
    while error is not None:
        yield str(error.cls_name), str(error.message)
        error = error.cause or getattr(error, "context", None)


def _place(words: str) -> str | None:
    """Return the first path that stands in quotes."""
    found = re.search(r"""["'](/[^"'\n]+)["']""", words)
    return None if found is None else str(Path(found[1]))
