"""A query reads the analysts' file and nothing else, and what it cannot have is said without values of rows."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dmp_assets.commands.asking.answers import QuestionError, answer_of

MAIL = "ann@shop.example"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("edition") / "dmp.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA events; CREATE TABLE events.sessions AS SELECT 1 AS n")
        connection.execute("CREATE TABLE people AS SELECT $mail AS email", {"mail": MAIL})
        connection.execute("CREATE VIEW segment_sizes AS SELECT 'vip' AS segment, 3 AS people")
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    yield path
    assert {one.name for one in tmp_path.iterdir()} == {"secret.csv", "other.duckdb"}, "something was written"


def asked(path: Path, sql: str) -> list[tuple]:
    with answer_of(path, sql) as answer:
        return answer.fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "COPY people TO '{folder}/out.csv'",
        "COPY (FROM people) TO '{folder}/out.parquet' (FORMAT parquet)",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/other.duckdb' AS other; FROM other.information_schema.tables",
        "ATTACH '{folder}/new.duckdb'",
        "FROM read_csv('{folder}/secret.csv')",
        "FROM '{folder}/secret.csv'",
        "FROM read_text('{folder}/secret.csv')",
        "FROM read_blob('{folder}/secret.csv')",
        "FROM glob('{folder}/*')",
        "FROM sniff_csv('{folder}/secret.csv')",
        "FROM read_parquet('https://example.org/x.parquet')",
        "INSTALL httpfs",
        "FORCE INSTALL httpfs FROM community",
        "LOAD httpfs",
        "SET enable_external_access = true; FROM '{folder}/secret.csv'",
        "SET lock_configuration = false; FROM '{folder}/secret.csv'",
        "SET temp_directory = '{folder}/spill'; FROM people",
        "PRAGMA profiling_output = '{folder}/profile.json'; FROM people",
        "SET allow_community_extensions = true; FROM people",
        "SET threads = 1; FROM people",
        "INSERT INTO people VALUES ('x'); FROM people",
        "DELETE FROM people; FROM people",
        "CREATE TABLE mine AS FROM people; FROM mine",
        "DROP VIEW segment_sizes; FROM people",
        "ATTACH ':memory:' AS mine",
        "FROM secret",
        "FROM duckdb_secrets()",
        "",
        "-- nothing",
    ],
)
def test_nothing_else_is_read_or_written(edition: Path, secret: Path, sql: str) -> None:
    before = edition.read_bytes()
    with pytest.raises(QuestionError):
        asked(edition, sql.format(folder=secret.parent))
    assert edition.read_bytes() == before
    assert {one.name for one in edition.parent.iterdir()} == {"dmp.duckdb"}


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("FROM segment_sizes", [("vip", 3)]),
        ("SELECT people FROM segment_sizes; -- the end", [(3,)]),
        ("SET VARIABLE least = 2; SELECT segment FROM segment_sizes WHERE people > getvariable('least')", [("vip",)]),
        ("CREATE TEMP TABLE mine AS FROM segment_sizes; SELECT count(*) FROM mine", [(1,)]),
        ("PIVOT segment_sizes ON segment USING sum(people)", [(3, 3)]),
        ("SELECT count(*) > 0 FROM duckdb_columns()", [(True,)]),
    ],
)
def test_the_last_statement_answers(edition: Path, sql: str, rows: list[tuple]) -> None:
    assert asked(edition, sql)[0][-1:] == rows[0][-1:]
    assert len(asked(edition, sql)) == len(rows)


def test_what_does_not_fit_into_memory_spills_into_a_folder_that_goes_with_the_query(edition: Path) -> None:
    with answer_of(edition, "SELECT current_setting('temp_directory')") as answer:
        spill = Path(str(answer.fetchall()[0][0]))
        assert spill.stat().st_mode & 0o077 == 0
        assert spill.parent != edition.parent
    assert not spill.exists()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("FROM sesions", "no table or view is called sesions; near: events.sessions. SHOW ALL TABLES lists them all"),
        ("FROM event.sessions", "no table or view is called event.sessions; near: events.sessions."),
        ("FROM zzz", "no table or view is called zzz. SHOW ALL TABLES"),
        ("SELECT segmen FROM segment_sizes", 'Referenced column "segmen" not found'),
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("SELECT nofun(1)", "Scalar Function with name nofun does not exist"),
        ("SELECT max(email::INT) FROM people", "Conversion Error while rows were read; TRY_CAST"),
        ("SELECT count(error(email)) FROM people", "Invalid Input Error while rows were read"),
        ("CREATE TEMP TABLE mine AS FROM people", "the last statement gives no rows"),
    ],
)
def test_what_is_wrong_is_said_with_near_names_and_without_values(edition: Path, sql: str, words: str) -> None:
    with pytest.raises(QuestionError) as raised:
        asked(edition, sql)
    assert words in str(raised.value)
    assert MAIL not in str(raised.value)


def test_a_damaged_file_is_no_fault_of_the_question(edition: Path, tmp_path: Path) -> None:
    shutil.copy(edition, tmp_path / "dmp.duckdb")
    (tmp_path / "dmp.duckdb").write_bytes(b"x" * 20_000)
    with pytest.raises(duckdb.IOException):
        asked(tmp_path / "dmp.duckdb", "SELECT 1")
