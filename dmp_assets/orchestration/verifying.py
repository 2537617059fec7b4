"""Stored rows held against the books, when a run is asked to verify."""

from collections.abc import Callable
from datetime import date

from dmp_assets.domains import STEPS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import ALL_DAYS, Days
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.steps import by_table
from dmp_assets.foundation.warehouse.verify import days_that_differ, disown


def verify_stored_days(
    settings: Settings, warehouse: Warehouse, asked: str, run_id: str, tell: Callable[[str], object]
) -> None:
    """Make the days stale whose stored rows are not those that were written, and name them.

    Args:
        settings: The last day, if there is one.
        warehouse: What is compared.
        asked: The first day that is compared, or ``all``.
        run_id: Who books it.
        tell: Takes a line for each table that differs.

    Of a table that is not made by day the rows are not made again by that alone, because its step updates what it
    stored. The line says how a person makes them.
    """
    days = ALL_DAYS if asked == "all" else Days(date.fromisoformat(asked), settings.last_day())
    step_of = by_table(STEPS)
    for table, differing in days_that_differ(warehouse, list(step_of), days).items():
        step = step_of[table]
        named = [day for day in differing if day is not None]
        words = f"{table.qualified_name}: stored rows are not those that were written"
        if step.is_daily:
            disown(warehouse, table, named, run_id)
            tell(f"{words}; {len(named)} days from {named[0]} are made again")
        else:
            tell(f"{words}; materialise {step.name} with full_refresh in its run configuration")
