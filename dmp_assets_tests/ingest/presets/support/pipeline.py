"""One landing file taken through reading, judging, cleaning and sessions, without a warehouse."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import narwhals.stable.v2 as nw
import polars as pl

from dmp_assets.events.accounts import with_accounts
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.events.schema import CleanedEvents, EventItems, EventLedger, QuarantinedEvents, Sessions
from dmp_assets.events.sessions import build_sessions
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.warehouse.contract import conform, to_engine
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.landing.reading import LandingFile, Reading, file_hash
from dmp_assets.ingest.records.mapping import check_source
from dmp_assets.ingest.records.raw_tables import staged_events
from dmp_assets.ingest.schema.events import RawEvents


@dataclass(frozen=True)
class Tables:
    """What one landing file became, each table held to its contract."""

    reading: Reading
    raw_events: pl.DataFrame
    cleaned_events: pl.DataFrame
    event_items: pl.DataFrame
    quarantined_events: pl.DataFrame
    event_ledger: pl.DataFrame
    sessions: pl.DataFrame


def tables_of(folder: Path, name: str, content: bytes, source: Source) -> Tables:
    """Return the tables made from a landing file of that name and content."""
    file = folder / "landing" / "web" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    reading = LandingFile(
        path=file.relative_to(folder / "landing").as_posix(),
        file_id=file_hash(file),
        source_name="web",
        source=check_source("web", source),
        landing_dir=folder / "landing",
        staging_dir=folder / "staging",
        first_day=date(2020, 1, 1),
        last_day=None,
        arrived_at=datetime(2024, 6, 15, 12),
    ).read()
    raw = staged_events([reading.staged]).collect().select(list(RawEvents.to_schema().columns))
    RawEvents.validate(raw, lazy=True)
    judged = nw.to_native(with_accounts(judge_records(nw.from_native(to_engine(raw.lazy()))))).collect()
    cleaned = clean_records(nw.from_native(judged.lazy()))
    events = _held(cleaned.cleaned_events, CleanedEvents)
    return Tables(
        reading,
        raw,
        events,
        _held(cleaned.event_items, EventItems),
        _held(cleaned.quarantined_events, QuarantinedEvents),
        _held(cleaned.event_ledger, EventLedger),
        _held(build_sessions(nw.from_native(to_engine(events.lazy()))), Sessions),
    )


GIVEN_ID = pl.col("event_id").str.strip_prefix("web:")
"""The id as the source gives it."""


def _held(frame: nw.LazyFrame, model: type[TableContract]) -> pl.DataFrame:
    table = conform(nw.to_native(frame), Table(model)).collect()
    return model.validate(table.select(list(model.to_schema().columns)), lazy=True)


@dataclass(frozen=True)
class Difference:
    """Rows of a comparison in which some columns are meant to differ, and why."""

    reason: str
    columns: Sequence[str]
    rows: pl.Expr


def compare(both: pl.DataFrame, key: str, columns: Sequence[str], differences: Sequence[Difference]) -> None:
    """Assert that our columns equal the expected ones (``expected_<column>``) but where a difference is declared.

    A declared difference that is none fails too, and so does one that two reasons declare.
    """
    for column in columns:
        differs = both.filter(pl.col(column).ne_missing(pl.col(f"expected_{column}")))[key].to_list()
        declared = [
            value
            for difference in differences
            if column in difference.columns
            for value in both.filter(difference.rows)[key]
        ]
        assert sorted(differs) == sorted(declared), f"{column}: {sorted(set(differs) ^ set(declared))}"
    unknown = {column for difference in differences for column in difference.columns} - set(columns)
    assert not unknown, unknown


def texts(frame: pl.DataFrame, columns: Mapping[str, str | pl.Expr], key: Mapping[str, str | pl.Expr]) -> pl.DataFrame:
    """Return columns as text under new names: instants to the millisecond, truth values in lower case."""
    named = {new: pl.col(old) if isinstance(old, str) else old for new, old in {**key, **columns}.items()}
    return (
        frame.select(**named)
        .with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S%.3f"), pl.col(pl.Boolean).cast(pl.String))
        .cast(dict.fromkeys((*key, *columns), pl.String))
    )
