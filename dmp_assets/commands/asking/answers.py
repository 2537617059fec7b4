"""The answer to a query on the analysts' file, or one sentence on why there is none."""

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dmp_assets.foundation.warehouse.edition.reading import open_alone
from dmp_assets.foundation.warehouse.tables import quote

_NAMES_ONLY = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.NotImplementedException)
"""What DuckDB says before it reads a row: its words are of the query and of names."""

_NOT_ALONE = re.compile(r"disabled (?:by|through) configuration|configuration has been locked|in read-only mode")
_UNKNOWN_TABLE = re.compile(r"Table with name \"?([^\s\"]+)\"? does not exist")
_OTHER_KIND = "a query reads the published file alone: it writes nothing, and opens no other file, address or extension"

_TABLES = """
SELECT CASE schema_name WHEN 'main' THEN '' ELSE schema_name || '.' END || name AS name
FROM (SELECT schema_name, table_name AS name, internal FROM duckdb_tables() UNION ALL BY NAME
      SELECT schema_name, view_name AS name, internal FROM duckdb_views())
WHERE NOT internal ORDER BY ALL
"""


class QuestionError(ValueError):
    """A query has no answer; the message says why, without any value of a row."""


@contextmanager
def answer_of(path: Path, sql: str, variables: Mapping[str, str] | None = None) -> Iterator[duckdb.DuckDBPyRelation]:
    """Yield what the last statement of a query gives; rows are read as they are fetched.

    Args:
        path: The analysts' file.
        sql: The query. Statements before the last one may set variables or make temporary tables.
        variables: Set first, as values: what ``getvariable`` gives. Names are the caller's own.

    Raises:
        QuestionError: The query cannot be answered.
        WarehouseBusyError: A client has the file open for writing.
    """
    with open_alone(path) as connection:
        try:
            for name, value in (variables or {}).items():
                connection.execute(f"SET VARIABLE {quote(name)} = $value", {"value": value})
            yield _answer(connection, sql)
        except duckdb.Error as error:
            raise QuestionError(_in_words(error, connection)) from None


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation:
    statements = connection.extract_statements(sql)
    if not statements:
        raise QuestionError("the query is empty; try: FROM segment_sizes")
    for statement in statements[:-1]:
        connection.execute(statement)
    found: duckdb.DuckDBPyRelation | None = connection.sql(statements[-1])
    if found is None:
        raise QuestionError(f"the last statement gives no rows; {_OTHER_KIND}")
    return found


def _in_words(error: duckdb.Error, connection: duckdb.DuckDBPyConnection) -> str:
    text = str(error)
    if _NOT_ALONE.search(text):
        return _OTHER_KIND
    if unknown := _UNKNOWN_TABLE.search(text):
        return _of_unknown_table(unknown[1], [name for (name,) in connection.sql(_TABLES).fetchall()])
    if isinstance(error, _NAMES_ONLY):
        return text.rstrip()
    if isinstance(error, duckdb.OperationalError | duckdb.InternalError | duckdb.FatalException):
        raise error
    kind = text.partition(":")[0]
    return f"{kind} while rows were read; TRY_CAST and TRY give null where a value does not fit"


def _of_unknown_table(name: str, known: list[str]) -> str:
    """Return which tables may have been meant.

    >>> _of_unknown_table("sesions", ["events.sessions", "orders.orders", "segment_sizes"])
    'no table or view is called sesions; near: events.sessions. SHOW ALL TABLES lists them all'
    """
    bare = {one.rpartition(".")[2]: one for one in known}
    near = [
        *difflib.get_close_matches(name, known, 3),
        *(bare[n] for n in difflib.get_close_matches(name.rpartition(".")[2], bare, 3)),
    ]
    said = f"; near: {', '.join(dict.fromkeys(near))}" if near else ""
    return f"no table or view is called {name}{said}. SHOW ALL TABLES lists them all"
