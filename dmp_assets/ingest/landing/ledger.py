"""The landing folder: which files are there, what reading each gave, and which days they make stale."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from dmp_assets.foundation.incremental.code import fingerprints
from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.ingest.files.staging import forget, is_whole, kept_facts
from dmp_assets.ingest.landing.clocks import Looked, Times, is_behind, known_times, times_now
from dmp_assets.ingest.landing.folder import PASSED_OVER, REFUSED, look_at, sample_hash, whole_hash
from dmp_assets.ingest.landing.passed_over import not_read
from dmp_assets.ingest.landing.reading import LandingFile, Reading
from dmp_assets.ingest.landing.reading_processes import read_together
from dmp_assets.ingest.records.amounts import NO_AMOUNT, sources_without_amount
from dmp_assets.ingest.schema.landing import LandingFiles
from dmp_assets.ingest.tracking_plan.plan import TrackingPlan, load_tracking_plan

VERIFY_TAG = "dmp/verify"
"""Tag of a run that verifies files: ``all``, or the first day of those whose files and readings it verifies."""


@dataclass
class Verification:
    """Which files are verified, bytes and staged records, and what was found."""

    first_day: date
    """Files that touch this day or a later one are verified, and those without days."""
    files: int = 0
    """Files of which all bytes were hashed again."""
    differed: list[str] = field(default_factory=list)
    """Those whose bytes were others under the same size and time."""
    remade: list[str] = field(default_factory=list)
    """Files whose staged records were damaged, and were made again."""

    def asks(self, row: Mapping[str, Any]) -> bool:
        """Return whether a file of the ledger is verified."""
        return row["last_event_date"] is None or row["last_event_date"] >= self.first_day


def read_landing(
    settings: Settings,
    sources: Mapping[str, Source],
    ledger: pl.DataFrame,
    now: datetime,
    tell: Callable[[str], object] = lambda _: None,
    verification: Verification | None = None,
) -> list[Reading]:
    """Return the reading of every landing file, each read at most once.

    Args:
        settings: Where the files are and which days are partitions.
        sources: Sources with their presets filled in.
        ledger: ``LandingFiles`` of the last time: a file of the same size, time and sample keeps its hash, and bytes
            that were seen at this path before keep their time of arrival.
        now: The moment (naive UTC) that counts as arrival for new bytes.
        tell: Takes one line per file that is new.
        verification: Files that are verified; what is found is added to it.

    What is passed over has a reading too, without records.
    """
    known = {row["path"]: row for row in ledger.iter_rows(named=True)}
    plan, look = planned_events(settings), look_at(settings.landing_dir)
    is_doubtful = is_behind(known.values(), now)
    found = []
    for path, stat in look.files.items():
        row = known.get(path)
        is_asked = row is not None and verification is not None and verification.asks(row)
        sample_id = sample_hash(settings.landing_dir, path)
        same = row is not None and _stamped_alike(stat, row) and row["sample_id"] == sample_id
        file_id = (
            row["file_id"] if row is not None and same and not is_asked else whole_hash(settings.landing_dir, path)
        )
        if not file_id and not os.path.lexists(settings.landing_dir / path):
            continue
        is_new = row is None or row["file_id"] != file_id
        if row is not None and verification is not None and is_asked:
            verification.files += 1
            verification.differed += [path] if is_new and _stamped_alike(stat, row) else []
        # Known bytes keep their arrival. Its day is in the reading's id: a new one would make the file's days stale.
        times = Times(now, now, now) if row is None or is_new else _times(settings, sources, row, now, is_doubtful)
        looked = Looked(sample_id, row["verified_at"] if row is not None and same and not is_asked else now, times)
        found.append((landing_file_of(settings, sources, plan, path, file_id, looked.times), looked, is_new, is_asked))
    unpriced = sources_without_amount(sources)
    readings = []
    for landing_file, _, _, is_asked in found:
        staged = landing_file.staged
        if verification is not None and is_asked and kept_facts(staged) and not is_whole(staged):
            forget(staged)
            verification.remade.append(landing_file.path)
    read = read_together([landing_file for landing_file, *_ in found])
    for one, (landing_file, looked, is_new, _) in zip(read, found, strict=True):
        reading = replace(one, looked=looked)
        if reading.status == "failed" and not os.path.lexists(landing_file.file):
            continue
        if reading.source in unpriced:
            # No part of the reading: another source may bring the amounts, and no file is read again for it.
            reading = replace(reading, remarks=[NO_AMOUNT, *reading.remarks])
        readings.append(reading)
        if is_new:
            tell(f"{reading.path}: {reading.records:,} records, {reading.rejected:,} rejected{_remark(reading)}")
    return [*readings, *(not_read(one, known.get(one.path), now) for one in look.strangers)]


def _times(
    settings: Settings, sources: Mapping[str, Source], row: Mapping[str, Any], now: datetime, is_doubtful: bool
) -> Times:
    source = sources.get(row["source"])
    return times_now(row, now, settings.time_zone if source is None else source.business_zone, is_doubtful)


def planned_events(settings: Settings) -> TrackingPlan | None:
    """Return the tracking plan as its file says now; None where there is none.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    return load_tracking_plan(settings.tracking_plan, settings.sources)


