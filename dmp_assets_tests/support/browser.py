"""A page as a person sees it: Chromium, asked over its debugging port in real time.

`--dump-dom` with a virtual time budget is shorter, but the budget runs out while a server is still answering: three
budgets of up to 180,000 virtual ms were over in 10 s and showed an empty page.
"""

import base64
import http.client
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium")
PATIENCE = 60
"""Seconds that a page may take on a busy machine."""


class Tab:
    """One tab: it opens pages, evaluates expressions in them, and keeps what went wrong there."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._number = socket, 0
        self.problems: list[str] = []
        """Errors of the console and of scripts, and failed requests, since the tab was opened."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of a command of the debugging protocol."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(PATIENCE))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])
            self._note(message)

    def value(self, expression: str) -> Any:
        """Return the value of an expression in the page; promises are awaited."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def open(self, url: str, width: int = 1200, height: int = 900, *, scripts: bool = True, dark: bool = False) -> None:
        """Open a page in a window of a size, light or dark, and wait until it has loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=url)
        self.wait_until(lambda: self.value("location.href + document.readyState") == url + "complete", url)

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until something is so; AssertionError where it is not in time."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, f"not in {PATIENCE} s: {what}"
            time.sleep(0.05)

    def screenshot(self, path: Path) -> None:
        """Write the whole page as a picture."""
        made = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(made["data"]))

    def _note(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.problems.append(str(told["exceptionDetails"].get("exception", told["exceptionDetails"])))
            case "Runtime.consoleAPICalled" if told["type"] in {"error", "warning", "assert"}:
                self.problems.append(str([one.get("value", one.get("description")) for one in told["args"]]))
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.problems.append(told["entry"]["text"] + " " + told["entry"].get("url", ""))
            case "Network.loadingFailed" if not told.get("canceled"):
                self.problems.append(f"not loaded: {told['errorText']}")


@contextmanager
def opened_tab(url: str = "about:blank") -> Iterator[Tab]:
    """Yield the tab of a Chromium of its own; it is gone afterwards, with all that it wrote."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        command += [f"--user-data-dir={folder}", "--remote-debugging-port=0", url]
        chromium = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_page_of(Path(folder)), max_size=None) as socket:
                yield Tab(socket)
        finally:
            chromium.terminate()
            chromium.wait(PATIENCE)


def _page_of(folder: Path) -> str:
    """Return the address of the first page's debugger, once Chromium has written its port."""
    written, end = folder / "DevToolsActivePort", time.monotonic() + PATIENCE
    while not (written.exists() and "\n" in written.read_text()):
        assert time.monotonic() < end, f"Chromium has no port after {PATIENCE} s"
        time.sleep(0.05)
    connection = http.client.HTTPConnection("127.0.0.1", int(written.read_text().split("\n")[0]), timeout=PATIENCE)
    connection.request("GET", "/json/list")
    targets = json.loads(connection.getresponse().read())
    return next(str(target["webSocketDebuggerUrl"]) for target in targets if target["type"] == "page")
