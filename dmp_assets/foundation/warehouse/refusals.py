"""Why rows are not written: their columns differ from what the table's contract says."""

from dmp_assets.foundation.warehouse.tables import Table

Columns = dict[str, str]
"""Column name -> DuckDB type."""


class WriteRefusedError(ValueError):
    """The rows do not fit the table; nothing was touched."""


def refuse_other_columns(table: Table, what: str, seen: Columns, expected: Columns) -> None:
    """Compare columns by name and type; the order does not matter.

    Raises:
        WriteRefusedError: A column is missing, unknown (or expected as ``absent``) or of another type.

    Rows are written by the names of columns: a missing one would be stored as null, and nobody would see it.
    """
    problems = [f"column {name} is missing" for name in expected if name not in seen]
    problems += [f"column {name} is not in the contract" for name in seen if expected.get(name, "absent") == "absent"]
    problems += [
        f"column {name} is {seen[name]}, the contract says {expected[name]}"
        for name in seen
        if expected.get(name, "absent") not in ("absent", seen[name])
    ]
    if problems:
        raise WriteRefusedError(f"{table.qualified_name}: {what} do not fit: {'; '.join(problems)}; nothing written")
