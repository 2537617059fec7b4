"""Files of deliveries: written aside, for the owner's eyes alone, and put in place once the ledger has them."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

ASIDE = ".new"
OWNER_FOLDER, OWNER_FILE = 0o700, 0o600


def write_aside(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write files beside their places, and return the SHA-256 of each.

    Their bytes are on the disk when this returns: the ledger must not name a file that the next power cut empties.
    """
    # The mode is that of the last folder of a path alone.
    folder.parent.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    folder.mkdir(mode=OWNER_FOLDER, exist_ok=True)
    hashes = []
    for name, content in files.items():
        aside = _aside(folder / name)
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_FILE), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        hashes.append(hashlib.sha256(content).hexdigest())
    _settle(folder)
    return hashes


def put_in_place(folder: Path, names: Iterable[str]) -> None:
    """Rename booked files to their places; one that is not aside is in its place, or was taken from there."""
    for name in names:
        aside = _aside(folder / name)
        if aside.exists():
            aside.replace(folder / name)
    if folder.exists():
        _settle(folder)


def finish(root: Path, booked: Iterable[str]) -> None:
    """Finish what a process that was killed left: booked files are put in place, others are deleted.

    Args:
        root: Folder of all destinations, in which no other process is at work.
        booked: Files that the ledger has, from the folder on.
    """
    known = set(booked)
    for aside in [*root.glob(f"*/.*{ASIDE}")]:
        name = aside.name.removeprefix(".").removesuffix(ASIDE)
        if f"{aside.parent.name}/{name}" in known:
            put_in_place(aside.parent, [name])
        else:
            aside.unlink()


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}{ASIDE}")


def _settle(folder: Path) -> None:
    """Bring the names in a folder onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
