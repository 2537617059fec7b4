"""Whether a run still works or its process ended, found without guessing at process ids.

A run holds an OS lock on its own file while its process lives. The kernel drops the lock with the process, whatever
killed it; a step that outlives its run's parent keeps the lock, and may indeed still write.
"""

import fcntl
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.events import JobFailureData, RunFailureReason
from dagster._core.storage.dagster_run import RunRecord

ACTIVE = (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING)

# A run takes its lock with its first resource, 0.1 to 2 s after it is marked as started; a younger one gets the time.
SETTLE_SECONDS = 10.0

_held: dict[Path, int] = {}


def hold_run_lock(data_dir: Path, run_id: str) -> None:
    """Mark the run as alive for as long as this process lives; calling it again changes nothing."""
    path = _lock_path(data_dir, run_id)
    if path in _held:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # shared: all processes of a multiprocess run hold it
    _held[path] = descriptor


def is_run_alive(data_dir: Path, run_id: str) -> bool:
    """Return whether a process holds the run's lock."""
    try:
        descriptor = os.open(_lock_path(data_dir, run_id), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def reap_dead_runs(instance: DagsterInstance, data_dir: Path) -> list[str]:
    """Return the ids of the runs that were marked as running and are not; each is now failed (or canceled).

    Only for a start, before the daemon: a daemon's run is STARTING for seconds before its process exists.
    A failed run carries the reason that lets ``run_retries`` try it again; one that somebody was canceling does not.
    Lock files of runs that are over are removed.
    """
    records = instance.get_run_records(RunsFilter(statuses=list(ACTIVE)))
    dead = [record for record in records if not _is_alive_or_settles(record, data_dir)]
    for record in dead:
        _report_dead(instance, record)
    _remove_stale_locks(instance, data_dir)
    return [record.dagster_run.run_id for record in dead]


def _is_alive_or_settles(record: RunRecord, data_dir: Path) -> bool:
    run_id = record.dagster_run.run_id
    while not is_run_alive(data_dir, run_id):
        if (datetime.now(UTC) - record.update_timestamp).total_seconds() > SETTLE_SECONDS:
            return False
        time.sleep(0.2)
    return True


def _report_dead(instance: DagsterInstance, record: RunRecord) -> None:
    run = instance.get_run_by_id(record.dagster_run.run_id)
    if run is None or run.status not in ACTIVE:  # it ended by itself between the two looks
        return
    message = f"The run was {run.status.value}, but its process is gone: the machine or the process was stopped."
    if run.status is DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, message)
        return
    reason = JobFailureData(error=None, failure_reason=RunFailureReason.UNEXPECTED_TERMINATION)
    instance.report_run_failed(run, message, reason)


def _remove_stale_locks(instance: DagsterInstance, data_dir: Path) -> None:
    for path in _lock_path(data_dir, "x").parent.glob("*.lock"):
        run = instance.get_run_by_id(path.stem)
        if (run is None or run.is_finished) and not is_run_alive(data_dir, path.stem):
            path.unlink(missing_ok=True)


def _lock_path(data_dir: Path, run_id: str) -> Path:
    return data_dir.resolve() / "runs" / f"{run_id}.lock"
