"""When things run by the clock."""

from datetime import timedelta

import dagster as dg

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.orchestration.staleness import REFRESH


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that rebuilds yesterday every morning at 03:15 UTC."""

    @dg.schedule(
        name="daily",
        job_name=REFRESH,
        cron_schedule="15 3 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Rebuilds yesterday (UTC), whether or not new files were seen, so that every day is a partition.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        if yesterday < settings.start_date:
            return dg.SkipReason(f"{yesterday} is before start_date {settings.start_date} in dmp.yaml")
        if settings.end_date is not None and yesterday > settings.end_date:
            return dg.SkipReason(
                f"{yesterday} is after end_date {settings.end_date} in dmp.yaml: the data set is closed"
            )
        return dg.RunRequest(run_key=yesterday.isoformat(), partition_key=yesterday.isoformat())

    return daily
