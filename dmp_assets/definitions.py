"""The only assembly point: settings in, Dagster definitions out. Importing it is the only work at import."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg

from dmp_assets.campaigns.assets import campaigns_assets
from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets.events.assets import CLEANED_TABLES, events_assets
from dmp_assets.events.schema import DailyActivity, Sessions
from dmp_assets.foundation.publishing.checks import day_checks, sql_checks
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.published import Published, publish_file
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.identity.assets import PERSON_TABLES, identity_assets
from dmp_assets.identity.schema.persons import DailyEdges
from dmp_assets.identity.schema.resolution import SuggestedEdges
from dmp_assets.ingest.assets import ingest_assets
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.schema.campaigns import RawAdSpend, RawCampaignAudiences, RawCampaigns
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords
from dmp_assets.ingest.schema.people import RawConsents, RawCustomers, RawSurveyAnswers, RawThirdPartyAttributes
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.operations.console import console_logger
from dmp_assets.operations.liveness import hold_run_lock
from dmp_assets.operations.memory import return_freed_memory
from dmp_assets.orchestration.jobs import build_jobs
from dmp_assets.orchestration.partitions import daily_partitions
from dmp_assets.orchestration.schedules import daily_schedule
from dmp_assets.orchestration.sensors import landing_sensor
from dmp_assets.profiles.assets import BEHAVIOUR, profiles_assets
from dmp_assets.profiles.schema.statements import ComputedTraits
from dmp_assets.profiles.statements.assets import STATEMENTS, statements_assets
from dmp_assets.profiles.traits.assets import traits_assets
from dmp_assets.quality.assets import quality_assets
from dmp_assets.quality.schema import ColumnProfiles, Quality
from dmp_assets.recommendations.assets import TABLES as RECOMMENDATION_TABLES
from dmp_assets.recommendations.assets import recommendations_assets
from dmp_assets.segments.assets import segments_assets
from dmp_assets.segments.schema import Memberships, Segments

CONTRACTS: tuple[Contract, ...] = (
    LandingFiles,
    LandingDays,
    RawExchangeRates,
    RawEvents,
    RawCustomers,
    RawItems,
    RawCampaigns,
    RawCampaignAudiences,
    RawAdSpend,
    RawConsents,
    RawSurveyAnswers,
    RawThirdPartyAttributes,
    RejectedRecords,
    *CLEANED_TABLES.values(),
    Sessions,
    DailyActivity,
    DailyEdges,
    *PERSON_TABLES.values(),
    SuggestedEdges,
    *BEHAVIOUR.values(),
    *STATEMENTS.values(),
    ComputedTraits,
    Segments,
    Memberships,
    *RECOMMENDATION_TABLES.values(),
    CampaignRoi,
    ColumnProfiles,
    Quality,
)
"""Every table, in the order in which data flows."""

SQL_DIR = Path(__file__).resolve().parent.parent / "sql"


def build_definitions(settings: Settings) -> dg.Definitions:
    """Return the code location for the given settings; nothing is read but ``sql/``."""
    daily = daily_partitions(settings)
    sources = check_sources(settings.sources)
    warehouse = Warehouse(database=str(settings.warehouse_path))
    jobs = build_jobs(CONTRACTS)
    assets = [
        *ingest_assets(settings, daily),
        *events_assets(daily),
        *identity_assets(settings, daily),
        *profiles_assets(settings),
        *statements_assets(),
        *traits_assets(settings),
        *segments_assets(),
        *recommendations_assets(settings),
        *campaigns_assets(settings),
        *quality_assets(settings, daily),
    ]
    return dg.Definitions(
        assets=assets,
        asset_checks=[sql_checks(SQL_DIR / "checks"), day_checks(CONTRACTS, settings.end_date)],
        jobs=jobs,
        schedules=[daily_schedule(settings)],
        sensors=[landing_sensor(settings, sources, warehouse, table_parents(assets), jobs)],
        resources={"io_manager": warehouse_io_manager(settings, warehouse)},
        # One process, one writer: 4.6 times faster on a chain of 8 assets than a process per step.
        executor=dg.in_process_executor,
        loggers={"console": console_logger},
    )


def warehouse_io_manager(settings: Settings, warehouse: Warehouse) -> dg.IOManagerDefinition:
    """Return the IO manager; when a run has ended well, it brings the analysts' file up to date."""

    def manage(context: dg.InitResourceContext) -> Iterator[WarehouseIOManager]:
        run_id = context.run.run_id if context.run else "no-run"
        hold_run_lock(settings.data_dir, run_id)
        return_freed_memory()
        run_dir = settings.staging_dir / "runs" / run_id
        manager = WarehouseIOManager(warehouse, CONTRACTS, run_dir, settings.window_records)
        manager.create_tables()
        try:
            yield manager
        finally:
            shutil.rmtree(run_dir, ignore_errors=True)
        if not _has_failed_step(context):
            published = publish_tables(settings, warehouse)
            if published.is_new and context.log is not None:
                context.log.info(f"published {settings.published_path.name}, generation {published.generation}")

    words = "Tables in the warehouse, one transaction per write; the analysts' file after each run."
    return dg.IOManagerDefinition(resource_fn=manage, description=words)  # type: ignore[arg-type]


def publish_tables(settings: Settings, warehouse: Warehouse) -> Published:
    """Bring the analysts' file up to date with what has been committed."""
    return publish_file(warehouse, settings.published_path, all_tables(), read_sql_files(SQL_DIR / "views"))


def table_parents(assets: Sequence[dg.AssetsDefinition]) -> dict[Table, list[Table]]:
    """Return every table with the tables it is made from, as the assets say."""
    by_key = {dg.AssetKey(table.asset_key): table for table in all_tables()}
    return {
        by_key[key]: [by_key[parent] for parent in sorted(asset.asset_deps[key])]
        for asset in assets
        for key in asset.keys
    }


def all_tables() -> Sequence[Table]:
    """Return every table, in the order in which data flows."""
    return [Table(contract) for contract in CONTRACTS]


def _has_failed_step(context: dg.InitResourceContext) -> bool:
    """Return whether a step of the run failed: half a run is not published, the next good one takes it along."""
    if context.instance is None or context.run is None:
        return False
    failed = context.instance.get_records_for_run(
        context.run.run_id, of_type={dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_CANCELING}, limit=1
    )
    return bool(failed.records)


defs = build_definitions(load_settings())
