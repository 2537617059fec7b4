"""When things run by the clock."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.orchestration.staleness import REFRESH


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
        return dg.RunRequest(run_key=yesterday.isoformat(), partition_key=yesterday.isoformat())

    return daily
