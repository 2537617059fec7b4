"""The stack comes back by itself after everything was killed, and its parts after one was."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psutil  # type: ignore[import-untyped]
import pytest
from dagster._core.storage.dagster_run import FINISHED_STATUSES, DagsterRunStatus

from dmp_assets_tests.operations.support.servers import (
    CONFIG,
    PATIENCE,
    answers,
    environment,
    free_port,
    graphql,
    wait_until,
    write_workspace,
)

START = "import sys, pathlib as p; from dmp_assets.operations.stack import run_stack;"
START += " sys.exit(run_stack(p.Path(sys.argv[1]), p.Path(sys.argv[2]), p.Path(sys.argv[3]), int(sys.argv[4]),"
START += " read_only=len(sys.argv) > 5))"
LAUNCH = """mutation ($selector: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $selector, mode: "default"}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
SELECTOR = {"repositoryLocationName": "tiny", "repositoryName": "__repository__", "jobName": "waiting"}

StartStack = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[StartStack]:
    """Start the stack of the test's folder; whatever it has started is killed at the end."""
    workspace, family = write_workspace(tmp_path), dict[int, psutil.Process]()

    def start(port: int, *flags: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", START, str(tmp_path), str(workspace), str(CONFIG), str(port), *flags]
        stack = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True, stderr=None)
        family[stack.pid] = psutil.Process(stack.pid)
        return stack

    yield start
    for root in family.values():
        _kill(_family(root))


def _family(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=PATIENCE)


def _launch(port: int) -> str:
    launched = graphql(port, LAUNCH, {"selector": SELECTOR})["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", json.dumps(launched)
    return str(launched["run"]["runId"])


def _commands(processes: list[psutil.Process], word: str) -> list[psutil.Process]:
    return [process for process in processes if any(word in part for part in process.cmdline())]


def test_stack_comes_back_after_everything_was_killed(
    start_stack: StartStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    port = free_port()
    stack = start_stack(port)
    wait_until(lambda: answers(port), "the stack answers")
    first, second = _launch(port), _launch(port)
    with dg.DagsterInstance.get() as instance:

        def status(run_id: str) -> DagsterRunStatus:
            run = instance.get_run_by_id(run_id)
            assert run is not None
            return run.status

        lock = tmp_path / "runs" / f"{first}.lock"
        wait_until(lambda: status(first) is DagsterRunStatus.STARTED and lock.exists(), "the first run works")
        assert status(second) is DagsterRunStatus.QUEUED
        processes = _family(psutil.Process(stack.pid))
        assert len(processes) >= 6, "stack, web server, daemon, two code servers and the run"
        _kill(processes)
        assert status(first) is DagsterRunStatus.STARTED

        start_stack(port)
        seconds = wait_until(
            lambda: status(first) in FINISHED_STATUSES and status(second) is DagsterRunStatus.STARTED,
            "the dead run is over and the queued one works",
        )
        assert status(first) is DagsterRunStatus.FAILURE
        (tmp_path / "release").touch()
        seconds += wait_until(lambda: status(second) is DagsterRunStatus.SUCCESS, "the queued run is done")
        sys.stdout.write(f"back at work {seconds:.0f} s after everything was killed (bound 60)\n")
        wait_until(lambda: len(instance.get_runs()) == 3, "the dead run is tried again")
        retried = next(run.run_id for run in instance.get_runs() if run.run_id not in {first, second})
        wait_until(lambda: status(retried) is DagsterRunStatus.SUCCESS, "the second try of the dead run is done")


def test_stack_keeps_its_parts_alive_and_takes_them_along(
    start_stack: StartStack, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    stack = start_stack(port)
    assert stack.stdout is not None
    assert stack.stdout.readline() == f"Dagster is at http://127.0.0.1:{port} (Ctrl-C stops it)\n"

    rival = start_stack(free_port())
    assert rival.wait(PATIENCE) == 1
    assert f"Already running: process {stack.pid} since 20" in capfd.readouterr().err

    web_server = _commands(_family(psutil.Process(stack.pid)), "dmp_assets.operations.guard")[0]
    _kill([web_server])
    wait_until(lambda: answers(port), "the web server was started again")

    servers = psutil.Process(stack.pid).children()
    assert len(servers) == 2
    os.kill(stack.pid, signal.SIGKILL)
    _, left = psutil.wait_procs(servers, timeout=PATIENCE)
    _kill([process for server in left for process in _family(server)])
    assert left == []
    stack.wait()


def test_read_only_stack_is_the_web_server_alone_and_stops_when_told(start_stack: StartStack, tmp_path: Path) -> None:
    port = free_port()
    stack = start_stack(port, "read-only")
    wait_until(lambda: answers(port), "the server answers")
    children = psutil.Process(stack.pid).children()
    assert len(children) == 1
    assert not (tmp_path / "stack.lock").exists()
    stack.send_signal(signal.SIGINT)
    assert stack.wait(PATIENCE) == 0
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []
