"""The data dictionary: one row per column of every table and view, from contracts and SQL files."""

from collections.abc import Sequence

import polars as pl

from dmp_assets.foundation.warehouse.commits import DESCRIPTIONS, VIEW_DESCRIPTIONS
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import SqlFile

DICTIONARY_SCHEMA = pl.Schema(
    {
        "table_name": pl.String,
        "table_description": pl.String,
        "position": pl.Int64,
        "column_name": pl.String,
        "column_type": pl.String,
        "is_nullable": pl.Boolean,
        "description": pl.String,
    }
)

DICTIONARY_COLUMNS = {
    "table_name": "Schema and table; a view has no schema.",
    "table_description": "What a row is.",
    "position": "Place of the column, from 1.",
    "column_name": "Column.",
    "column_type": "DuckDB type; null for columns of views.",
    "is_nullable": "Whether the contract allows null; null where nothing is promised.",
    "description": "What the column means, with its unit.",
}

GENERATION_COLUMNS = {
    "generation": "Grows by one with every published file.",
    "last_commit_id": "Newest write that the file holds; see ops.commits.",
    "layout_id": "Fingerprint of all tables, views and their words.",
    "published_at": "When the file was made (UTC).",
}

TABLE_COLUMNS = {
    "table_name": "Schema and table.",
    "step": "What makes the table, together with the other tables of the step.",
    "last_commit_id": "Newest write of the table that the file holds; see ops.commits. Null before the first.",
    "committed_at": "When it was written (UTC).",
    "waits_for": "The failed step that keeps the table as it was: its own, or one that it is made from. "
    "Null for a table that is up to date.",
    "waits_since": "When that step failed (UTC).",
    "cause": "Why it failed.",
}

PUBLISHED_TABLES = {
    "meta.generation": ("Which edition of this file you are reading.", GENERATION_COLUMNS),
    "meta.tables": ("Which state each table is of, and whether it waits for a step that failed.", TABLE_COLUMNS),
    "data_dictionary": ("What every column of every table and view means.", DICTIONARY_COLUMNS),
}
"""What the published file has beside the warehouse's own tables."""


def data_dictionary(tables: Sequence[Table], views: Sequence[SqlFile]) -> pl.DataFrame:
    """Return the dictionary, tables first in the order given, then views, then the warehouse's own books."""
    rows: list[tuple[str, str, int, str, str | None, bool | None, str]] = [
        (
            table.qualified_name,
            table.description,
            place,
            column.name,
            column.duckdb_type,
            column.nullable,
            column.description,
        )
        for table in tables
        for place, column in enumerate(table.columns, start=1)
    ]
    described = [(view.name, (view.description, view.columns)) for view in views] + list(
        {**DESCRIPTIONS, **VIEW_DESCRIPTIONS, **PUBLISHED_TABLES}.items()
    )
    rows += [
        (name, description, place, column, None, None, words)
        for name, (description, columns) in described
        for place, (column, words) in enumerate(columns.items(), start=1)
    ]
    return pl.DataFrame(rows, schema=DICTIONARY_SCHEMA, orient="row")


def as_markdown(dictionary: pl.DataFrame) -> str:
    """Return the dictionary as a page for people."""
    parts = [
        "# Data dictionary",
        "",
        "Made by `make docs` from the contracts and `sql/views`; a test holds it to them.",
    ]
    for (table, description), columns in dictionary.group_by("table_name", "table_description", maintain_order=True):
        parts += [
            "",
            f"## {table}",
            "",
            str(description),
            "",
            "| column | type | null | meaning |",
            "|---|---|---|---|",
        ]
        parts += [
            f"| {name} | {kind or ''} | {'yes' if is_nullable else ''} | {words} |"
            for name, kind, is_nullable, words in columns.select(
                "column_name", "column_type", "is_nullable", "description"
            ).iter_rows()
        ]
    return "\n".join(parts) + "\n"
