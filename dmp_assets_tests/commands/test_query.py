"""``dmp query``: SQL from words, a file or standard input; a table, CSV or JSON; or one sentence on why not."""

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from dmp_assets.commands import terminal
from dmp_assets.commands.app import app

SALES = "SELECT * FROM sales ORDER BY day, item"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(terminal._aside, "width", 200)
    (tmp_path / "dmp.yaml").write_text("start_date: 2024-05-01\nsources: {}\n", encoding="utf-8")
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    monkeypatch.delenv("DMP_DATA_DIR", raising=False)
    (tmp_path / "data").mkdir()
    with duckdb.connect(str(tmp_path / "data" / "dmp.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE sales AS FROM (VALUES (DATE '2026-03-01', '=HYPERLINK(1)', -1.5000::DECIMAL(38,4), ['a']), "
            "('2026-03-02', 'tea', 12345678901234567890.1234, NULL)) AS rows (day, item, amount, tags)"
        )
    return tmp_path


def dmp(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["query", *words], input=stdin)


def test_a_query_comes_from_words_a_file_or_standard_input(folder: Path) -> None:
    (folder / "q.sql").write_text("SELECT count(*) AS n FROM sales;\n", encoding="utf-8")
    for done in (
        dmp("SELECT count(*) AS n FROM sales", "--csv"),
        dmp("--file", str(folder / "q.sql"), "--csv"),
        dmp("-", "--csv", stdin="SELECT count(*) AS n FROM sales"),
    ):
        assert (done.exit_code, done.stdout) == (0, "n\n2\n")


def test_amounts_keep_their_digits_in_json_and_csv_and_formulas_become_text(folder: Path) -> None:
    assert dmp(SALES, "--csv").stdout == (
        "day,item,amount,tags\n2026-03-01,'=HYPERLINK(1),-1.5000,[a]\n2026-03-02,tea,12345678901234567890.1234,\n"
    )
    text = dmp(SALES, "--json").stdout
    assert '"amount":12345678901234567890.1234' in text
    assert [row["tags"] for row in json.loads(text)] == [["a"], None]


def test_a_table_is_cut_and_says_so(folder: Path) -> None:
    cut, whole = dmp(SALES, "--rows", "1").stdout, dmp(SALES).stdout
    assert "tea" not in cut
    assert "The first 1 rows; there are more: --rows N, or all of them with --csv or --json" in cut
    assert "tea" in whole
    assert "there are more" not in whole
    assert "No rows" in dmp("SELECT * FROM sales WHERE false").stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("FROM sale",), "no table or view is called sale; near: sales."),
        (("COPY sales TO 'x.csv'",), "a query reads the published file alone"),
        ((), "expected one query"),
        (("SELECT 1", "--file", "q.sql"), "expected one query"),
        (("--file", "none.sql"), "none.sql: cannot be read as text"),
    ],
)
def test_what_cannot_be_answered_ends_with_2_and_a_sentence_aside(
    folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = dmp(*words, "--csv")
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_without_a_published_file_the_command_says_what_publishes_it(folder: Path) -> None:
    (folder / "data" / "dmp.duckdb").unlink()
    done = dmp("SELECT 1")
    assert done.exit_code == 2
    assert "dmp.duckdb: no such file; make run publishes it" in done.stderr


def test_a_damaged_file_ends_with_the_code_of_damage(folder: Path) -> None:
    (folder / "data" / "dmp.duckdb").write_bytes(b"x" * 20_000)
    assert dmp("SELECT 1").exit_code == 5
