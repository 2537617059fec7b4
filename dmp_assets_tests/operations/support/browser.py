"""A page as a person sees it: Chromium, asked over its debugging port in real time.

`--dump-dom` with a virtual time budget is shorter, but the budget runs out while the server is still answering: three
budgets of up to 180,000 virtual ms were over in 10 s and showed an empty page.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect

from dmp_assets_tests.operations.support.servers import PATIENCE, request, wait_until

CHROMIUM = shutil.which("chromium")


@contextmanager
def debugged(url: str) -> Iterator[int]:
    """The debugging port of a Chromium that opens `url`; it is gone afterwards, with all it wrote."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        command += [f"--user-data-dir={folder}", "--remote-debugging-port=0", url]
        chromium = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        told = Path(folder) / "DevToolsActivePort"
        try:
            wait_until(lambda: told.exists() and "\n" in told.read_text(), "Chromium tells its port")
            yield int(told.read_text().split("\n")[0])
        finally:
            chromium.terminate()
            chromium.wait(PATIENCE)


def title_once_seen(url: str, wanted: str) -> str:
    """Return the title once `wanted` stands in the page's text; AssertionError if it is not there in time."""
    with debugged(url) as port:
        page = next(target for target in json.loads(request(port, "GET", "/json/list")[1]) if target["type"] == "page")
        with connect(page["webSocketDebuggerUrl"]) as socket:

            def value(expression: str) -> object:
                asked = {"expression": expression, "returnByValue": True}
                socket.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": asked}))
                return json.loads(socket.recv(PATIENCE))["result"]["result"].get("value")

            inside = f"document.body !== null && document.body.innerText.includes({json.dumps(wanted)})"
            wait_until(lambda: value(inside) is True, f"{wanted} on {url}")
            return str(value("document.title"))
