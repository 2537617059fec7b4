"""What ``dmp doctor`` looks at: packages, disk, memory, clock, folder, locks, settings, port."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError

GIB = 2**30

MEMORY_GIB = 4.0
"""What a run of 10 M events takes; the demo peaks at 1.8."""

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
"""What a container is given of the machine's memory."""

SPARE_FACTOR, LEAST_SPARE = 3, GIB
"""A new edition is built beside the old one, an upgrade copies the warehouse, and a backup of it may be made."""

EPOCH = time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, 0))
"""A clock that shows an earlier time was never set."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what to do where it is not as it should be."""

    what: str
    cure: str | None = None
    is_wrong: bool = False
    """Whether a run would fail; else it is only to be minded."""


def wrong(what: str, cure: str) -> Finding:
    """Return a finding that would stop a run."""
    return Finding(what, cure, is_wrong=True)


def examine(port: int) -> list[Finding]:
    """Return all findings; one that cannot be looked at because of another is left out."""
    found = [*_python(), _clock(), _memory(), _port(port)]
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return [*found, wrong(str(error), "Change what the sentence names")]
    looks: tuple[Callable[[Settings], Finding], ...] = (_sources, _folder, _disk, _landing, _busy)
    return [
        *found,
        Finding(f"Settings: {len(settings.sources)} sources, days of {settings.time_zone}"),
        *(look(settings) for look in looks),
    ]


def _python() -> Iterator[Finding]:
    seen = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info < (3, 14):
        yield wrong(f"Python {seen}", "3.11, 3.12 or 3.13 is needed: make a new environment with one of them")
    missing = [name for name in map(Requirement, requires("dmp-assets") or ()) if not _is_met(name)]
    if missing:
        names = ", ".join(f"{one.name}{one.specifier} (here: {_version(one.name)})" for one in missing)
        yield wrong(f"Packages that are missing or do not fit: {names}", "Install the project again (make setup)")
    else:
        yield Finding(f"Python {seen}, dmp {version('dmp-assets')}, its packages fit")


def _is_met(requirement: Requirement) -> bool:
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return True
    found = _version(requirement.name)
    return found != "none" and requirement.specifier.contains(found, prereleases=True)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _clock() -> Finding:
    if time.time() < EPOCH:
        return wrong(f"The clock shows {time.strftime('%Y-%m-%d')}", "Set it: the day of today decides what is late")
    return Finding(f"The clock shows {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC")


def _memory() -> Finding:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
        limit = CGROUP_LIMIT.read_text(encoding="ascii").strip() if CGROUP_LIMIT.is_file() else "max"
        size = min(size, size if limit == "max" else int(limit) / GIB)
    except (ValueError, OSError):
        return Finding("Memory: not known here")
    if size < MEMORY_GIB:
        return Finding(
            f"Memory: {size:.1f} GiB", f"Up to {MEMORY_GIB:.0f} GiB are used: a smaller window_records takes less"
        )
    return Finding(f"Memory: {size:.1f} GiB")


def _port(port: int) -> Finding:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            return Finding(f"Port {port} is taken", "Use another: dmp dev --port 3001; or end what listens there")
    return Finding(f"Port {port} is free")


def _sources(settings: Settings) -> Finding:
    from dmp_assets.ingest.landing.ledger import planned_events
    from dmp_assets.ingest.records.mapping import MappingError, check_sources

    try:
        check_sources(settings.sources)
        planned_events(settings)
    except (ConfigurationError, MappingError) as error:
        return wrong(f"dmp.yaml: {error}".replace("dmp.yaml: dmp.yaml", "dmp.yaml"), "Change what the sentence names")
    return Finding("Sources: every mapping is complete")


def _folder(settings: Settings) -> Finding:
    from dmp_assets.operations.folder import UnusableFolderError, check_folder

    try:
        check_folder(settings.data_dir)
    except UnusableFolderError as error:
        return wrong(f"Folder: {error}", "Then run dmp doctor again")
    return Finding(f"Folder: {settings.data_dir} can be written by this user")


def _disk(settings: Settings) -> Finding:
    there = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(there).free
    warehouse = settings.warehouse_path
    wanted = max(LEAST_SPARE, SPARE_FACTOR * (warehouse.stat().st_size if warehouse.is_file() else 0))
    if free < wanted:
        return wrong(f"Disk of {there}: {free / GIB:.1f} GiB free", f"A run may need {wanted / GIB:.1f} GiB: free some")
    return Finding(f"Disk: {free / GIB:,.1f} GiB free, {wanted / GIB:.1f} GiB may be needed")


def _landing(settings: Settings) -> Finding:
    folder = settings.landing_dir
    empty = [name for name in settings.sources if not _has_files(folder / name)]
    if len(empty) == len(settings.sources):
        return Finding(f"No file has landed below {folder}", "Put files there, one folder per source, or try dmp demo")
    unknown = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name not in settings.sources)
    if unknown:
        return Finding(
            f"{len(unknown)} folders of {folder} are no source in dmp.yaml",
            "Name them below sources, or move them away",
        )
    if empty:
        return Finding(f"Sources without a file: {', '.join(empty)}", "Put files there, or take them out of dmp.yaml")
    return Finding("Landing folder: every source has files")


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


def _busy(settings: Settings) -> Finding:
    from dmp_assets.foundation.warehouse.connection import Warehouse, WarehouseBusyError, WarehouseDamagedError
    from dmp_assets.foundation.warehouse.layout import LayoutError

    if not settings.warehouse_path.exists():
        return Finding("Warehouse: none yet; dmp run makes it")
    try:
        with Warehouse(str(settings.warehouse_path), lock_wait_seconds=0.0).get_connection(read_only=True):
            return Finding("Warehouse: whole, and held by nobody")
    except WarehouseBusyError as error:
        return Finding(str(error).replace("; waited 0 s", ""), "A run at work ends by itself")
    except (WarehouseDamagedError, LayoutError) as error:
        return wrong(str(error), "Then run dmp doctor again")
