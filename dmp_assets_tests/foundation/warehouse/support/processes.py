"""What other processes do while a test looks at the file."""

import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb

from dmp_assets.foundation.warehouse.connection import Warehouse

MARKERS = "SELECT units AS marker FROM shop.orders UNION SELECT opened_year FROM shop.stores"
PAUSE_SECONDS = 0.005
GENERATION = "SELECT generation FROM meta.generation"


def hold(path: str, read_only: bool, held: Event, done: Event) -> None:
    """Keep the warehouse open until told."""
    with Warehouse(database=path).get_connection(read_only=read_only):
        held.set()
        done.wait(30)


def read_on_one_connection(path: Path, ready: Event, done: Event, answer: Connection) -> None:
    """Query one open connection again and again; answer with what was seen and what went wrong."""
    seen, errors = set(), []
    with duckdb.connect(str(path), read_only=True) as connection:
        while not done.is_set():
            try:
                seen.add(_look(connection))
            except duckdb.Error as error:
                errors.append(str(error))
            ready.set()
            time.sleep(PAUSE_SECONDS)
    answer.send((seen, errors))


def read_on_new_connections(path: Path, ready: Event, done: Event, answer: Connection) -> None:
    """Connect, query and disconnect again and again."""
    seen, errors = set(), []
    while not done.is_set():
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                seen.add(_look(connection))
                time.sleep(PAUSE_SECONDS)
                seen.add(_look(connection))
        except duckdb.Error as error:
            errors.append(str(error))
        ready.set()
    answer.send((seen, errors))


def _look(connection: duckdb.DuckDBPyConnection) -> tuple[int, tuple[int, ...]]:
    """Return the generation and the markers found over all tables."""
    markers = tuple(sorted(marker for (marker,) in connection.sql(MARKERS).fetchall()))
    return connection.sql(GENERATION).fetchall()[0][0], markers
