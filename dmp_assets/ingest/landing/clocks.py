"""Times of a file under a clock that may be wrong: when it arrived, and up to which day its records are believed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dmp_assets.foundation.values.calendar import day_at

_DAY = timedelta(days=1)
"""A day's difference is no wrong clock: zones, night shifts and the adjustment of a good clock are within it."""


@dataclass(frozen=True)
class Times:
    """Readings of this machine's clock that a file's records depend on, naive UTC."""

    first_seen_at: datetime
    """When these bytes were first seen at this path, as the clock said then."""
    arrived_at: datetime
    """When they arrived, as is best known: the first reading that nothing contradicts."""
    judged_at: datetime
    """When it was judged which of the records are of the future."""


@dataclass(frozen=True)
class Looked:
    """What the look at a file says beside its reading."""

    sample_id: str
    verified_at: datetime
    times: Times


NOT_LOOKED = Looked("", datetime.min, Times(datetime.min, datetime.min, datetime.min))  # noqa: DTZ901 - naive UTC


def known_times(row: Mapping[str, Any]) -> Times:
    """Return the times of a row; a ledger of before they were told apart has the arrival alone."""
    arrived_at = row["arrived_at"]
    return Times(row["first_seen_at"] or arrived_at, arrived_at, row["judged_at"] or arrived_at)


def times_now(row: Mapping[str, Any], now: datetime, zone: str, is_doubtful: bool) -> Times:
    """Return the times of bytes that are known, given what the clock says now.

    Args:
        row: The file's row of ``LandingFiles``.
        now: What the clock says, naive UTC.
        zone: The business's time zone.
        is_doubtful: Whether the clock itself is wrong now (``is_behind``): then nothing is judged by it.

    Records are judged again where another judgement is due: one that was of the future has come, as after a clock that
    was behind, or one that was believed is of the future, as after a clock that was ahead. So which records are kept
    depends on the file and on what the clock says last, whatever it said before.

    An arrival is contradicted where it is later than now, or earlier than most of the file's own records. It is then
    the first reading that is not: the earliest moment at which the bytes are known to have been here.
    """
    known = known_times(row)
    if is_doubtful:
        return known
    limit = day_at(now, zone) + _DAY
    newest = row["newest_event_at"]
    has_come = row["future_from"] is not None and row["future_from"] <= limit
    is_of_future = newest is not None and day_at(newest, zone) > limit
    middle: date | None = row["middle_event_date"]

    def is_possible(arrival: datetime) -> bool:
        if arrival > now + _DAY:
            return False
        # Of a file that is mostly of the future even now, the records say nothing about the arrival.
        return middle is None or middle > limit or middle <= day_at(arrival, zone) + _DAY

    arrived_at = next(filter(is_possible, (known.first_seen_at, known.arrived_at)), now)
    return Times(known.first_seen_at, arrived_at, now if has_come or is_of_future else known.judged_at)


def is_behind(rows: Iterable[Mapping[str, Any]], now: datetime) -> bool:
    """Return whether most of the accepted records of all files are of the future: then the clock is wrong now.

    Without this a machine that starts with a clock of years ago would put all that it has into quarantine.
    """
    limit = now.date() + 2 * _DAY
    middles = [(row["middle_event_date"], row["accepted"]) for row in rows if row["middle_event_date"] is not None]
    later = sum(accepted for middle, accepted in middles if middle > limit)
    every = sum(accepted for _, accepted in middles)
    return bool(2 * later > every)
