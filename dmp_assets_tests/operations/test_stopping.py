"""A signal ends a command within 10 s, with its own exit code, whatever is at work and whoever swallows it."""

import signal
import subprocess
import sys
import time

import psutil  # type: ignore[import-untyped]
import pytest

from dmp_assets_tests.support.places import REPOSITORY

BEGIN = """
import sys, time, subprocess, duckdb
from dagster._utils.interrupts import capture_interrupts
from dmp_assets.operations.stopping import ends_on_signals
connection = duckdb.connect()
with ends_on_signals(lambda text: print(text, flush=True), connection.interrupt), capture_interrupts():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    print(child.pid, flush=True)
    {work}
"""
USUAL = """
import signal
# A shell that runs tests in the background ignores some.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
"""
WORKS = {
    "python": "while True: time.sleep(0.1)",
    "duckdb": "connection.execute('SELECT count(*) FROM range(9999999) a, range(9999999) b WHERE a.range <> b.range')",
    "a body that ends": "time.sleep(2)",
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("work", WORKS)
def test_a_signal_ends_the_process_and_its_children(work: str, number: signal.Signals) -> None:
    command = [sys.executable, "-c", USUAL + BEGIN.format(work=WORKS[work])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        time.sleep(0.3)
        process.send_signal(number)
        try:
            assert process.wait(60) == 128 + number
        finally:
            process.kill()
        assert process.stdout.readline().startswith(f"{number.name}: stopping.".encode())
        if work == "python":
            _, alive = psutil.wait_procs([child], timeout=10)
            assert not alive
        elif child.is_running():
            child.kill()


def test_an_ignored_signal_stays_ignored() -> None:
    ignored = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    command = [sys.executable, "-c", ignored + BEGIN.format(work="time.sleep(1)")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        process.send_signal(signal.SIGHUP)
        assert process.wait(60) == 0
        child.kill()
