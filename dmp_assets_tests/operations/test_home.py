"""The shipped dagster.yaml loads as it is meant, and the home is made ready for it."""

import os
import sqlite3
import subprocess
import sys
import warnings
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.sqlite import LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION as OLDER

from dmp_assets.operations.event_log import BatchingSqliteEventLogStorage
from dmp_assets.operations.home import STORES, make_stores, prepare_home
from dmp_assets_tests.operations.support.servers import CONFIG, PATIENCE, REPOSITORY


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")  # recorded before prepare_home sets it
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    monkeypatch.delenv("DAGSTER_DISABLE_TELEMETRY", raising=False)
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "0")


def test_shipped_configuration_loads_without_a_warning(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "data", CONFIG)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with dg.DagsterInstance.get() as instance:
            assert isinstance(instance.event_log_storage, BatchingSqliteEventLogStorage)
            assert not instance.telemetry_enabled
            assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1  # type: ignore[union-attr]
            assert instance.run_monitoring_enabled
            assert instance.run_monitoring_max_runtime_seconds == 21600
            assert (instance.run_retries_max_retries, instance.run_retries_retry_on_asset_or_op_failure) == (2, False)
    assert sorted(path.name for path in home.rglob("*.db")) == ["index.db", "runs.db", "schedules.db"]
    assert list((tmp_path / "data").iterdir()) == [home]


def test_home_does_not_depend_on_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = prepare_home(Path("data"), CONFIG)
    assert home == tmp_path / "data" / "dagster_home"
    monkeypatch.chdir("/")
    with dg.DagsterInstance.get() as instance:
        assert Path(instance.root_directory) == home


def test_configuration_is_copied_only_when_it_differs(tmp_path: Path) -> None:
    config = tmp_path / "dagster.yaml"
    config.write_text("telemetry: {enabled: false}\n")
    copied = prepare_home(tmp_path, config) / "dagster.yaml"
    first = copied.stat()
    prepare_home(tmp_path, config)
    assert (copied.stat().st_ino, copied.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    config.write_text("telemetry: {enabled: true}\n")
    prepare_home(tmp_path, config)
    assert copied.read_text() == config.read_text()
    assert sorted(path.name for path in copied.parent.iterdir()) == ["dagster.yaml", "opening.lock"]


def test_many_processes_open_a_new_home_at_once(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "data", CONFIG)
    command = [sys.executable, "-c", "from dmp_assets.operations.home import open_instance; open_instance().dispose()"]
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    openers = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY) for _ in range(4)
    ]
    errors = [opener.communicate(timeout=PATIENCE)[1].strip().splitlines()[-1:] for opener in openers]
    assert [opener.returncode for opener in openers] == [0] * len(openers), errors


def test_store_with_two_versions_is_opened_again(tmp_path: Path) -> None:
    """Two processes that made one store left it so; the daemon ended at each start from then on."""
    home = prepare_home(tmp_path / "data", CONFIG)
    make_stores(home)
    for store in STORES:
        with closing(sqlite3.connect(home / store)) as connection, connection:
            made = list(connection.execute("SELECT * FROM alembic_version"))
            connection.execute("INSERT INTO alembic_version VALUES (?)", [OLDER])
    make_stores(home)
    for store in STORES:
        with closing(sqlite3.connect(home / store)) as connection:
            assert list(connection.execute("SELECT * FROM alembic_version")) == made
    with dg.DagsterInstance.get() as instance:
        assert instance.get_runs() == []
