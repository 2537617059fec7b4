"""Runs without what only people look at: of a run of all tables over a few rows that is a third of the CPU time.

Tests of the event log, the UI and the commands do without this, and so does the demo: those run as they are shipped.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import dagster as dg
import vl_convert
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import InMemoryEventLogStorage
from sqlalchemy import Connection

from dmp_assets.commands import runs

_AS_SHIPPED = runs.Platform.execute

BOOKED = {dg.DagsterEventType.RUN_CANCELING}
"""What the product asks the log of: a run that somebody stopped is not published."""


class FailuresInMemory(InMemoryEventLogStorage):
    """An event log of failures alone, on one connection: a run of all tables logs 1,000 events on 5,000 connections."""

    def store_event(self, event: EventLogEntry) -> None:
        if event.dagster_event_type in BOOKED:
            super().store_event(event)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._db_lock, self._held_conn.begin():
            yield self._held_conn

    def has_table(self, table_name: str) -> bool:  # noqa: ARG002
        return True

    def has_asset_key_col(self, column_name: str) -> bool:  # noqa: ARG002
        return True

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:  # noqa: ARG002
        return True


def memory_instance() -> dg.DagsterInstance:
    """Return an instance in memory that keeps no book but of failures."""
    instance = dg.DagsterInstance.ephemeral()
    log = FailuresInMemory()
    log.register_instance(instance)
    instance._event_storage = log
    return instance


def _run_on_one_connection(platform: runs.Platform, *job: Any, **options: Any) -> dict[str, str]:
    """Run a job with the warehouse held open: opening it for each of 120 reads and writes takes 20 ms each."""
    with platform.warehouse.get_connection():
        return _AS_SHIPPED(platform, *job, **options)


@contextmanager
def quick_runs() -> Iterator[None]:
    """Within, platforms run with no book of events but of failures, the warehouse held open, and empty drawings.

    The environment, in which a platform names its Dagster home, is afterwards what it was.
    """

    def nothing_drawn(_: Any) -> str:
        return "<svg></svg>"

    with (
        patch.dict(os.environ),
        patch.object(runs, "open_instance", memory_instance),
        patch.object(runs.Platform, "execute", _run_on_one_connection),
        patch.object(vl_convert, "vegalite_to_svg", nothing_drawn),
    ):
        yield
