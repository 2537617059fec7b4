"""What a command is at that is to be killed, seen from outside: files, child processes, Dagster's books."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from dmp_assets.operations.home import HOME

READER = "dmp_assets.ingest.landing.worker"
OVER = ("SUCCESS", "FAILURE", "CANCELED")
BOOKS_SECONDS = 0.02
"""Dagster's books are asked less often: each look opens a database that the run writes to."""


class Scene:
    """What is seen from outside of a run at work."""

    def __init__(self, trial: Path, process: int) -> None:
        self.trial, self.process = trial, process
        self.known = self._jobs()
        self.asked_at, self.jobs = time.monotonic(), self.known

    def is_at(self, aim: str) -> bool:
        """Return whether the process is where a kill is aimed at."""
        if aim == "publishing":
            return any(self.trial.glob(".dmp.duckdb.*.new"))
        if aim == "writing":
            return (self.trial / "warehouse.duckdb.wal").exists()
        if aim == "reading":
            return bool(readers(self.process))
        if aim == "between runs" and time.monotonic() > self.asked_at + BOOKS_SECONDS:
            self.jobs, self.asked_at = self._jobs(), time.monotonic()
        return aim == "between runs" and self._is_between_runs()

    def stage(self) -> str:
        """Return what the process is at, in words; the last moment is the one that counts."""
        self.jobs = self._jobs()
        for aim in ("publishing", "writing", "reading"):
            if self.is_at(aim):
                return aim
        if self._is_between_runs():
            return "between runs"
        at_work = [job for job, status in self.jobs if status not in OVER]
        return f"computing ({at_work[0]})" if at_work else "starting or ending"

    def _is_between_runs(self) -> bool:
        # Dagster books a run before it begins: until then it has done nothing.
        begun = self.jobs[len(self.known) :]
        return (
            bool(begun)
            and begun[0] == ("landing", "SUCCESS")
            and all(status == "NOT_STARTED" for _, status in begun[1:])
        )

    def _jobs(self) -> list[tuple[str, str]]:
        books = self.trial / HOME / "runs.db"
        if not books.exists():
            return []
        with closing(sqlite3.connect(f"file:{books}?mode=ro", uri=True, timeout=60)) as connection:
            try:
                return connection.execute("SELECT pipeline_name, status FROM runs ORDER BY id").fetchall()
            except sqlite3.OperationalError:  # the tables are not made yet
                return []


def readers(process: int) -> list[int]:
    """Return the processes that read landing files for a process."""
    return [child.pid for child in children(process) if READER in command_line(child)]


def children(process: int) -> list[psutil.Process]:
    """Return the processes below a process."""
    try:
        found: list[psutil.Process] = psutil.Process(process).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return found


def command_line(process: psutil.Process) -> list[str]:
    """Return how a process was started; nothing of one that is gone."""
    try:
        words: list[str] = process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
    return words


def outlived(below: list[psutil.Process]) -> int:
    """Return how many of the processes are there ten seconds later."""
    _, alive = psutil.wait_procs(below, timeout=10)
    return len(alive)
