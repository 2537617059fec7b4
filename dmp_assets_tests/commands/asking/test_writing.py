"""Answers as text: cells that a spreadsheet would compute, that a terminal would obey, or that do not fit."""

import csv
import io

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.commands.asking.writing import write_csv, write_json, write_table


def answer(value: object) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().query("SELECT $value AS value", params={"value": value})


def as_csv(value: object) -> str:
    out = io.StringIO(newline="")
    write_csv(answer(value), out)
    return list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1][0]


@pytest.mark.parametrize("number", ["-1", "+4930123", "-1.50", ".5", "-2e-07", "1e300"])
def test_a_number_stays_a_number(number: str) -> None:
    assert as_csv(number) == number


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "+", "-1 day", "-inf"]
)
def test_a_formula_becomes_text(text: str) -> None:
    assert as_csv(text) == f"'{text}"


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_no_cell_begins_as_a_formula_and_no_text_is_lost(text: str) -> None:
    cell = as_csv(text)
    assert cell.removeprefix("'") == text or cell == text
    assert cell[:1] not in tuple("=@\t\r\n")


def test_a_column_s_name_is_no_formula_either() -> None:
    out = io.StringIO()
    write_csv(duckdb.connect().query('SELECT 1 AS "=1+1", 2 AS "a""b"'), out)
    assert out.getvalue() == '\'=1+1,"a""b"\n1,2\n'


def test_an_empty_cell_alone_in_its_line_is_still_a_row() -> None:
    out = io.StringIO()
    assert write_csv(duckdb.connect().query("FROM (VALUES (NULL), ('a'), ('')) AS rows (n)"), out) == 3
    assert list(csv.reader(io.StringIO(out.getvalue()))) == [["n"], [""], ["a"], [""]]


def test_json_of_nothing_is_an_empty_list() -> None:
    out = io.StringIO()
    assert write_json(duckdb.connect().query("SELECT 1 AS n WHERE false"), out) == 0
    assert out.getvalue() == "[]\n"


def test_a_terminal_sees_control_characters_and_obeys_none() -> None:
    out = io.StringIO()
    write_table(answer("\x1b[31mred[/red]\x9b2J"), 1, out)
    assert "\\x1b[31mred[/red]\\x9b2J" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_columns_that_do_not_fit_a_terminal_are_named_and_those_that_do_are_whole() -> None:
    out = io.StringIO()
    columns = ", ".join(f"'{'x' * 15}' AS column_{place}" for place in range(9))
    write_table(duckdb.connect().query(f"SELECT {columns}"), 1, out, width=80)
    assert out.getvalue().count("x" * 15) == 4
    assert "Columns that do not fit here: column_4, column_5, column_6, column_7, column_8" in out.getvalue()


def test_a_file_has_every_column_however_wide() -> None:
    out = io.StringIO()
    columns = ", ".join(f"'{'x' * 90}' AS column_{place}" for place in range(9))
    write_table(duckdb.connect().query(f"SELECT {columns}"), 1, out)
    assert out.getvalue().splitlines()[1].count("x" * 90) == 9
