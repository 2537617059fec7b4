"""The tables of ingest and events of a landing folder, made by the transforms alone: a tenth of the time of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import narwhals.stable.v2 as nw
import polars as pl

from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.events.schema import CleanedEvents, EventItems, EventLedger, QuarantinedEvents, Sessions
from dmp_assets.events.sessions import build_sessions
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.warehouse.contract import conform, to_engine
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.ad_spend.newest import newest_report_rows
from dmp_assets.ingest.kinds import EVENT_KINDS, REFERENCE_TABLES
from dmp_assets.ingest.landing.conflicts import with_conflicting_records
from dmp_assets.ingest.landing.days import (
    fates_of_days,
    landing_days_frame,
    rates_of_days,
    statements_that_do_not_count,
)
from dmp_assets.ingest.landing.ledger import landing_files_frame, read_landing, staged_files
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.records.raw_tables import newest_records, records_of_days, rejected_records
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords, RepeatedStatements
from dmp_assets.ingest.schema.rates import RawExchangeRates

_CLEANED: Sequence[type[TableContract]] = (CleanedEvents, EventItems, QuarantinedEvents, EventLedger)


@dataclass(frozen=True)
class Landed:
    """Tables by name, each held to its contract."""

    settings: Settings
    tables: dict[str, pl.DataFrame]

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table."""
        return self.tables[name]

    def rows(self, name: str, *columns: str) -> list[tuple[object, ...]]:
        """Return some columns of a table, sorted."""
        return self.tables[name].select(columns).sort(columns).rows()


def landed(configuration: Path, arrived_at: datetime, days: Sequence[date] = ()) -> Landed:
    """Return the tables of the landing folder of a configuration.

    Args:
        configuration: ``dmp.yaml``.
        arrived_at: When all files arrived, naive UTC.
        days: Days that are made one by one; without any, all days are made at once.
    """
    settings = load_settings(configuration)
    sources = check_sources(settings.sources)
    ledger = pl.DataFrame(schema=Table(LandingFiles).polars_schema)
    readings = read_landing(settings, sources, ledger, arrived_at)
    repeated = statements_that_do_not_count(readings, sources)
    files, of_days = landing_files_frame(readings), landing_days_frame(readings, sources, repeated)
    tables = {LandingFiles: files, LandingDays: of_days, RepeatedStatements: repeated}
    for kind, contract in REFERENCE_TABLES.items():
        paths = [path for _, path in staged_files(settings, sources, files, (kind,))]
        newest = newest_report_rows(paths) if kind == "ad_spend" else None
        tables[contract] = (
            newest_records(paths, contract, Table(contract).key) if newest is None else newest
        ).collect()
    rejected = staged_files(settings, sources, files, tuple(REFERENCE_TABLES))
    tables[RejectedRecords] = rejected_records(rejected).collect()
    staged = [path for _, path in staged_files(settings, sources, files, EVENT_KINDS)]
    fates = fates_of_days(of_days, repeated, sources)
    rates = rates_of_days(settings, tables[RawExchangeRates], of_days)
    spans = [(day, day) for day in days] or [(date(1970, 1, 1), date(2100, 1, 1))]
    parts = [
        with_conflicting_records(
            records_of_days(staged, first, last, rates, settings.base_currency, fates).collect(),
            files,
            settings.landing_dir,
            sources,
        )
        for first, last in spans
    ]
    tables[RawEvents] = pl.concat(parts)
    made = [_cleaned(part) for part in parts]
    for contract in made[0]:
        tables[contract] = pl.concat([part[contract] for part in made])
    return Landed(settings, {Table(contract).name: _held(frame, contract) for contract, frame in tables.items()})


def _cleaned(raw: pl.DataFrame) -> dict[type[TableContract], pl.DataFrame]:
    judged = nw.to_native(judge_records(nw.from_native(to_engine(raw.lazy())))).collect()
    cleaned = clean_records(nw.from_native(judged.lazy()))
    frames = {contract: nw.to_native(getattr(cleaned, Table(contract).name)) for contract in _CLEANED}
    found = {contract: conform(frame, Table(contract)).collect() for contract, frame in frames.items()}
    sessions = build_sessions(nw.from_native(to_engine(found[CleanedEvents].lazy())))
    return found | {Sessions: conform(nw.to_native(sessions), Table(Sessions)).collect()}


def _held(frame: pl.DataFrame, contract: type[TableContract]) -> pl.DataFrame:
    return contract.validate(frame.select(list(contract.to_schema().columns)), lazy=True)
