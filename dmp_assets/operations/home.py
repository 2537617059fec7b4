"""Where Dagster keeps its records: below the data folder, so that deleting it deletes everything."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a command that finds nothing open never loads Dagster, which takes 2 s
    from dagster import DagsterInstance

HOME = "dagster_home"


def prepare_home(data_dir: Path, config: Path) -> Path:
    """Return ``data_dir``/dagster_home, ready for use: ``config`` copied there and the environment set.

    Args:
        data_dir: The data folder of the settings.
        config: The ``dagster.yaml`` to use.
    """
    home = (data_dir / HOME).resolve()
    home.mkdir(parents=True, exist_ok=True)
    wanted = config.read_bytes()
    target = home / "dagster.yaml"
    if not target.is_file() or target.read_bytes() != wanted:
        with _opening(home):
            # One name, for one process at a time: what a killed one left is written over.
            aside = home / "dagster.yaml.new"
            aside.write_bytes(wanted)
            aside.replace(target)  # another process may be reading it
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return home


def open_instance() -> "DagsterInstance":
    """Return the instance of ``DAGSTER_HOME``, which must be set; one process at a time opens it.

    The first one makes the tables of a new home. Two at once would both, and the second would end with "table runs
    already exists".
    """
    from dagster import DagsterInstance

    with _opening(Path(os.environ["DAGSTER_HOME"])):
        return DagsterInstance.get()


@contextmanager
def _opening(home: Path) -> Iterator[None]:
    with (home / "opening.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
