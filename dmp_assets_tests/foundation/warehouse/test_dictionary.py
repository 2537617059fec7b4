"""Every table, view and column of the analysts' file says what it means, in the file and in its dictionary."""

import re
from pathlib import Path

import duckdb
import pytest

from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.publishing.asset_options import column_schema
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.dictionary import as_markdown, data_dictionary
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import SqlFile, SqlFileError, read_sql_files
from dmp_assets.orchestration.layouts import FORMER_VIEWS, former_names
from dmp_assets.orchestration.publication import SQL_DIR, publish_tables
from dmp_assets_tests.foundation.warehouse.support.factories import DAY

VIEWS = read_sql_files(SQL_DIR / "views")
NAME = "CASE schema_name WHEN 'main' THEN '' ELSE schema_name || '.' END || "


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the analysts' file of a warehouse without any row."""
    settings = Settings(start_date=DAY, sources={}, data_dir=tmp_path_factory.mktemp("published"))
    warehouse = Warehouse(database=str(settings.warehouse_path))
    WarehouseIOManager(warehouse, CONTRACTS, settings.staging_dir, 1000).create_tables()
    publish_tables(settings, warehouse)
    return settings.published_path


def ask(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_every_table_and_view_has_a_comment(published: Path) -> None:
    for kind in ("table", "view"):
        where = "NOT internal AND coalesce(comment, '') = ''"
        assert ask(published, f"SELECT schema_name, {kind}_name FROM duckdb_{kind}s() WHERE {where}") == []


def test_every_column_has_a_comment(published: Path) -> None:
    where = "NOT internal AND coalesce(comment, '') = ''"
    assert ask(published, f"SELECT table_name, column_name FROM duckdb_columns() WHERE {where}") == []


def test_the_dictionary_has_every_column_and_no_other(published: Path) -> None:
    real = set(ask(published, f"SELECT {NAME} table_name, column_name FROM duckdb_columns() WHERE NOT internal"))
    real = {(name, column) for name, column in real if name not in former_names() | FORMER_VIEWS}
    listed = ask(published, "SELECT table_name, column_name FROM data_dictionary")
    assert set(listed) == real
    assert len(listed) == len(real)


def test_the_dictionary_says_what_the_comments_say_and_the_types_that_are(published: Path) -> None:
    real = ask(
        published,
        f"SELECT {NAME} table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal",
    )
    words = {(table, column): (kind, text) for table, column, kind, text in real}
    listed = "SELECT table_name, column_name, column_type, description FROM data_dictionary"
    for table, column, kind, text in ask(published, listed):
        assert (kind or words[table, column][0], text) == words[table, column]


@pytest.mark.parametrize(("old", "present"), FORMER_VIEWS.items())
def test_a_former_view_answers_and_says_what_it_is_called_now(published: Path, old: str, present: str) -> None:
    said = ask(published, f"SELECT comment FROM duckdb_views() WHERE view_name = '{old}'")
    assert said == [(f"Now called {present}; this name goes with the next layout.",)]
    with duckdb.connect(str(published), read_only=True) as connection:
        assert connection.table(old).columns == connection.table(present).columns


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_runs_without_rows_and_has_the_columns_that_it_declares(published: Path, view: SqlFile) -> None:
    with duckdb.connect(str(published), read_only=True) as connection:
        found = connection.sql(f'FROM "{view.name}"')
        assert found.columns == list(view.columns)
        assert found.fetchall() == []


def test_dagster_s_column_tab_and_the_page_for_people_have_every_column() -> None:
    tables = [Table(model) for model in CONTRACTS]
    page = as_markdown(data_dictionary(tables, VIEWS))
    for table in tables:
        assert [column.name for column in column_schema(table).columns] == list(table.polars_schema)
        assert all(column.description for column in table.columns)
        assert f"## {table.qualified_name}\n\n{table.description}\n" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT 1", "one.sql:1: expected a line"),
        ("-- column: only a column\nSELECT 1", "one.sql:1: expected a line"),
        ("-- Rows.\nSELECT 1; SELECT 2", "one.sql: expected one SELECT"),
        ("-- Rows.\nDROP TABLE t", "one.sql: expected one SELECT"),
        ("-- Rows.\n", "one.sql: expected one SELECT"),
    ],
    ids=["no head", "no description", "two statements", "no select", "no query"],
)
def test_a_file_without_its_head_or_with_more_than_one_select_is_refused_by_name(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "one.sql").write_text(text)
    with pytest.raises(SqlFileError, match=re.escape(words)):
        read_sql_files(tmp_path)
