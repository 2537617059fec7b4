"""A signal ends a command within seconds, whatever library is at work.

Dagster puts handlers of its own in place, which note a signal and look at it between two steps, and Python runs no
handler at all while DuckDB or Polars work. The kernel's side of a signal, a byte written to a pipe, knows neither.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from dmp_assets.operations.children import kill_own_children

GRACE_SECONDS = 5.0
"""Time for statements to roll back and for temporary files to go; a process that is killed instead loses nothing."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_WATCHES: "list[_Watch]" = []


def _forget_all() -> None:
    while _WATCHES:
        _WATCHES.pop().forget()


os.register_at_fork(after_in_child=_forget_all)


def is_stopping() -> bool:
    """Return whether a signal has come that ends this process within seconds."""
    return any(watch.number for watch in _WATCHES)


@contextmanager
def ends_on_signals(tell: Callable[[str], object], interrupt: Callable[[], object]) -> Iterator[None]:
    """Within, SIGINT, SIGTERM and SIGHUP end the process with the exit code 128 + n: at once, or after 5 s.

    Args:
        tell: Takes a sentence for the operator.
        interrupt: Asks running statements to end; called again and again until the end, from another thread.

    A signal that is ignored, as by ``nohup``, stays ignored. Outside of the main thread nothing is changed.

    Raises:
        SystemExit: The body ended after a signal; its own exception says only what the signal broke.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = _Watch(tell, interrupt)
    try:
        yield
    finally:
        # The byte of a signal may not have been read yet when its exception gets here.
        number = watch.end()
        if number:
            raise SystemExit(128 + number) from None


class _Watch:
    """A thread that reads the numbers of signals from a pipe."""

    def __init__(self, tell: Callable[[str], object], interrupt: Callable[[], object]) -> None:
        self._tell, self._interrupt = tell, interrupt
        self.number = 0
        self._before = {number: signal.getsignal(number) for number in SIGNALS}
        self._heeded = [number for number in SIGNALS if self._before[number] is not signal.SIG_IGN]
        reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        # A handler of any kind must be there, or the kernel ends the process before the byte is written.
        for number in self._heeded:
            if number is not signal.SIGINT:
                signal.signal(number, _as_interrupt)
        self._fd_before = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        _WATCHES.append(self)
        self._thread = threading.Thread(target=self._read, args=(reading,), name="signals", daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Stop watching, and return the first signal that came, or 0."""
        _WATCHES.remove(self)
        signal.set_wakeup_fd(self._fd_before)
        os.close(self._writing)
        self._thread.join()
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        return self.number

    def forget(self) -> None:
        """In a forked child: a signal to it is none to its parent."""
        signal.set_wakeup_fd(-1)
        for number in self._heeded:
            signal.signal(number, signal.SIG_DFL)

    def _read(self, reading: int) -> None:
        while data := os.read(reading, 1):
            number = data[0]
            if number not in self._heeded:
                continue
            if self.number:
                _exit(128 + number)  # asked twice
            self.number = number
            # First: what is told may go to a terminal that takes nothing.
            threading.Thread(target=self._hurry, name="last seconds", daemon=True).start()
            self._tell(
                f"{signal.Signals(number).name}: stopping. What is committed stays; the next start removes what is "
                "half done and goes on from there."
            )
        os.close(reading)

    def _hurry(self) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            self._interrupt()
            time.sleep(0.2)
        _exit(128 + self.number)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """Do what SIGINT does at this moment: raise in the main thread, or let Dagster take note of it."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(number, frame)
    else:
        raise KeyboardInterrupt


def _exit(code: int) -> None:
    """End the process now; buffers, locks and files are the kernel's to close."""
    kill_own_children()
    os._exit(code)
