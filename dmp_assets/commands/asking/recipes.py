"""The recipes: questions in words, each with the query that answers it."""

import re
from dataclasses import dataclass
from pathlib import Path

from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.warehouse.views import SqlFile, SqlFileError, read_sql_files

RECIPES_DIR = bundled("sql") / "recipes"

_PARAMETER = re.compile(r"^-- \$([a-z][a-z0-9_]*): (.+)$", re.MULTILINE)
_ALSO = re.compile(r"^-- Also: (.+)$", re.MULTILINE)
_EMPTY = re.compile(r"^-- Empty: (.+)$", re.MULTILINE)
_QUESTION = re.compile(r"^-- (.+\?)$")


@dataclass(frozen=True)
class Recipe:
    """A question, and what answers it."""

    name: str
    question: str
    also: str
    """The question in other words, for those who look for it."""
    empty: str
    """What it means that no row answers."""
    notes: str
    """What to know of the answer."""
    parameters: dict[str, str]
    """Name -> words. The query reads a parameter by ``getvariable`` and has its own default."""
    columns: dict[str, str]
    """Column of the answer -> words, in order."""
    text: str
    """The file: head and query."""
    query: str


def read_recipes(folder: Path = RECIPES_DIR) -> list[Recipe]:
    """Return the recipes of a folder, by name.

    A file has the head of a view, with lines of four more kinds: the question comes first, ``-- Also:`` says it in
    other words, ``-- Empty:`` says what no row means, ``-- $name: words`` names a parameter.

    Raises:
        SqlFileError: The head is not so, or the query is not one SELECT.
    """
    return [_recipe(file, (folder / f"{file.name}.sql").read_text(encoding="utf-8")) for file in read_sql_files(folder)]


def _recipe(file: SqlFile, text: str) -> Recipe:
    question = _QUESTION.match(text.splitlines()[0])
    also, empty = _ALSO.search(text), _EMPTY.search(text)
    if question is None or also is None or empty is None:
        raise SqlFileError(
            f"{file.name}.sql:1: expected '-- a question?', then a line '-- Also: ' and one '-- Empty: '"
        )
    head = [line.removeprefix("-- ") for line in text.splitlines()[1:] if line.startswith("-- ")]
    named = {f"{column}: {words}" for column, words in file.columns.items()}
    notes = [line for line in head if line not in named and not line.startswith(("Also: ", "Empty: ", "$"))]
    parameters = dict(_PARAMETER.findall(text))
    return Recipe(
        file.name, question[1], also[1], empty[1], " ".join(notes), parameters, file.columns, text, file.query
    )
