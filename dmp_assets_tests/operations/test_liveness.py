"""Dead runs are told from live ones by the lock that only a living process can hold."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._core.utils import make_new_run_id

from dmp_assets.operations import liveness
from dmp_assets.operations.home import prepare_home
from dmp_assets.operations.liveness import has_active_runs, hold_run_lock, is_run_alive, reap_dead_runs
from dmp_assets_tests.operations.support.servers import CONFIG, environment
from dmp_assets_tests.operations.support.tiny_location import waiting

HOLDER = "import sys, pathlib, time; from dmp_assets.operations.liveness import hold_run_lock;"
HOLDER += " hold_run_lock(pathlib.Path(sys.argv[1]), sys.argv[2]); print('held', flush=True); time.sleep(60)"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr(liveness, "SETTLE_SECONDS", 0.0)
    monkeypatch.setenv("DAGSTER_HOME", "")  # recorded before prepare_home sets them
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    prepare_home(tmp_path, CONFIG)
    with dg.DagsterInstance.get() as opened:
        yield opened


def _run(instance: dg.DagsterInstance, status: DagsterRunStatus) -> str:
    return str(instance.create_run_for_job(waiting, status=status).run_id)


def _status(instance: dg.DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_lock_lives_and_dies_with_its_process(tmp_path: Path) -> None:
    assert not is_run_alive(tmp_path, "a-run")
    command = [sys.executable, "-c", HOLDER, str(tmp_path), "a-run"]
    holders = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(tmp_path)) for _ in range(2)]
    try:
        for holder in holders:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
        for holder in holders:
            assert is_run_alive(tmp_path, "a-run")
            holder.kill()
            holder.wait()
        assert not is_run_alive(tmp_path, "a-run")
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def test_own_lock_is_seen_and_held_once(tmp_path: Path) -> None:
    hold_run_lock(tmp_path, "own")
    hold_run_lock(tmp_path, "own")
    assert is_run_alive(tmp_path, "own")
    assert sum(path.name == "own.lock" for path in liveness._held) >= 1


def test_only_dead_runs_are_reaped(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    dead = {_run(instance, status) for status in (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED)}
    canceling = _run(instance, DagsterRunStatus.CANCELING)
    others = (DagsterRunStatus.NOT_STARTED, DagsterRunStatus.SUCCESS)
    untouched = {_run(instance, status): status for status in others}
    alive = _run(instance, DagsterRunStatus.STARTED)
    hold_run_lock(tmp_path, alive)
    assert set(reap_dead_runs(instance, tmp_path)) == {*dead, canceling}
    assert {_status(instance, run_id) for run_id in dead} == {DagsterRunStatus.FAILURE}
    assert _status(instance, canceling) is DagsterRunStatus.CANCELED
    assert {run_id: _status(instance, run_id) for run_id in untouched} == untouched
    assert _status(instance, alive) is DagsterRunStatus.STARTED
    assert reap_dead_runs(instance, tmp_path) == []


def test_reaped_run_will_be_tried_again(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = _run(instance, DagsterRunStatus.STARTED)
    reap_dead_runs(instance, tmp_path)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.tags["dagster/failure_reason"] == "UNEXPECTED_TERMINATION"
    assert run.tags["dagster/will_retry"] == "true"


def test_lock_files_of_finished_runs_are_removed(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    alive = _run(instance, DagsterRunStatus.STARTED)
    hold_run_lock(tmp_path, alive)
    for run_id in (_run(instance, DagsterRunStatus.SUCCESS), "deleted-run"):
        (tmp_path / "runs" / f"{run_id}.lock").touch()
    reap_dead_runs(instance, tmp_path)
    assert [path.stem for path in (tmp_path / "runs").glob("*.lock")] == [alive]


def test_a_young_run_is_left_alone_and_nobody_waits_for_it(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = _run(instance, DagsterRunStatus.STARTED)
    time.sleep(3.1)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("waited"))
    young = _run(instance, DagsterRunStatus.STARTED)
    monkeypatch.setattr(liveness, "SETTLE_SECONDS", 3.0)
    assert reap_dead_runs(instance, tmp_path) == [old]
    assert _status(instance, young) is DagsterRunStatus.STARTED
    hold_run_lock(tmp_path, young)
    monkeypatch.setattr(liveness, "SETTLE_SECONDS", 0.0)
    assert reap_dead_runs(instance, tmp_path) == []


def test_a_run_whose_lock_was_dropped_is_closed_however_young_it_is(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "SETTLE_SECONDS", 3600.0)
    killed, starting = _run(instance, DagsterRunStatus.STARTED), _run(instance, DagsterRunStatus.STARTING)
    (tmp_path / "runs").mkdir(exist_ok=True)
    (tmp_path / "runs" / f"{killed}.lock").touch()
    assert has_active_runs(tmp_path / "dagster_home")
    assert reap_dead_runs(instance, tmp_path) == [killed]
    assert _status(instance, starting) is DagsterRunStatus.STARTING


def test_a_run_that_a_daemon_is_starting_is_left_to_it(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    starting = _run(instance, DagsterRunStatus.STARTING)
    time.sleep(0.3)
    assert reap_dead_runs(instance, tmp_path, is_daemon_up=True) == []
    assert reap_dead_runs(instance, tmp_path, is_daemon_up=False) == [starting]
    assert not has_active_runs(tmp_path / "dagster_home")


def test_runs_that_begin_while_dead_ones_are_closed_stay_alive(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """Forty runs take their locks while another thread closes dead ones without a pause."""
    closed: list[str] = []
    ended = threading.Event()

    def close() -> None:
        while not ended.is_set():
            closed.extend(reap_dead_runs(instance, tmp_path))

    closer = threading.Thread(target=close)
    closer.start()
    try:
        for number in range(40):
            run_id = make_new_run_id()
            hold_run_lock(tmp_path, run_id)
            instance.create_run_for_job(waiting, run_id=run_id, status=DagsterRunStatus.STARTED)
            assert is_run_alive(tmp_path, run_id), number
    finally:
        ended.set()
        closer.join()
    assert closed == []
