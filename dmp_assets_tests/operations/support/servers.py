"""Start the shipped commands on a free port, with the tiny code location."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dmp_assets.operations.home import prepare_home
from dmp_assets_tests.support.places import REPOSITORY

CONFIG = REPOSITORY / "dagster.yaml"

PATIENCE = 240.0
"""Seconds until a test gives up: no bound, as a server's first start after a boot took over 90 on two shared cores."""


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def write_workspace(folder: Path) -> Path:
    location = Path(__file__).with_name("tiny_location.py")
    workspace = folder / "workspace.yaml"
    workspace.write_text(f"load_from:\n  - python_file: {{relative_path: {location}, location_name: tiny}}\n")
    return workspace


def environment(data_dir: Path) -> dict[str, str]:
    return {**os.environ, "TINY_DATA_DIR": str(data_dir), "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"}


def start_guard(data_dir: Path, port: int, *flags: str) -> "subprocess.Popen[bytes]":
    home = prepare_home(data_dir, CONFIG)
    command = [sys.executable, "-m", "dmp_assets.operations.guard", "--port", str(port), *flags]
    command += ["--workspace", str(write_workspace(data_dir))]
    return subprocess.Popen(command, env={**environment(data_dir), "DAGSTER_HOME": str(home)})


def request(
    port: int, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


def graphql(port: int, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    body = json.dumps({"query": query, "variables": variables or {}})
    headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{port}"}
    status, text = request(port, "POST", "/graphql", headers, body)
    assert status == 200, text
    return dict(json.loads(text)["data"])


def answers(port: int) -> bool:
    try:
        return request(port, "GET", "/server_info")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def wait_until(condition: Callable[[], bool], what: str) -> float:
    """Return the seconds it took until the condition held; AssertionError where it did not within ``PATIENCE``."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < PATIENCE, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.2)
    return time.monotonic() - start
