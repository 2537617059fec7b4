"""``dmp`` as a person runs it: in this process, or in one of its own that can be limited, slowed down and ended."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from dmp_assets.commands.app import app
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets_tests.support.factories import shop
from dmp_assets_tests.support.places import REPOSITORY

SHIPPED = "import sys; from dmp_assets.commands.app import app; app()"


def command(*arguments: str | Path, setup: str = "") -> list[str]:
    return [sys.executable, "-c", f"{setup}{SHIPPED}", *map(str, arguments)]


def environment(settings: Settings) -> dict[str, str]:
    places = (settings.data_dir, settings.data_dir.parent)
    config = next(place / "dmp.yaml" for place in places if (place / "dmp.yaml").exists())
    return {
        "DMP_CONFIG": str(config),
        "DMP_DATA_DIR": str(settings.data_dir),
        "PYTHONPATH": str(REPOSITORY),
    }


def dmp(settings: Settings, *arguments: str | Path) -> tuple[int, str]:
    """Return the exit code and all that a command says."""
    result = CliRunner().invoke(app, list(map(str, arguments)), env=environment(settings))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def shipped(
    settings: Settings, *arguments: str | Path, setup: str = "", file_bytes: int | None = None
) -> tuple[int, str]:
    """Return the same of a command in a process of its own."""

    def limit() -> None:
        os.umask(0o022)
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    ended = subprocess.run(
        command(*arguments, setup=setup),
        env=os.environ | environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=limit,
        timeout=240,
        check=False,
    )
    return ended.returncode, ended.stdout


@contextmanager
def started(settings: Settings, *arguments: str | Path, setup: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a command that has said its first line of ``setup``."""
    with subprocess.Popen(
        command(*arguments, setup=setup),
        env=os.environ | environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_with_usual_signals,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line in {"read\n", "held\n"}:
                break
        yield process
        process.kill()


def _with_usual_signals() -> None:
    # A shell that runs tests in the background ignores some, and a process inherits that.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def a_little_warehouse(tmp_path: Path) -> Settings:
    settings = shop(tmp_path / "shop")
    with Warehouse(database=str(settings.warehouse_path)).get_connection() as connection:
        connection.execute("CREATE TABLE notes AS SELECT range AS number FROM range(100_000)")
    return settings
