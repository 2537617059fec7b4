"""A tiny edition of the tables in memory: every table and view, empty, and the few rows that a test puts in."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from dmp_assets.domains import TABLES
from dmp_assets.foundation.pages.blocks import Block, Chart, Folded, Headline, NotEnough, Periods, Section, Table, Text
from dmp_assets.foundation.pages.blocks import Figures as FigureRow
from dmp_assets.foundation.pages.page import Edition, Page
from dmp_assets.foundation.pages.words import Words, read_catalogue
from dmp_assets.foundation.warehouse.commits import create_books
from dmp_assets.foundation.warehouse.views import in_order, read_sql_files
from dmp_assets.orchestration.publication import SQL_DIR
from dmp_assets.report.asking import Asked
from dmp_assets.report.manifest import HERE

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table, as ``profiles.profiles`` -> its rows; a column that a row does not name is null."""

LAST_DAY = date(2026, 3, 31)

_VIEWS = in_order(read_sql_files(SQL_DIR / "views"))
_STATEMENTS = [
    statement for table in TABLES for statement in table.create_statements() if not statement.startswith("COMMENT")
]


def connected(rows: Rows) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with every table and view, and the given rows."""
    connection = duckdb.connect(config={"threads": 1})
    create_books(connection)
    for statement in dict.fromkeys(_STATEMENTS):
        connection.execute(statement)
    for table, given in rows.items():
        for row in given:
            names, marks = ", ".join(row), ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
    for view in _VIEWS:
        connection.execute(f'CREATE VIEW "{view.name}" AS {view.query}')
    return connection


def edition_of(
    connection: duckdb.DuckDBPyConnection,
    *,
    last_day: date | None = LAST_DAY,
    show_people: bool = True,
    left_out: Sequence[str] = (),
) -> Edition:
    """Return the edition as the report has it, in English words."""
    catalogue = read_catalogue(HERE / "words" / "en.yaml")
    return Edition(Asked(connection), Words(catalogue.texts, catalogue.language), last_day, show_people, left_out)


def built(page: Page, rows: Rows, **values: Any) -> list[Block]:
    """Return the blocks of a page on an edition of these rows; ``values`` are those of ``edition_of``."""
    return list(page.build(edition_of(connected(rows), **values)))


def every(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks with those inside of sections, folds, periods and charts."""
    found: list[Block] = []
    for block in blocks:
        found.append(block)
        if isinstance(block, Section | Folded):
            found += every(block.blocks)
        elif isinstance(block, Chart) and block.table is not None:
            found += every([block.table])
        elif isinstance(block, Periods):
            for parts in block.by_period.values():
                found += every(parts)
    return found


def figures(blocks: Sequence[Block]) -> dict[str, Any]:
    """Return the values of all figures by their key; of several periods the last one's."""
    return {one.key: one.value for row in every(blocks) if isinstance(row, FigureRow) for one in row.figures}


def table(blocks: Sequence[Block], key: str) -> list[dict[str, Any]]:
    """Return the rows of the table of a key."""
    return next(one.rows.to_dicts() for one in every(blocks) if isinstance(one, Table) and one.key == key)


def chart(blocks: Sequence[Block], key: str) -> Chart:
    """Return the chart of a key."""
    return next(one for one in every(blocks) if isinstance(one, Chart) and one.key == key)


def drawn(blocks: Sequence[Block], key: str) -> list[dict[str, Any]]:
    """Return the values of the marks of a chart; all its layers show the same."""
    (values,) = chart(blocks, key).spec["datasets"].values()
    return list(values)


def headline(blocks: Sequence[Block]) -> str:
    """Return the sentence that the page opens with; there is one."""
    (found,) = [one.text for one in every(blocks) if isinstance(one, Headline)]
    return found


def texts(blocks: Sequence[Block]) -> list[str]:
    """Return the sentences of a page: headline, texts, titles, and what is not enough."""
    sentences = [one.text for one in every(blocks) if isinstance(one, Headline | Text | NotEnough)]
    return sentences + [one.title for one in every(blocks) if isinstance(one, Section | Chart | Table)]


def nonsense(blocks: Sequence[Block]) -> list[str]:
    """Return sentences and values with what no reader may see: NaN, infinity, None, or an unfilled name."""
    bad = re.compile(r"\b(nan|NaN|inf|None)\b|∞|\{\w+")
    values = [str(value) for value in figures(blocks).values() if value is not None]
    cells = [
        str(cell)
        for one in every(blocks)
        if isinstance(one, Table)
        for column in one.columns
        for cell in one.rows[column.name].to_list()
        if cell is not None
    ]
    return [text for text in [*texts(blocks), *values, *cells] if bad.search(text)]
