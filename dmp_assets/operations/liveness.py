"""Whether a run still works or its process ended, found without guessing at process ids.

A run holds an OS lock on its own file while its process lives. The kernel drops the lock with the process, whatever
killed it; a step that outlives its run's parent keeps the lock, and may indeed still write.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # a command that finds nothing open never loads Dagster, which takes 2 s
    from dagster import DagsterInstance
    from dagster._core.storage.dagster_run import RunRecord

ACTIVE = ("STARTING", "STARTED", "CANCELING")

# A run that the server starts takes its lock with its first resource, 0.1 to 2 s after it is marked as started, and
# later on a machine that is busy. One that has no lock file yet is left alone for this long; nobody waits for it.
SETTLE_SECONDS = 60.0

STACK_LOCK = "stack.lock"
AT_WORK = "at_work"

_held: dict[Path, int] = {}


def hold_run_lock(data_dir: Path, run_id: str) -> None:
    """Mark the run as alive for as long as this process lives; calling it again changes nothing."""
    hold_presence(data_dir)
    path = _lock_path(data_dir, run_id)
    if path not in _held:
        _held[path] = _hold_new(path)


def hold_presence(data_dir: Path) -> None:
    """Mark this process as one that may have half-finished work in the folder, for as long as it lives.

    It waits for a process that is removing what dead ones left, which takes the time of deleting a few files.
    """
    path = _lock_path(data_dir, AT_WORK).with_suffix("")
    if path in _held:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[path] = descriptor


@contextmanager
def alone(lock: Path) -> Iterator[bool]:
    """Yield whether nobody else holds a lock file; while the body runs, nobody takes it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def nobody_at_work(data_dir: Path) -> AbstractContextManager[bool]:
    """Return ``alone`` for the lock of all processes that ``hold_presence``."""
    return alone(_lock_path(data_dir, AT_WORK).with_suffix(""))


def is_run_alive(data_dir: Path, run_id: str) -> bool:
    """Return whether a process holds the run's lock."""
    return _lock_state(_lock_path(data_dir, run_id)) == "held"


def is_stack_running(data_dir: Path) -> bool:
    """Return whether a server with its daemon works on the folder."""
    return _lock_state(data_dir.resolve() / STACK_LOCK) == "held"


def living_runs(data_dir: Path) -> list[str]:
    """Return the ids of the runs whose process lives."""
    found = (path for path in _lock_path(data_dir, "x").parent.glob("*.lock") if _lock_state(path) == "held")
    return sorted(path.stem for path in found)


def has_active_runs(home: Path) -> bool:
    """Return whether Dagster's books have a run that is marked as running, without loading Dagster."""
    books = home / "runs.db"
    if not books.is_file() or not books.stat().st_size:
        return False
    with closing(sqlite3.connect(books, timeout=60)) as connection:
        try:
            marks = ", ".join("?" * len(ACTIVE))
            found = connection.execute(f"SELECT 1 FROM runs WHERE status IN ({marks}) LIMIT 1", ACTIVE)  # noqa: S608
            return found.fetchone() is not None
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # a home whose making was killed; Dagster makes the rest
                return False
            raise


def reap_dead_runs(instance: "DagsterInstance", data_dir: Path, *, is_daemon_up: bool | None = None) -> list[str]:
    """Return the ids of the runs that were marked as running and are not; each is now failed (or canceled).

    Args:
        instance: Dagster's books.
        data_dir: The data folder, with the locks.
        is_daemon_up: Whether a daemon may be starting runs; by default the server's lock tells.

    A run whose lock was dropped is dead. One that has no lock yet is left alone until it has had time to take it; a
    daemon's that is only STARTING is left to that daemon, which gives it minutes.
    A failed run carries the reason that lets ``run_retries`` try it again; one that somebody was canceling does not.
    Lock files of runs that are over are removed.
    """
    from dagster import DagsterRunStatus, RunsFilter

    if is_daemon_up is None:
        is_daemon_up = is_stack_running(data_dir)
    records = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus(status) for status in ACTIVE]))
    dead = [record for record in records if _is_dead(record, data_dir, is_daemon_up=is_daemon_up)]
    closed = [record.dagster_run.run_id for record in dead if _report_dead(instance, record)]
    _remove_stale_locks(instance, data_dir)
    return closed


def remove_free_locks(data_dir: Path) -> None:
    """Remove the lock files of runs that nobody holds; call it where no run is marked as running."""
    for path in _lock_path(data_dir, "x").parent.glob("*.lock"):
        _remove_free(path)


def _is_dead(record: "RunRecord", data_dir: Path, *, is_daemon_up: bool) -> bool:
    state = _lock_state(_lock_path(data_dir, record.dagster_run.run_id))
    if state != "none":
        return state == "dropped"
    if is_daemon_up and record.dagster_run.status.value == "STARTING":
        return False
    # Of either sign: a clock that was set back must not make a run young for years.
    return abs((datetime.now(UTC) - record.update_timestamp).total_seconds()) > SETTLE_SECONDS


def _report_dead(instance: "DagsterInstance", record: "RunRecord") -> bool:
    """Close the run, and return whether it was open: it may have ended by itself between the two looks."""
    from dagster import DagsterRunStatus
    from dagster._core.events import JobFailureData, RunFailureReason

    run = instance.get_run_by_id(record.dagster_run.run_id)
    if run is None or run.status.value not in ACTIVE:
        return False
    message = f"The run was {run.status.value}, but its process is gone: the machine or the process was stopped."
    if run.status is DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, message)
        return True
    reason = JobFailureData(error=None, failure_reason=RunFailureReason.UNEXPECTED_TERMINATION)
    instance.report_run_failed(run, message, reason)
    return True


def _remove_stale_locks(instance: "DagsterInstance", data_dir: Path) -> None:
    for path in _lock_path(data_dir, "x").parent.glob("*.lock"):
        run = instance.get_run_by_id(path.stem)
        if run is None or run.is_finished:
            _remove_free(path)


def _remove_free(path: Path) -> None:
    # A command locks before its run is booked, so a file without a run may be that of one which begins now.
    with alone(path) as is_alone:
        if is_alone:
            path.unlink(missing_ok=True)


def _hold_new(path: Path) -> int:
    """Return a descriptor that holds a lock file, which is never seen without its lock while its process lives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    while True:
        descriptor = os.open(aside, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # shared: all processes of a multiprocess run hold it
        try:
            os.link(aside, path)
        except FileExistsError:
            os.close(descriptor)
        else:
            return descriptor
        finally:
            aside.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
        os.close(descriptor)  # removed between the two calls: nobody would see this lock


def _lock_state(path: Path) -> Literal["held", "dropped", "none"]:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return "none"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "held"
    finally:
        os.close(descriptor)
    return "dropped"


def _lock_path(data_dir: Path, run_id: str) -> Path:
    return data_dir.resolve() / "runs" / f"{run_id}.lock"
