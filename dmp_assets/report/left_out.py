"""Categories that no page calls an interest."""

from collections.abc import Sequence

import duckdb

LEFT_OUT = """SELECT unnest($names::VARCHAR[]) AS item_category UNION
SELECT item_category FROM ingest.raw_items WHERE item_category IS NOT NULL GROUP BY item_category
HAVING bool_and(coalesce(list_contains($names, item_department), false)) ORDER BY item_category"""


def left_out_of(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> tuple[str, ...]:
    """Return categories in order: those named, and those all of whose items are of a department that is named.

    Args:
        connection: An edition.
        names: Categories and departments.
    """
    found = connection.execute(LEFT_OUT, {"names": list(names)}).fetchall() if names else []
    return tuple(name for (name,) in found)
