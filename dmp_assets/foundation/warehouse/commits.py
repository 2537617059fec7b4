"""The warehouse's own books: every write of every day, and every contract check, in schema ``ops``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import duckdb

from dmp_assets.foundation.warehouse.layout import LAYOUT, has_table

CURRENT_COMMITS = """VIEW {absent} ops.current_commits AS
    SELECT * FROM ops.commits
    QUALIFY row_number() OVER (PARTITION BY table_name, partition ORDER BY commit_id DESC) = 1 AND rows IS NOT NULL"""
"""The newest commit decides, and one without rows books the drop of a table: its days are not there."""

CREATE_STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS ops",
    "CREATE SEQUENCE IF NOT EXISTS ops.commit_ids",
    """CREATE TABLE IF NOT EXISTS ops.layout (
        number BIGINT, code_version VARCHAR, upgraded_at TIMESTAMP, actions VARCHAR[])""",
    """CREATE TABLE IF NOT EXISTS ops.commits (
        commit_id BIGINT, table_name VARCHAR, partition DATE, run_id VARCHAR, code_version VARCHAR,
        input_id VARCHAR, rows BIGINT, row_hash UBIGINT, committed_at TIMESTAMP, settings_id VARCHAR)""",
    # Warehouses of before 0.2 lack it.
    "ALTER TABLE ops.commits ADD COLUMN IF NOT EXISTS settings_id VARCHAR",
    """CREATE TABLE IF NOT EXISTS ops.quality_log (
        table_name VARCHAR, partition DATE, run_id VARCHAR, check_name VARCHAR, passed BOOLEAN, rows BIGINT,
        violations BIGINT, message VARCHAR, checked_at TIMESTAMP)""",
    """CREATE TABLE IF NOT EXISTS ops.publications (
        generation BIGINT, last_commit_id BIGINT, layout_id VARCHAR, published_at TIMESTAMP)""",
    """CREATE TABLE IF NOT EXISTS ops.failures (
        step VARCHAR, state_id VARCHAR, cause VARCHAR, run_id VARCHAR, failed_at TIMESTAMP)""",
    f"CREATE {CURRENT_COMMITS.format(absent='IF NOT EXISTS')}",
)

DESCRIPTIONS = {
    "ops.commits": (
        "Every write: one row per table and day written, in the same transaction as the data.",
        {
            "commit_id": "Grows with every write; equal for all days of a table that were written together.",
            "table_name": "Schema and table.",
            "partition": "The day; null for a table that is replaced whole.",
            "run_id": "Dagster run.",
            "code_version": "Fingerprint of the code that made the rows.",
            "input_id": "Fingerprint of what the day was built from, where the table keeps one.",
            "rows": "Rows of the day after the write; null where an upgrade dropped the table.",
            "row_hash": "XOR of the hashes of the day's rows: equal for equal data, whatever the order.",
            "committed_at": "When (UTC).",
            "settings_id": "The business's time zone, unless UTC, and a fingerprint of the settings that the rows "
            "were made by; null for neither.",
        },
    ),
    "ops.quality_log": (
        "Every contract check: one row per table, day and check, kept for good.",
        {
            "table_name": "Schema and table.",
            "partition": "The day; null for a table that is checked whole.",
            "run_id": "Dagster run.",
            "check_name": "Name of the check.",
            "passed": "Whether the day was fit to be written.",
            "rows": "Rows checked.",
            "violations": "Rows, or whole columns, that broke a rule.",
            "message": "The broken rules in words, without values; null where none is broken.",
            "checked_at": "When (UTC).",
        },
    ),
}

DESCRIPTIONS["ops.publications"] = (
    "Every earlier edition of the analysts' file; the one you read is in meta.generation.",
    {
        "generation": "Number of the edition.",
        "last_commit_id": "Newest write that the edition holds.",
        "layout_id": "Fingerprint of all tables, views and their words.",
        "published_at": "When the edition was put in place (UTC).",
    },
)

DESCRIPTIONS["ops.layout"] = (
    "Every upgrade of the warehouse, the first row for its making; the newest row says its layout.",
    {
        "number": "Number of the layout, which releases of the code agree on.",
        "code_version": "Version of the code that made or upgraded the warehouse.",
        "upgraded_at": "When (UTC).",
        "actions": "What the upgrade did, in words; empty for a new warehouse.",
    },
)

DESCRIPTIONS["ops.failures"] = (
    "Every step that failed, until it has made its tables; meta.tables says which tables wait for it.",
    {
        "step": "Step of the run.",
        "state_id": "Fingerprint of inputs, code and settings: the step is tried again when they are others.",
        "cause": "Why it failed, without values of rows.",
        "run_id": "Dagster run.",
        "failed_at": "When (UTC).",
    },
)

VIEW_DESCRIPTIONS = {
    "ops.current_commits": ("The newest commit of every table and day that is there.", DESCRIPTIONS["ops.commits"][1]),
}

Written = tuple[date | None, int, int]
"""Day (None: the whole table), and count and hash of its rows.

