"""What an edition of the analysts' file holds beside the rows: words, views, dictionary, states, its number."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import polars as pl

from dmp_assets.foundation.warehouse.commits import DESCRIPTIONS, VIEW_DESCRIPTIONS
from dmp_assets.foundation.warehouse.dictionary import PUBLISHED_TABLES, data_dictionary
from dmp_assets.foundation.warehouse.failures import Failure
from dmp_assets.foundation.warehouse.layout_steps import sql_name
from dmp_assets.foundation.warehouse.tables import Table, literal, quote
from dmp_assets.foundation.warehouse.views import SqlFile, in_order
from dmp_assets.foundation.warehouse.write import stored_columns


@dataclass(frozen=True)
class Generation:
    """One edition of the file: its number, the newest commit in it, and the fingerprint of its layout."""

    number: int
    last_commit: int
    layout: str


@dataclass(frozen=True)
class TableState:
    """What is to be said of a table in an edition."""

    table_name: str
    step: str
    waits_for: Failure | None = None
    """The failure that keeps the table as it was; None for a table that is up to date."""


@dataclass(frozen=True)
class Contents:
    """What an edition holds beside the rows."""

    tables: Sequence[Table]
    """Every table, by its contract."""
    views: Sequence[SqlFile] = ()
    """Views for analysts."""
    former_names: Mapping[str, str] = field(default_factory=dict)
    """Name that a table or view had in the last layout -> the one that it has: a view stands under the old one."""
    states: Sequence[TableState] = ()
    """What makes each table, and which of them wait for a failed step; an edition that says so differs."""
    without_rows: Sequence[Table] = ()
    """Tables whose rows stay in the warehouse: an edition has them empty."""


def layout_id(connection: duckdb.DuckDBPyConnection, contents: Contents) -> str:
    """Return a fingerprint of tables, views, their words, upgrades and states: these change more than contracts."""
    upgrades = connection.sql("SELECT count(*) FROM ops.layout").fetchall()
    statements = [statement for table in contents.tables for statement in table.create_statements()]
    text = "\n".join([*statements, *map(repr, contents.views), repr(upgrades), *map(repr, contents.states)])
    return hashlib.sha256(text.encode()).hexdigest()


def add_contents(target: duckdb.DuckDBPyConnection, contents: Contents, edition: Generation) -> None:
    """Add to a copy of the warehouse all that an edition holds beside the rows."""
    _add_words(target, contents.tables, contents.views)
    for table in contents.without_rows:
        target.execute(f"DELETE FROM {table.sql_name}")
    _add_former_names(target, contents)
    _stamp_generation(target, edition)
    _add_states(target, contents.states)


def _add_words(target: duckdb.DuckDBPyConnection, tables: Sequence[Table], views: Sequence[SqlFile]) -> None:
    """Give every table its contract's present words, and add the views and the dictionary."""
    for table in tables:
        for statement in table.create_statements():
            target.execute(statement)
    for name, (description, columns) in DESCRIPTIONS.items():
        _comment(target, "TABLE", name, description, columns)
    for name, (description, columns) in VIEW_DESCRIPTIONS.items():
        _comment(target, "VIEW", name, description, columns)
    for view in in_order(views):
        target.execute(f"CREATE OR REPLACE VIEW {quote(view.name)} AS {view.query}")
        _comment(target, "VIEW", quote(view.name), view.description, view.columns)
    _write_dictionary(target, tables, views)


def _add_former_names(target: duckdb.DuckDBPyConnection, contents: Contents) -> None:
    """Add a view under each former name, so that queries of analysts work for one more layout."""
    words = {
        table.qualified_name: {column.name: column.description for column in table.columns} for table in contents.tables
    } | {view.name: view.columns for view in contents.views}
    taken = stored_columns(target)
    for old, new in contents.former_names.items():
        if old not in taken and new in words:
            schema = old.rpartition(".")[0]
            if schema:
                target.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
            target.execute(f"CREATE VIEW {sql_name(old)} AS FROM {sql_name(new)}")
            said = f"Now called {new}; this name goes with the next layout."
            _comment(target, "VIEW", sql_name(old), said, words[new])


def _comment(
    target: duckdb.DuckDBPyConnection, what: str, name: str, description: str, columns: dict[str, str]
) -> None:
    target.execute(f"COMMENT ON {what} {name} IS {literal(description)}")
    for column, words in columns.items():
        target.execute(f"COMMENT ON COLUMN {name}.{quote(column)} IS {literal(words)}")


def _write_dictionary(target: duckdb.DuckDBPyConnection, tables: Sequence[Table], views: Sequence[SqlFile]) -> None:
    target.register("dictionary_rows", data_dictionary(tables, views).to_arrow())
    target.execute("CREATE OR REPLACE TABLE data_dictionary AS FROM dictionary_rows")
    target.unregister("dictionary_rows")
    _comment(target, "TABLE", "data_dictionary", *PUBLISHED_TABLES["data_dictionary"])


def _stamp_generation(target: duckdb.DuckDBPyConnection, generation: Generation) -> None:
    target.execute("CREATE SCHEMA IF NOT EXISTS meta")
    target.execute(
        """CREATE OR REPLACE TABLE meta.generation AS
        SELECT ?::BIGINT AS generation, ?::BIGINT AS last_commit_id, ?::VARCHAR AS layout_id,
               now() AT TIME ZONE 'UTC' AS published_at""",
        [generation.number, generation.last_commit, generation.layout],
    )
    _comment(target, "TABLE", "meta.generation", *PUBLISHED_TABLES["meta.generation"])


def _add_states(target: duckdb.DuckDBPyConnection, states: Sequence[TableState]) -> None:
    """Say of each table of which commit it is, and what it waits for."""
    rows = [
        (one.table_name, one.step, failure and failure.step, failure and failure.failed_at, failure and failure.cause)
        for one in states
        for failure in [one.waits_for]
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "table_name": pl.String,
        "step": pl.String,
        "waits_for": pl.String,
        "waits_since": pl.Datetime("us"),
        "cause": pl.String,
    }
    target.register("states", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
    target.execute(
        """CREATE OR REPLACE TABLE meta.tables AS
        SELECT s.table_name, step, last_commit_id, committed_at, waits_for, waits_since, cause FROM states AS s
        LEFT JOIN (SELECT table_name, max(commit_id) AS last_commit_id, max(committed_at) AS committed_at
                   FROM ops.current_commits GROUP BY table_name) AS newest ON newest.table_name = s.table_name"""
    )
    target.unregister("states")
    _comment(target, "TABLE", "meta.tables", *PUBLISHED_TABLES["meta.tables"])
