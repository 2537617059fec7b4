"""The landing folder: which files are there, what reading each gave, and which days they make stale."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from dmp_assets.foundation.incremental.code import fingerprints
from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.ingest.landing.reading import LandingFile, Reading, file_hash, staged_path
from dmp_assets.ingest.landing.shares import stage_together
from dmp_assets.ingest.records.amounts import NO_AMOUNT, sources_without_amount
from dmp_assets.ingest.schema.landing import LandingFiles
from dmp_assets.ingest.tracking_plan.plan import TrackingPlan, load_tracking_plan

UNFINISHED_SUFFIXES = (".tmp", ".part", ".partial", ".crdownload", ".filepart")


def landing_paths(landing_dir: Path) -> Iterator[Path]:
    """Yield the files below the landing folder in order, without hidden files and unfinished uploads."""
    for path in sorted(landing_dir.rglob("*")):
        below = path.relative_to(landing_dir)
        hidden = any(part.startswith((".", "_")) for part in below.parts)
        if path.is_file() and not hidden and not path.name.endswith(UNFINISHED_SUFFIXES):
            yield path


def landing_signature(landing_dir: Path) -> str:
    """Return a fingerprint of names, sizes and times below the landing folder; no file is opened."""
    lines = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in landing_paths(landing_dir)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_landing(
    settings: Settings,
    sources: Mapping[str, Source],
    ledger: pl.DataFrame,
    now: datetime,
    tell: Callable[[str], object] = lambda _: None,
) -> list[Reading]:
    """Return the reading of every landing file, each read at most once.

    Args:
        settings: Where the files are and which days are partitions.
        sources: Sources with their presets filled in.
        ledger: ``LandingFiles`` of the last time: a file of the same size and time keeps its hash, and bytes that
            were seen at this path before keep their time of arrival.
        now: The moment (naive UTC) that counts as arrival for new bytes.
        tell: Takes one line per file that is new.
    """
    known = {row["path"]: row for row in ledger.iter_rows(named=True)}
    plan = planned_events(settings)
    found = []
    for file in landing_paths(settings.landing_dir):
        path = file.relative_to(settings.landing_dir).as_posix()
        row = known.get(path)
        file_id = row["file_id"] if row is not None and looks_the_same(file, row) else file_hash(file)
        is_new = row is None or row["file_id"] != file_id
        # Known bytes keep their arrival. Its day is in the reading's id: a new one would make the file's days stale.
        arrived_at = now if row is None or is_new else row["arrived_at"]
        found.append((_landing_file(settings, sources, plan, path, file_id, arrived_at), is_new))
    unpriced = sources_without_amount(sources)
    stage_together([landing_file for landing_file, _ in found if not landing_file.staged.exists()])
    readings = []
    for landing_file, is_new in found:
        reading = landing_file.read()
        if reading.source in unpriced:
            # No part of the reading: another source may bring the amounts, and no file is read again for it.
            reading = replace(reading, remarks=[NO_AMOUNT, *reading.remarks])
        readings.append(reading)
        if is_new:
            tell(f"{reading.path}: {reading.records:,} records, {reading.rejected:,} rejected{_remark(reading)}")
    return readings


def planned_events(settings: Settings) -> TrackingPlan | None:
    """Return the tracking plan as its file says now; None where there is none.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    return load_tracking_plan(settings.tracking_plan, settings.sources)


def _landing_file(
    settings: Settings,
    sources: Mapping[str, Source],
    plan: TrackingPlan | None,
    path: str,
    file_id: str,
    arrived_at: datetime,
) -> LandingFile:
    name = path.split("/")[0] if "/" in path else ""
    return LandingFile(
        path=path,
        file_id=file_id,
        source_name=name,
        source=sources.get(name),
        landing_dir=settings.landing_dir,
        staging_dir=settings.staging_dir,
        first_day=settings.start_date,
        last_day=settings.end_date,
        arrived_at=arrived_at,
        plan=plan,
        reader=_reader(settings.staging_dir),
    )


def _reader(staging_dir: Path) -> str:
    """Return the fingerprint of the code that reads files."""
    return fingerprints({}, {"reader": "ingest.landing.reading"}, staging_dir / "code-of-reader.json")["reader"]


