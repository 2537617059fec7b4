"""Which tables an edit of the code makes stale: those whose step imports it, and no edit of words makes any."""

import json
import shutil
from pathlib import Path

import pytest

from dmp_assets.domains import STEPS
from dmp_assets.foundation.incremental.code import ROOT, CodeBase, Function, fingerprints
from dmp_assets.orchestration.fingerprints import ASSETS


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, to be edited; every test leaves it as it was."""
    root = tmp_path_factory.mktemp("code") / "dmp_assets"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture(scope="module")
def code(package: Path) -> CodeBase:
    return CodeBase(package)


def of_steps(code: CodeBase) -> dict[str, str]:
    found = {
        step.name: code.of_function(Function(ASSETS.get(step.name, f"{step.domain}.assets"), step.name))
        for step in STEPS
    }
    return found | {"reader": code.of_modules(["ingest.landing.reading"])}


@pytest.fixture(scope="module")
def before(code: CodeBase) -> dict[str, str]:
    return of_steps(code)


def changed_by(code: CodeBase, before: dict[str, str], file: str, old: str, new: str) -> set[str]:
    """Return the steps whose fingerprint an edit changes."""
    path = code.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not say {old!r} any more: give this test another edit"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    read_again = [name for name, known in code._modules.items() if known.path.parent == path.parent]
    try:
        for name in read_again:
            del code._modules[name]
        after = of_steps(code)
    finally:
        path.write_text(text, encoding="utf-8")
        for name in read_again:
            code._modules.pop(name, None)
    return {name for name, fingerprint in after.items() if before[name] != fingerprint}


def test_an_edit_of_sessions_changes_sessions_alone(code: CodeBase, before: dict[str, str]) -> None:
    edit = ("events/sessions.py", "def build_sessions(", "def build_sessions(_unused=0, *")
    assert changed_by(code, before, *edit) == {"sessions"}


def test_an_edit_of_money_changes_whoever_imports_it(code: CodeBase, before: dict[str, str]) -> None:
    found = changed_by(code, before, "foundation/values/money.py", "def in_units(", "def in_units(_unused=0, *")
    importers = {"describe_profiles", "campaign_roi", "segment_people", "raw_events", "reader"}
    assert importers <= found


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("events/sessions.py", '"""', '"""Other words. '),
        ("foundation/values/money.py", '"""', '"""Other words. '),
        ("events/sessions.py", "\ndef ", "\n# Another comment.\n\n\ndef "),
        ("profiles/schema/profiles.py", 'description="', 'description="Other words. '),
        ("profiles/charts.py", 'WATCHED = ("At Risk", ', 'WATCHED = ("Lost", '),
        ("foundation/warehouse/edition/published.py", "def publish_file(", "def publish_file(_unused=0, *"),
    ],
)
def test_words_pictures_and_the_carrying_of_rows_change_nothing(
    code: CodeBase, before: dict[str, str], file: str, old: str, new: str
) -> None:
    assert changed_by(code, before, file, old, new) == set()


def test_a_constant_beside_the_asset_counts_for_the_asset_that_uses_it(code: CodeBase, before: dict[str, str]) -> None:
    edit = ("events/assets.py", 'ACTIVITY_COLUMNS = ("event_date", ', 'ACTIVITY_COLUMNS = ("event_at", "event_date", ')
    assert changed_by(code, before, *edit) == {"daily_activity"}


def test_a_data_file_counts_for_the_code_that_reads_it(code: CodeBase, before: dict[str, str]) -> None:
    found = changed_by(code, before, "ingest/web/source_categories.csv", "google", "gooogle")
    assert "reader" in found
    assert "sessions" not in found


def test_every_step_has_a_function_of_its_name() -> None:
    code = CodeBase()
    references = {step.name for step in STEPS if step.domain == "ingest" and len(step.reads) == 1}
    for step in STEPS:
        pieces, modules = code.module(ASSETS.get(step.name, f"{step.domain}.assets")).used_by(step.name)
        whole = len(pieces) == 1 and modules == code.module(f"{step.domain}.assets").imported
        assert not whole or step.name in references, f"{step.name}: no function of this name in its assets module"


def test_the_answer_is_kept_until_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"sessions": Function("events.assets", "sessions")}
    monkeypatch.setattr("dmp_assets.foundation.incremental.code._IN_PROCESS", {})
    first = fingerprints(asked, {}, tmp_path / "code.json")
    kept = json.loads((tmp_path / "code.json").read_text(encoding="utf-8"))
    (tmp_path / "code.json").write_text(json.dumps(kept | {"fingerprints": {"sessions": "kept"}}), encoding="utf-8")
    monkeypatch.setattr("dmp_assets.foundation.incremental.code._IN_PROCESS", {})
    assert fingerprints(asked, {}, tmp_path / "code.json") == {"sessions": "kept"}
    (tmp_path / "code.json").write_text("no JSON", encoding="utf-8")
    monkeypatch.setattr("dmp_assets.foundation.incremental.code._IN_PROCESS", {})
    assert fingerprints(asked, {}, tmp_path / "code.json") == first
