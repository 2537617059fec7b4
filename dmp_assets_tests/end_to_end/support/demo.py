"""The demo, built once by its command for all tests of this folder."""

import os
import subprocess
import sys
from pathlib import Path

from dmp_assets.foundation.settings.bundled import PROJECT_DIR
from dmp_assets_tests.support.worlds import shared_world

CLAIM = "told.txt"


def dmp(data: Path, *arguments: str, configuration: Path = PROJECT_DIR / "dmp.yaml") -> str:
    environment = os.environ | {"DMP_DATA_DIR": str(data), "DMP_CONFIG": str(configuration)}
    done = subprocess.run(
        [sys.executable, "-m", "dmp_assets", *arguments],
        env=environment,
        cwd=data,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def built_demo() -> tuple[Path, str]:
    """Return the demo's data folder and what ``dmp demo`` told, with the folder where it lies now."""
    data = shared_world("demo", _build)
    return data, (data / CLAIM).read_text(encoding="utf-8").replace("{folder}", str(data))


def _build(folder: Path) -> None:
    told = dmp(folder, "demo")
    (folder / CLAIM).write_text(told.replace(str(folder), "{folder}"), encoding="utf-8")
