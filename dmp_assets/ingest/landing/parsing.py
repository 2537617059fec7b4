"""One landing file parsed: its records in a Parquet file of their own, and the facts of them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.ingest.files.decompression import FileRefusedError, OverLimitError, PassingError
from dmp_assets.ingest.files.findings import rejects_shown_by
from dmp_assets.ingest.files.staging import StagedWriter, read_back
from dmp_assets.ingest.kinds import supplied_schema
from dmp_assets.ingest.readers.file_formats import Outcome, stage_file
from dmp_assets.ingest.records.records import Context


@dataclass(frozen=True)
class Parsed:
    """What came of one file."""

    written: Path
    facts: dict[str, Any]
    refusal: FileRefusedError | None
    """Why nothing of the file can be used, where that is so."""

    @property
    def is_final(self) -> bool:
        """Whether the same bytes give the same again; else the next run reads them again."""
        return not isinstance(self.refusal, PassingError)

    @property
    def is_over_limit(self) -> bool:
        """Whether another limit may give another result."""
        return isinstance(self.refusal, OverLimitError)


def parse(file: Path, context: Context, limits: Limits, work: Path, refusal: FileRefusedError | None) -> Parsed:
    """Return what the file holds; with a ``refusal`` it is not opened.

    Raises:
        OSError: The work folder cannot be written.
        MemoryError: There is not enough for the file.
    """
    writer = StagedWriter(work / "staged.parquet", supplied_schema(context.source))
    outcome = Outcome("failed", [str(refusal)], 0)
    if refusal is None:
        try:
            outcome = _read(file, context, writer, work, limits)
        except FileRefusedError as error:
            refusal = error
    if refusal is not None:
        outcome = Outcome("failed", [str(refusal)], 0)
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
        "left_out": writer.findings.left_out,
        "distinguishing": sorted(writer.findings.distinguishing),
        "remarks": writer.findings.remarks(context.path),
        "values_seen": writer.findings.values_seen(),
        "days": {day.isoformat(): count for day, count in sorted(writer.days.items())},
        "newest_event_at": writer.newest_event_at and writer.newest_event_at.isoformat(),
        "future_from": _iso(writer.findings.future_from),
        "middle_event_date": _iso(writer.findings.middle_day()),
        "page_crc": outcome.page_crc,
    }
    return Parsed(writer.path, facts, refusal)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read(file: Path, context: Context, writer: StagedWriter, work: Path, limits: Limits) -> Outcome:
    """Return the outcome of a file whose staged records can be read.

    Raises:
        FileRefusedError: Nothing of the file can be used.
    """
    try:
        outcome = stage_file(file, context, writer, work, limits)
        writer.close()
        read_back(writer.path, writer.rows, writer.arrow_schema)
        if context.source.kind == "orders" and context.source.equal_lines == "count":
            writer.findings.lines, writer.findings.equal_lines = equal_lines(writer.path)
    except (FileRefusedError, OSError, MemoryError):
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        # A panic of Polars is no Exception. The text of an unforeseen error may hold values of the file, so only its
        # type is reported.
        raise FileRefusedError(f"cannot be read ({type(error).__name__})") from None
    return outcome


def equal_lines(staged: Path) -> tuple[int, int]:
    """Return the number of accepted lines of orders, and of those that equal an earlier line of their order."""
    lines = pl.scan_parquet(staged).filter(pl.col("violation_code").is_null()).select("event_id", "fingerprint")
    counts = lines.select(pl.len(), different=pl.struct(pl.all()).n_unique()).collect(engine="streaming")
    number, different = counts.row(0)
    return number, number - different


def stamp_of(file: Path) -> tuple[int, float]:
    """Return size and modification time; zeros where the file cannot be found."""
    try:
        stat = file.stat(follow_symlinks=False)
    except OSError:
        return 0, 0.0
    return stat.st_size, stat.st_mtime


def _message(outcome: Outcome, context: Context, writer: StagedWriter) -> str | None:
    problems = list(outcome.problems)
    if writer.first_rejected is not None and outcome.status != "failed":
        line, text = writer.first_rejected
        shown = rejects_shown_by(context.path, context.source.kind)
        counts = f"{writer.rejected} of {writer.records} records rejected"
        problems.append(f"{counts}, the first on line {line}: {text}; they are shown by: {shown}")
    return f"{context.path}: {'; '.join(problems)}" if problems else None
