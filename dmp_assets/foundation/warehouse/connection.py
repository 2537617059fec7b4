"""Opening the warehouse file: one process at a time writes, and a wait ends with a clear message."""

import fcntl
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import duckdb

from dmp_assets.foundation.warehouse.layout import refuse_newer

LOCK_WAIT_SECONDS = 60.0
"""A write holds the lock for seconds. A process that waits a minute waits for something that needs a person."""

MEMORY_LIMIT = "1GB"

HELD_ELSEWHERE = re.compile(r"Could not set lock on file.*held in (?P<command>.+?) \(PID (?P<pid>\d+)\)", re.DOTALL)
"""What DuckDB says of a file that a client has open which does not take the lock beside it."""

DAMAGED = re.compile(
    r"not a valid DuckDB database file|Could not read enough bytes|Corrupt database file|replaying WAL|"
    r"Failed to load metadata|Failed to deserialize",
    re.IGNORECASE,
)
"""What DuckDB says of a file whose bytes are not those that it wrote."""


@dataclass(frozen=True)
class _Opened:
    """A connection whose body is running."""

    connection: duckdb.DuckDBPyConnection
    read_only: bool


class _OpenedByThread(threading.local):
    """The files that each thread has open."""

    def __init__(self) -> None:
        self.of_thread: dict[Path, _Opened] = {}


_OPENED = _OpenedByThread()


_CONNECTIONS: set[duckdb.DuckDBPyConnection] = set()
"""All open connections of this process, of all threads: what a signal interrupts."""


class WarehouseBusyError(RuntimeError):
    """Another process held the warehouse for longer than the deadline; the message names it."""


class WarehouseDamagedError(RuntimeError):
    """The warehouse's bytes are not those that DuckDB wrote; the message says what to do."""


def interrupt_all() -> None:
    """Ask every statement that this process has running on the warehouse to end with an exception."""
    for connection in list(_CONNECTIONS):
        with suppress(duckdb.Error):  # it was closed meanwhile
            connection.interrupt()


@dataclass(frozen=True)
class Warehouse:
    """The pipeline's DuckDB file, opened per read or write and closed at once.

    An OS lock beside the file decides who may open it, so a wait has a deadline and names the holder.
    """

    database: str
    """The file."""
    lock_wait_seconds: float = LOCK_WAIT_SECONDS
    """How long to wait for another process."""
    memory_limit: str = MEMORY_LIMIT
    """DuckDB's own limit; it spills to disk beyond."""

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.database)

    @contextmanager
    def get_connection(self, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection that is closed, and its lock released, however the body ends.

        Inside the body the thread gets further connections to the same open file, for reading in a reading body, and
        without opening, locking and checkpointing it again: of a file of sixty tables that costs 60 to 90 ms of CPU.

        Raises:
            WarehouseBusyError: Another process held the file for ``lock_wait_seconds``.
            LayoutError: A newer release has upgraded the file.
        """
        opened = _OPENED.of_thread.get(self.path)
        if opened is not None and (read_only or not opened.read_only):
            with opened.connection.cursor() as connection, _interruptible(connection):
                yield connection
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.lock_wait_seconds
        with locked(self.path.with_suffix(".lock"), shared=read_only, wait_seconds=self.lock_wait_seconds):
            connection = self._open(read_only, deadline)
            # A writer inside a reading body does not share its file: it waits for the lock, as another process does.
            is_outermost = opened is None
            _CONNECTIONS.add(connection)
            try:
                refuse_newer(connection, self.path)
                if is_outermost:
                    _OPENED.of_thread[self.path] = _Opened(connection, read_only)
                yield connection
            finally:
                if is_outermost:
                    _OPENED.of_thread.pop(self.path, None)
                _CONNECTIONS.discard(connection)
                connection.close()

    def _open(self, read_only: bool, deadline: float) -> duckdb.DuckDBPyConnection:
        """Return a connection to the file, which is made where it is missing; call it with the lock held."""
        if not self.path.exists():
            self._create()
        while True:
            try:
                return duckdb.connect(str(self.path), read_only=read_only, config=self._config())
            except duckdb.Error as error:
                if DAMAGED.search(str(error)):
                    raise WarehouseDamagedError(_damaged_message(self.path)) from error
                holder = HELD_ELSEWHERE.search(str(error))
                if holder is None:
                    raise
                # A client that takes no lock of ours: it is waited for as long as a process of the platform.
                if time.monotonic() > deadline:
                    who = f"process {holder['pid']} ({Path(holder['command']).name}), a client outside of the pipeline"
                    raise WarehouseBusyError(_busy_message(self.path, self.lock_wait_seconds, who)) from None
            time.sleep(min(0.2, max(0.0, deadline - time.monotonic())))

    def _create(self) -> None:
        """Put an empty database in place, whole or not at all.

        DuckDB makes a file of no bytes before it writes the header, and refuses one ever after: a process that was
        killed in between would stop every later run.
        """
        aside = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        aside.unlink(missing_ok=True)  # of a killed process whose number this one has
        duckdb.connect(str(aside)).close()
        aside.chmod(0o600)
        aside.replace(self.path)

    def _config(self) -> dict[str, Any]:
        return {
            "memory_limit": self.memory_limit,
            "autoinstall_known_extensions": False,
            # Rows of a table have no order; keeping one costs a year of the demo 20 CPU seconds of recompression.
            "preserve_insertion_order": False,
            # A table name must never fall back to a Python variable that happens to be in scope.
            "python_enable_replacements": False,
        }


@contextmanager
def locked(path: Path, *, shared: bool, wait_seconds: float) -> Iterator[None]:
    """Hold the lock file, shared for readers and alone for a writer."""
    with path.open("a+", encoding="utf-8") as lock:
        # Asked again and again: an flock that blocks would have no deadline. The kernel frees the lock of a killed
        # process, so no lock is left behind; the text in the file only names the holder.
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    who = "a reading process" if _is_read(lock) else _last_writer(path)
                    raise WarehouseBusyError(_busy_message(path, wait_seconds, who)) from None
                time.sleep(0.05)
        if not shared:
            lock.seek(0)
            lock.truncate()
            command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:3]])
            json.dump(
                {"pid": os.getpid(), "command": command, "since": datetime.now(UTC).isoformat("T", "seconds")}, lock
            )
            lock.flush()
        yield


def _is_read(lock: IO[str]) -> bool:
    """Return whether readers hold the lock; the file then names a writer that has ended."""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy_message(path: Path, wait_seconds: float, who: str) -> str:
    name = path.with_suffix(".duckdb").name
    return f"{name} is held by {who}; waited {wait_seconds:.0f} s. Stop it, or try again."


def _damaged_message(path: Path) -> str:
    return (
        f"{path}: {path.stat().st_size:,} bytes that are not a whole DuckDB database. Put a backup in its place, or "
        "move it aside: the next run then builds all tables from the landing files (arrival times and books are lost)."
    )


@contextmanager
def _interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    _CONNECTIONS.add(connection)
    try:
        yield
    finally:
        _CONNECTIONS.discard(connection)


def _last_writer(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} ({holder['command']}) since {holder['since']}"
    except (ValueError, KeyError, OSError):
        return "another process"
