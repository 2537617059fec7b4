"""Resources of the code location: what a run works with."""

import shutil
from collections.abc import Iterator, Mapping

import dagster as dg

from dmp_assets.domains import CONTRACTS, STEPS, TABLES
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.steps import MadeBy, fingerprints_by_table
from dmp_assets.operations.liveness import hold_run_lock
from dmp_assets.operations.memory import return_freed_memory
from dmp_assets.orchestration.layouts import upgrade_warehouse
from dmp_assets.orchestration.publication import publish_tables


def warehouse_io_manager(settings: Settings, made_by: Mapping[str, MadeBy]) -> dg.IOManagerDefinition:
    """Return the IO manager, which brings the analysts' file up to date when a run has ended well."""
    of_tables = fingerprints_by_table(STEPS, made_by)

    def manage(context: dg.InitResourceContext) -> Iterator[WarehouseIOManager]:
        run_id = context.run.run_id if context.run else "no-run"
        hold_run_lock(settings.data_dir, run_id)
        return_freed_memory()
        warehouse: Warehouse = context.resources.warehouse.warehouse
        run_dir = settings.staging_dir / "runs" / run_id
        manager = WarehouseIOManager(warehouse, CONTRACTS, run_dir, settings.window_records, of_tables)
        with warehouse.get_connection():  # opened once for both
            upgrade_warehouse(warehouse, TABLES, context.log.info if context.log else print)
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
    return dg.IOManagerDefinition(resource_fn=manage, description=words, required_resource_keys={"warehouse"})  # type: ignore[arg-type]


def _has_failed_step(context: dg.InitResourceContext) -> bool:
    """Return whether a step of the run failed.

    Readers must not see half a run. What it committed is published by the next run that ends well.
    """
    if context.instance is None or context.run is None:
        return False
    failed = context.instance.get_records_for_run(
        context.run.run_id, of_type={dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_CANCELING}, limit=1
    )
    return bool(failed.records)
