"""The staged Parquet of one landing file: written batch by batch, kept for the next run."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dmp_assets.ingest.files.findings import Findings


class StagedWriter:
    """Writes records to a Parquet file and keeps the account of them."""

    def __init__(self, path: Path, schema: dict[str, pl.DataType]) -> None:
        self.path = path
        self.schema = schema
        self._writer: pq.ParquetWriter | None = None
        self.restart()

    def restart(self) -> None:
        """Throw away what was written."""
        self.close()
        self.records = self.rejected = 0
        self.days: dict[date, int] = {}
        self.newest_event_at: datetime | None = None
        self.first_rejected: tuple[int, str] | None = None
        self.findings = Findings()
        arrow_schema = _arrow(pl.DataFrame(schema=self.schema)).schema
        # Half as large again as with zstd, and a third less time to write and to read.
        self._writer = pq.ParquetWriter(self.path, arrow_schema, compression="lz4")

    def write(self, records: pl.DataFrame) -> None:
        """Append records that have exactly the staged columns; the items of one record count once."""
        if not records.height or self._writer is None:
            return
        bad = records.filter(pl.col("violation_code").is_not_null())
        whole = records.filter(pl.col("part") <= 1)
        if bad.height and self.first_rejected is None:
            self.first_rejected = (bad["line_number"][0], bad["violation_message"][0])
        self.records += whole.height
        self.rejected += bad.height
        if "event_date" in records.columns:
            for day, count in whole["event_date"].value_counts().iter_rows():
                self.days[day] = self.days.get(day, 0) + count
            newest = records.filter(pl.col("violation_code").is_null())["event_at"].max()
            if isinstance(newest, datetime):
                self.newest_event_at = max(newest, self.newest_event_at or newest)
        self._writer.write_table(_arrow(records))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def keep(written: Path, staged: Path, facts: dict[str, Any] | None) -> None:
    """Move a finished Parquet to its place; with ``facts`` a later run does not parse the file again.

    The facts are written last and name the Parquet's size. So where facts are on disk, the Parquet is whole.
    """
    note = staged.with_suffix(".json")
    # Old facts go first: a run that dies between the two moves must not leave them beside a new Parquet.
    note.unlink(missing_ok=True)
    size = written.stat().st_size
    written.replace(staged)
    if facts is not None:
        temporary = written.with_suffix(".json")
        temporary.write_text(json.dumps(facts | {"staged_bytes": size}, sort_keys=True), encoding="utf-8")
        temporary.replace(note)


def kept_facts(staged: Path) -> dict[str, Any] | None:
    """Return the facts of an earlier run; None where they are missing or describe another Parquet."""
    try:
        facts: dict[str, Any] = json.loads(staged.with_suffix(".json").read_text(encoding="utf-8"))
        return facts if staged.stat().st_size == facts.pop("staged_bytes") else None
    except (OSError, ValueError, KeyError):
        return None


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
