"""A landing file read once: its records staged as Parquet, every one of them accounted for."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.foundation.values.calendar import day_at
from dmp_assets.ingest.files.decompression import FileRefusedError, OverLimitError, PassingError
from dmp_assets.ingest.files.staging import keep, kept_facts
from dmp_assets.ingest.landing.clocks import NOT_LOOKED, Looked
from dmp_assets.ingest.landing.folder import held, whole_hash
from dmp_assets.ingest.landing.parsing import parse, stamp_of
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
    values_seen: list[str]
    distinguishing: list[str]
    days: dict[date, int]
    newest_event_at: datetime | None
    future_from: date | None
    middle_event_date: date | None
    page_crc: bool | None
    reading_id: str
    staged: Path
    looked: Looked = NOT_LOOKED


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex; empty where they cannot be read."""
    return whole_hash(file.parent, file.name)


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
        arrived_at: When these bytes arrived, naive UTC; only its day (``arrival_day``) matters to the records.
        judged_at: When it was judged which records are of the future; at the arrival where None.
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
    judged_at: datetime | None = None

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

    @property
    def judged_day(self) -> date:
        """Day by which records of the future are told, in the business's calendar."""
        return day_at(self.judged_at or self.arrived_at, self.business_zone)

    @property
    def reading_id(self) -> str:
        """Fingerprint of all that the staged records depend on: equal ids, equal records.

        Of a file that was refused over a limit the limits are part of it: under others it is read again.
        """
        return self._refused_id if self._over_limit.exists() else self._content_id

    @cached_property
    def _refused_id(self) -> str:
        limits = json.dumps(self.limits.refusing(), sort_keys=True)
        return hashlib.sha256(f"{self._content_id} {limits}".encode()).hexdigest()

    @property
    def _over_limit(self) -> Path:
        """A file that is there while the landing file's verdict is a limit's."""
        return staged_path(self.staging_dir, self._content_id).with_suffix(".over-limit")

    @cached_property
    def _content_id(self) -> str:
        parts = {
            "file_id": self.file_id,
            "path": self.path,
            "source_name": self.source_name,
            "source": None if self.source is None else self.source.model_dump(mode="json"),
            "plan": None if self.plan is None else self.plan.fingerprint(self.source_name),
            "reader": self.reader,
            "limits": self.limits.shaping(),
            "first_day": str(self.first_day),
            "last_day": str(self.last_day),
            "arrival_day": str(self.arrival_day),
            "judged_day": str(self.judged_day),
            "business_zone": self.business_zone,
            "packages": _packages(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def staged(self) -> Path:
        """Where the records are staged once the file has been read."""
        return staged_path(self.staging_dir, self.reading_id)

    def known(self) -> Reading | None:
        """Return the reading of a file that need not be opened; None where it must be read."""
        facts = kept_facts(self.staged)
        if facts is not None:
            return self._reading(facts, stamp_of(self.file))
        if not self.file_id:
            return self._parsed(PassingError("cannot be read"))
        if self.source is None:
            problem = f"no source {self.source_name!r} in dmp.yaml: files belong in the folder of a source"
            return self._parsed(PassingError(problem))
        return None

    def read(self) -> Reading:
        """Return the reading of the file; equal bytes under equal settings are parsed once.

        A bad file gives a reading that says so in ``status`` and ``message``. A file made to do harm may end the
        process: see ``reading_processes.read_together``.

        Raises:
            OSError: The staging folder cannot be written.
            MemoryError: There is not enough for the file.
        """
        return self.known() or self._parsed(None)

    def failed(self, reason: str) -> Reading:
        """Return, and remember, that reading the file ended the process that read it."""
        return self._parsed(OverLimitError(reason))

    def _parsed(self, refusal: FileRefusedError | None) -> Reading:
        stamp = stamp_of(self.file)
        with ExitStack() as holding:
            work = holding.enter_context(work_folder(self.staging_dir))
            held_file = self.file
            if refusal is None:
                try:
                    held_file = holding.enter_context(held(self.landing_dir, self.path, work))
                except OSError:
                    refusal = PassingError("cannot be read")
            parsed = parse(held_file, self._context(), self.limits, work, refusal)
            if stamp != stamp_of(self.file):
                # What is written while it is read may be half old and half new: none of it is used.
                changed = PassingError("changed while it was read; the next run reads it again")
                parsed = parse(held_file, self._context(), self.limits, work, changed)
            self._over_limit.parent.mkdir(exist_ok=True)
            if parsed.is_over_limit:
                self._over_limit.touch()
            else:
                self._over_limit.unlink(missing_ok=True)
            keep(parsed.written, self.staged, parsed.facts if parsed.is_final else None)
        return self._reading(parsed.facts, stamp)

    def _context(self) -> Context:
        return Context(
            self.path,
            self.source_name,
            # A file that belongs nowhere still gets a reading; the kind only gives the empty Parquet its columns.
            self.source or Source(kind="customers"),
            self.first_day,
            self.last_day,
            self.arrival_day,
            self.limits.raw_characters,
            self.limits.nesting,
            self.plan,
            self.judged_day,
        )

    def _reading(self, facts: dict[str, Any], stamp: tuple[int, float]) -> Reading:
        size_bytes, modified = stamp
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
                **{name: facts[name] and date.fromisoformat(facts[name]) for name in _DATES},
            },
        )


_DATES = ("future_from", "middle_event_date")


@contextmanager
def work_folder(staging_dir: Path) -> Iterator[Path]:
    """Yield a folder for half-finished work, which is gone afterwards; its name says whose it is."""
    root = staging_dir / "work"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=f"tmp{os.getpid()}-") as work:
        yield Path(work)


def remove_work(staging_dir: Path, process_id: int) -> None:
    """Delete the half-finished work of a process that was ended."""
    for folder in (staging_dir / "work").glob(f"tmp{process_id}-*"):
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _packages() -> list[str]:
    # These decide about values: Polars' hash, the numbering plans of telephones, and the patterns of bots.
    return [version(name) for name in ("polars", "phonenumbers", "crawler-user-agents")]
