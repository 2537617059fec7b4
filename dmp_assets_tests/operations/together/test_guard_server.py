"""The shipped start command, asked over the wire."""

import base64
import socket
from pathlib import Path
from urllib.parse import quote

import pytest

from dmp_assets_tests.operations.support.servers import PATIENCE, graphql, request, start_guard
from dmp_assets_tests.operations.support.stacks import Stack
from dmp_assets_tests.support.browser import CHROMIUM, opened_tab

EVIL = "https://evil.example"
WIPE = 'mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["tiny_asset"]}}]) { __typename } }'
MATERIALIZED = '{ assetOrError(assetKey: {path: ["tiny_asset"]}) { ... on Asset { assetMaterializations { runId } } } }'


pytestmark = pytest.mark.xdist_group("servers")


@pytest.fixture
def ports(stacks: tuple[Stack, Stack]) -> tuple[int, int]:
    """The ports of a normal server and of a read-only one."""
    for stack in stacks:
        stack.start()
    for stack in stacks:
        stack.running()
    return stacks[0].port, stacks[1].port


def _handshake(port: int, origin: str) -> str:
    key = base64.b64encode(b"0123456789abcdef").decode()
    lines = [
        "GET /graphql HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-ws",
        f"Sec-WebSocket-Key: {key}",
        f"Origin: {origin}",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection.recv(100).decode().split("\r\n")[0]


def test_own_page_works(ports: tuple[int, int]) -> None:
    for port in ports:
        status, page = request(port, "GET", "/")
        assert status == 200
        assert ">Dagster</title>" in page
        assert graphql(port, "{ version }")["version"]
        assert " 101 " in _handshake(port, f"http://127.0.0.1:{port}")


def test_other_sites_are_refused(ports: tuple[int, int]) -> None:
    report = "/report_asset_materialization/tiny_asset"
    image = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    attempts = [
        ("POST", "/graphql", {"Host": "evil.example", "Content-Type": "application/json"}, '{"query": "{ version }"}'),
        ("POST", "/graphql", {"Origin": EVIL, "Content-Type": "application/json"}, '{"query": "{ version }"}'),
        ("POST", f"/graphql?query={quote(WIPE)}", {"Origin": EVIL, "Content-Type": "text/plain"}, "x"),
        ("POST", f"/graphql?query={quote(WIPE)}", {"Content-Type": "text/plain"}, "x"),
        ("GET", f"/graphql?query={quote(WIPE)}", {}, None),
        ("GET", f"/graphql?query={quote(WIPE)}", image, None),
        ("GET", "/server_info", image, None),
        ("POST", report, {"Origin": EVIL}, ""),
        ("POST", report, {"Sec-Fetch-Site": "cross-site"}, ""),
        ("POST", report, {"Host": "evil.example"}, ""),
    ]
    accepted = [
        (port, attempt[:3], status)
        for port in ports
        for attempt in attempts
        if (status := request(port, *attempt)[0]) != 403
    ]
    assert accepted == []
    assert graphql(ports[0], MATERIALIZED)["assetOrError"].get("assetMaterializations", []) == []


def test_foreign_websocket_is_refused(ports: tuple[int, int]) -> None:
    assert {_handshake(port, EVIL).split(" ", 1)[1] for port in ports} == {"403 Forbidden"}


def test_read_only_refuses_changes_from_its_own_page_too(ports: tuple[int, int]) -> None:
    normal, read_only = ports
    assert graphql(read_only, WIPE)["wipeAssets"]["__typename"] == "UnauthorizedError"
    assert request(read_only, "POST", "/report_asset_materialization/tiny_asset")[0] == 401
    assert request(normal, "POST", "/report_asset_materialization/tiny_asset")[0] == 200
    assert graphql(normal, WIPE)["wipeAssets"]["__typename"] == "AssetWipeSuccess"


def test_second_server_names_the_taken_port(ports: tuple[int, int], tmp_path: Path) -> None:
    server = start_guard(tmp_path, ports[0])
    assert server.wait(PATIENCE) == 78


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_browser_shows_the_assets(ports: tuple[int, int]) -> None:
    with opened_tab(f"http://127.0.0.1:{ports[0]}/assets") as tab:
        inside = "document.body !== null && document.body.innerText.includes('tiny_asset')"
        tab.wait_until(lambda: tab.value(inside) is True, "the asset is shown")
        assert tab.value("document.title") == "Assets"
