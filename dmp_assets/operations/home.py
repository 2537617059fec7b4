"""Where Dagster keeps its records: below the data folder, so that deleting it deletes everything."""

import fcntl
import os
from pathlib import Path

from dagster import DagsterInstance


def prepare_home(data_dir: Path, config: Path) -> Path:
    """Return ``data_dir``/dagster_home, ready for use: ``config`` copied there and the environment set.

    Args:
        data_dir: The data folder of the settings.
        config: The ``dagster.yaml`` to use.
    """
    home = (data_dir / "dagster_home").resolve()
    home.mkdir(parents=True, exist_ok=True)
    wanted = config.read_bytes()
    target = home / "dagster.yaml"
    if not target.is_file() or target.read_bytes() != wanted:
        aside = home / f"dagster.yaml.{os.getpid()}"
        aside.write_bytes(wanted)
        aside.replace(target)  # another process may be reading it
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return home


def open_instance() -> DagsterInstance:
    """Return the instance of ``DAGSTER_HOME``, which must be set; one process at a time opens it.

    The first one makes the tables of a new home. Two at once would both, and the second would end with "table runs
    already exists".
    """
    with (Path(os.environ["DAGSTER_HOME"]) / "opening.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return DagsterInstance.get()
