"""What lies in the warehouse at one moment, counted: files, records by fate, refused records by reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from dmp_assets.foundation.warehouse.changes import newest_commit
from dmp_assets.foundation.warehouse.connection import Warehouse

FATES = "SELECT coalesce(sum(records), 0), coalesce(sum(kept), 0) FROM events.event_ledger"
REASONS = (
    "SELECT violation_code, count(*) FROM events.quarantined_events GROUP BY 1",
    "SELECT violation_code, count(*) FROM ingest.rejected_records GROUP BY 1",
)
FILES = "SELECT path, file_id FROM ingest.landing_files WHERE source <> ''"


@dataclass(frozen=True)
class Counted:
    """What was there at one moment."""

    commit_id: int = 0
    """The newest write."""
    records: int = 0
    """Records of events and orders on all days."""
    kept: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    """Reason -> records in quarantine, of events and of reference data."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path -> hash of the bytes."""


@dataclass(frozen=True)
class RecordChanges:
    """What became more or less between two moments."""

    files_new: int
    files_changed: int
    files_gone: int
    records: int
    kept: int
    refused: Mapping[str, int]
    """Reason -> records more in quarantine, or fewer; reasons that changed."""


def count(warehouse: Warehouse) -> Counted:
    """Return what is there now; a table that is not there yet counts as empty."""
    seen = newest_commit(warehouse)
    if not seen:
        return Counted()
    with warehouse.get_connection(read_only=True) as connection:
        (records, kept) = (_rows(connection, FATES) or [(0, 0)])[0]
        refused: dict[str, int] = {}
        for query in REASONS:
            for reason, number in _rows(connection, query):
                refused[reason] = refused.get(reason, 0) + number
        return Counted(seen, int(records), int(kept), refused, dict(_rows(connection, FILES)))


def compare(before: Counted, after: Counted) -> RecordChanges:
    """Return what became more or less."""
    reasons = sorted({*before.refused, *after.refused})
    more = {reason: after.refused.get(reason, 0) - before.refused.get(reason, 0) for reason in reasons}
    common = before.files.keys() & after.files.keys()
    return RecordChanges(
        files_new=len(after.files.keys() - common),
        files_changed=sum(before.files[path] != after.files[path] for path in common),
        files_gone=len(before.files.keys() - common),
        records=after.records - before.records,
        kept=after.kept - before.kept,
        refused={reason: number for reason, number in more.items() if number},
    )


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    try:
        return connection.sql(query).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):  # of a folder that was never built to its end
        return []
