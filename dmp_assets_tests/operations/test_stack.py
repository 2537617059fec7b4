"""The stack comes back by itself after everything was killed, and its parts after one was."""

import json
import os
import signal
import sys
from pathlib import Path

import dagster as dg
import psutil  # type: ignore[import-untyped]
import pytest
from dagster._core.storage.dagster_run import FINISHED_STATUSES, DagsterRunStatus

from dmp_assets.operations import stack as stack_module
from dmp_assets.operations.home import HOME, STORES
from dmp_assets.operations.stack import run_stack
from dmp_assets_tests.operations.support.servers import CONFIG, PATIENCE, answers, free_port, graphql, wait_until
from dmp_assets_tests.operations.support.stacks import Stack, family, kill

pytestmark = pytest.mark.xdist_group("servers")

LAUNCH = """mutation ($selector: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $selector, mode: "default"}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
SELECTOR = {"repositoryLocationName": "tiny", "repositoryName": "__repository__", "jobName": "waiting"}


def _launch(port: int) -> str:
    launched = graphql(port, LAUNCH, {"selector": SELECTOR})["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", json.dumps(launched)
    return str(launched["run"]["runId"])


def _commands(processes: list[psutil.Process], word: str) -> list[psutil.Process]:
    return [process for process in processes if any(word in part for part in process.cmdline())]


def test_stores_are_made_before_two_processes_could_both_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")  # recorded before the stack sets it
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    found: list[bool] = []

    def starting(*_: object) -> int:
        found.extend((tmp_path / "data" / HOME / store).is_file() for store in STORES)
        return 0

    monkeypatch.setattr(stack_module, "_supervise", starting)
    assert run_stack(tmp_path / "data", tmp_path / "workspace.yaml", CONFIG, free_port()) == 0
    assert found == [True] * len(STORES)


def test_a_second_stack_on_the_same_data_is_refused(
    stacks: tuple[Stack, Stack], capfd: pytest.CaptureFixture[str]
) -> None:
    stack = stacks[0]
    process = stack.running()
    assert stack.first_line == f"Dagster is at http://127.0.0.1:{stack.port} (Ctrl-C stops it)\n"
    rival = stack.begin(free_port())
    assert rival.wait(PATIENCE) == 1
    assert f"Already running: process {process.pid} since 20" in capfd.readouterr().err


def test_read_only_stack_is_the_web_server_alone_and_stops_when_told(stacks: tuple[Stack, Stack]) -> None:
    stack = stacks[1]
    process = stack.running()
    children = psutil.Process(process.pid).children()
    assert len(children) == 1
    assert not (stack.folder / "stack.lock").exists()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []


def test_stack_comes_back_after_everything_was_killed(
    stacks: tuple[Stack, Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stacks[0]
    monkeypatch.setenv("DAGSTER_HOME", str(stack.folder / "dagster_home"))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    process = stack.running()
    first, second = _launch(stack.port), _launch(stack.port)
    with dg.DagsterInstance.get() as instance:

        def status(run_id: str) -> DagsterRunStatus:
            run = instance.get_run_by_id(run_id)
            assert run is not None
            return run.status

        lock = stack.folder / "runs" / f"{first}.lock"
        wait_until(lambda: status(first) is DagsterRunStatus.STARTED and lock.exists(), "the first run works")
        assert status(second) is DagsterRunStatus.QUEUED
        processes = family(psutil.Process(process.pid))
        assert len(processes) >= 6, "stack, web server, daemon, two code servers and the run"
        kill(processes)
        process.wait(PATIENCE)
        assert status(first) is DagsterRunStatus.STARTED

        stack.start()
        seconds = wait_until(
            lambda: status(first) in FINISHED_STATUSES and status(second) is DagsterRunStatus.STARTED,
            "the dead run is over and the queued one works",
        )
        assert status(first) is DagsterRunStatus.FAILURE
        (stack.folder / "release").touch()
        seconds += wait_until(lambda: status(second) is DagsterRunStatus.SUCCESS, "the queued run is done")
        sys.stdout.write(f"back at work {seconds:.0f} s after everything was killed (bound 60)\n")
        wait_until(lambda: len(instance.get_runs()) == 3, "the dead run is tried again")
        retried = next(run.run_id for run in instance.get_runs() if run.run_id not in {first, second})
        wait_until(lambda: status(retried) is DagsterRunStatus.SUCCESS, "the second try of the dead run is done")


def test_stack_keeps_its_parts_alive_and_takes_them_along(stacks: tuple[Stack, Stack]) -> None:
    stack = stacks[0]
    process = stack.running()
    web_server = _commands(family(psutil.Process(process.pid)), "dmp_assets.operations.guard")[0]
    kill([web_server])
    wait_until(lambda: answers(stack.port), "the web server was started again")

    servers = psutil.Process(process.pid).children()
    assert len(servers) == 2
    os.kill(process.pid, signal.SIGKILL)
    _, left = psutil.wait_procs(servers, timeout=PATIENCE)
    kill([one for server in left for one in family(server)])
    assert left == []
    process.wait()
