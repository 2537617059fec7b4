"""The number of the warehouse's layout: an older warehouse is upgraded, a newer one is refused."""

from pathlib import Path

import duckdb

LAYOUT = 2
"""The layout that this code reads and writes. A warehouse that carries no number is of layout 1."""


class LayoutError(RuntimeError):
    """The warehouse is of a layout that this code must not touch; the message says which, and what to do."""


def read_layout(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the number of the layout of an open warehouse; None for a file that has no books yet."""
    try:
        # Asked whenever a file is opened: looking the table up first would cost 2 ms instead of 0.2.
        found = connection.sql("SELECT max(number) FROM ops.layout").fetchall()[0][0]
    except duckdb.CatalogException:
        found = None
    if found is not None:
        return int(found)
    return 1 if has_table(connection, "ops", "commits") else None


def refuse_newer(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a warehouse that a newer release has upgraded.

    This code would misread it, and write tables that the newer layout does not have.

    Raises:
        LayoutError: Its number is higher than ``LAYOUT``.
    """
    seen = read_layout(connection)
    if seen is not None and seen > LAYOUT:
        raise LayoutError(
            f"{path}: layout {seen}, but this release knows layouts up to {LAYOUT}; a newer release has upgraded the "
            "folder. Install that release, or go back to the copy of the folder that was made before the upgrade."
        )


def has_table(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    """Return whether a table is there."""
    found = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
        [schema, name],
    ).fetchall()
    return bool(found)
