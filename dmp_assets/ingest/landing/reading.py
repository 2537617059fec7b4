"""A landing file read once: its records staged as Parquet, every one of them accounted for."""

import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.foundation.values.calendar import day_at
from dmp_assets.ingest.files.decompression import FileRefusedError
from dmp_assets.ingest.files.limits import Limits
from dmp_assets.ingest.files.staging import StagedWriter, keep, kept_facts
from dmp_assets.ingest.kinds import supplied_schema
from dmp_assets.ingest.readers.file_formats import Outcome, stage_file
from dmp_assets.ingest.records.records import Context
from dmp_assets.ingest.tracking_plan.plan import TrackingPlan


@dataclass(frozen=True)
class Reading:
    """What one landing file holds, and where its records are staged."""

    path: str
    source: str
    kind: str
    file_id: str
    size_bytes: int
    modified_at: datetime
    arrived_at: datetime
    status: str
    message: str | None
    physical_lines: int
    columns: list[str]
    records: int
    accepted: int
    rejected: int
    left_out: int
    remarks: list[str]
    distinguishing: list[str]
    days: dict[date, int]
    newest_event_at: datetime | None
    reading_id: str
    staged: Path


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex; empty where they cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def staged_path(staging_dir: Path, reading_id: str) -> Path:
    """Return where the records of a reading are staged."""
    return staging_dir / "readings" / f"{reading_id}.parquet"


@dataclass(frozen=True, kw_only=True)
class LandingFile:
    """A landing file and all that its staged records depend on.

    Attributes:
        path: The file, below ``landing_dir``.
        file_id: ``file_hash`` of the file.
        source_name: The source's key in ``dmp.yaml``.
        source: How its files are read, with its preset filled in; None where ``dmp.yaml`` has no such source.
        landing_dir: The landing folder.
        staging_dir: Where readings are kept and half-finished work lies.
        first_day: First partition.
        last_day: Last partition, if there is one.
        arrived_at: When these bytes were first seen here, naive UTC; only its day (``arrival_day``) matters to the
            records.
        plan: Tracking plan that events are held to, if there is one.
        limits: Sizes of a step and of what is believed.
    """

    path: str
    file_id: str
    source_name: str
    source: Source | None
    landing_dir: Path
    staging_dir: Path
    first_day: date
    last_day: date | None
    arrived_at: datetime
    plan: TrackingPlan | None = None
    reader: str = ""
    """Fingerprint of the code that reads files: when it changes, all files are read again."""
    limits: Limits = field(default_factory=Limits)

    @property
    def file(self) -> Path:
        """Where the file is."""
        return self.landing_dir / self.path

    @property
    def business_zone(self) -> str:
        """Zone of the business's calendar; of a file without a source it does not matter."""
        return "UTC" if self.source is None else self.source.business_zone

    @property
    def arrival_day(self) -> date:
        """Day on which these bytes were first seen here, in the business's calendar."""
        return day_at(self.arrived_at, self.business_zone)

    @cached_property
    def reading_id(self) -> str:
        """Fingerprint of all that the staged records depend on: equal ids, equal records."""
        parts = {
            "file_id": self.file_id,
            "path": self.path,
            "source_name": self.source_name,
            "source": None if self.source is None else self.source.model_dump(mode="json"),
            "plan": None if self.plan is None else self.plan.fingerprint(self.source_name),
            "reader": self.reader,
            "first_day": str(self.first_day),
            "last_day": str(self.last_day),
            "arrival_day": str(self.arrival_day),
            "business_zone": self.business_zone,
            "packages": _packages(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def staged(self) -> Path:
        """Where the records are staged once the file has been read."""
        return staged_path(self.staging_dir, self.reading_id)

    def read(self) -> Reading:
        """Return the reading of the file; equal bytes under equal settings are parsed once.

        A bad file gives a reading that says so in ``status`` and ``message``.

        Raises:
            OSError: The staging folder cannot be written.
        """
        size_bytes, modified = stamp = _stamp(self.file)
        facts = kept_facts(self.staged) or _stage(self, stamp)
        return Reading(
            path=self.path,
            source=self.source_name,
            kind="unknown" if self.source is None else self.source.kind,
            file_id=self.file_id,
            size_bytes=size_bytes,
            modified_at=datetime.fromtimestamp(modified, tz=UTC).replace(tzinfo=None),
            arrived_at=self.arrived_at,
            reading_id=self.reading_id,
            staged=self.staged,
            **facts
            | {
                "days": {date.fromisoformat(day): count for day, count in facts["days"].items()},
                "newest_event_at": facts["newest_event_at"] and datetime.fromisoformat(facts["newest_event_at"]),
            },
        )


@cache
def _packages() -> list[str]:
    # These decide about values: Polars' hash, the numbering plans of telephones, and the patterns of bots.
    return [version(name) for name in ("polars", "phonenumbers", "crawler-user-agents")]


def _stage(landing: LandingFile, stamp: tuple[int, float]) -> dict[str, Any]:
    """Return the facts of a file that is read now; a fault that may pass is not remembered."""
    file, staged = landing.file, landing.staged
    refusal = None
    if not landing.file_id:
        refusal = "cannot be read"
    elif landing.source is None:
        refusal = f"no source {landing.source_name!r} in dmp.yaml: files belong in the folder of a source"
    # A file that belongs nowhere still gets a reading; the kind only gives the empty Parquet its columns.
    source = landing.source or Source(kind="customers")
    context = Context(
        landing.path,
        landing.source_name,
        source,
        landing.first_day,
        landing.last_day,
        landing.arrival_day,
        landing.limits.raw_characters,
        landing.plan,
    )
    staged.parent.mkdir(parents=True, exist_ok=True)
    work_root = staged.parent.parent / "work"
    work_root.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work_root) as work:
        writer = StagedWriter(Path(work) / "staged.parquet", supplied_schema(context.source))
        if refusal is None:
            outcome = _outcome(file, context, writer, Path(work), landing.limits)
        else:
            outcome = Outcome("failed", [refusal], 0)
        # What is written while it is read may be half old and half new: none of it is used.
        if refusal is None and stamp != _stamp(file):
            refusal = "changed while it was read; the next run reads it again"
            outcome = Outcome("failed", [refusal], 0)
            writer.restart()
        writer.close()
        if context.source.kind == "orders" and context.source.equal_lines == "count":
            writer.findings.lines, writer.findings.equal_lines = equal_lines(writer.path)
        facts = {
            "status": outcome.status,
            "message": _message(outcome, context, writer),
            "physical_lines": outcome.physical_lines,
            "columns": list(outcome.columns),
            "records": writer.records,
            "accepted": writer.records - writer.rejected,
            "rejected": writer.rejected,
            "left_out": writer.findings.left_out,
            "distinguishing": sorted(writer.findings.distinguishing),
            "remarks": writer.findings.remarks(),
            "days": {day.isoformat(): count for day, count in sorted(writer.days.items())},
            "newest_event_at": writer.newest_event_at and writer.newest_event_at.isoformat(),
        }
        keep(writer.path, staged, None if refusal else facts)
    return facts


def equal_lines(staged: Path) -> tuple[int, int]:
    """Return the number of accepted lines of orders, and of those that equal an earlier line of their order."""
    lines = pl.scan_parquet(staged).filter(pl.col("violation_code").is_null()).select("event_id", "fingerprint")
    counts = lines.select(pl.len(), different=pl.struct(pl.all()).n_unique()).collect(engine="streaming")
    number, different = counts.row(0)
    return number, number - different


def _outcome(file: Path, context: Context, writer: StagedWriter, work: Path, limits: Limits) -> Outcome:
    try:
        return stage_file(file, context, writer, work, limits)
    except FileRefusedError as refusal:
        problem = str(refusal)
    except (ValueError, ArithmeticError, RecursionError, pl.exceptions.PolarsError, pa.ArrowException) as error:
        # The text of an unforeseen error may hold values of the file, so only its type is reported.
        problem = f"cannot be read ({type(error).__name__})"
    writer.restart()
    return Outcome("failed", [problem], 0)


def _message(outcome: Outcome, context: Context, writer: StagedWriter) -> str | None:
    problems = list(outcome.problems)
    if writer.first_rejected is not None and outcome.status != "failed":
        line, text = writer.first_rejected
        problems.append(f"{writer.rejected} of {writer.records} records rejected, the first on line {line}: {text}")
    return f"{context.path}: {'; '.join(problems)}" if problems else None


def _stamp(file: Path) -> tuple[int, float]:
    """Return size and modification time; zeros where the file cannot be found."""
    try:
        stat = file.stat()
    except OSError:
        return 0, 0.0
    return stat.st_size, stat.st_mtime
