"""What a Pandera contract says about its table, said once: names, types, key, partition, words."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import polars as pl

from dmp_assets.foundation.values.contracts import Subject, TableContract, facts_of

Contract = type[TableContract]
"""What a table holds, and what holds of its rows."""

_DUCKDB_TYPES: dict[Any, str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
}


@dataclass(frozen=True)
class Column:
    """One column as the contract has it."""

    name: str
    dtype: pl.DataType
    nullable: bool
    description: str

    @property
    def duckdb_type(self) -> str:
        """The column's type in DuckDB.

        >>> Column("amount", pl.Decimal(18, 4), False, "").duckdb_type
        'DECIMAL(18,4)'
        """
        return duckdb_type(self.dtype)


@dataclass(frozen=True)
class Table:
    """One table: where it is, what it holds, and how it is split into days."""

    contract: Contract

    @property
    def qualified_name(self) -> str:
        """Schema and table, as ``events.sessions``."""
        return facts_of(self.contract).table

    @property
    def schema(self) -> str:
        """The DuckDB schema, which is also the folder, and the Dagster group of what is not internal."""
        return self.qualified_name.split(".")[0]

    @property
    def name(self) -> str:
        """The table's name within its schema."""
        return self.qualified_name.split(".")[1]

    @property
    def asset_key(self) -> list[str]:
        """Key of the Dagster asset that makes the table."""
        return [self.schema, self.name]

    @property
    def partition_by(self) -> str | None:
        """The DATE column that splits the table into days; None for a table that is replaced whole."""
        return facts_of(self.contract).days

    @property
    def key(self) -> list[str]:
        """Columns that identify a row."""
        return list(facts_of(self.contract).key)

    @property
    def subject(self) -> Subject:
        """Whose personal data the table holds."""
        return facts_of(self.contract).subject

    @property
    def description(self) -> str:
        """What a row is, in words."""
        return " ".join((self.contract.__doc__ or "").split())

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Columns in the contract's order."""
        return tuple(
            Column(name, column.dtype.type, bool(column.nullable), column.description or "")
            for name, column in self.contract.to_schema().columns.items()
        )

    @property
    def polars_schema(self) -> pl.Schema:
        """Column names and Polars types in the contract's order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def sql_name(self) -> str:
        """Schema and table, quoted for SQL."""
        return f"{quote(self.schema)}.{quote(self.name)}"

    def create_statements(self) -> list[str]:
        """Return the SQL that makes the table with its comments, where it is absent.

        Columns are written out: an empty ``CREATE TABLE AS`` loses rows on DuckDB 2.0.0.
        """
        columns = ", ".join(f"{quote(column.name)} {column.duckdb_type}" for column in self.columns)
        return [
            f"CREATE SCHEMA IF NOT EXISTS {quote(self.schema)}",
            f"CREATE TABLE IF NOT EXISTS {self.sql_name} ({columns})",
            *self.comment_statements(),
        ]

    def comment_statements(self) -> list[str]:
        """Return the SQL that puts the contract's words on the table and its columns."""
        return [
            f"COMMENT ON TABLE {self.sql_name} IS {literal(self.description)}",
            *(
                f"COMMENT ON COLUMN {self.sql_name}.{quote(column.name)} IS {literal(column.description)}"
                for column in self.columns
            ),
        ]

    def row_hash_sql(self) -> str:
        """Return the SQL expression of one row's hash, over the columns in the contract's order.

        The order is the contract's, not the stored table's: columns that were added later lie last there, and a hash in
        that order would differ from the one of the incoming rows.
        """
        return f"hash({', '.join(quote(column.name) for column in self.columns)})"


def layout_id(contracts: Iterable[Contract]) -> str:
    """Return a fingerprint of the columns of tables, and of the DuckDB that hashes their rows.

    Another DuckDB may hash equal rows differently: compared with the booked hashes, every day would seem changed.
    """
    columns = [(table.qualified_name, table.columns) for table in map(Table, contracts)]
    return hashlib.sha256(repr((columns, version("duckdb"))).encode()).hexdigest()


def duckdb_type(dtype: pl.DataType) -> str:
    """Return the DuckDB type that stores a Polars type.

    >>> duckdb_type(pl.List(pl.String()))
    'VARCHAR[]'

    Raises:
        TypeError: The type has no agreed place in the warehouse (durations, categories, null columns).
    """
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.Datetime) and dtype.time_unit == "us" and dtype.time_zone is None:
        return "TIMESTAMP"
    if isinstance(dtype, pl.List):
        return f"{duckdb_type(dtype.inner)}[]"  # type: ignore[arg-type]
    for known, name in _DUCKDB_TYPES.items():
        if dtype == known:
            return name
    allowed = [str(known) for known in _DUCKDB_TYPES]
    raise TypeError(f"{dtype} is not a warehouse type; allowed: {allowed}, Datetime('us'), Decimal, List of these")


def quote(identifier: str) -> str:
    """Return an identifier quoted for SQL.

    >>> quote('a"b')
    '"a""b"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text quoted for SQL, for the statements that take no parameters.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
