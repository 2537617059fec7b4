"""Running jobs from the command line, in this process, on the same instance as the UI."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg

from dmp_assets.commands.terminal import as_typed
from dmp_assets.definitions import build_definitions
from dmp_assets.domains import TABLES
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.operations.home import open_instance, prepare_home
from dmp_assets.orchestration.layouts import upgrade_warehouse
from dmp_assets.orchestration.publication import publish_tables
from dmp_assets.orchestration.stale_tables import in_words
from dmp_assets.orchestration.staleness import REFRESH, Pending, day_tags, pending_work

DAGSTER_CONFIG = bundled("dagster.yaml")
WORKSPACE = bundled("workspace.yaml")

MAX_ROUNDS = 6
"""Ledger, reference tables, days and snapshots, and whatever those leave open; more means that nothing settles."""


class RunFailedError(RuntimeError):
    """A run did not succeed; the message names it."""


@dataclass
class Platform:
    """The code location for one configuration, ready to be run in this process, on a folder of this layout.

    Raises:
        LayoutError: The folder is newer than this code, or its upgrade would lose something.
        WarehouseBusyError: Another process holds the warehouse.
    """

    settings: Settings
    tell: Callable[[str], object] = print
    """Takes one line for each change of an upgrade and each table that is made again."""
    definitions: dg.Definitions = field(init=False)
    failed_checks: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.warehouse = Warehouse(database=str(self.settings.warehouse_path))
        upgrade_warehouse(self.warehouse, TABLES, self.tell)
        prepare_home(self.settings.data_dir, DAGSTER_CONFIG)
        self.definitions = build_definitions(self.settings)
        self.instance = open_instance()

    def bring_up_to_date(self) -> int:
        """Run what is open until every table is what the landing files say, and return the number of runs.

        Before it makes tables again, it reports which, why, and how much of them.

        Raises:
            RunFailedError: A run failed; what was committed stays, and the published file stays as it was.
        """
        runs = 0
        for _ in range(MAX_ROUNDS):
            pending = self.pending()
            for line in in_words(pending.stale):
                self.tell(line)
            for run in pending.runs:
                self.run(run.job, run.tags, run.asset_keys)
            if pending.is_nothing:
                break
            runs += len(pending.runs)
        publish_tables(self.settings, self.warehouse)
        return runs

    def backfill(self, first: date, last: date) -> None:
        """Rebuild a range of days, both ends included, and all that is made from them, in one run."""
        self.run(REFRESH, day_tags(first, last))

    def pending(self) -> Pending:
        """Return the open work."""
        return pending_work(self.settings, check_sources(self.settings.sources), self.warehouse)

    def run(
        self, job_name: str, tags: Mapping[str, str] | None = None, asset_keys: Sequence[Sequence[str]] = ()
    ) -> None:
        """Run one job, or some of its assets, to its end, and remember the checks that did not pass.

        Raises:
            RunFailedError: It did not succeed.
        """
        job = self.definitions.resolve_job_def(job_name)
        silent: dict[str, Any] = {"loggers": {"console": {}}}
        result = job.execute_in_process(
            instance=self.instance,
            tags=dict(tags or {}),
            raise_on_error=False,
            run_config=silent,
            asset_selection=[dg.AssetKey(one) for one in asset_keys] or None,
        )
        if not result.success:
            failed = ", ".join(str(event.step_key) for event in result.all_events if event.is_step_failure)
            raise RunFailedError(
                f"run {result.run_id} of job {job_name} failed in {failed}; `{as_typed('dev')}` shows it"
            )
        for check in result.get_asset_check_evaluations():
            name = f"{check.asset_key.to_user_string()}: {check.check_name}"
            self.failed_checks.discard(name)
            if not check.passed:
                self.failed_checks.add(name)