The hash is the XOR of the rows' hashes: it does not depend on the order of rows, which DuckDB does not keep, and a row
is added to it or taken out without reading the others. Two equal rows cancel out, so the count stands beside it.
"""


@dataclass(frozen=True)
class Stamp:
    """Who writes: the run, the code, the settings, and what each day (None: all of them) was made of."""

    run_id: str
    code_version: str = ""
    input_ids: tuple[tuple[date | None, str], ...] = ()
    settings_id: str | None = None


@dataclass(frozen=True)
class Checked:
    """Outcome of a check for one day (or a whole table)."""

    partition: date | None
    rows: int
    violations: int = 0
    message: str | None = None


def create_books(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the ``ops`` tables that are absent; a new warehouse gets the number of its layout."""
    is_new = not has_table(connection, "ops", "commits")
    for statement in CREATE_STATEMENTS:
        connection.execute(statement)
        if is_new and "ops.layout" in statement:
            # Before ops.commits is there: books without a number are those of layout 1.
            log_layout(connection, [])


def log_layout(connection: duckdb.DuckDBPyConnection, actions: Sequence[str]) -> None:
    """Book that the warehouse now has this code's layout."""
    connection.execute(
        "INSERT INTO ops.layout VALUES (?, ?, now() AT TIME ZONE 'UTC', ?::VARCHAR[])",
        [LAYOUT, version("dmp-assets"), list(actions)],
    )


def add_commits(
    connection: duckdb.DuckDBPyConnection, table_name: str, written: Sequence[Written], stamp: Stamp
) -> None:
    """Add one commit per day to the books, all under one number."""
    # A number, and not the time, says which commit of a day is the newest: two commits of one transaction have one
    # time, as where a column is added and the day is written. It is drawn once for all days of the table.
    known = dict(stamp.input_ids)
    days = sorted(written, key=lambda one: one[0] or date.min)
    connection.execute(
        """INSERT INTO ops.commits
        SELECT (SELECT nextval('ops.commit_ids')), ?, unnest(?::DATE[]), ?, ?, unnest(?::VARCHAR[]),
               unnest(?::BIGINT[]), unnest(?::UBIGINT[]), now() AT TIME ZONE 'UTC', ?""",
        [
            table_name,
            [day for day, _, _ in days],
            stamp.run_id,
            stamp.code_version,
            [known.get(day, known.get(None)) for day, _, _ in days],
            [rows for _, rows, _ in days],
            [row_hash for _, _, row_hash in days],
            stamp.settings_id,
        ],
    )


def log_checks(
    connection: duckdb.DuckDBPyConnection, table_name: str, check_name: str, run_id: str, outcomes: list[Checked]
) -> None:
    """Append the outcomes of a check to ``ops.quality_log``."""
    if not outcomes:
        return
    connection.execute(
        """INSERT INTO ops.quality_log
        SELECT ?, unnest(?::DATE[]), ?, ?, unnest(?::BOOLEAN[]), unnest(?::BIGINT[]), unnest(?::BIGINT[]),
               unnest(?::VARCHAR[]), now() AT TIME ZONE 'UTC'""",
        [
            table_name,
            [outcome.partition for outcome in outcomes],
            run_id,
            check_name,
            [outcome.violations == 0 for outcome in outcomes],
            [outcome.rows for outcome in outcomes],
            [outcome.violations for outcome in outcomes],
            [outcome.message for outcome in outcomes],
        ],
    )
