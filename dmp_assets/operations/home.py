"""Where Dagster keeps its records: below the data folder, so that deleting it deletes everything."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a command that finds nothing open never loads Dagster, which takes 2 s
    from dagster import DagsterInstance

HOME = "dagster_home"
STORES = ("runs.db", "schedules.db", "events/index.db")


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

    home = Path(os.environ["DAGSTER_HOME"])
    with _opening(home):
        for store in STORES:
            _forget_double_version(home / store)
        return DagsterInstance.get()


def make_stores(home: Path) -> None:
    """Make Dagster's stores in ``home`` where one is missing, before two of its processes do so at once.

    The web server and the daemon of a new home both make the tables. Where one finds tables that the other has not yet
    given a version, it gives them an older one. From then on the store has two, and Dagster refuses to open it.
    """
    if any(len(_versions(home / store)) != 1 for store in STORES):
        open_instance().dispose()


def _versions(store: Path) -> list[str]:
    """Return what versions Dagster's migrations gave a store; one where all is well, none where it is not made."""
    if not store.is_file():
        return []
    with closing(sqlite3.connect(store, timeout=60)) as connection:
        try:
            return [str(version) for (version,) in connection.execute("SELECT version_num FROM alembic_version")]
        except sqlite3.OperationalError:  # no such table: its maker is not that far, or was killed
            return []


def _forget_double_version(store: Path) -> None:
    """Take the older version from a store that has two; its tables are of the newer one, made a moment before."""
    if len(_versions(store)) > 1:
        from dagster._core.storage.sqlite import LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION as OLDER

        with closing(sqlite3.connect(store, timeout=60)) as connection, connection:
            connection.execute("DELETE FROM alembic_version WHERE version_num = ?", [OLDER])


@contextmanager
def _opening(home: Path) -> Iterator[None]:
    with (home / "opening.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
