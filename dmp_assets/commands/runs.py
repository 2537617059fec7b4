"""Running jobs from the command line, in this process, on the same instance as the UI."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.utils import make_new_run_id

from dmp_assets.commands.outcome.checks import FailedCheck
from dmp_assets.commands.terminal import as_typed
from dmp_assets.definitions import build_definitions
from dmp_assets.domains import STEPS, TABLES
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.ingest.landing.ledger import VERIFY_TAG
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.operations.home import open_instance, prepare_home
from dmp_assets.operations.liveness import hold_run_lock
from dmp_assets.operations.progress import begin, shown_now
from dmp_assets.operations.trouble import TroubleError, trouble_of_run
from dmp_assets.orchestration.layouts import upgrade_warehouse
from dmp_assets.orchestration.names import WHAT_TAG, of_days
from dmp_assets.orchestration.publication import publish_tables
from dmp_assets.orchestration.stale_tables import in_words
from dmp_assets.orchestration.staleness import LANDING, ONLY_STALE, REFRESH, Pending, day_tags, pending_work

DAGSTER_CONFIG = bundled("dagster.yaml")
WORKSPACE = bundled("workspace.yaml")

MAX_ROUNDS = 4
"""The ledger, one run of all that is stale, and what a file leaves open that lands meanwhile."""


class RunFailedError(RuntimeError):
    """A step did not succeed; the message names it and the cause."""


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
    failed_checks: dict[str, FailedCheck] = field(default_factory=dict)
    """The checks that did not pass when they were last asked, by asset and name."""

    def __post_init__(self) -> None:
        self.warehouse = Warehouse(database=str(self.settings.warehouse_path))
        upgrade_warehouse(self.warehouse, TABLES, self.tell)
        prepare_home(self.settings.data_dir, DAGSTER_CONFIG)
        self.definitions = build_definitions(self.settings)
        self.instance = open_instance()

    def bring_up_to_date(self, *, retry: bool = False, verify: bool = False) -> int:
        """Run what is open until every table is what the landing files say, and return the number of runs.

        Before it makes tables again, it reports which, why, and how much of them. Tables that wait for a failed step
        are published as they are, beside the others.

        Args:
            retry: Try failed steps again, although nothing changed for them.
            verify: Hash all bytes of files, staged records and stored days first.

        Raises:
            RunFailedError: A step failed. The message names it, its tables and the cause.
        """
        runs = 0
        if verify:
            self.run(LANDING, {WHAT_TAG: "verify all files", VERIFY_TAG: "all", ONLY_STALE: "true"})
            runs += 1
        for _ in range(MAX_ROUNDS):
            begin("looking for what is open")
            pending = self.pending(retry=retry and runs == verify)
            for line in in_words(pending.stale):
                self.tell(line)
            for run in pending.runs:
                failed = self.execute(run.job, run.tags, run.asset_keys)
                # A failure that is not booked may pass, and the same work would be open again at once.
                booked = {one.step.name for one in self.pending().waiting} if failed else set()
                if failed.keys() - booked:
                    raise _failure(failed)
            if pending.is_nothing:
                break
            runs += len(pending.runs)
        begin("publishing the analysts' file")
        publish_tables(self.settings, self.warehouse)
        if pending.waiting:
            raise RunFailedError("\n".join(map(str, pending.waiting)))
        return runs

    def backfill(self, first: date, last: date) -> int:
        """Rebuild a range of days, both ends included, and all made from them; return the number of runs: 1."""
        what = of_days(list(Days(first, last).each()))
        self.run(REFRESH, {WHAT_TAG: f"{what}, asked for", **day_tags(first, last)})
        return 1

    def pending(self, *, retry: bool = False) -> Pending:
        """Return the open work."""
        return pending_work(self.settings, check_sources(self.settings.sources), self.warehouse, retry=retry)

    def run(
        self, job_name: str, tags: Mapping[str, str] | None = None, asset_keys: Sequence[Sequence[str]] = ()
    ) -> None:
        """Run one job, or some of its assets, to its end, and remember the checks that did not pass.

        Raises:
            RunFailedError: It did not succeed.
            TroubleError: Nor could it: a full disk, a damaged file, another process.
        """
        if failed := self.execute(job_name, tags, asset_keys):
            raise _failure(failed)

    def execute(
        self, job_name: str, tags: Mapping[str, str] | None, asset_keys: Sequence[Sequence[str]]
    ) -> dict[str, str]:
        """Run one job, and return its failed steps, each with the cause in words."""
        job = self.definitions.resolve_job_def(job_name)
        silent: dict[str, Any] = {"loggers": {"console": {}}}
        if (progress := shown_now()) is not None:
            progress.begin(f"loading {job_name}")
            keys = {tuple(key) for key in asset_keys}
            # Beside the assets' own steps there are two, of checks.
            progress.plan(2 + sum(any(tuple(t.asset_key) in keys for t in s.tables) for s in STEPS))
        run_id = make_new_run_id()
        hold_run_lock(self.settings.data_dir, run_id)  # before the run is booked: a kill in between leaves no riddle
        result = job.execute_in_process(
            run_id=run_id,
            instance=self.instance,
            tags=dict(tags or {}),
            raise_on_error=False,
            run_config=silent,
            asset_selection=[dg.AssetKey(one) for one in asset_keys] or None,
        )
        for check in result.get_asset_check_evaluations():
            name = f"{check.asset_key.to_user_string()}: {check.check_name}"
            self.failed_checks.pop(name, None)
            if not check.passed:
                is_warning = check.severity is dg.AssetCheckSeverity.WARN
                facts = {key: value.value for key, value in check.metadata.items()}
                asset = check.asset_key.to_user_string()
                self.failed_checks[name] = FailedCheck(asset, check.check_name, is_warning, facts)
        if result.success:
            return {}
        if (trouble := trouble_of_run(result.all_events, self.settings)) is not None:
            raise TroubleError(trouble)
        causes = {str(event.step_key): _cause(event) for event in result.all_events if event.is_step_failure}
        return causes or {f"run {result.run_id}": f"it ended without success; `{as_typed('dev')}` shows it"}


def _cause(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    return "failed" if data.error is None else data.error.cls_name or "failed"


def _failure(failed: Mapping[str, str]) -> RunFailedError:
    return RunFailedError("\n".join(failed.values()))
