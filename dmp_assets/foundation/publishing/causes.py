"""What may be said of an exception in logs, consoles and event logs: its type and place, never foreign text.

Polars, DuckDB, Pandera, PyArrow and Python itself quote the value that they fail on, which may be somebody's address.
"""

import os
import re
import tempfile
import traceback
from pathlib import Path

PACKAGE = __name__.partition(".")[0]
ROOT = Path(__file__).resolve().parents[2]
GUARD = str(Path(__file__).with_name("failures.py"))
"""Every exception comes through it, so it is nobody's place."""

DEBUG = "DMP_DEBUG"
"""Environment variable that names a folder: every fault is kept there as a file, with its whole text and stack."""

SYSTEM_WORDS = re.compile(
    r"No space left on device|disk is full|Disk quota exceeded|File too large|disk I/O error|Read-only file system"
    r"|Permission denied|readonly database|unable to open database file|Operation not permitted"
    r"|database disk image is malformed|file is not a database|Query interrupted",
    re.IGNORECASE,
)
"""How Polars, DuckDB and SQLite pass on the system's words and its signals, in exceptions of other types."""

PASSING = (
    "IOException",
    "OutOfMemoryException",
    "TransactionException",
    "FatalException",
    "InterruptException",
    "WarehouseBusyError",
)
"""Exceptions of DuckDB, and of ours, that another attempt may not meet."""


def cause_of(error: BaseException) -> str:
    """Return what happened in one sentence, without any value of a row.

    Exceptions of this package and failures that it raises keep their text, which names no values. An error of the
    system keeps the system's words and the file. Of any other only the type and the place in our code are told.

    >>> cause_of(ValueError("ann@shop.example is not a number"))
    'ValueError'
    >>> cause_of(FileNotFoundError(2, "ann@shop.example", "orders/a.csv"))
    'FileNotFoundError: No such file or directory: orders/a.csv'
    """
    error = _meant(error)
    words = _own_words(error)
    if words is not None:
        return words
    name, library = type(error).__name__, type(error).__module__.partition(".")[0].removeprefix("_")
    told = name if library in ("builtins", PACKAGE) else f"{name} of {library}"
    told += _facts(error)
    place = _place(error)
    return f"{told} at {place}" if place else told


def may_pass(error: BaseException) -> bool:
    """Return whether another attempt may succeed: a file was busy, a disk or the memory was full, a signal came.

    >>> may_pass(OSError(28, "No space left on device")), may_pass(ValueError("12,5O"))
    (True, False)
    """
    error = _meant(error)
    if type(error).__name__ == "Failure":
        return bool(getattr(error, "allow_retries", False))
    # By name: only the warehouse knows DuckDB.
    return (
        isinstance(error, OSError | MemoryError)
        or type(error).__name__ in PASSING
        or bool(SYSTEM_WORDS.search(str(error)))
    )


def kept_whole(error: BaseException) -> str:
    """Return where the exception was kept with its text, in words; nothing where ``DMP_DEBUG`` names no folder.

    The file is the owner's alone: the text may hold values of rows.
    """
    if not (folder := os.environ.get(DEBUG)):
        return ""
    Path(folder).mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="fault-", suffix=".txt", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(error))
    return f" (whole text: {name})"


def _meant(error: BaseException) -> BaseException:
    """Return the exception that Dagster wraps in one of its own."""
    while _is_of_dagster(error) and type(error).__name__ != "Failure" and error.__cause__ is not None:
        error = error.__cause__
    return error


def _is_of_dagster(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] == "dagster"


def _own_words(error: BaseException) -> str | None:
    """Return the text of an exception of ours, which holds no values; None of any other."""
    if _is_of_dagster(error) and type(error).__name__ == "Failure":
        return str(getattr(error, "description", None) or "failed")
    return str(error) if type(error).__module__.partition(".")[0] == PACKAGE else None


def _facts(error: BaseException) -> str:
    """Return what an exception says in fields of its own, which are not made of rows."""
    if isinstance(error, OSError) and isinstance(error.errno, int):
        # The system's words, not those of the exception: libraries put texts of their own there.
        named = "" if error.filename is None else f": {os.fsencode(str(error.filename)).decode(errors='replace')}"
        return f": {os.strerror(error.errno)}{named}"
    if isinstance(error, ImportError) and error.name:
        return f": {error.name}"
    found = SYSTEM_WORDS.search(str(error))
    return f": {found[0]}" if found else ""


def _place(error: BaseException) -> str:
    """Return the innermost place in our code that the exception came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and frame.filename != GUARD]
    if not ours:
        return ""
    path = Path(ours[-1].filename).relative_to(ROOT.parent).as_posix()
    return f"{path}, line {ours[-1].lineno}, in {ours[-1].name}"
