"""What a page asks of an edition: answers as frames, and which tables the answers came from."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import duckdb
import polars as pl

LAST_DAY = """SELECT coalesce((SELECT max(measured_date) FROM quality.quality),
    (SELECT max(order_date) FROM orders.orders), (SELECT max(event_date) FROM events.event_ledger)) AS last_day"""
"""The day that the data are judged up to is over; the newest day of events may be half delivered."""


class Sources:
    """Which stored tables a query reads, through views too, and what they hold, by the books of the warehouse."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._tables_of_view: dict[str, frozenset[str]] = {}

    def tables_of(self, queries: Iterable[str]) -> list[str]:
        """Return the stored tables that queries read, sorted by name."""
        return sorted({table for query in set(queries) for table in self._tables_of(query)})

    def state_of(self, tables: Iterable[str]) -> str | None:
        """Return a fingerprint of what tables hold; None where the books do not know one of them."""
        found = {table: self._held.get(table) for table in tables}
        if None in found.values():
            return None
        return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()

    @cached_property
    def _held(self) -> dict[str, str]:
        rows = self._connection.execute(
            """SELECT table_name, hash(list((partition, rows, row_hash) ORDER BY partition))::VARCHAR
            FROM ops.current_commits GROUP BY table_name"""
        ).fetchall()
        # Tables of domains without a commit are empty. The dictionary changes with the layout, which counts anyway.
        return dict.fromkeys([*self._own_tables, "main.data_dictionary"], "") | dict(rows)

    @cached_property
    def _own_tables(self) -> list[str]:
        rows = self._connection.execute("SELECT DISTINCT table_name FROM meta.tables").fetchall()
        return [name for (name,) in rows]

    @cached_property
    def _views(self) -> dict[str, str]:
        rows = self._connection.execute(
            "SELECT schema_name || '.' || view_name, sql FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        return {name: sql[sql.upper().index(" AS ") + 4 :].rstrip(";") for name, sql in rows}

    def _tables_of(self, query: str) -> frozenset[str]:
        # The parser's tree, not ``get_table_names``: that one binds the query too, and fails where a join is by USING.
        tree = self._connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0][0]
        named = [found for one in json.loads(tree)["statements"] for found in _base_tables(one)]
        return frozenset(table for name in named for table in self._behind(name))

    def _behind(self, name: str) -> frozenset[str]:
        if name not in self._views:
            # A name without a schema that is no view is one that the query gives itself.
            return frozenset() if name.startswith("main.") and name not in self._held else frozenset({name})
        if name not in self._tables_of_view:
            self._tables_of_view[name] = frozenset()  # a view may name a part of itself as it is called
            self._tables_of_view[name] = self._tables_of(self._views[name])
        return self._tables_of_view[name]


@dataclass
class Asked:
    """One page's questions to a connection."""

    connection: duckdb.DuckDBPyConnection
    queries: list[str] = field(default_factory=list)

    def __call__(self, query: str, **values: Any) -> pl.DataFrame:
        """Return the rows of a query; ``$name`` in it stands for a value."""
        self.queries.append(query)
        used = {name: value for name, value in values.items() if f"${name}" in query}
        return self.connection.execute(query, used).pl()


def last_day_of(connection: duckdb.DuckDBPyConnection) -> date | None:
    """Return the last day that is over in an edition; None where it has no days."""
    found: tuple[date | None] | None = connection.execute(LAST_DAY).fetchone()
    return None if found is None else found[0]


def _base_tables(tree: Any) -> Iterator[str]:
    """Yield the names of tables and views in a parser's tree; those without a schema stand in ``main``."""
    if isinstance(tree, list):
        for part in tree:
            yield from _base_tables(part)
    elif isinstance(tree, dict):
        if tree.get("type") == "BASE_TABLE":
            yield f"{tree['schema_name'] or 'main'}.{tree['table_name']}"
        for part in tree.values():
            yield from _base_tables(part)
