"""The guard's rules, each from both sides, in front of an app that answers everything."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from starlette.types import Receive, Scope, Send

from dmp_assets.operations.guard import Guard, WithReport, bind

PORT = 3000
HOST = f"127.0.0.1:{PORT}"
MUTATION = "mutation { launchRun { __typename } }"
CROSS = {"Sec-Fetch-Site": "cross-site"}
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


async def _answer_everything(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200} if scope["type"] == "http" else {"code": 200})


def _status(
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    *,
    hosts: tuple[str, ...] = (HOST,),
    kind: str = "http",
) -> int:
    """Return the status of the answer; 200 is the app's own, and a websocket's is its close code."""
    path, _, query = url.partition("?")
    pairs = [*(("host", host) for host in hosts), *(headers or {}).items()]
    scope = {
        "type": kind,
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in pairs],
    }
    if kind == "http":
        scope["method"] = method
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Guard(_answer_everything, PORT)(scope, receive, send))
    return int(sent[0].get("status") or sent[0]["code"])


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "LOCALHOST:3000", "127.0.0.1", "localhost"]
)
def test_own_hosts_pass(host: str) -> None:
    assert _status("GET", "/", hosts=(host,)) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:3000",
        "127.0.0.1:3001",
        "localhost.evil.example:3000",
        "127.0.0.2:3000",
        "[::]:3000",
    ],
)
def test_other_hosts_are_refused(host: str) -> None:
    assert _status("GET", "/", hosts=(host,)) == 403


def test_two_hosts_are_refused() -> None:
    assert _status("GET", "/", hosts=(HOST, "evil.example")) == 403


def test_no_host_is_refused() -> None:
    assert _status("GET", "/", hosts=()) == 403


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:3001", "http://localhost:3000", "https://127.0.0.1:3000", ""],
)
def test_other_origins_are_refused(method: str, origin: str) -> None:
    assert _status(method, "/graphql", {"Origin": origin}) == 403


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000"])
def test_own_origin_passes(host: str) -> None:
    headers = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert _status("POST", "/graphql", headers, hosts=(host,)) == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 403),
        ("GET", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403),
        ("GET", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ("POST", LINK, 403),
        ("HEAD", LINK, 403),
        ("GET", LINK, 200),
    ],
)
def test_other_sites_may_only_link(site: str, method: str, headers: dict[str, str], status: int) -> None:
    assert _status(method, "/runs", {**headers, "Sec-Fetch-Site": site}) == status


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("{ version }", 200),
        ("query A { version } query mutation { version }", 200),
        ("subscription { x }", 200),
        (MUTATION, 403),
        (f"query A {{ version }} {MUTATION}", 403),
        ("# a comment\n" + MUTATION, 403),
        ("mutation {", 400),
        ("{" * 5000, 400),
    ],
)
def test_mutation_in_the_url_is_refused(method: str, query: str, status: int) -> None:
    assert _status(method, f"/graphql?query={quote(query)}") == status


@pytest.mark.parametrize("path", ["/graphql/", "/%67raphql"])
def test_mutation_in_the_url_is_refused_whatever_the_spelling(path: str) -> None:
    assert _status("GET", f"{path}?query={quote(MUTATION)}") == 403


def test_every_query_of_the_url_is_looked_at() -> None:
    url = f"/graphql?query={quote('{ version }')}&query={quote(MUTATION)}&query={quote('{ version }')}"
    assert _status("GET", url) == 403


def test_mutation_by_followed_link_is_refused() -> None:
    assert _status("GET", f"/graphql?query={quote(MUTATION)}", {**CROSS, **LINK}) == 403


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, CROSS])
def test_foreign_websocket_is_refused(headers: dict[str, str]) -> None:
    assert _status("", "/graphql", headers, kind="websocket") == 1008


def test_own_websocket_passes() -> None:
    headers = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    assert _status("", "/graphql", headers, kind="websocket") == 200


def test_taken_port_is_named_with_the_flag_that_changes_it() -> None:
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"Port {port} on 127.0.0.1 is taken.*--port {port + 1}"):
            bind("127.0.0.1", port)


def test_only_loopback_is_served() -> None:
    with pytest.raises(OSError, match="not a loopback address"):
        bind("0.0.0.0", 0)  # noqa: S104  # the address that must be refused


def _served(folder: Path, path: str) -> tuple[int, bytes]:
    """Return status and body of the answer to a GET; the app behind answers 200 and nothing."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asked = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": "GET", "path": path}
    scope = {**asked, "query_string": b"", "headers": [], "root_path": ""}
    asyncio.run(WithReport(_answer_everything, folder)(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_the_report_is_served_beside_the_ui_and_nothing_else_of_the_folder(tmp_path: Path) -> None:
    report = tmp_path / "reports"
    assert _served(report, "/report/")[0] == 404, "there is no report yet"
    (report / "static").mkdir(parents=True)
    (report / "index.html").write_text("first page")
    (report / "static" / "report.css").write_text("style")
    (tmp_path / "warehouse.duckdb").write_text("secret")
    (report / "link").symlink_to(tmp_path / "warehouse.duckdb")
    assert _served(report, "/report/") == (200, b"first page")
    assert _served(report, "/report/static/report.css") == (200, b"style")
    assert _served(report, "/report")[0] == 307
    for path in ("/report/../warehouse.duckdb", "/report/%2e%2e/warehouse.duckdb", "/report/link", "/report/none.html"):
        status, body = _served(report, unquote(path))
        assert (status, b"secret" in body) == (404, False), path
    assert _served(report, "/report_asset_materialization/a") == (200, b""), "the app behind has a page of this name"
