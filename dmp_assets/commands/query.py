"""``dmp query``: SQL on the analysts' file, which can do nothing but read it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from dmp_assets.commands.at_work import in_plain_words
from dmp_assets.commands.terminal import as_typed, aside, checked_settings, console
from dmp_assets.foundation.settings.settings import Settings

if TYPE_CHECKING:
    import duckdb

MOST_ROWS = 50

AsCsv = Annotated[bool, typer.Option("--csv", help="All rows as CSV; cells that a spreadsheet would compute get a '.")]
AsJson = Annotated[bool, typer.Option("--json", help="All rows as a list of JSON objects.")]
Rows = Annotated[int, typer.Option("--rows", min=1, help="Rows of the table to print.")]


def query(
    sql: Annotated[str | None, typer.Argument(metavar="SQL", help="The query; - reads it from standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A file with the query.")] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    rows: Rows = MOST_ROWS,
) -> None:
    """Ask the analysts' file a question in SQL. Nothing is written, and no other file can be read."""
    text = _text(sql, file)
    with asking(checked_settings()) as settings:
        from dmp_assets.commands.asking.answers import answer_of

        with answer_of(settings.published_path, text) as answer:
            if not print_answer(answer, as_csv=as_csv, as_json=as_json, rows=rows):
                aside("No rows")


@contextmanager
def asking(settings: Settings) -> Iterator[Settings]:
    """End the command with one sentence where there is no analysts' file, or no answer."""
    from dmp_assets.commands.asking.answers import QuestionError

    if not settings.published_path.exists():
        refuse(f"{settings.published_path}: no such file; {as_typed('run')} publishes it from the landing folder")
    with in_plain_words(settings):
        try:
            yield settings
        except QuestionError as error:
            refuse(str(error))


def print_answer(answer: "duckdb.DuckDBPyRelation", *, as_csv: bool, as_json: bool, rows: int) -> int:
    """Print the rows in the form that was asked for, and return how many were printed."""
    from dmp_assets.commands.asking.writing import write_csv, write_json, write_table

    if as_csv:
        return write_csv(answer, sys.stdout)
    if as_json:
        return write_json(answer, sys.stdout)
    return write_table(answer, rows, sys.stdout, console.width if console.is_terminal else None)


def refuse(text: str) -> NoReturn:
    """End the command because of what was asked; standard output is the answer's."""
    aside(text, style="red")
    raise typer.Exit(2)


def _text(sql: str | None, file: Path | None) -> str:
    if (sql is None) == (file is None):
        refuse("expected one query: as words in quotes, with --file, or - for standard input")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            refuse(f"{file}: cannot be read as text")
    return sys.stdin.read() if sql == "-" else str(sql)
