"""Dagster's web server and daemon as one thing that is started, watched and stopped together."""

import fcntl
import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dmp_assets.operations.children import Child, stop_all
from dmp_assets.operations.guard import bind
from dmp_assets.operations.home import HOME, make_stores, open_instance, prepare_home
from dmp_assets.operations.liveness import STACK_LOCK, has_active_runs, living_runs, reap_dead_runs

HOST = "127.0.0.1"
POLL_SECONDS = 0.5
REAP_SECONDS = 30.0
LOCK_TRIES = 10


class StackRunningError(RuntimeError):
    """Another process has the stack of this data folder; the message says which and since when."""


def run_stack(
    data_dir: Path,
    workspace: Path,
    config: Path,
    port: int,
    read_only: bool = False,
    before_start: Callable[[], object] | None = None,
) -> int:
    """Run the stack until a signal stops it, and return the exit code: 0, or 1 where it could not go on.

    Args:
        data_dir: The data folder of the settings; Dagster's home is made below it.
        workspace: The ``workspace.yaml``.
        config: The ``dagster.yaml``.
        port: The port of the UI on 127.0.0.1.
        read_only: Only the web server, without mutations; any number of these may run.
        before_start: Called before anything is started, after runs that died with the last stack are reaped.
    """
    try:
        make_stores(prepare_home(data_dir, config))
        bind(HOST, port).close()
        if read_only:
            return _supervise([_web_server(workspace, port, read_only)], port, lambda: None)
        with _stack_lock(data_dir, port):
            _reap(data_dir)
            if before_start is not None:
                before_start()
            children = [_web_server(workspace, port, read_only), _daemon(workspace)]
            code = _supervise(children, port, lambda: _reap(data_dir, is_daemon_up=True))
            for run_id in living_runs(data_dir):
                _say(f"Run {run_id} goes on in a process of its own until its end; the next start takes up the rest.")
            return code
    except (OSError, StackRunningError) as error:
        sys.stderr.write(f"{getattr(error, 'strerror', None) or error}\n")
        return 1


@contextmanager
def _stack_lock(data_dir: Path, port: int) -> Iterator[None]:
    """Hold the only stack of the data folder: two daemons would launch every scheduled run twice."""
    with (data_dir / STACK_LOCK).open("a+", encoding="utf-8") as file:
        if not _taken(file.fileno()):
            file.seek(0)
            raise StackRunningError(f"Already running: {file.read().strip()}. Stop that one first.")
        file.truncate(0)
        file.write(f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, http://{HOST}:{port}\n")
        file.flush()
        yield


def _taken(file: int) -> bool:
    """Return whether the lock was taken; a command that asks for its state holds it for an instant."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
        else:
            return True
    return False


def _reap(data_dir: Path, *, is_daemon_up: bool = False) -> None:
    """Close runs that are dead, and say which; Dagster is asked only where a run is marked as alive."""
    if not has_active_runs(data_dir / HOME):
        return
    with open_instance() as instance:
        for run_id in reap_dead_runs(instance, data_dir, is_daemon_up=is_daemon_up):
            _say(f"The process of run {run_id} is gone; the run is closed, and Dagster tries it again if it may.")


def _web_server(workspace: Path, port: int, read_only: bool) -> Child:
    command = [sys.executable, "-m", "dmp_assets.operations.guard", "--port", str(port), "--workspace", str(workspace)]
    return Child("web server", [*command, *(["--read-only"] if read_only else [])])


def _daemon(workspace: Path) -> Child:
    command = [sys.executable, "-m", "dagster._daemon", "run", "--workspace", str(workspace), "--log-level", "warning"]
    return Child("daemon", command)


def _supervise(children: list[Child], port: int, reap: Callable[[], object]) -> int:
    """Keep the children alive until a signal comes; ``reap`` is called twice a minute, with the sensor on or off."""
    stop = threading.Event()
    previous = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    answered, reaped_at = False, time.monotonic()
    try:
        for child in children:
            child.start()
        while not stop.wait(POLL_SECONDS):
            problems = [problem for child in children if (problem := child.restart_if_dead())]
            if problems:
                sys.stderr.write(f"{problems[0]} Stopping.\n")
                return 1
            if not answered and (answered := _answers(port)):
                _say(f"Dagster is at http://{HOST}:{port} (Ctrl-C stops it)")
            if time.monotonic() - reaped_at > REAP_SECONDS:
                reap()
                reaped_at = time.monotonic()
        return 0
    finally:
        stop_all(children)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/server_info")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
