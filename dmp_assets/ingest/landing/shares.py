"""Landing files read by several processes at once; each stages what it reads and hands no records over."""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dmp_assets.ingest.landing.reading import LandingFile

MIN_SHARE_BYTES = 4 * 2**20
"""A process takes 1.5 s to start. In that time a running one reads about as much."""

MAX_PROCESSES = 4
"""Each may need half a gigabyte."""


def stage_together(files: Sequence[LandingFile]) -> None:
    """Stage the files with as many processes as there are cores and work for.

    A process that dies costs only time: the next reader of a file that it has not staged reads that file.
    """
    sizes = [_bytes(file.file) for file in files]
    processes = min(_cores(), MAX_PROCESSES, sum(sizes) // MIN_SHARE_BYTES)
    if processes < 2:
        return
    own, *others = ([files[place] for place in share] for share in _shares(sizes, processes))
    children = [_start(share) for share in others]
    try:
        for file in own:
            file.read()
        for child in children:
            child.wait()
    finally:
        for child in children:
            child.kill()
            child.wait()


def _shares(sizes: Sequence[int], number: int) -> list[list[int]]:
    """Return the places of the sizes in groups of about equal sums.

    Each size, the largest first, goes to the group with the smallest sum.

    >>> _shares([1, 5, 3, 2], 2)
    [[1, 0], [2, 3]]
    """
    shares: list[list[int]] = [[] for _ in range(number)]
    totals = [0] * number
    for place in sorted(range(len(sizes)), key=lambda place: -sizes[place]):
        smallest = totals.index(min(totals))
        shares[smallest].append(place)
        totals[smallest] += sizes[place]
    return shares


def _start(share: list[LandingFile]) -> "subprocess.Popen[bytes]":
    """Start a process on its share, without ``multiprocessing``, which would import the caller's main module."""
    command = [sys.executable, "-m", "dmp_assets.ingest.landing.shares"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603  # our own module, and no shell reads it
    if child.stdin is not None:
        with suppress(BrokenPipeError):
            pickle.dump(share, child.stdin)
            child.stdin.flush()
    return child


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _end_with_parent() -> None:
    """End this process when the other end of its input is closed, which a killed parent does too."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    given: list[LandingFile] = pickle.load(sys.stdin.buffer)  # noqa: S301  # written by _start of our own process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for landing_file in given:
        landing_file.read()
