"""The stack and a read-only one, started once for all tests that need them, and again where a test ended them."""

import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from dmp_assets_tests.operations.support.servers import (
    CONFIG,
    PATIENCE,
    answers,
    environment,
    free_port,
    wait_until,
    write_workspace,
)

START = "import sys, pathlib as p; from dmp_assets.operations.stack import run_stack;"
START += " sys.exit(run_stack(p.Path(sys.argv[1]), p.Path(sys.argv[2]), p.Path(sys.argv[3]), int(sys.argv[4]),"
START += " read_only=len(sys.argv) > 5))"


class Stack:
    """One stack on a port and a data folder of its own.

    Attributes:
        folder: Its data folder.
        port: Where it answers.
        process: The process of its newest start.
        first_line: What that process said first.
    """

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder, self.flags = folder, flags
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.first_line = ""
        self._roots: list[psutil.Process] = []

    def begin(self, port: int | None = None) -> "subprocess.Popen[str]":
        """Start a process of the stack, and do not wait until it answers."""
        workspace = write_workspace(self.folder)
        arguments = [str(self.folder), str(workspace), str(CONFIG), str(port or self.port), *self.flags]
        started = subprocess.Popen(
            [sys.executable, "-c", START, *arguments], env=environment(self.folder), stdout=subprocess.PIPE, text=True
        )
        self._roots.append(psutil.Process(started.pid))
        return started

    def start(self) -> None:
        """Start the stack where it is not running."""
        if self.process is None or self.process.poll() is not None:
            self.process = self.begin()

    def running(self) -> "subprocess.Popen[str]":
        """Return the process of the stack, started where it is not, once it answers."""
        is_new = self.process is None or self.process.poll() is not None
        self.start()
        assert self.process is not None
        if is_new or not self.first_line:
            assert self.process.stdout is not None
            self.first_line = self.process.stdout.readline()
        wait_until(lambda: answers(self.port), "the stack answers")
        return self.process

    def end(self) -> None:
        """Kill whatever was started."""
        for root in self._roots:
            kill(family(root))


def family(root: psutil.Process) -> list[psutil.Process]:
    """Return a process and all below it; nothing where it is gone."""
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(processes: list[psutil.Process]) -> None:
    """Kill processes, and wait until they are gone."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=PATIENCE)
