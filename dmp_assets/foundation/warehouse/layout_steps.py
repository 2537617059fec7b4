"""Steps of an upgrade by layout number: what comparing stored tables with contracts cannot find."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from dmp_assets.foundation.warehouse.refusals import Columns
from dmp_assets.foundation.warehouse.tables import literal, quote


@dataclass(frozen=True)
class Action:
    """One change of the warehouse: what is reported, and the SQL that makes it."""

    words: str
    statements: tuple[str, ...]


@dataclass(frozen=True)
class RenameTable:
    """A table has a new name, perhaps in another schema; it keeps its rows, commits and checks."""

    table: str
    result: str
    changes_rows: ClassVar[bool] = False

    def applies(self, stored: Mapping[str, Columns]) -> bool:
        """Return whether there is a table to rename, and the new name is free."""
        return self.table in stored and self.result not in stored

    def action(self, columns: Columns, rows: int) -> Action:
        """Return the renaming.

        DuckDB 1.5 cannot move a table to another schema, so the rows are copied, and the copy is compared.
        """
        # Columns are written out, as in Table.create_statements. The comparison comes before the drop: it fails the
        # transaction, so no row is dropped whose copy differs.
        old, new = sql_name(self.table), sql_name(self.result)
        listed = ", ".join(f"{quote(column)} {duckdb_type}" for column, duckdb_type in columns.items())
        hashed = f"SELECT (count(*), coalesce(bit_xor(hash({', '.join(map(quote, columns))})), 0))"
        refusal = literal(f"{self.result}: the rows differ from those of {self.table}; nothing was changed")
        return Action(
            f"rename {self.table} to {self.result}: {rows:,} rows",
            (
                f"CREATE SCHEMA IF NOT EXISTS {quote(self.result.split('.')[0])}",
                f"CREATE TABLE {new} ({listed})",
                f"INSERT INTO {new} FROM {old}",
                f"SELECT CASE WHEN ({hashed} FROM {old}) <> ({hashed} FROM {new}) THEN error({refusal}) END",
                f"DROP TABLE {old}",
                *(
                    f"UPDATE {books} SET table_name = {literal(self.result)} WHERE table_name = {literal(self.table)}"
                    for books in ("ops.commits", "ops.quality_log")
                ),
            ),
        )


@dataclass(frozen=True)
class AlterTable:
    """A table that files cannot give back changes in place: a column is cast, renamed or removed."""

    table: str
    clause: str
    """What follows ``ALTER TABLE name`` in SQL, such as ``ALTER COLUMN reason TYPE VARCHAR``."""
    changes_rows: ClassVar[bool] = True

    @property
    def result(self) -> str:
        """The table's name afterwards."""
        return self.table

    def applies(self, stored: Mapping[str, Columns]) -> bool:
        """Return whether the table is there."""
        return self.table in stored

    def action(self, columns: Columns, rows: int) -> Action:  # noqa: ARG002 - as every step
        """Return the change."""
        words = f"change {self.table}: {self.clause}; {rows:,} rows are kept"
        return Action(words, (f"ALTER TABLE {sql_name(self.table)} {self.clause}",))


LayoutStep = RenameTable | AlterTable


def sql_name(name: str) -> str:
    """Return a qualified name, quoted for SQL.

    >>> sql_name("events.sessions")
    '"events"."sessions"'
    """
    return ".".join(map(quote, name.split(".", 1)))
