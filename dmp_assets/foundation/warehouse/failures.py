"""The steps that failed for a reason that will not pass: what of, why, and since when."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from dmp_assets.foundation.warehouse.commits import create_books
from dmp_assets.foundation.warehouse.connection import Warehouse


@dataclass(frozen=True)
class Failure:
    """A step that could not make its tables."""

    step: str
    state_id: str
    """Fingerprint of what the step was given: of the same it would fail again."""
    cause: str
    """One sentence without values of rows."""
    run_id: str
    failed_at: datetime
    """When (UTC)."""


def book_failure(warehouse: Warehouse, step: str, state_id: str, cause: str, run_id: str) -> None:
    """Book that a step failed; an earlier failure of the step is replaced."""
    with warehouse.get_connection() as connection:
        create_books(connection)
        connection.execute("BEGIN")
        connection.execute("DELETE FROM ops.failures WHERE step = ?", [step])
        connection.execute(
            "INSERT INTO ops.failures VALUES (?, ?, ?, ?, now() AT TIME ZONE 'UTC')", [step, state_id, cause, run_id]
        )
        connection.execute("COMMIT")


def forget_failure(warehouse: Warehouse, step: str) -> None:
    """Remove the booked failure of a step that has made its tables."""
    with warehouse.get_connection() as connection:
        connection.execute("DELETE FROM ops.failures WHERE step = ?", [step])


def failures(warehouse: Warehouse) -> list[Failure]:
    """Return the booked failures, oldest first."""
    if not warehouse.path.exists():
        return []
    with warehouse.get_connection(read_only=True) as connection:
        try:
            found = connection.sql("FROM ops.failures ORDER BY failed_at, step").fetchall()
        except duckdb.CatalogException:
            return []
    return [Failure(*row) for row in found]
