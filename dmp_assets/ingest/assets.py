"""Dagster assets of landing: the ledger of files, the events of each day, and the reference tables."""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.publish import (
    Frames,
    PublishEvents,
    publish,
    publish_days,
    publish_tables,
)
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.settings.settings import SourceKind
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import DayInput, StoredTable
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.ingest.files.findings import HARMLESS
from dmp_assets.ingest.kinds import EVENT_KINDS, REFERENCE_TABLES
from dmp_assets.ingest.landing.conflicts import with_conflicting_records
from dmp_assets.ingest.landing.days import (
    day_fingerprints,
    fates_of_days,
    landing_days_frame,
    rates_of_days,
    statements_that_do_not_count,
)
from dmp_assets.ingest.landing.ledger import VERIFY_TAG, Verification, landing_files_frame, readings_fingerprint
from dmp_assets.ingest.landing.ledger import read_landing as read_files
from dmp_assets.ingest.landing.staged import staged_files
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.records.raw_tables import records_of_days
from dmp_assets.ingest.records.raw_tables import rejected_records as rejected_of
from dmp_assets.ingest.records.references import reference_records
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords, RepeatedStatements
from dmp_assets.ingest.steps import RAW_EVENTS, READ_LANDING, REFERENCES, REJECTED_RECORDS

STATEMENT_COLUMNS = ("path", "event_id", "event_date", "fate")
MAX_REMARKS = 20
"""Remarks that the check shows; ``ingest.landing_files`` has all."""


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings
    sources = check_sources(settings.sources)

    @table_asset(READ_LANDING, site, checks=[_readable_check()])
    def read_landing(context: dg.AssetExecutionContext) -> PublishEvents:
        ledger = context.resources.io_manager.stored("ingest", "landing_files").frame()
        now = datetime.now(UTC).replace(tzinfo=None)
        verification = _verification(context.run.tags.get(VERIFY_TAG))
        readings = read_files(settings, sources, ledger, now, context.log.info, verification)
        files = landing_files_frame(readings)
        yield _readable_result(files)
        repeated = statements_that_do_not_count(readings, sources, settings.order_number_reused_after_days)
        days = landing_days_frame(readings, sources, repeated)
        frames = {LandingFiles: files, LandingDays: days, RepeatedStatements: repeated}
        rows = {contract: TableRows(frame) for contract, frame in frames.items()}
        if verification is not None:
            rows[LandingFiles] = TableRows(files, metadata=_found(verification))
        yield from publish_tables(context, rows)

    @table_asset(RAW_EVENTS, site)
    def raw_events(
        context: dg.AssetExecutionContext,
        landing_files: pl.DataFrame,
        landing_days: pl.DataFrame,
        repeated_statements: StoredTable,
        raw_exchange_rates: pl.DataFrame,
    ) -> PublishEvents:
        rates = rates_of_days(settings, raw_exchange_rates, landing_days)
        fingerprints = day_fingerprints(landing_days, rates)
        records = landing_days.group_by("event_date").agg(pl.col("records").sum())
        inputs = {day: DayInput(rows, fingerprints[day]) for day, rows in records.iter_rows()}

        known: set[Path] = set()

        def build(days: Days) -> Frames:
            touched = landing_days.filter(days.among("event_date"))
            ledger = landing_files.filter(pl.col("path").is_in(touched["path"].unique().to_list()))
            files = staged_files(settings, sources, ledger, EVENT_KINDS, known, context.log.warning)
            repeated = repeated_statements.matching(touched.select("event_date").unique(), STATEMENT_COLUMNS)
            fates = fates_of_days(touched, repeated, sources)
            staged = [path for _, path in files]
            records = records_of_days(staged, days, rates, settings.base_currency, fates)
            whole = with_conflicting_records(records.collect(engine="streaming"), ledger, settings.landing_dir, sources)
            return {RawEvents: whole.lazy()}

        yield from publish_days(context, RAW_EVENTS, build, inputs)

    @table_asset(REJECTED_RECORDS, site)
    def rejected_records(context: dg.AssetExecutionContext, landing_files: pl.DataFrame) -> PublishEvents:
        files = staged_files(settings, sources, landing_files, tuple(REFERENCE_TABLES), tell=context.log.warning)
        input_id = readings_fingerprint(landing_files, tuple(REFERENCE_TABLES))
        yield from publish(context, RejectedRecords, rejected_of(files), input_id=input_id)

    def reference_table(kind: SourceKind, step: Step) -> dg.AssetsDefinition:
        (contract,) = step.makes

        def newest(context: dg.AssetExecutionContext, landing_files: pl.DataFrame) -> PublishEvents:
            files = staged_files(settings, sources, landing_files, (kind,), tell=context.log.warning)
            paths = [path for _, path in files]
            records = reference_records(kind, paths)
            yield from publish(context, contract, records, input_id=readings_fingerprint(landing_files, (kind,)))

        newest.__name__ = step.name
        return table_asset(step, site)(newest)

    references = [reference_table(kind, step) for kind, step in REFERENCES.items()]
    return [read_landing, raw_events, rejected_records, *references]


