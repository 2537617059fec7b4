"""``dmp audience``: what it prints, what it refuses, and that a mistake writes nothing."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.delivery_kills import deny, little_world, site_in
from dmp_assets.commands.app import app
from dmp_assets.commands.asking.recipes import read_recipes
from dmp_assets.commands.documentation import PROJECT_DIR
from dmp_assets_tests.support.factories import CONFIGURATION

pytestmark = pytest.mark.xdist_group("deliveries")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dmp.yaml").write_text(CONFIGURATION, encoding="utf-8")
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    monkeypatch.setenv("COLUMNS", "300")
    return tmp_path


def typed(words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audience", *words.split()])
    return done.exit_code, done.output


def test_a_trial_counts_and_an_export_writes_and_is_listed(folder: Path) -> None:
    deny(little_world(folder / "data"), "u1")
    code, said = typed("export Champions --to google_customer_match --dry-run")
    assert code == 0
    assert "segment:rfm_champions: 5 people in, with consent to advertising\n  1 out: denied\n" in said
    assert "10 identifiers would be added, 0 removed; nothing was written" in said
    assert not (folder / "data" / "audiences").exists()
    assert "1 out: denied" not in typed("export Champions --to csv --purpose advertising --dry-run")[1].split("in,")[0]
    code, said = typed("export Champions --to google_customer_match")
    (file,) = (folder / "data" / "audiences").rglob("*.csv")
    assert (code, str(file) in said) == (0, True)
    assert "Nothing changed since the last delivery" in typed("export Champions --to google_customer_match")[1]
    assert f"google_customer_match/{file.name}" in typed("list")[1]
    assert site_in(folder / "data").ledger.deliveries().height == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("export Champions --to tiktok", "--to 'tiktok'; allowed: csv, google_customer_match, meta_customer_list"),
        ("export --to csv", "expected one of SEGMENT and --recipe"),
        ("export Champions --recipe win_back_list --to csv", "expected one of SEGMENT and --recipe"),
        ("export Champions --to csv --purpose ads", "--purpose 'ads'; allowed: store_and_access_device"),
        ("export Champions --to csv", "warehouse.duckdb: no such file; `dmp run` makes it"),
        ("list", "warehouse.duckdb: no such file; `dmp run` makes it"),
    ],
)
def test_a_wrong_word_ends_the_command_with_what_is_allowed(folder: Path, words: str, said: str) -> None:
    code, output = typed(words)
    assert code == 2
    assert said in output
    assert not (folder / "data" / "audiences").exists()


def test_a_broken_activation_file_is_named(folder: Path) -> None:
    (folder / "activation.yaml").write_text("version: 2\n", encoding="utf-8")
    code, output = typed("export Champions --to csv")
    assert (code, "activation.yaml:1: key 'version' has the value 2" in output) == (2, True)


def test_the_recipes_that_examples_name_exist_and_name_people() -> None:
    pages = [*(PROJECT_DIR / "docs").glob("*.md"), *(PROJECT_DIR / "dmp_assets").rglob("*.py")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    named = set(re.findall(r"(?:--recipe |\{recipe: )(\w+)", text))
    assert named
    assert named <= {recipe.name for recipe in read_recipes() if "person_id" in recipe.query}
