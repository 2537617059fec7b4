"""Running jobs from the command line, in this process, on the same instance as the UI."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import dagster as dg

from dmp_assets.definitions import MODELS, build_definitions, publish_tables
from dmp_assets.ingest.mapping import check_source
from dmp_assets.jobs import LANDING, REFRESH, SNAPSHOTS
from dmp_assets.operations.home import prepare_home
from dmp_assets.settings import Settings
from dmp_assets.staleness import day_tags, pending_work
from dmp_assets.warehouse.connection import Warehouse

PROJECT_DIR = Path(__file__).resolve().parent.parent
DAGSTER_CONFIG = PROJECT_DIR / "dagster.yaml"
WORKSPACE = PROJECT_DIR / "workspace.yaml"


class RunFailedError(RuntimeError):
    """A run did not succeed; the message names it."""


def bring_up_to_date(settings: Settings) -> int:
    """Run what is open until every table is what the landing files say, and return the number of runs.

    The ledger first, because it says which days are stale; then each range of days; then the snapshots.

    Raises:
        RunFailedError: A run failed; what was committed stays, and the published file stays as it was.
    """
    warehouse = Warehouse(database=str(settings.warehouse_path))
    sources = {name: check_source(name, source) for name, source in settings.sources.items()}
    runs = 0
    pending = pending_work(settings, sources, warehouse, MODELS)
    if pending.is_landing_stale:
        run_job(settings, LANDING)
        runs += 1
        pending = pending_work(settings, sources, warehouse, MODELS)
    for first, last in pending.day_ranges:
        run_job(settings, REFRESH, day_tags(first, last))
        runs += 1
    if not pending.day_ranges and pending.is_snapshot_stale:
        run_job(settings, SNAPSHOTS)
        runs += 1
    publish_tables(settings, warehouse)
    return runs


def backfill(settings: Settings, first: date, last: date) -> None:
    """Rebuild a range of days, both ends included, and all that is made from them, in one run."""
    run_job(settings, REFRESH, day_tags(first, last))


def run_job(settings: Settings, name: str, tags: Mapping[str, str] | None = None) -> None:
    """Run one job to its end in this process.

    Raises:
        RunFailedError: It did not succeed.
    """
    prepare_home(settings.data_dir, DAGSTER_CONFIG)
    job = build_definitions(settings).resolve_job_def(name)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            instance=instance, tags=dict(tags or {}), raise_on_error=False, run_config={"loggers": {"console": {}}}
        )
    if not result.success:
        failed = [event.step_key for event in result.all_events if event.is_step_failure]
        raise RunFailedError(
            f"run {result.run_id} of job {name} failed in {', '.join(map(str, failed))}; `make dev` shows it"
        )
