"""The process that reads landing files for another one, one at a time, until that one ends."""

import os
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from dmp_assets.ingest.landing.reading import LandingFile

OUT_OF_MEMORY = 75
"""Exit code of a process that found no memory for its file."""


def main(descriptor: int) -> None:
    """Answer each file with its reading, or with the error that has nothing to do with the file."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(OSError):
        # Where memory ends, the system ends this process and not the run.
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    connection = Connection(descriptor)
    connection.send("ready")
    # Panics of libraries quote values. What stops a start has been said by now.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    while True:
        file: LandingFile = connection.recv()
        try:
            answer = file.read()
        except OSError as error:
            connection.send(error)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        else:
            connection.send(answer)


def _end_with_parent() -> None:
    """End this process when the other end of its input is closed, which a killed parent does too."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    with suppress(EOFError, BrokenPipeError):
        main(int(sys.argv[1]))
