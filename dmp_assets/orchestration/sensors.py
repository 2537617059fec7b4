"""What runs because something landed."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.foundation.warehouse.connection import Warehouse, WarehouseBusyError
from dmp_assets.ingest.landing.ledger import landing_signature
from dmp_assets.orchestration.jobs import LANDING, SNAPSHOTS
from dmp_assets.orchestration.staleness import Parents, day_tags, pending_work

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
    parents: Parents,
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
    def landing(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if context.instance.get_runs(dg.RunsFilter(statuses=AT_WORK), limit=1):
            yield dg.SkipReason("A run is at work; what is open afterwards is requested then.")
            return
        try:
            pending = pending_work(settings, sources, warehouse, parents)
        except WarehouseBusyError as busy:
            yield dg.SkipReason(str(busy))
            return
        # Equal work after equal history is requested once: a run that fails for a reason waits for a person.
        history = f"after commit {pending.newest_commit}"
        if pending.is_landing_stale:
            yield dg.RunRequest(run_key=f"landing {landing_signature(settings.landing_dir)}", job_name=LANDING)
        elif pending.day_ranges:
            for job, first, last in pending.day_runs:
                yield dg.RunRequest(run_key=f"{first} to {last} {history}", job_name=job, tags=day_tags(first, last))
        elif pending.is_snapshot_stale:
            yield dg.RunRequest(run_key=f"snapshots {history}", job_name=SNAPSHOTS)
        else:
            yield dg.SkipReason("Every table is what the landing files say.")

    return landing
