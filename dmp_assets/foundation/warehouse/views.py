"""The views and checks that are kept as files in ``sql/``, each with its description on top."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

_WARNS = "-- warns"
_COLUMN_LINE = re.compile(r"^-- ([a-z][a-z0-9_]*): (.+)$")


class SqlFileError(ValueError):
    """A file under ``sql/`` does not have the agreed head; the message names file and line."""


@dataclass(frozen=True)
class SqlFile:
    """One query with its description and the description of each of its columns."""

    name: str
    description: str
    columns: dict[str, str]
    query: str
    warns: bool = False
    """A check that finds rows is a warning, not an error."""


def read_sql_files(folder: Path) -> list[SqlFile]:
    """Return the queries of a folder, and of the folders in it, by name.

    A query's name is its path from the folder on, with dots: ``events/sessions.conservation.sql`` is called
    ``events.sessions.conservation``.

    A file opens with ``--`` lines: the description first, then ``-- column: words`` for the columns. A check whose
    head has the line ``-- warns`` warns. The query follows and is one SELECT.

    Raises:
        SqlFileError: The head is missing, or the query is not a single SELECT.
    """
    named = {".".join(path.relative_to(folder).with_suffix("").parts): path for path in folder.rglob("*.sql")}
    return [_read(name, path) for name, path in sorted(named.items())]


def in_order(views: Sequence[SqlFile]) -> list[SqlFile]:
    """Return the views in an order in which they can be made: a view stands after those that it reads from.

    A view reads from another one where the other's name stands in its query without a schema before it.

    >>> from_orders = SqlFile("buyers", "", {}, "SELECT person_id FROM orders_of_persons")
    >>> [view.name for view in in_order([from_orders, SqlFile("orders_of_persons", "", {}, "FROM orders.orders")])]
    ['orders_of_persons', 'buyers']

    Raises:
        graphlib.CycleError: Views read from each other in a circle.
    """
    by_name = {view.name: view for view in views}
    words = {view.name: set(re.findall(r"(?<![\w.])\w+\b(?!\.)", view.query)) for view in views}
    reads = {name: sorted((words[name] & by_name.keys()) - {name}) for name in sorted(by_name)}
    return [by_name[name] for name in TopologicalSorter(reads).static_order()]


def _read(name: str, path: Path) -> SqlFile:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("--")]
    columns = {match[1]: match[2] for line in head if (match := _COLUMN_LINE.match(line))}
    words = [line.removeprefix("--").strip() for line in head if not _COLUMN_LINE.match(line) and line != _WARNS]
    query = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    if not words:
        raise SqlFileError(f"{path.name}:1: expected a line '-- what the rows are' before the query")
    if ";" in query or not re.match(r"(?i)(select|with|from)\b", query):
        raise SqlFileError(f"{path.name}: expected one SELECT after the comment lines")
    return SqlFile(name, " ".join(words), columns, query, _WARNS in head)
