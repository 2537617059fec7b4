"""When things run by the clock."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from dmp_assets.foundation.settings.activation import load_destinations
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.ingest.landing.ledger import VERIFY_TAG
from dmp_assets.orchestration.names import WHAT_TAG, in_words, of_days
from dmp_assets.orchestration.staleness import LANDING, ONLY_STALE, REFRESH


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that rebuilds yesterday every morning at 03:15 by the business's clocks.

    Where they skip or repeat 03:15, as those of Athens do once a year each, Dagster asks once: at the next time that
    they show, or at the second of the two.
    """

    @dg.schedule(
        name="daily",
        job_name=REFRESH,
        cron_schedule="15 3 * * *",
        execution_timezone=settings.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Rebuilds yesterday, whether or not new files were seen, so that every day is a partition.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        # The tick's own day, whenever it is evaluated: a daemon that was down catches up on ticks of earlier days.
        tick = context.scheduled_execution_time.astimezone(ZoneInfo(settings.time_zone))
        yesterday = tick.date() - timedelta(days=1)
        if yesterday < settings.start_date:
            return dg.SkipReason(f"{yesterday} is before start_date {settings.start_date} in dmp.yaml")
        if settings.end_date is not None and yesterday > settings.end_date:
            return dg.SkipReason(
                f"{yesterday} is after end_date {settings.end_date} in dmp.yaml: the data set is closed"
            )
        what = {WHAT_TAG: f"{of_days([yesterday])}, as every morning"}
        return dg.RunRequest(run_key=yesterday.isoformat(), partition_key=yesterday.isoformat(), tags=what)

    return daily


def weekly_backfill(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that verifies the files of the newest days once a week, off unless ``dmp.yaml`` says so.

    It requests the ledger alone: every file of those days is hashed, and every staged reading of them is held against
    its checksum. What differs is stale from then on, so the sensor requests those days and leaves the rest alone. The
    ledger's materialisation says how many files were verified, and which differed.
    """
    chosen = settings.scheduled_backfill
    status = dg.DefaultScheduleStatus.RUNNING if chosen.enabled else dg.DefaultScheduleStatus.STOPPED

    @dg.schedule(
        name="weekly_backfill",
        job_name=LANDING,
        cron_schedule=f"30 {chosen.hour} * * {chosen.day[:3]}",
        execution_timezone=settings.time_zone,
        default_status=status,
        description=f"Verifies the files of the newest {chosen.days} days; those that differ are made again.",
    )
    def weekly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        tick = context.scheduled_execution_time.astimezone(ZoneInfo(settings.time_zone)).date()
        # Of a data set that is closed the newest days are its last, however long ago.
        last = tick if settings.end_date is None else min(tick, settings.end_date)
        first = last - timedelta(days=chosen.days - 1)
        what = f"verify the files since {in_words(first)}"
        tags = {WHAT_TAG: what, VERIFY_TAG: first.isoformat(), ONLY_STALE: "true"}
        return dg.RunRequest(run_key=f"verify {tick}", tags=tags)

    return weekly


def deliveries(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Return one schedule for each destination of ``activation.yaml`` that has one; it delivers its audiences."""
    found = []
    for name, destination in load_destinations(settings.activation).items():
        if (chosen := destination.schedule) is None:
            continue
        found.append(
            dg.ScheduleDefinition(
                name=f"deliver_{name}",
                target=dg.AssetSelection.assets(["activation", name]),
                cron_schedule=f"45 {chosen.hour} * * {chosen.day[:3] if chosen.day else '*'}",
                execution_timezone=settings.time_zone,
                default_status=dg.DefaultScheduleStatus.RUNNING,
                description=f"Delivers the audiences of {name}: who left, objected or is suppressed is out.",
            )
        )
    return found
