"""Dagster's web server behind a guard that refuses what a page of another site makes the browser send.

The server has no login and runs mutations that arrive by GET, so without the guard an ``<img>`` on any web page can
launch runs on 127.0.0.1. Guard and server are one process: there is no unguarded port to find.
"""

import argparse
import errno
import os
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import parse_qs

import uvicorn
from dagster import __version__
from dagster._core.workspace.context import IWorkspaceProcessContext, WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from dmp_assets.foundation.settings.report import REPORTS
from dmp_assets.operations.home import open_instance

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
REPORT_PATH = "/report"
CANNOT_START = 78  # the exit code EX_CONFIG of sysexits.h: starting again would not help


class Guard:
    """An ASGI app that passes requests of this machine's own browser tab or tools on, and refuses the others.

    Args:
        app: The app behind.
        port: The port that is served; a ``Host`` with another one is refused.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        self.hosts = {f"{name}:{port}" for name in LOOPBACK} | set(LOOPBACK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 or 400."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            await PlainTextResponse(f"{refusal[1]}\n", status_code=refusal[0])(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and reason where the request is refused."""
        headers = Headers(scope=scope)
        hosts = [host.lower() for host in headers.getlist("host")]
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            # A name that an attacker's DNS points at 127.0.0.1 is, to the browser, that attacker's own site.
            return 403, "Refused: open this server as 127.0.0.1 or localhost, on its own port."
        if any(origin != f"http://{hosts[0]}" for origin in headers.getlist("origin")):
            return 403, "Refused: the request comes from a page of another site (Origin)."
        if not _is_own_page(scope, headers):
            return 403, "Refused: the request comes from a page of another site (Sec-Fetch-Site)."
        return _refused_query(scope)


class WithReport:
    """An ASGI app that serves the report below ``/report/``, and passes everything else on.

    Args:
        app: The app behind.
        folder: The folder of the report; it may come later, and is replaced by each edition.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.files = StaticFiles(directory=folder, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file of the report, or pass the request on."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{REPORT_PATH}/"):
            await self.app(scope, receive, send)
        elif scope["path"] == REPORT_PATH:  # links in a page are relative to its folder
            await RedirectResponse(f"{REPORT_PATH}/")(scope, receive, send)
        elif not self.folder.is_dir():  # asked for without its folder, the files would answer 500
            await PlainTextResponse("There is no report yet; dmp run makes it.\n", status_code=404)(
                scope, receive, send
            )
        else:
            try:
                await self.files({**scope, "root_path": REPORT_PATH}, receive, send)
            except HTTPException as missing:
                answer = PlainTextResponse("There is no such page.\n", status_code=missing.status_code)
                await answer(scope, receive, send)


def _is_own_page(scope: Scope, headers: Headers) -> bool:
    """Return whether no other site is behind the request, or only a link that was followed."""
    if headers.get("sec-fetch-site", "none") in {"same-origin", "none"}:
        return True
    followed_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return scope.get("method") == "GET" and followed_link


def _refused_query(scope: Scope) -> tuple[int, str] | None:
    """Return status and reason where the URL itself has a GraphQL mutation, as a link or an image can.

    Looked at for every method, because Dagster also reads the URL of a POST whose content type it does not know.
    """
    if scope["type"] != "http" or scope["path"].rstrip("/") != "/graphql":
        return None
    for query in parse_qs(scope["query_string"].decode("latin-1")).get("query", []):
        try:
            operations = parse(query, no_location=True).definitions
        except (GraphQLError, RecursionError):
            return 400, "Refused: the GraphQL query cannot be parsed."
        kinds = [node.operation for node in operations if isinstance(node, OperationDefinitionNode)]
        if OperationType.MUTATION in kinds:
            return 403, "Refused: a mutation must be a POST body, not part of the URL."
    return None


def create_app(context: IWorkspaceProcessContext, port: int) -> ASGIApp:
    """Return Dagster's web app for the workspace, inside the guard."""
    report = Path(os.environ["DAGSTER_HOME"]).parent / REPORTS
    return Guard(WithReport(create_app_from_workspace_process_context(context), report), port)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address.

    Raises:
        OSError: The port is taken, or the address is not a loopback one; the message says what to do.
    """
    if host not in {"127.0.0.1", "localhost", "::1"}:
        raise OSError(f"{host} is not a loopback address; Dagster has no login, so put a proxy that has one in front")
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} on {host} is taken; choose another one with --port, for example --port {port + 1}"
            raise OSError(error.errno, message) from None
        raise
    return bound


def serve(host: str, port: int, workspace: Path, read_only: bool = False) -> None:
    """Serve the Dagster UI until a signal stops the process.

    Args:
        host: 127.0.0.1, localhost or ::1.
        port: The port.
        workspace: A ``workspace.yaml``.
        read_only: Refuse every mutation, also from the server's own page.

    Raises:
        OSError: As ``bind``. ``DAGSTER_HOME`` must be set.
    """
    bound = bind(host, port)
    with (
        open_instance() as instance,
        WorkspaceProcessContext(
            instance,
            WorkspaceFileTarget([str(workspace)]),
            version=__version__,
            read_only=read_only,
            code_server_log_level="WARNING",
        ) as context,
    ):
        # A tab keeps a websocket open, and uvicorn would wait for it for ever.
        config = uvicorn.Config(create_app(context, port), log_level="warning", timeout_graceful_shutdown=3)
        uvicorn.Server(config).run(sockets=[bound])


def main() -> int:
    """Return the exit code of the command line."""
    parser = argparse.ArgumentParser(prog="python -m dmp_assets.operations.guard", description=serve.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--workspace", type=Path, default=Path("workspace.yaml"))
    parser.add_argument("--read-only", action="store_true")
    arguments = parser.parse_args()
    if not os.environ.get("DAGSTER_HOME"):
        sys.stderr.write("Set DAGSTER_HOME, or use `dmp dev` or `dmp serve`, which do.\n")
        return CANNOT_START
    # uvicorn hands SIGTERM on when it has closed; ending by it would leave the code server behind for 45 s.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve(arguments.host, arguments.port, arguments.workspace, arguments.read_only)
    except OSError as error:
        sys.stderr.write(f"{error.strerror or error}\n")
        return CANNOT_START
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
