"""A landing file read once: its records staged as Parquet, every one of them accounted for."""

import hashlib
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from dmp_assets.ingest.decompression import FileRefusedError
from dmp_assets.ingest.file_formats import Outcome, stage_file
from dmp_assets.ingest.limits import Limits
from dmp_assets.ingest.mapping import check_source, supplied_schema
from dmp_assets.ingest.records import Context
from dmp_assets.ingest.staging import StagedWriter, keep, kept_facts
from dmp_assets.ingest.tracking_plan.plan import TrackingPlan
from dmp_assets.settings import Source

READER_VERSION = "3"
"""Raise it when the same bytes and settings would give other records."""


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
    days: dict[date, int]
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


def reading_id(
    file_id: str,
    *,
    path: str,
    source_name: str,
    source: Source | None,
    first_day: date,
    last_day: date | None,
    arrived_at: datetime,
    plan: TrackingPlan | None = None,
) -> str:
    """Return the fingerprint of all that the staged records depend on: equal ids, equal records."""
    parts = {
        "file_id": file_id,
        "path": path,
        "source_name": source_name,
        "source": None if source is None else check_source(source_name, source).model_dump(mode="json"),
        "plan": None if plan is None else plan.fingerprint(source_name),
        "reader": READER_VERSION,
        "first_day": str(first_day),
        "last_day": str(last_day),
        "arrival_day": str(arrived_at.date()),
        "packages": [version(name) for name in ("polars", "phonenumbers", "crawler-user-agents")],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read_landing_file(
    file: Path,
    *,
    landing_dir: Path,
    source_name: str,
    source: Source | None,
    staging_dir: Path,
    first_day: date,
    last_day: date | None,
    arrived_at: datetime,
    file_id: str | None = None,
    plan: TrackingPlan | None = None,
    limits: Limits | None = None,
) -> Reading:
    """Return the reading of a landing file; equal bytes under equal settings are parsed once.

    Args:
        file: The file, below ``landing_dir``.
        landing_dir: The landing folder.
        source_name: The source's key in ``dmp.yaml``.
        source: How its files are to be read; None where ``dmp.yaml`` has no such source.
        staging_dir: Where readings are kept and half-finished work lies.
        first_day: First partition.
        last_day: Last partition, if there is one.
        arrived_at: When these bytes were first seen here, naive UTC; only its day matters to the records.
        file_id: ``file_hash`` of the file, where the caller knows it.
        plan: Tracking plan that events are held to, if there is one.
        limits: Sizes of a step and of what is believed.

    A bad file gives a reading that says so in ``status`` and ``message``.

    Raises:
        MappingError: The source itself cannot be used.
        OSError: The staging folder cannot be written.
    """
    limits = limits or Limits()
    unknown = source is None
    # A file that belongs nowhere still gets a reading; the kind only gives the empty Parquet its columns.
    merged = check_source(source_name, source) if source is not None else Source(kind="customers")
    path = file.relative_to(landing_dir).as_posix()
    context = Context(path, source_name, merged, first_day, last_day, arrived_at.date(), limits.raw_characters, plan)
    stamp = _stamp(file)
    file_id = file_hash(file) if file_id is None else file_id
    identity = reading_id(
        file_id,
        path=path,
        source_name=source_name,
        source=source,
        first_day=first_day,
        last_day=last_day,
        arrived_at=arrived_at,
        plan=plan,
    )
    staged = staged_path(staging_dir, identity)
    facts = kept_facts(staged)
    if facts is None:
        refusal = f"no source {source_name!r} in dmp.yaml: files belong in the folder of a source" if unknown else None
        refusal = "cannot be read" if not file_id else refusal
        facts = _stage(file, context, staged, limits, refusal, stamp)
    return Reading(
        path=path,
        source=source_name,
        kind="unknown" if unknown else merged.kind,
        file_id=file_id,
        size_bytes=stamp[0],
        modified_at=datetime.fromtimestamp(stamp[1], tz=UTC).replace(tzinfo=None),
        arrived_at=arrived_at,
        reading_id=identity,
        staged=staged,
        **facts | {"days": {date.fromisoformat(day): count for day, count in facts["days"].items()}},
    )


def _stage(
    file: Path, context: Context, staged: Path, limits: Limits, refusal: str | None, stamp: tuple[int, float]
) -> dict[str, Any]:
    """Return the facts of a file that is read now; a fault that may pass is not remembered."""
    staged.parent.mkdir(parents=True, exist_ok=True)
    work_root = staged.parent.parent / "work"
    work_root.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work_root) as work:
        writer = StagedWriter(Path(work) / "staged.parquet", supplied_schema(context.source))
        outcome = Outcome("failed", [refusal], 0) if refusal else _outcome(file, context, writer, Path(work), limits)
        if refusal is None and stamp != _stamp(file):
            refusal = "changed while it was read; the next run reads it again"
            outcome = Outcome("failed", [refusal], 0)
            writer.restart()
        writer.close()
        facts = {
            "status": outcome.status,
            "message": _message(outcome, context, writer),
            "physical_lines": outcome.physical_lines,
            "columns": list(outcome.columns),
            "records": writer.records,
            "accepted": writer.records - writer.rejected,
            "rejected": writer.rejected,
            "days": {day.isoformat(): count for day, count in sorted(writer.days.items())},
        }
        keep(writer.path, staged, None if refusal else facts)
    return facts


def _outcome(file: Path, context: Context, writer: StagedWriter, work: Path, limits: Limits) -> Outcome:
    try:
        return stage_file(file, context, writer, work, limits)
    except FileRefusedError as refusal:
        problem = str(refusal)
    except (ValueError, ArithmeticError, RecursionError, pl.exceptions.PolarsError, pa.ArrowException) as error:
        # The text of an unforeseen error may hold values of the file, so only its type is told.
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
    """Return size and modification time; zeros where the file is gone."""
    try:
        stat = file.stat()
    except OSError:
        return 0, 0.0
    return stat.st_size, stat.st_mtime
