"""The tables of ingest, events and orders of a landing folder, by transforms alone: a tenth of the time of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import narwhals.stable.v2 as nw
import polars as pl

from dmp_assets.events.accounts import with_accounts
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.events.schema import CleanedEvents, EventItems, EventLedger, OrderDetails, QuarantinedEvents, Sessions
from dmp_assets.events.sessions import build_sessions
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.contract import conform, to_engine
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import EVENT_KINDS, REFERENCE_TABLES
from dmp_assets.ingest.landing.conflicts import with_conflicting_records
from dmp_assets.ingest.landing.days import (
    fates_of_days,
    landing_days_frame,
    rates_of_days,
    statements_that_do_not_count,
)
from dmp_assets.ingest.landing.ledger import landing_files_frame, read_landing
from dmp_assets.ingest.landing.staged import staged_files
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.records.raw_tables import records_of_days, rejected_records
from dmp_assets.ingest.records.references import reference_records
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords, RepeatedStatements
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.orders.fold.fold import fold
from dmp_assets.orders.fold.items import LINE_COLUMNS as ITEM_LINE_COLUMNS
from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets.orders.reports import (
    EVENT_COLUMNS,
    EVENT_NAMES,
    LINE_COLUMNS,
    OLDER,
    SESSION_COLUMNS,
    STATEMENT_COLUMNS,
    build_order_reports,
)
from dmp_assets.orders.schema import OrderReports
from dmp_assets.orders.update import by_contract

_CLEANED: Sequence[type[TableContract]] = (CleanedEvents, EventItems, OrderDetails, QuarantinedEvents, EventLedger)


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
    repeated = statements_that_do_not_count(readings, sources, settings.order_number_reused_after_days)
    files, of_days = landing_files_frame(readings), landing_days_frame(readings, sources, repeated)
    tables = {LandingFiles: files, LandingDays: of_days, RepeatedStatements: repeated}
    for kind, contract in REFERENCE_TABLES.items():
        paths = [path for _, path in staged_files(settings, sources, files, (kind,))]
        tables[contract] = reference_records(kind, paths).collect()
    rejected = staged_files(settings, sources, files, tuple(REFERENCE_TABLES))
    tables[RejectedRecords] = rejected_records(rejected).collect()
    staged = [path for _, path in staged_files(settings, sources, files, EVENT_KINDS)]
    fates = fates_of_days(of_days, repeated, sources)
    rates = rates_of_days(settings, tables[RawExchangeRates], of_days)
    spans = [(day, day) for day in days] or [(date(1970, 1, 1), date(2100, 1, 1))]
    parts = [
        with_conflicting_records(
            records_of_days(staged, Days(first, last), rates, settings.base_currency, fates).collect(),
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
    tables |= _orders(tables, settings)
    return Landed(settings, {Table(contract).name: _held(frame, contract) for contract, frame in tables.items()})


def _cleaned(raw: pl.DataFrame) -> dict[type[TableContract], pl.DataFrame]:
    judged = nw.to_native(with_accounts(judge_records(nw.from_native(to_engine(raw.lazy()))))).collect()
    cleaned = clean_records(nw.from_native(judged.lazy()))
    frames = {contract: nw.to_native(getattr(cleaned, Table(contract).name)) for contract in _CLEANED}
    found = {contract: conform(frame, Table(contract)).collect() for contract, frame in frames.items()}
    sessions = build_sessions(nw.from_native(to_engine(found[CleanedEvents].lazy())))
    return found | {Sessions: conform(nw.to_native(sessions), Table(Sessions)).collect()}


def _orders(
    tables: Mapping[type[TableContract], pl.DataFrame], settings: Settings
) -> dict[type[TableContract], pl.DataFrame]:
    def matching(contract: type[TableContract], keys: pl.DataFrame | None, columns: Sequence[str]) -> pl.LazyFrame:
        rows = tables[contract].lazy()
        rows = rows if keys is None else rows.join(keys.lazy(), on=keys.columns, how="semi")
        return to_engine(rows.select(columns))

    reports = build_order_reports(
        matching(CleanedEvents, EVENT_NAMES, EVENT_COLUMNS),
        to_engine(tables[OrderDetails].lazy()),
        matching(EventItems, EVENT_NAMES, LINE_COLUMNS),
        matching(Sessions, None, SESSION_COLUMNS),
        matching(RawEvents, OLDER, STATEMENT_COLUMNS),
    )
    lines = matching(EventItems, None, ITEM_LINE_COLUMNS).collect()
    rules = FoldRules(
        match_days=settings.order_match_days,
        reused_after_days=settings.order_number_reused_after_days,
        time_zone=settings.time_zone,
    )
    stated = conform(reports, Table(OrderReports)).collect()
    made = fold(
        to_engine(stated.lazy()).sort("event_date", "report_id").collect(),
        lambda events: lines.join(events.select("event_date", "event_id"), on=["event_date", "event_id"], how="semi"),
        to_engine(tables[RawOrderLines].lazy()).collect(),
        rules,
    )
    return {OrderReports: stated} | {
        contract: conform(rows.lazy(), Table(contract)).collect() for contract, rows in by_contract(made).items()
    }


def _held(frame: pl.DataFrame, contract: type[TableContract]) -> pl.DataFrame:
    return contract.validate(frame.select(list(contract.to_schema().columns)), lazy=True)
