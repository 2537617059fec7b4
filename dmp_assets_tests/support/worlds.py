"""Worlds that tests share: built once for all workers and sessions, and kept until what they are made of changes.

Read a world where it lies; to write, take a copy. A world in which something was written is built again.
"""

import hashlib
import inspect
import json
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from dmp_assets_tests.support.places import REPOSITORY

KEPT = 3
"""Editions of a world that stay: those of the branches that one works on. An edition of the demo is 400 MB."""

IN_USE_SECONDS = 3600
"""An edition that was asked for so recently may be read by another session, however many are newer."""

MANIFEST = "manifest.json"
LOCKS = (".lock", ".wal")
"""What readers leave beside a file that they open."""


def shared_world(
    name: str, build: Callable[[Path], None], *, cache: Path | None = None, root: Path = REPOSITORY
) -> Path:
    """Return the folder of a world that ``build`` fills, kept under a hash of all that it is made of.

    Args:
        name: Names the folder of the world's editions.
        build: Fills an empty folder. The folder is renamed afterwards, so nothing in it may hold its own place.
        cache: Where worlds are kept; by default below the user's cache folder.
        root: The project.
    """
    editions = (cache or cache_folder()) / name
    editions.mkdir(parents=True, exist_ok=True)
    folder = editions / edition_of(build, root)
    with FileLock(f"{folder}.lock"):
        if not _is_as_built(folder):
            shutil.rmtree(folder, ignore_errors=True)
            aside = folder.with_suffix(f".{os.getpid()}")
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            build(aside)
            (aside / MANIFEST).write_text(json.dumps(_manifest(aside)), encoding="utf-8")
            aside.rename(folder)
        os.utime(folder)
    _prune(editions)
    return folder


def cache_folder() -> Path:
    """Return the folder of all worlds; where the user has none that can be written, one for temporary files."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for place in (home, Path(tempfile.gettempdir())):
        folder = place / "dmp_assets_tests"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise PermissionError(f"neither {home} nor {tempfile.gettempdir()} can be written")


def edition_of(build: Callable[[Path], None], root: Path) -> str:
    """Return the hash of what a world is made of: product, SQL, settings, pinned and installed packages, factory."""
    files = [
        *_files_below(root / "dmp_assets"),
        *_files_below(root / "sql"),
        *sorted(root.glob("*.yaml")),
        root / "requirements.lock",
        *sorted((root / "dmp_assets_tests").rglob("support/*.py")),
        Path(inspect.getfile(build)),
    ]
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        content = file.read_bytes() if file.is_file() else b""
        place = file.relative_to(root) if file.is_relative_to(root) else file.name
        digest.update(f"{place} {len(content)} ".encode() + content)
    # Names of packages with their versions: an extra that is not installed makes other tables.
    digest.update(" ".join(sorted(_installed())).encode())
    return digest.hexdigest()[:16]


def _files_below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(place, name) for name in sorted(names))


def _installed() -> Iterable[str]:
    return (path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


def _manifest(folder: Path) -> dict[str, list[int]]:
    """Return size and time of every file; Dagster's own books aside, which a reader opens too."""
    files = (file for file in _files_below(folder) if file.name != MANIFEST and not file.name.endswith(LOCKS))
    stats = {str(file.relative_to(folder)): file.stat() for file in files if "dagster_home" not in file.parts}
    return {name: [found.st_size, found.st_mtime_ns] for name, found in stats.items()}


def _is_as_built(folder: Path) -> bool:
    try:
        built = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(built == _manifest(folder))


def _prune(editions: Path) -> None:
    """Delete the editions beyond the newest few that nobody has asked for lately."""
    folders = sorted((path for path in editions.iterdir() if path.is_dir()), key=_asked_for, reverse=True)
    for folder in folders[KEPT:]:
        if time.time() - _asked_for(folder) < IN_USE_SECONDS:
            continue
        try:
            with FileLock(f"{folder.with_suffix('')}.lock", timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout:
            continue
        Path(f"{folder}.lock").unlink(missing_ok=True)


def _asked_for(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
