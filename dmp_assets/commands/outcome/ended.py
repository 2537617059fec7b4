"""Data that has ended: sources that stopped delivering, and files that wait for something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

LOOK_BACK_DAYS = 60
"""Days of a source, before its newest, whose pauses say how long it is usually silent."""

LEAST_SILENCE = 2
"""A file of yesterday that comes tomorrow is no sign of anything."""

_NEWEST = """
WITH days AS (
    SELECT DISTINCT f.source, d.event_date FROM ingest.landing_days AS d JOIN ingest.landing_files AS f USING (path)
), pauses AS (
    SELECT source, event_date,
           (event_date - lag(event_date) OVER (PARTITION BY source ORDER BY event_date))::INTEGER AS pause,
           max(event_date) OVER (PARTITION BY source) AS newest
    FROM days
)
SELECT source, newest, coalesce(max(pause) FILTER (event_date - pause > newest - $look_back), 0) AS longest
FROM pauses GROUP BY source, newest ORDER BY newest, source
"""

_FUTURE = """
SELECT count(*), min(future_from) FROM ingest.landing_files
WHERE future_from IS NOT NULL AND status IN ('ok', 'damaged')
"""

_UNFINISHED = """
SELECT count(*) FROM ingest.landing_files WHERE status = 'passed_over' AND contains(message, 'unfinished upload')
"""


@dataclass(frozen=True)
class Silence:
    """A source that is silent for longer than it usually is."""

    source: str
    newest_day: date
    days: int
    """Days since then, up to the business's yesterday."""


def silent_sources(connection: duckdb.DuckDBPyConnection, yesterday: date) -> list[Silence]:
    """Return the sources of events and orders that stopped delivering, the longest silence first.

    A source is silent when the days since its newest record are more than any pause in the ``LOOK_BACK_DAYS`` before
    it, and more than ``LEAST_SILENCE``. So one that delivers once a week is asked for on the ninth day.
    """
    rows = connection.execute(_NEWEST, {"look_back": LOOK_BACK_DAYS}).fetchall()
    found = [Silence(source, newest, (yesterday - newest).days) for source, newest, _ in rows]
    longest = {source: int(pause) for source, _, pause in rows}
    return [one for one in found if one.days > max(LEAST_SILENCE, longest[one.source])]


def waiting_files(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return in words which files wait: for days to come, or for the end of their upload."""
    ((future, first),) = connection.execute(_FUTURE).fetchall()
    ((unfinished,),) = connection.execute(_UNFINISHED).fetchall()
    words = []
    if future:
        words.append(f"{_files(future)} with records of days to come: the first is read again on {first}")
    if unfinished:
        words.append(f"{_files(unfinished)} still being uploaded, by the end of the name")
    return words


def in_words(silences: Sequence[Silence], files: Sequence[str]) -> str:
    """Return one line about data that has ended and files that wait; empty for neither.

    >>> in_words([Silence("web", date(2026, 3, 15), 4)], [])
    'Data has ended: web since 2026-03-15 (4 days)'
    """
    ended = ", ".join(f"{one.source} since {one.newest_day} ({one.days:,} days)" for one in silences)
    waits = "; ".join(files)
    return "; ".join([*([f"Data has ended: {ended}"] if ended else []), *([f"Files wait: {waits}"] if waits else [])])


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"
