"""How the data are divided into days, the same for every daily table."""

from datetime import timedelta

import dagster as dg

from dmp_assets.foundation.settings.settings import Settings


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Return the business's days from ``start_date`` to ``end_date``, or to today where the data is live.

    Today is a partition although it is not over: its events may land at any time, and a rerun is cheap.
    """
    if settings.end_date is not None:
        return dg.DailyPartitionsDefinition(
            start_date=settings.start_date.isoformat(),
            end_date=(settings.end_date + timedelta(days=1)).isoformat(),
            timezone=settings.time_zone,
        )
    return dg.DailyPartitionsDefinition(
        start_date=settings.start_date.isoformat(), timezone=settings.time_zone, end_offset=1
    )