def _verification(asked: str | None) -> Verification | None:
    """Return what a run with this value of the tag verifies; None without the tag."""
    if asked is None:
        return None
    return Verification(date.min if asked == "all" else date.fromisoformat(asked))


def _found(verification: Verification) -> dict[str, int | str]:
    """Return what a verification found, for the ledger's materialisation."""
    named = {"files that differed": verification.differed, "readings made again": verification.remade}
    words = {f"{what}, by path": "; ".join(paths[:MAX_REMARKS]) for what, paths in named.items() if paths}
    return {"files verified": verification.files, **{what: len(paths) for what, paths in named.items()}, **words}


def _readable_check() -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        "readable",
        asset=["ingest", "landing_files"],
        description="Every landing file could be read to its end; what could be read of the others is kept.",
    )


def _readable_result(files: pl.DataFrame) -> dg.AssetCheckResult:
    """Return the check of the files: ERROR for failed and damaged ones, WARN for what people should look at.

    That is an empty file, one that is refused unread, rejected records, and a remark that asks for something.
    """
    bad = files.filter(pl.col("status").is_in(["failed", "damaged"]))
    doubtful = files.filter(pl.col("status").is_in(["empty", "refused"]) | (pl.col("rejected") > 0))
    told = pl.concat([bad, doubtful]).unique("path", maintain_order=True).head(20)
    lines = [
        f"{path}: {message or f'{rejected} records rejected'}"
        for path, message, rejected in told.select("path", "message", "rejected").iter_rows()
    ]
    remarks = files.select("path", "remarks").explode("remarks").drop_nulls().rename({"remarks": "remark"})
    lines += [f"{path}: {remark}" for path, remark in remarks.head(MAX_REMARKS).iter_rows()]
    asking = remarks.filter(~pl.col("remark").str.ends_with(HARMLESS))
    return dg.AssetCheckResult(
        asset_key=["ingest", "landing_files"],
        check_name="readable",
        passed=bad.is_empty() and doubtful.is_empty() and asking.is_empty(),
        severity=dg.AssetCheckSeverity.WARN if bad.is_empty() else dg.AssetCheckSeverity.ERROR,
        metadata={
            "files": files.filter(~pl.col("status").is_in(["passed_over", "refused"])).height,
            "not read": files.filter(pl.col("status").is_in(["passed_over", "refused"])).height,
            "failed or damaged": bad.height,
            "rejected records": int(files["rejected"].sum()),
            "records left out by where": int(files["left_out"].sum()),
            "remarks": remarks.height,
            **({"problems": dg.MetadataValue.md("\n".join(f"- {line}" for line in lines))} if lines else {}),
        },
    )
