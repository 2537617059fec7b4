"""``dmp status``: what is there and what is wrong, within a second and without Dagster."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from dmp_assets.commands.state.folder_state import State, problems_of, state_of
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets_tests.support.factories import LAST_DAY, built_shop, land, shop
from dmp_assets_tests.support.places import REPOSITORY


def good_shop(folder: Path) -> Settings:
    """Return a built shop of which nothing is wrong: the factory's own has an error of data quality."""
    settings = built_shop(folder)
    ask(settings, "UPDATE quality.quality SET status = 'ok'")
    return settings


def ask(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.published_path)) as connection:
        connection.execute(statement)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return good_shop(tmp_path_factory.mktemp("shop"))


def test_the_command_gives_one_object_and_loads_no_dagster(settings: Settings) -> None:
    code = "import sys; from dmp_assets.commands.state.status import status; status(as_json=True); "
    code += "sys.stderr.write(str(sorted({'dagster', 'pandera'} & set(sys.modules))))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DMP_CONFIG": str(settings.data_dir.parent / "dmp.yaml"), "PYTHONPATH": str(REPOSITORY)}
        | {"DMP_DATA_DIR": str(settings.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "[]")
    found = json.loads(done.stdout)
    assert (found["ok"], found["edition"]["newest_day"]) == (True, LAST_DAY.isoformat())
    assert found["edition"]["orders"] > 0
    assert found["open"]["files"] == {"new": 0, "changed": 0, "gone": 0}


def test_files_that_landed_changed_and_went_are_open_and_nothing_is_wrong(tmp_path: Path) -> None:
    settings = good_shop(tmp_path)
    items, clicks = settings.landing_dir / "items" / "a.csv", settings.landing_dir / "clicks" / "a.ndjson"
    items.write_text(items.read_text().replace("DAIRY", "BAKER"))
    clicks.unlink()
    land(settings, {"orders/new.csv": "at,order\n"})
    state = state_of(settings)
    assert state.landed == {"new": 1, "changed": 1, "gone": 1}
    assert problems_of(state) == []


def test_settings_that_are_newer_than_the_edition_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = good_shop(tmp_path)
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    now = time.time()
    for seconds, names in ((-10 * 86_400, set()), (60, {"dmp.yaml"})):
        os.utime(tmp_path / "dmp.yaml", (now + seconds, now + seconds))
        assert set(state_of(settings).newer) - {"the code"} == names


def test_a_failed_step_a_failed_file_and_a_bad_check_are_wrong_each_with_its_cure(tmp_path: Path) -> None:
    settings = good_shop(tmp_path)
    assert problems_of(state_of(settings)) == []
    ask(
        settings,
        "UPDATE meta.tables SET waits_for = 'segment_people', waits_since = TIMESTAMP '2026-03-01 10:00', "
        "cause = 'too few buyers' WHERE starts_with(table_name, 'segments.')",
    )
    ask(settings, "UPDATE ingest.landing_files SET status = 'failed' WHERE path = 'items/a.csv'")
    ask(settings, "UPDATE quality.quality SET status = 'error' WHERE dimension = 'volume'")
    found = problems_of(state_of(settings))
    assert found[0] == "too few buyers (since 2026-03-01 10:00 UTC; 2 tables wait): dmp run --retry tries again"
    assert "checks of the data are errors: open" in found[1]
    assert found[2].startswith("1 files could not be used")
    assert len(found) == 3


def test_a_folder_that_was_never_built_says_what_builds_it(tmp_path: Path) -> None:
    state = state_of(shop(tmp_path))
    assert (state.edition, state.last_run, state.at_work) == (None, None, ())
    assert problems_of(state) == ["Nothing is published yet: dmp run builds it"]
    assert isinstance(state, State)
