"""``dmp ask``: the recipe that fits is named and run with its neighbours, and an unknown question runs nothing."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dmp_assets.commands import terminal
from dmp_assets.commands.app import app
from dmp_assets.commands.asking import recipes
from dmp_assets.commands.asking.recipes import Recipe

QUESTION = ("how", "many", "days", "are", "there")


def recipe(name: str, question: str, query: str, **parameters: str) -> Recipe:
    empty, text = "Not enough data: no day.", f"-- {question}\n{query};\n"
    return Recipe(name, question, "", empty, "", parameters, {"n": "Number."}, text, query)


RECIPES = [
    recipe("days", "How many days are there?", "SELECT coalesce(getvariable('n')::INT, 7) AS n", n="A number."),
    recipe("items", "Which items are there?", "SELECT 1 AS n WHERE false"),
    recipe("places", "Which places are there?", "FROM not_published"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_edition: Path) -> Path:
    for one in (terminal.console, terminal._aside):
        monkeypatch.setattr(one, "width", 200)
    monkeypatch.setattr(recipes, "read_recipes", lambda: RECIPES)
    (tmp_path / "dmp.yaml").write_text("start_date: 2024-05-01\nsources: {}\n", encoding="utf-8")
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    monkeypatch.delenv("DMP_DATA_DIR", raising=False)
    (tmp_path / "data").mkdir()
    shutil.copy(empty_edition, tmp_path / "data" / "dmp.duckdb")
    return tmp_path


def dmp(*words: str) -> Result:
    return CliRunner().invoke(app, ["ask", *words])


def test_the_question_found_its_answer_and_two_others_are_printed(folder: Path) -> None:
    done = dmp(*QUESTION)
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    assert (done.exit_code, lines) == (
        0,
        [
            "How many days are there?  [days]",
            "n",
            "7",
            "--set n=...: A number.",
            "The next best questions:",
            "Which items are there?  [items]",
            "Which places are there?  [places]",
        ],
    )


def test_csv_and_json_have_the_answer_alone(folder: Path) -> None:
    assert dmp(*QUESTION, "--csv").stdout == "n\n7\n"
    assert dmp(*QUESTION, "--json").stdout == '[\n{"n":7}\n]\n'
    assert "How many days are there?" in dmp(*QUESTION, "--csv").stderr


def test_a_parameter_is_set_and_one_that_is_unknown_or_unreadable_is_named(folder: Path) -> None:
    assert dmp("days", "--set", "n=3", "--csv").stdout == "n\n3\n"
    for given, sentence in (
        ("m=3", "--set m: days takes n=... (A number.)"),
        ("n=", "--set n: days takes n=... (A number.)"),
        ("n=soon", "days: Conversion Error"),
    ):
        done = dmp("days", "--set", given)
        assert done.exit_code == 2
        assert sentence in done.stderr
    assert "--set n: items takes no parameters" in dmp("items", "--set", "n=3").stderr


def test_an_unknown_question_names_the_nearest_three_and_runs_none(folder: Path) -> None:
    done = dmp("who", "won", "the", "world", "cup")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("[") == 3


def test_no_row_says_what_that_means_and_a_table_that_is_not_there_what_publishes_it(folder: Path) -> None:
    assert "Not enough data: no day." in dmp("items").stderr
    done = dmp("places")
    assert done.exit_code == 2
    assert "places: no table or view is called not_published" in done.stderr
    assert "make run publishes the file again" in done.stderr


def test_all_questions_and_the_query_of_one_are_printed_without_a_file(folder: Path) -> None:
    (folder / "data" / "dmp.duckdb").unlink()
    assert dmp("--list").stdout.count("?  [") == 3
    assert dmp("items", "--sql").stdout == RECIPES[1].text
    assert "no such file; make run publishes it" in dmp("items").stderr
    assert dmp().exit_code == 2
