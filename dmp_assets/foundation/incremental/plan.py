"""The choice between a full refresh and an incremental update, by what changed since the last one."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from dmp_assets.foundation.incremental.inputs import (
    RULES,
    all_rows,
    changed_days,
    changed_names,
    is_same,
    last_day,
)

LARGEST_SHARE = 0.25
"""An incremental update of a larger share of the rows, or of the people, costs more than it saves."""


class Mode(StrEnum):
    """How stored tables are brought up to date. Both modes give equal tables."""

    FULL_REFRESH = "full refresh"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to bring the stored tables up to date."""

    mode: Mode
    reason: str
    """Why, in words."""
    changed_days: tuple[date, ...] = ()
    """Days that were added, removed, or have other rows than the stored tables were made of."""
    only_adds: bool = False
    """Whether days were added, before or after the others, and nothing else changed: no stored row becomes wrong."""
    changed_rows: int = 0
    """Rows of the changed days; each counts its rows before or now, whichever are more."""
    all_rows: int = 0
    """The same of all days."""
    stored_until: date | None = None
    """The last day that the stored tables count, where their inputs say it."""


def plan_update(made_of: pl.DataFrame, now: pl.DataFrame, *, full_refresh: bool = False) -> Plan:
    """Return how to bring the stored tables up to date with the inputs of now.

    Args:
        made_of: ``InputRows`` of the stored tables; empty where none are stored.
        now: ``InputRows`` of now.
        full_refresh: Whether a full refresh is asked for.
    """
    why_full = "asked for" if full_refresh else _why_full_refresh(made_of, now)
    if why_full is not None:
        return Plan(mode=Mode.FULL_REFRESH, reason=why_full)
    changed, others = changed_days(made_of, now), changed_names(made_of, now)
    added = changed["fingerprint_was"].null_count()
    return Plan(
        mode=Mode.INCREMENTAL,
        reason=" and ".join([f"{added} days added, {changed.height - added} changed", *others]),
        changed_days=tuple(changed["event_date"]),
        only_adds=added == changed.height and not others,
        changed_rows=changed.select(pl.max_horizontal("rows", "rows_was").sum()).item(),
        all_rows=all_rows(made_of, now),
        stored_until=last_day(made_of),
    )


def is_too_large(part: int, whole: int) -> bool:
    """Return whether a part of the rows, or of the people, is too large for an incremental update.

    >>> is_too_large(25, 100), is_too_large(26, 100), is_too_large(0, 0)
    (False, True, False)
    """
    return part > LARGEST_SHARE * whole


def _why_full_refresh(made_of: pl.DataFrame, now: pl.DataFrame) -> str | None:
    """Return why the stored tables cannot be built on; None if they can."""
    if made_of.is_empty():
        return "no stored tables to build on"
    if not is_same(made_of, now, RULES):
        return "the settings, the code or the layout of the tables changed"
    # Later days cannot be taken out of what is stored: it would describe the earlier day with them.
    was, wanted = last_day(made_of), last_day(now)
    if was is not None and wanted is not None and wanted < was:
        return f"the stored tables count a later day, {was}"
    return None