def landing_file_of(
    settings: Settings,
    sources: Mapping[str, Source],
    plan: TrackingPlan | None,
    path: str,
    file_id: str,
    times: Times,
) -> LandingFile:
    """Return a file of the landing folder with all that its staged records depend on."""
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
        arrived_at=times.arrived_at,
        judged_at=times.judged_at,
        plan=plan,
        reader=_reader(settings.staging_dir),
        limits=settings.limits,
    )


def _reader(staging_dir: Path) -> str:
    """Return the fingerprint of the code that reads files."""
    return fingerprints({}, {"reader": "ingest.landing.reading"}, staging_dir / "code-of-reader.json")["reader"]


def looks_the_same(landing_dir: Path, row: Mapping[str, Any]) -> bool:
    """Return whether a file has the size, the time and the sample that its row of the ledger has."""
    try:
        found = (landing_dir / row["path"]).stat(follow_symlinks=False)
    except OSError:
        return False
    return _stamped_alike(found, row) and bool(row["sample_id"] == sample_hash(landing_dir, row["path"]))


def _stamped_alike(found: os.stat_result, row: Mapping[str, Any]) -> bool:
    modified_at = datetime.fromtimestamp(found.st_mtime, UTC).replace(tzinfo=None)
    return bool(row["size_bytes"] == found.st_size and row["modified_at"] == modified_at)


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
            "sample_id": reading.looked.sample_id,
            "verified_at": reading.looked.verified_at,
            "first_seen_at": reading.looked.times.first_seen_at,
            "arrived_at": reading.arrived_at,
            "judged_at": reading.looked.times.judged_at,
            "future_from": reading.future_from,
            "middle_event_date": reading.middle_event_date,
            "status": reading.status,
            "message": reading.message,
            "page_crc": reading.page_crc,
            "physical_lines": reading.physical_lines,
            "columns": reading.columns,
            "records": reading.records,
            "accepted": reading.accepted,
            "rejected": reading.rejected,
            "left_out": reading.left_out,
            "remarks": reading.remarks,
            "values_seen": reading.values_seen,
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
    """New, or with another size, time or sample."""
    gone: int
    reread: int
    """Of the same bytes, but the mapping, the plan, the time zone or the reader's code has changed."""
    wanted: str = ""
    """Fingerprint of what the ledger should be: of files, and of how those are read that are the same."""
    judged: int = 0
    """Of the same bytes, but the clock was wrong when they were judged, or a day of theirs has come since."""

    def __bool__(self) -> bool:
        return bool(self.arrived or self.gone or self.reread or self.judged)

    def __str__(self) -> str:
        words = {
            "new or changed": self.arrived,
            "gone": self.gone,
            "read again, as their mapping, the business's time zone or the code that reads them changed": self.reread,
            "judged again, as days have come that were of the future, or the clock was wrong": self.judged,
        }
        return "; ".join(f"{number:,} files {what}" for what, number in words.items() if number)


def ledger_changes(
    settings: Settings, sources: Mapping[str, Source], ledger: pl.DataFrame, now: datetime | None = None
) -> LedgerChanges:
    """Return how the files, by size, time and sample, and their mappings differ from those of the ledger.

    Args:
        settings: Where the files are and which days are partitions.
        sources: Sources with their presets filled in.
        ledger: ``LandingFiles``.
        now: What the clock says, naive UTC; by default what it says.

    Names that ask to be passed over come and go without a word; the next reading notes them.
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    rows = [row for row in ledger.iter_rows(named=True) if row["status"] != PASSED_OVER]
    known = {row["path"]: row for row in rows if row["status"] != REFUSED}
    plan, look, is_doubtful = planned_events(settings), look_at(settings.landing_dir), is_behind(known.values(), now)
    same = {
        path: known[path] for path in look.files if path in known and looks_the_same(settings.landing_dir, known[path])
    }
    refused = {(one.path, f"{one.path}: {one.reason}") for one in look.strangers if one.status == REFUSED}
    were_refused = {(row["path"], row["message"]) for row in rows if row["status"] == REFUSED}
    readings, reread, judged = {}, 0, 0
    for path, row in same.items():
        before, times = known_times(row), _times(settings, sources, row, now, is_doubtful)
        as_known = landing_file_of(settings, sources, plan, path, row["file_id"], before)
        as_judged = (
            as_known if times == before else replace(as_known, arrived_at=times.arrived_at, judged_at=times.judged_at)
        )
        readings[path] = as_judged.reading_id
        reread += as_known.reading_id != row["reading_id"]
        judged += as_known.reading_id == row["reading_id"] != readings[path]
    stamps = [f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in look.files.items()]
    wanted = repr((stamps, sorted(readings.items()), sorted(refused)))
    return LedgerChanges(
        arrived=len(look.files) - len(same) + len(refused - were_refused),
        gone=len(known.keys() - look.files.keys()) + len(were_refused - refused),
        reread=reread,
        judged=judged,
        wanted=hashlib.sha256(wanted.encode()).hexdigest(),
    )


def readings_fingerprint(landing_files: pl.DataFrame, kinds: Collection[str]) -> str:
    """Return a fingerprint of the readings of some kinds of sources, in any order of the files."""
    rows = landing_files.filter(pl.col("kind").is_in(list(kinds))).sort("path").select("path", "reading_id").iter_rows()
    return hashlib.sha256("\n".join(f"{path} {reading_id}" for path, reading_id in rows).encode()).hexdigest()
