"""Small frames of counts: ledgers, profiles, landing files; and the window that most tests judge."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from dmp_assets.events.schema import EventLedger
from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles
from dmp_assets.quality.judgement import Window
from dmp_assets.quality.schema import ColumnProfiles

LAST = date(2024, 5, 28)
"""A Tuesday; the window judges 22 to 28 May and compares with 24 April to 21 May."""

WINDOW = Window(LAST, recent_days=7, reference_days=28)
BEFORE = LAST - timedelta(days=7)
DEFAULTS = QualityThresholds()


def typed(model: type[TableContract], rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return rows in the contract's types; what a row leaves out is null."""
    schema = {name: column.dtype.type for name, column in model.to_schema().columns.items()}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def ledger(*rows: tuple[date, int, int, int], source: str = "shop") -> pl.DataFrame:
    """Return the account of days: day, records, duplicates, quarantined."""
    return typed(
        EventLedger,
        [
            {
                "event_date": day,
                "source": source,
                "records": records,
                "kept": records - duplicates - quarantined,
                "duplicates": duplicates,
                "quarantined": quarantined,
            }
            for day, records, duplicates, quarantined in rows
        ],
    )


def counts(column: str, kind: str, recent: int, before: int, **values: Any) -> list[dict[str, Any]]:
    """Return the rows of one bucket in the judged days and in the days before; a count of 0 is no row."""
    row = {"source": "shop", "column_name": column, "bucket_kind": kind, **values}
    pairs = [(LAST, recent), (BEFORE, before)]
    return [{**row, "event_date": day, "rows": rows} for day, rows in pairs if rows]


def profiles(*buckets: list[dict[str, Any]]) -> pl.DataFrame:
    return typed(ColumnProfiles, [row for bucket in buckets for row in bucket])


def landing(*files: tuple[str, date, dict[date, int]], source: str = "shop") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the ledger of files and their days: path, arrival day, records by event day."""
    listed = [
        {"path": path, "source": source, "arrived_at": datetime.combine(arrived, time(23, 59))}
        for path, arrived, _ in files
    ]
    days = [
        {"path": path, "event_date": day, "records": records}
        for path, _, by_day in files
        for day, records in by_day.items()
    ]
    return typed(LandingFiles, listed), typed(LandingDays, days)


def only(table: pl.DataFrame) -> dict[str, Any]:
    """Return the one row of a table."""
    assert table.height == 1, table
    return table.to_dicts()[0]


def outcome(table: pl.DataFrame) -> tuple[str, float | None]:
    """Return status and value of the one row of a table."""
    row = only(table)
    return row["status"], row["value"]
