"""Answers for people and for programs: a table on the terminal, CSV that no spreadsheet takes for formulas, JSON.

DuckDB makes the text of every value, so amounts keep all of their digits.
"""

import csv
import re
from typing import IO

import duckdb
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

BATCH_ROWS = 10_000

WIDEST = 40
"""Characters of a column on a terminal; longer values are folded."""

_GAP = 2
_FORMULA = r"^[=+\-@\t\r\n]"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_FRACTIONAL = ("float", "double")
_NUMERIC = (
    *_FRACTIONAL,
    *["decimal", "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint"],
)
_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}
"""Control characters are shown as such: a terminal would obey those in a value."""


def write_csv(answer: duckdb.DuckDBPyRelation, out: IO[str]) -> int:
    r"""Write the rows below a line of names, and return how many; null is an empty cell.

    A cell that a spreadsheet would take for a formula, because it begins with ``= + - @``, a tab or a line break, gets
    an apostrophe before it. Numbers stay as they are.

    >>> import sys
    >>> write_csv(duckdb.sql("SELECT '=1+1' AS words, -1.50 AS amount"), sys.stdout)
    words,amount
    '=1+1,-1.50
    1
    """
    csv.writer(out, lineterminator="\n").writerow([f"'{n}" if re.match(_FORMULA, n) else n for n in answer.columns])
    places = range(1, len(answer.columns) + 1)
    cells = ", ".join(f"{_guarded(f'#{place}::VARCHAR')} AS c{place}" for place in places)
    line = f"concat_ws(',', {', '.join(_csv_cell(f'c{place}', is_alone=len(places) == 1) for place in places)})"
    rows = answer.query("answer", f"SELECT {line} FROM (SELECT {cells} FROM answer)")  # noqa: S608 - places of columns
    written = 0
    while batch := rows.fetchmany(BATCH_ROWS):
        out.writelines(f"{text}\n" for (text,) in batch)
        written += len(batch)
    return written


def write_json(answer: duckdb.DuckDBPyRelation, out: IO[str]) -> int:
    """Write a list of objects, one a line, and return how many; an amount that is not a finite number is null.

    >>> import sys
    >>> write_json(duckdb.sql("SELECT 1.50 AS amount, 'nan'::DOUBLE AS rate"), sys.stdout)
    [
    {"amount":1.5,"rate":null}
    ]
    1
    """
    columns = [
        f"CASE WHEN isfinite(#{place}) THEN #{place} END AS {_quoted(name)}"
        if kind.id in _FRACTIONAL
        else f"#{place} AS {_quoted(name)}"
        for place, (name, kind) in enumerate(zip(answer.columns, answer.types, strict=True), 1)
    ]
    objects = f"SELECT to_json(o)::VARCHAR FROM (SELECT {', '.join(columns)} FROM answer) AS o"  # noqa: S608 - quoted
    rows, written = answer.query("answer", objects), 0
    while batch := rows.fetchmany(BATCH_ROWS):
        out.write((",\n" if written else "[\n") + ",\n".join(text for (text,) in batch))
        written += len(batch)
    out.write("\n]\n" if written else "[]\n")
    return written


def write_table(answer: duckdb.DuckDBPyRelation, most: int, out: IO[str], width: int | None = None) -> int:
    """Write a table of at most so many rows, say what is not shown, and return how many rows are.

    Args:
        answer: The rows.
        most: Rows to show.
        out: Where to.
        width: Characters of a line of the terminal, whose last columns are left out where they do not fit; None for a
            file, which takes lines of any length.
    """
    cells = ", ".join(f"#{place}::VARCHAR" for place in range(1, len(answer.columns) + 1))
    rows = answer.query("answer", f"SELECT {cells} FROM answer").fetchmany(most + 1)  # noqa: S608 - places of columns
    shown = [["null" if cell is None else cell.translate(_CONTROLS) for cell in row] for row in rows[:most]]
    names = [name.translate(_CONTROLS) for name in answer.columns]
    widths = [max(map(len, column)) for column in zip(names, *shown, strict=True)]
    fits = len(names)
    if width is not None:
        widths = [min(one, WIDEST) for one in widths]
        while fits > 1 and sum(widths[:fits]) + _GAP * (fits - 1) > width:
            fits -= 1
    table = RichTable(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name, kind, widest in zip(names[:fits], answer.types[:fits], widths, strict=False):
        table.add_column(
            Text(name), justify="right" if kind.id in _NUMERIC else "left", overflow="fold", max_width=widest
        )
    for row in shown:
        table.add_row(*(Text(cell) for cell in row[:fits]))
    console = Console(file=out, width=width or sum(widths) + _GAP * len(widths) + 1, highlight=False)
    console.print(table)
    if names[fits:]:
        words = f"Columns that do not fit here: {', '.join(names[fits:])}"
        console.print(words, markup=False, soft_wrap=True)
    if len(rows) > most:
        console.print(
            f"The first {most:,} rows; there are more: --rows N, or all of them with --csv or --json", soft_wrap=True
        )
    return len(shown)


def _guarded(text: str) -> str:
    """Return the SQL of a text that no spreadsheet computes."""
    is_formula = f"regexp_matches({text}, '{_FORMULA}') AND NOT regexp_matches({text}, '{_NUMBER}')"
    return f"CASE WHEN {is_formula} THEN '''' || {text} ELSE {text} END"


def _csv_cell(text: str, *, is_alone: bool) -> str:
    """Return the SQL of a cell, in quotes where it needs them: Python's writer leaves a carriage return bare.

    An empty cell that is alone in its line is in quotes too: readers skip empty lines.
    """
    empty = '""' if is_alone else ""
    needs_quotes = f"regexp_matches({text}, '[\",\\r\\n]')"
    quoted = f"""'"' || replace({text}, '"', '""') || '"'"""
    return f"CASE WHEN {needs_quotes} THEN {quoted} ELSE coalesce(nullif({text}, ''), '{empty}') END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
