"""Resources of the code location: what a run works with."""

import shutil
from collections.abc import Iterator, Mapping

import dagster as dg

from dmp_assets.domains import CONTRACTS, STEPS, TABLES
from dmp_assets.foundation.publishing.failures import guarded
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.steps import MadeBy, fingerprints_by_table
from dmp_assets.ingest.landing.ledger import VERIFY_TAG
from dmp_assets.operations.liveness import hold_run_lock
from dmp_assets.operations.memory import return_freed_memory
from dmp_assets.operations.stopping import is_stopping
from dmp_assets.orchestration.layouts import upgrade_warehouse
from dmp_assets.orchestration.publication import publish_settled, publish_tables
from dmp_assets.orchestration.run_work import RunWork
from dmp_assets.orchestration.staleness import ONLY_STALE
from dmp_assets.orchestration.verifying import verify_stored_days


def warehouse_io_manager(settings: Settings, made_by: Mapping[str, MadeBy]) -> dg.IOManagerDefinition:
    """Return the IO manager, which brings the analysts' file up to date when a run has ended."""
    of_tables = fingerprints_by_table(STEPS, made_by)

    @guarded(lambda *_: "opening the warehouse, or publishing the analysts' file")
    def manage(context: dg.InitResourceContext) -> Iterator[WarehouseIOManager]:
        run_id = context.run.run_id if context.run else "no-run"
        is_part = context.run is not None and ONLY_STALE in context.run.tags
        hold_run_lock(settings.data_dir, run_id)
        return_freed_memory()
        warehouse: Warehouse = context.resources.warehouse.warehouse
        run_dir = settings.staging_dir / "runs" / run_id
        work = RunWork(settings, warehouse, made_by, only_stale=is_part)
        manager = WarehouseIOManager(warehouse, CONTRACTS, run_dir, settings.window_records, of_tables, work)
        with warehouse.get_connection():  # opened once for both
            upgrade_warehouse(warehouse, TABLES, context.log.info if context.log else print)
            manager.create_tables()
        if context.run is not None and (asked := context.run.tags.get(VERIFY_TAG)):
            verify_stored_days(settings, warehouse, asked, run_id, context.log.warning if context.log else print)
        try:
            yield manager
        finally:
            shutil.rmtree(run_dir, ignore_errors=True)
        if is_stopping() or _is_canceled(context):
            return
        # What somebody asked for by hand is published at once. A run of what was stale may be one of two.
        published = publish_settled(settings, warehouse) if is_part else publish_tables(settings, warehouse)
        if published is not None and published.is_new and context.log is not None:
            context.log.info(f"published {settings.published_path.name}, generation {published.generation}")

    words = "Tables in the warehouse, one transaction per write; the analysts' file after each run."
    return dg.IOManagerDefinition(resource_fn=manage, description=words, required_resource_keys={"warehouse"})  # type: ignore[arg-type]


def _is_canceled(context: dg.InitResourceContext) -> bool:
    """Return whether somebody stopped the run: what it committed is published by the next run that ends."""
    if context.instance is None or context.run is None:
        return False
    found = context.instance.get_records_for_run(context.run.run_id, of_type=dg.DagsterEventType.RUN_CANCELING, limit=1)
    return bool(found.records)
