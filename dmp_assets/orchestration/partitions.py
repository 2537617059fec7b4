"""How the data are divided into days, the same for every daily table."""

from datetime import date, timedelta

import dagster as dg

from dmp_assets.foundation.settings.settings import Settings


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Return the UTC days from ``start_date`` to ``end_date``, or to today where the data is live.

    Today is a partition although it is not over: its events may land at any time, and a rerun is cheap.
    """
    if settings.end_date is not None:
        return dg.DailyPartitionsDefinition(
            start_date=settings.start_date.isoformat(), end_date=(settings.end_date + timedelta(days=1)).isoformat()
        )
    return dg.DailyPartitionsDefinition(start_date=settings.start_date.isoformat(), end_offset=1)


def last_day(settings: Settings, today: date) -> date:
    """Return the newest day that is a partition."""
    return settings.end_date or today
