"""What a command is doing now, for the person who waits: the step, its seconds, how many are done.

In a terminal it is one line that changes. Elsewhere, as in a pipe or the log of cron, it is a line at least every
``EVERY_SECONDS``, written by a thread: a step that fits models says nothing for a minute.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status

EVERY_SECONDS = 3.0
"""Well below the five seconds after which a person wonders: a step that fits models holds the thread up for one."""

_POLL_SECONDS = 0.5
_SHOWN_CHARACTERS = 90


class Progress:
    """What is done now; its methods may be called from any thread."""

    def __init__(self, console: Console, *, is_verbose: bool = False, every: float = EVERY_SECONDS) -> None:
        self.is_verbose = is_verbose
        self._console, self._every = console, every
        self._lock = threading.RLock()
        self._what, self._detail, self._steps, self._done = "starting", "", 0, 0
        self._since = self._said_at = time.monotonic()
        # A status line needs a terminal that can go back to the start of a line.
        self._status: Status | None = None
        if console.is_terminal and not console.is_dumb_terminal:
            self._status = console.status("", refresh_per_second=4)

    def begin(self, what: str) -> None:
        """Take note that something else is done from now on."""
        with self._lock:
            self._what, self._detail, self._since = what, "", time.monotonic()
            self._show()

    def plan(self, steps: int) -> None:
        """Take note that a run of so many steps begins."""
        with self._lock:
            self._steps, self._done = steps, 0

    def hear(self, message: str) -> None:
        """Take note of what the step says of itself; it is printed where that is asked for."""
        with self._lock:
            self._detail = message
            if self.is_verbose:
                self.say(f"{self._what:<28} {message}")
            self._show()

    def end(self, *, is_quiet: bool = False) -> None:
        """Take note that the step is done, and say so with its seconds, unless it did nothing."""
        with self._lock:
            self._done += 1
            if not is_quiet:
                self.say(f"{self._what:<28} {self._seconds():5.1f} s{self._of_all()}")
            self.begin("between two steps" if self._done < self._steps else "closing the run")

    def say(self, line: str) -> None:
        """Print a line with the time."""
        with self._lock:
            self._said_at = time.monotonic()
            stamped = f"{time.strftime('%H:%M:%S')}  {line}"
            if self._status is None:
                sys.stderr.write(f"{stamped}\n")
                sys.stderr.flush()
            else:
                self._console.print(stamped, markup=False, soft_wrap=True)

    def remind(self) -> None:
        """Show how long it takes: in place in a terminal, and as a line where nothing was said for too long."""
        with self._lock:
            self._show()
            if self._status is None and time.monotonic() - self._said_at >= self._every:
                self.say(self._now())

    def stop(self) -> None:
        """Give the terminal back, with its cursor; nothing is shown in place from then on."""
        if self._status is not None:
            self._status.stop()

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        """Show it until the body ends."""
        ends = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ends,), name="progress", daemon=True)
        if self._status is not None:
            self._status.start()
        thread.start()
        try:
            yield self
        finally:
            ends.set()
            thread.join()
            self.stop()

    def _watch(self, ends: threading.Event) -> None:
        while not ends.wait(_POLL_SECONDS):
            self.remind()

    def _show(self) -> None:
        if self._status is not None:
            self._status.update(escape(self._now()))

    def _now(self) -> str:
        detail = f"  {self._detail[:_SHOWN_CHARACTERS]}" if self._detail else ""
        return f"{self._what:<28} {self._seconds():5.1f} s so far{self._of_all()}{detail}"

    def _of_all(self) -> str:
        return f"  ({self._done} of {self._steps} steps done)" if self._steps else ""

    def _seconds(self) -> float:
        return time.monotonic() - self._since


_SHOWN: list[Progress] = []


@contextmanager
def shows(progress: Progress) -> Iterator[Progress]:
    """Let what runs in this process be seen by a person, until the body ends."""
    _SHOWN.append(progress)
    try:
        with progress.shown():
            yield progress
    finally:
        _SHOWN.remove(progress)


def shown_now() -> Progress | None:
    """Return what is shown to a person at this moment; None where nobody asked for it."""
    return _SHOWN[-1] if _SHOWN else None


def begin(what: str) -> None:
    """Take note that something else is done from now on, if a person is shown it."""
    if (progress := shown_now()) is not None:
        progress.begin(what)
