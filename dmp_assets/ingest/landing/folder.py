"""What lies in the landing folder: regular files of its own, and all else that is passed over, with the reason."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from random import Random
from typing import NamedTuple

UNFINISHED_SUFFIXES = (".tmp", ".part", ".partial", ".crdownload", ".filepart")

PASSED_OVER, REFUSED = "passed_over", "refused"
"""Statuses of what is not read: as was meant, and what a person should look at."""

_HIDDEN = "its name, or its folder's, starts with a dot or an underscore"
_UNFINISHED = "an unfinished upload, by the end of its name"
_LINK = "a link to what is read at its own path"
_OUTSIDE = "a link, and links are not followed; put the file itself here, or a hard link to it"
_KIND = "not a regular file"
_CLOSED = "a folder that cannot be opened"
_NAME = "its name is not UTF-8, or has control characters; give it another name"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and the lone surrogates that stand for bytes that are not UTF-8."""

_SAMPLES, _SAMPLE_BYTES = 8, 2048
"""16 KiB of a file: reading them from the page cache costs 30 us, and the whole of a smaller file no more."""


class Stranger(NamedTuple):
    """What is in the folder and not read."""

    path: str
    """Below the landing folder, with characters that cannot be written escaped."""
    status: str
    reason: str


@dataclass(frozen=True)
class Look:
    """What one look at the landing folder has found, by path below it."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    strangers: list[Stranger] = field(default_factory=list)


def look_at(landing_dir: Path) -> Look:
    """Return the files that are read, in the order of their paths, and what is passed over.

    Links are not followed, so that no file from outside is published, and none of the folder's is counted twice; the
    landing folder itself may be a link. Nothing is opened.
    """
    found = _Walk(landing_dir)
    found.run()
    files = dict(sorted(found.files.items(), key=lambda one: one[0].split("/")))
    return Look(files, [*_distinct(found.strangers, files)])


class _Walk:
    def __init__(self, landing_dir: Path) -> None:
        self.root = landing_dir
        self.files: dict[str, os.stat_result] = {}
        self.folders: set[str] = set()
        self.links: list[str] = []
        self.strangers: list[Stranger] = []

    def run(self) -> None:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            self.folders.add(folder.rstrip("/"))
            try:
                with os.scandir(self.root / folder) as entries:
                    waiting += [below for entry in entries if (below := self._entry(entry, f"{folder}{entry.name}"))]
            except FileNotFoundError:
                continue
            except OSError:
                self._pass(folder.rstrip("/"), REFUSED, _CLOSED)
        for link in self.links:
            target = os.path.relpath(os.path.realpath(self.root / link), os.path.realpath(self.root))
            is_read = target in self.files or target in self.folders
            self._pass(link, *((PASSED_OVER, _LINK) if is_read else (REFUSED, _OUTSIDE)))

    def _entry(self, entry: os.DirEntry[str], path: str) -> str | None:
        """Note an entry; return it with a slash where it is a folder to go into."""
        if entry.name.startswith((".", "_")):
            self._pass(path, PASSED_OVER, _HIDDEN)
        elif _CONTROL.search(entry.name):
            self._pass(path, REFUSED, _NAME)
        elif entry.is_symlink():
            self.links.append(path)
        elif entry.is_dir(follow_symlinks=False):
            return f"{path}/"
        elif not entry.is_file(follow_symlinks=False):
            self._pass(path, REFUSED, _KIND)
        elif entry.name.endswith(UNFINISHED_SUFFIXES):
            self._pass(path, PASSED_OVER, _UNFINISHED)
        else:
            # A file that goes between the listing and this line was not there.
            with suppress(OSError):
                self.files[path] = entry.stat(follow_symlinks=False)
        return None

    def _pass(self, path: str, status: str, reason: str) -> None:
        self.strangers.append(Stranger(_CONTROL.sub(_escaped, path), status, reason))


def _escaped(found: re.Match[str]) -> str:
    r"""Return a character as an escape: ``\x0a`` for a line feed, ``\xff`` for a byte that is not UTF-8."""
    code = ord(found[0])
    return f"\\x{code - 0xDC00 if code >= 0xDC80 else code:02x}"


def _distinct(strangers: list[Stranger], files: dict[str, os.stat_result]) -> Iterator[Stranger]:
    """Yield the strangers in order, each under a path of its own: an escaped name may be another's real one."""
    taken = set(files)
    for stranger in sorted(strangers):
        path, copy = stranger.path, 1
        while path in taken:
            copy += 1
            path = f"{stranger.path} ({copy})"
        taken.add(path)
        yield stranger._replace(path=path)


def open_own(landing_dir: Path, path: str) -> BufferedReader:
    """Return an open regular file of the landing folder, found without following a link at any step below it.

    Raises:
        OSError: It is gone, cannot be read, or is no regular file at this moment.
    """
    folder = os.open(landing_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        *folders, name = path.split("/")
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        # Without O_NONBLOCK a pipe that took the file's place would hold the step for ever.
        stream = os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder), "rb")
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(f"{path}: {_KIND}")
    return stream


@contextmanager
def held(landing_dir: Path, path: str, work: Path) -> Iterator[Path]:
    """Yield a path below ``work`` under which the file's own bytes are read, wherever its path leads by then.

    It ends in the file's name, which tells the format. Where the system names no open files, the path is the file's.

    Raises:
        OSError: As of ``open_own``.
    """
    with open_own(landing_dir, path) as stream:
        opened = Path(f"/proc/{os.getpid()}/fd/{stream.fileno()}")
        if not opened.exists():
            yield landing_dir / path
            return
        place = work / "held" / path.rpartition("/")[2]
        place.parent.mkdir()
        place.symlink_to(opened)
        yield place


def whole_hash(landing_dir: Path, path: str) -> str:
    """Return the SHA-256 of a file's bytes in hex; empty where they cannot be read."""
    try:
        with open_own(landing_dir, path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def sample_hash(landing_dir: Path, path: str) -> str:
    """Return a hash of a file's head, tail and some places between, in hex; empty where they cannot be read.

    The places depend on the size alone, so that equal bytes give equal hashes. Of up to 16 KiB all bytes count.
    """
    try:
        with open_own(landing_dir, path) as stream:
            number = stream.fileno()
            size = os.fstat(number).st_size
            pieces = [os.pread(number, length, offset) for offset, length in _places(size)]
    except OSError:
        return ""
    return hashlib.sha256(b"".join([str(size).encode(), *pieces])).hexdigest()[:32]


def _places(size: int) -> list[tuple[int, int]]:
    """Return offset and length of the samples of a file.

    >>> _places(10_000)
    [(0, 16384)]
    >>> [_places(50_000)[place] for place in (0, -1)]
    [(0, 2048), (47952, 2048)]
    """
    if size <= _SAMPLES * _SAMPLE_BYTES:
        return [(0, _SAMPLES * _SAMPLE_BYTES)]
    last = size - _SAMPLE_BYTES
    # Not evenly: files of fixed records would show the same field at each place.
    chosen = Random(size)  # noqa: S311 - places, no secrets
    between = sorted(chosen.randrange(_SAMPLE_BYTES, last) for _ in range(_SAMPLES - 2))
    return [(offset, _SAMPLE_BYTES) for offset in (0, *between, last)]
