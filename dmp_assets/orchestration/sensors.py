"""What runs because something landed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dmp_assets.foundation.publishing.failures import guarded
from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.foundation.warehouse.connection import Warehouse, WarehouseBusyError
from dmp_assets.operations.liveness import reap_dead_runs
from dmp_assets.orchestration.stale_tables import in_words
from dmp_assets.orchestration.staleness import Pending, pending_work

AT_WORK = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def landing_sensor(
    settings: Settings,
    sources: Mapping[str, Source],
    warehouse: Warehouse,
    jobs: Sequence[UnresolvedAssetJobDefinition],
) -> dg.SensorDefinition:
    """Return the sensor that reads new files into the ledger, then requests exactly the days they touch."""

    @dg.sensor(
        name="landing",
        jobs=jobs,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reads new landing files into the ledger, then rebuilds exactly the days that they touch.",
    )
    @guarded(lambda *_: "the sensor of the landing folder")
    def landing(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        reap_dead_runs(context.instance, settings.data_dir)
        if context.instance.get_runs(dg.RunsFilter(statuses=AT_WORK), limit=1):
            yield dg.SkipReason("A run is at work; what is open afterwards is requested then.")
            return
        try:
            pending = pending_work(settings, sources, warehouse)
        except WarehouseBusyError as busy:
            yield dg.SkipReason(str(busy))
            return
        for line in in_words(pending.stale):
            context.log.info(line)
        for waiting in pending.waiting:
            context.log.warning(str(waiting))
        if pending.is_nothing:
            but = "".join(f" But {waiting}." for waiting in pending.waiting)
            yield dg.SkipReason(f"Every table is what the landing files, the settings and the code say.{but}")
        yield from _requests(pending, datetime.now(UTC))

    return landing


def _requests(pending: Pending, now: datetime) -> Iterator[dg.RunRequest]:
    # Equal work of an equal cause is requested once an hour: a full disk may have been cleared by then. A step that
    # fails for a reason that will not pass is booked, and no open work until its files, code or settings change.
    for run in pending.runs:
        days = "" if run.days is None else f" {run.days[0]} to {run.days[1]}"
        yield dg.RunRequest(
            run_key=f"{run.job}{days} {pending.cause}, {now:%Y-%m-%d %H}h",
            job_name=run.job,
            tags=run.tags,
            asset_selection=[dg.AssetKey(one) for one in run.asset_keys],
        )
