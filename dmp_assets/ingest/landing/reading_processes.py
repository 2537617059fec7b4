"""Landing files read by processes with limits: a file that ends its reader costs itself alone."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Pipe, wait
from pathlib import Path

from dmp_assets.ingest.landing.reading import LandingFile, Reading, remove_work
from dmp_assets.ingest.landing.worker import OUT_OF_MEMORY

MIN_SHARE_BYTES = 4 * 2**20
"""A process takes 1.1 s of CPU to start. In that time a running one reads about as much."""

MAX_PROCESSES = 4
"""Each may need half a gigabyte."""

START_SECONDS = 300
"""A start takes 2 s; on a machine that swaps it may take a minute."""

LOOK_SECONDS = 0.05
"""Between two looks at memory and time: a process that fills memory takes 100 MB meanwhile."""


class StartError(Exception):
    """The processes that read files cannot be started, which is no file's fault."""


def read_together(files: Sequence[LandingFile]) -> list[Reading]:
    """Return the readings of the files, in their order; those that are known start no process.

    A file that ends its process, or takes it over a limit, is tried once more in a fresh process with nothing beside
    it. Then it is ``failed``, with the reason, until its bytes, the limits or the code change.

    Raises:
        OSError: The staging folder cannot be written.
        StartError: No process can be started.
    """
    readings = {place: known for place, file in enumerate(files) if (known := file.known()) is not None}
    unread = [_Task(place, file) for place, file in enumerate(files) if place not in readings]
    with _Pool(min((task.file.limits.memory_mb for task in unread), default=0)) as pool:
        for task in pool.work(unread):
            if reason := pool.work_alone(task):
                readings[task.place] = task.file.failed(reason)
        readings |= pool.readings
    return [readings[place] for place in range(len(files))]


class _Task:
    """A file to be read, and what became of the process that tried."""

    def __init__(self, place: int, file: LandingFile) -> None:
        self.place, self.file, self.death = place, file, ""
        try:
            self.size = file.file.stat().st_size
        except OSError:
            self.size = 0
        self.seconds = file.limits.seconds_for(self.size)


class _Worker:
    """A process that reads one file at a time."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        descriptor = theirs.fileno()
        # Without ``multiprocessing``'s processes: those fork a process with threads, or import the caller's main
        # module. In a session of its own no key pressed in the terminal reaches it.
        self.process = subprocess.Popen(  # noqa: S603  # our own module, and no shell reads it
            [sys.executable, "-m", "dmp_assets.ingest.landing.worker", str(descriptor)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[descriptor],
            start_new_session=True,
        )
        theirs.close()
        self.task: _Task | None = None
        self.is_ready = False
        self.since = time.monotonic()

    def take(self, task: _Task) -> None:
        """Begin with a file."""
        self.task, self.since = task, time.monotonic()
        # Where it has died meanwhile, listening to it tells that.
        with suppress(BrokenPipeError):
            self.connection.send(task.file)

    def memory(self) -> int:
        """Return the bytes that only this process uses; 0 where the system does not say it."""
        try:
            _, resident, shared, *_ = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return 0
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")

    def end(self, patience: float = 0) -> int:
        """End the process and delete what it left; return its exit code, or the negative number of a signal.

        Args:
            patience: Seconds that a process that seems to have ended gets to say how.
        """
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.process.kill()
        code = self.process.wait()
        self.connection.close()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.task is not None:
            remove_work(self.task.file.staging_dir, self.process.pid)
        return code


class _Pool:
    """Processes that are started when there is work for them, and started again after a death."""

    def __init__(self, memory_mb: int) -> None:
        self.memory_mb = memory_mb
        self.workers: list[_Worker] = []
        self.readings: dict[int, Reading] = {}

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_: object) -> None:
        while self.workers:
            self.workers.pop().end()

    def work(self, tasks: Sequence[_Task]) -> list[_Task]:
        """Read the files, the largest first; return the tasks whose process died."""
        shares = sum(task.size for task in tasks) // MIN_SHARE_BYTES
        most = max(1, min(_cores(), MAX_PROCESSES, shares))
        queue = deque(sorted(tasks, key=lambda task: -task.size))
        while queue or any(worker.task for worker in self.workers):
            while queue and len(self.workers) < min(most, len(tasks)):
                self.workers.append(_Worker())
            for worker in self.workers:
                if queue and worker.is_ready and worker.task is None:
                    worker.take(queue.popleft())
            busy = {worker.connection: worker for worker in self.workers if worker.task or not worker.is_ready}
            for connection in wait(list(busy), LOOK_SECONDS):
                self._listen(busy[connection])  # type: ignore[index]  # wait is typed for more than it was given
            self._hold_to_limits()
        return [task for task in tasks if task.death]

    def work_alone(self, task: _Task) -> str:
        """Read a file in a fresh process with nothing beside it; return why that died, empty where it did not."""
        self.__exit__()
        task.death = ""
        self.work([task])
        return task.death

    def _listen(self, worker: _Worker) -> None:
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self._bury(worker)
            return
        if worker.task is None:
            worker.is_ready = True
        elif isinstance(answer, Exception):
            raise answer
        else:
            self.readings[worker.task.place] = answer
            worker.task = None

    def _bury(self, worker: _Worker, reason: str = "") -> None:
        """Take out a process that died, or that has to for a ``reason``; the next file gets another."""
        code = worker.end(patience=0 if reason else 10)
        self.workers.remove(worker)
        if not worker.is_ready:
            raise StartError(f"a process that reads landing files could not start: {reason or _in_words(code)}")
        if worker.task is not None:
            worker.task.death = reason or _in_words(code)

    def _hold_to_limits(self) -> None:
        used = {worker: worker.memory() for worker in self.workers}
        for worker in list(self.workers):
            passed = time.monotonic() - worker.since
            if not worker.is_ready and passed > START_SECONDS:
                self._bury(worker, f"not ready after {START_SECONDS} s")
            elif worker.task and passed > worker.task.seconds and not worker.connection.poll():
                self._bury(worker, f"took longer than {worker.task.seconds:,.0f} s (limits.seconds)")
        while sum(used[worker] for worker in self.workers) > self.memory_mb * 2**20:
            ready = [worker for worker in self.workers if worker.is_ready]
            if not ready:
                return
            # One at rest first: what it holds is of files that were read, and it costs nothing but its start.
            largest = max(ready, key=lambda worker: (worker.task is None, used[worker]))
            self._bury(largest, f"needed more than {self.memory_mb:,} MB (limits.memory_mb)")


def _in_words(code: int) -> str:
    if code == -signal.SIGKILL:
        return "the process that read it was ended by signal 9, as the system does where memory ends"
    if code == OUT_OF_MEMORY:
        return "needed more memory than there is"
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"the process that read it {how}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
