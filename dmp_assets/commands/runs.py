"""Running jobs from the command line, in this process, on the same instance as the UI."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from dmp_assets.definitions import build_definitions, publish_tables, table_parents
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.operations.home import open_instance, prepare_home
from dmp_assets.orchestration.jobs import LANDING, REFRESH, SNAPSHOTS
from dmp_assets.orchestration.staleness import Pending, day_tags, pending_work

PROJECT_DIR = Path(__file__).resolve().parents[2]
DAGSTER_CONFIG = PROJECT_DIR / "dagster.yaml"
WORKSPACE = PROJECT_DIR / "workspace.yaml"

MAX_ROUNDS = 5
"""Ledger, days, snapshots, and days again where reference files changed them; more means that nothing settles."""


class RunFailedError(RuntimeError):
    """A run did not succeed; the message names it."""


@dataclass
class Platform:
    """The code location for one configuration, ready to be run in this process."""

    settings: Settings
    definitions: dg.Definitions = field(init=False)
    failed_checks: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        prepare_home(self.settings.data_dir, DAGSTER_CONFIG)
        self.definitions = build_definitions(self.settings)
        self.warehouse = Warehouse(database=str(self.settings.warehouse_path))
        self.instance = open_instance()

    def bring_up_to_date(self) -> int:
        """Run what is open until every table is what the landing files say, and return the number of runs.

        The ledger first, because it says which days are stale; then the stale days; then the snapshots.

        Raises:
            RunFailedError: A run failed; what was committed stays, and the published file stays as it was.
        """
        runs = 0
        for _ in range(MAX_ROUNDS):
            pending = self.pending()
            if pending.is_nothing:
                break
            if pending.is_landing_stale:
                self.run(LANDING)
                runs += 1
            elif pending.day_ranges:
                for job, first, last in pending.day_runs:
                    self.run(job, day_tags(first, last))
                runs += len(pending.day_ranges)
            else:
                self.run(SNAPSHOTS)
                runs += 1
        publish_tables(self.settings, self.warehouse)
        return runs

    def backfill(self, first: date, last: date) -> None:
        """Rebuild a range of days, both ends included, and all that is made from them, in one run."""
        self.run(REFRESH, day_tags(first, last))

    def pending(self) -> Pending:
        """Return the open work."""
        sources = check_sources(self.settings.sources)
        assets = [asset for asset in self.definitions.assets or [] if isinstance(asset, dg.AssetsDefinition)]
        return pending_work(self.settings, sources, self.warehouse, table_parents(assets))

    def run(self, job_name: str, tags: Mapping[str, str] | None = None) -> None:
        """Run one job to its end, and remember the checks that did not pass.

        Raises:
            RunFailedError: It did not succeed.
        """
        job = self.definitions.resolve_job_def(job_name)
        silent: dict[str, Any] = {"loggers": {"console": {}}}
        result = job.execute_in_process(
            instance=self.instance, tags=dict(tags or {}), raise_on_error=False, run_config=silent
        )
        if not result.success:
            failed = ", ".join(str(event.step_key) for event in result.all_events if event.is_step_failure)
            raise RunFailedError(f"run {result.run_id} of job {job_name} failed in {failed}; `make dev` shows it")
        for check in result.get_asset_check_evaluations():
            name = f"{check.asset_key.to_user_string()}: {check.check_name}"
            self.failed_checks.discard(name)
            if not check.passed:
                self.failed_checks.add(name)