def staged_files(
    settings: Settings, sources: Mapping[str, Source], ledger: pl.DataFrame, kinds: Collection[str]
) -> list[tuple[str, Path]]:
    """Return kind and staged records of the ledger's files of some kinds; deleted readings are made again."""
    found = []
    plan = planned_events(settings)
    rows = ledger.filter(pl.col("kind").is_in(list(kinds)) & (pl.col("records") > 0)).sort("path")
    for row in rows.iter_rows(named=True):
        staged = staged_path(settings.staging_dir, row["reading_id"])
        if not staged.exists():
            file_id = file_hash(settings.landing_dir / row["path"])
            reading = _landing_file(settings, sources, plan, row["path"], file_id, row["arrived_at"]).read()
            # Records that the ledger does not account for would be used under another fingerprint.
            if reading.reading_id != row["reading_id"]:
                raise ValueError(f"{row['path']} is not what the ledger has; materialise ingest/landing_files first")
        found.append((row["kind"], staged))
    return found


def looks_the_same(file: Path, row: Mapping[str, Any]) -> bool:
    """Return whether a file has the size and the time that its row of the ledger has."""
    if not file.exists():
        return False
    stat = file.stat()
    modified_at = datetime.fromtimestamp(stat.st_mtime, UTC).replace(tzinfo=None)
    return bool(row["size_bytes"] == stat.st_size and row["modified_at"] == modified_at)


def _remark(reading: Reading) -> str:
    return f" ({reading.status}: {reading.message})" if reading.message else ""


def landing_files_frame(readings: Iterable[Reading]) -> pl.DataFrame:
    """Return the ledger (``LandingFiles``) of the readings."""
    rows = [
        {
            "path": reading.path,
            "source": reading.source,
            "kind": reading.kind,
            "file_id": reading.file_id,
            "size_bytes": reading.size_bytes,
            "modified_at": reading.modified_at,
            "arrived_at": reading.arrived_at,
            "status": reading.status,
            "message": reading.message,
            "physical_lines": reading.physical_lines,
            "columns": reading.columns,
            "records": reading.records,
            "accepted": reading.accepted,
            "rejected": reading.rejected,
            "left_out": reading.left_out,
            "remarks": reading.remarks,
            "distinguishing": reading.distinguishing,
            "first_event_date": min(reading.days, default=None),
            "last_event_date": max(reading.days, default=None),
            "newest_event_at": reading.newest_event_at,
            "reading_id": reading.reading_id,
        }
        for reading in readings
    ]
    schema = {name: column.dtype.type for name, column in LandingFiles.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=schema)


@dataclass(frozen=True)
class LedgerChanges:
    """How many files differ from the ledger."""

    arrived: int
    """New, or with another size or time."""
    gone: int
    reread: int
    """Of the same size and time, but the mapping, the plan, the time zone or the reader's code has changed."""
    wanted: str = ""
    """Fingerprint of what the ledger should be: of files, and of how those are read that are the same."""

    def __bool__(self) -> bool:
        return bool(self.arrived or self.gone or self.reread)

    def __str__(self) -> str:
        words = {
            "new or changed": self.arrived,
            "gone": self.gone,
            "read again, as their mapping, the business's time zone or the code that reads them changed": self.reread,
        }
        return "; ".join(f"{number:,} files {what}" for what, number in words.items() if number)


def ledger_changes(settings: Settings, sources: Mapping[str, Source], ledger: pl.DataFrame) -> LedgerChanges:
    """Return how names, sizes, times and mappings differ from those of the ledger; no file is opened."""
    known = {row["path"]: row for row in ledger.iter_rows(named=True)}
    plan = planned_events(settings)
    files = {file.relative_to(settings.landing_dir).as_posix(): file for file in landing_paths(settings.landing_dir)}
    same = {path: known[path] for path, file in files.items() if path in known and looks_the_same(file, known[path])}
    readings = {
        path: _landing_file(settings, sources, plan, path, row["file_id"], row["arrived_at"]).reading_id
        for path, row in same.items()
    }
    wanted = f"{landing_signature(settings.landing_dir)} {sorted(readings.items())}"
    return LedgerChanges(
        arrived=len(files) - len(same),
        gone=len(known.keys() - files.keys()),
        reread=sum(readings[path] != row["reading_id"] for path, row in same.items()),
        wanted=hashlib.sha256(wanted.encode()).hexdigest(),
    )


def readings_fingerprint(landing_files: pl.DataFrame, kinds: Collection[str]) -> str:
    """Return a fingerprint of the readings of some kinds of sources, in any order of the files."""
    rows = landing_files.filter(pl.col("kind").is_in(list(kinds))).sort("path").select("path", "reading_id").iter_rows()
    return hashlib.sha256("\n".join(f"{path} {reading_id}" for path, reading_id in rows).encode()).hexdigest()
