"""The query behind the findings of each kind of check: it shows the days, files or records that they are about."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dmp_assets.quality.schema import (
    COMPLETENESS,
    DISTRIBUTION_DRIFT,
    SCHEMA_DRIFT,
    TIMELINESS,
    UNIQUENESS,
    VALIDITY,
    VOLUME,
)

WEEKS_BEFORE = 8
"""Weeks before the judged days that a query and a drawing show for comparison."""

_PROFILES = """SELECT event_date, source, column_name, bucket_kind, bucket, lower_bound, rows
FROM quality.column_profiles
WHERE source IN ({sources}) AND column_name IN ({columns}) AND event_date BETWEEN {before} AND {last}
ORDER BY source, column_name, event_date, rows DESC"""

QUERIES = {
    COMPLETENESS: """SELECT event_date, source, column_name, sum(rows) FILTER (bucket_kind = 'missing') AS missing,
    sum(rows) AS events
FROM quality.column_profiles
WHERE source IN ({sources}) AND column_name IN ({columns}) AND event_date BETWEEN {before} AND {last}
GROUP BY ALL ORDER BY source, column_name, event_date""",
    UNIQUENESS: """SELECT event_date, source, records, duplicates, duplicates / records AS duplicate_rate
FROM events.event_ledger
WHERE source IN ({sources}) AND event_date BETWEEN {first} AND {last} AND records > 0
ORDER BY duplicates DESC""",
    VALIDITY: """SELECT * FROM quarantine
WHERE source IN ({sources}) AND event_date BETWEEN {first} AND {last}""",
    TIMELINESS: """SELECT d.event_date, f.source, f.path, f.arrived_at, d.records
FROM ingest.landing_days AS d JOIN ingest.landing_files AS f USING (path)
WHERE f.source IN ({sources}) AND d.event_date BETWEEN {first} AND {last}
ORDER BY f.arrived_at DESC""",
    VOLUME: """SELECT event_date, dayname(event_date) AS weekday, source, records
FROM events.event_ledger
WHERE source IN ({sources}) AND event_date BETWEEN {before} AND {last}
ORDER BY source, event_date DESC""",
    SCHEMA_DRIFT: """SELECT source, path, newest_event_at, arrived_at, columns
FROM ingest.landing_files
WHERE source IN ({sources})
ORDER BY source, newest_event_at DESC, path DESC""",
    DISTRIBUTION_DRIFT: _PROFILES,
}
"""Kind of check -> query; it is written with the sources, columns and days of the findings."""


def query_of(dimension: str, findings: pl.DataFrame, days: tuple[date, date, date]) -> str:
    """Return the SQL that shows what the findings of one kind are about.

    Args:
        dimension: Kind of check.
        findings: Rows of ``Quality``.
        days: First day of the comparison, first day that is judged, last one.
    """
    before, first, last = (f"DATE '{day}'" for day in days)
    sources, columns = (
        _listed(findings[name].drop_nulls().unique().sort().to_list()) for name in ("source", "column_name")
    )
    return QUERIES[dimension].format(sources=sources, columns=columns, before=before, first=first, last=last)


def _listed(names: Sequence[str]) -> str:
    """Return names as SQL texts.

    >>> _listed(["shop", "o'neill"])
    "'shop', 'o''neill'"
    """
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names) or "NULL"
