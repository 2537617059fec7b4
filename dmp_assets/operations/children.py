"""Child processes that are started again when they die, and that never outlive their parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dmp_assets.operations.guard import CANNOT_START

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10.0

# Five deaths in five minutes is a fault that another start will not cure.
RESTARTS, RESTART_WINDOW_SECONDS = 5, 300.0

# Loaded before any fork: importing or opening a library between fork and exec may deadlock.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """One kept process: its name for messages, its command, and when it was started again."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    restarts: deque[float] = field(default_factory=deque)

    def start(self) -> None:
        """Start the process, in a group of its own so that Ctrl-C reaches it only through its parent."""
        self.process = subprocess.Popen(  # noqa: S603  # the command is ours, and no shell reads it
            self.command,
            stdout=sys.stderr,  # Dagster logs to stdout, where our own few lines belong
            process_group=0,
            preexec_fn=partial(_die_with_parent, os.getpid()),
        )

    def restart_if_dead(self) -> str | None:
        """Start the process again if it died and may; return a sentence for the user where it may not."""
        code = None if self.process is None else self.process.poll()
        if code is None:
            return None
        now = time.monotonic()
        while self.restarts and now - self.restarts[0] > RESTART_WINDOW_SECONDS:
            self.restarts.popleft()
        if code == CANNOT_START:
            return f"The {self.name} could not start."
        if len(self.restarts) == RESTARTS:
            return f"The {self.name} ended {RESTARTS + 1} times in {RESTART_WINDOW_SECONDS:.0f} s (exit code {code})."
        sys.stderr.write(f"The {self.name} ended (exit code {code}); starting it again.\n")
        self.restarts.append(now)
        self.start()
        return None


def stop_all(children: list[Child]) -> None:
    """End all of them: SIGTERM to each, and after 10 s SIGKILL.

    Only the processes themselves, not their groups: the run workers below the daemon may finish their write.
    """
    running = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def kill_own_children() -> None:
    """Kill the processes that this one started and that still run; call it where this one ends at once.

    They end with their parent by themselves, but some look for it only between two files.
    """
    for listed in Path("/proc/self/task").glob("*/children"):
        try:
            numbers = listed.read_text(encoding="ascii").split()
        except OSError:  # the thread has ended
            continue
        for number in numbers:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(number), signal.SIGKILL)


def _die_with_parent(parent: int) -> None:
    """Ask the kernel for a SIGTERM when the parent dies: kill -9 of the parent leaves no server behind.

    The setting is not inherited: the processes that a child starts, run workers among them, are not concerned.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died before the call above
            os._exit(1)
