"""Tables that are to be made again, in words: which, why, and how much of them there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from dmp_assets.foundation.settings.time_zone import zone_of
from dmp_assets.foundation.warehouse.read import Commit
from dmp_assets.foundation.warehouse.steps import MadeBy
from dmp_assets.foundation.warehouse.tables import Table

NEVER_MADE, CODE, SETTINGS, INPUTS = "never made", "its code changed", "its settings changed", "its inputs changed"


@dataclass(frozen=True)
class Stale:
    """A table that is to be made again, why, and how much of it there is."""

    table: Table
    reason: str
    days: int | None = None
    """Days that are made again; None for a table without days."""
    rows: int = 0
    """Stored rows that are made again."""

    def __str__(self) -> str:
        days = "" if self.days is None else f"{self.days:,} days, "
        return f"{self.table.qualified_name}: {self.reason} ({days}{self.rows:,} rows)"


def in_words(stale: Sequence[Stale]) -> list[str]:
    """Return a line per domain, reason and number of days: what is made again, why, and how much of it there is."""
    groups: dict[tuple[str, str, int | None], list[Stale]] = {}
    for one in stale:
        groups.setdefault((one.table.schema, one.reason, one.days), []).append(one)
    return [
        str(found[0]) if len(found) == 1 else f"{schema}: {reason} ({_size(found)})"
        for (schema, reason, _), found in groups.items()
    ]


def _size(found: Sequence[Stale]) -> str:
    days = "" if found[0].days is None else f"{found[0].days:,} days, "
    return f"{len(found)} tables, {days}{sum(one.rows for one in found):,} rows"


def other_maker(wanted: MadeBy, own: Commit) -> str | None:
    """Return what changed since the rows were made: time zone, code or settings; None if none of them did."""
    return other_zone(wanted, own) or _other_code(wanted, own)


def other_zone(wanted: MadeBy, own: Commit) -> str | None:
    """Return that the business has another time zone since the rows were made, and which; None if it has not.

    It is the reason before all others: all files are read again for it, so every table has other inputs, too.
    """
    was, now = zone_of(own.settings_id), zone_of(wanted.settings)
    return None if was == now else f"time_zone changed from {was} to {now}"


def _other_code(wanted: MadeBy, own: Commit) -> str | None:
    if own.code_version != wanted.code:
        return CODE
    return SETTINGS if own.settings_id != wanted.settings else None
