"""The warehouse as a Dagster resource."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from dagster_duckdb import DuckDBResource
from pydantic import Field

from dmp_assets.foundation.warehouse.connection import LOCK_WAIT_SECONDS, MEMORY_LIMIT, Warehouse


class WarehouseResource(DuckDBResource):
    """The pipeline's DuckDB file, for any asset or job that is added to the code location.

    A stock ``DuckDBResource`` retries a locked file for 104 s and leaves the connection open when the body fails.
    This one opens it as ``Warehouse`` does.
    """

    lock_wait_seconds: float = Field(default=LOCK_WAIT_SECONDS, description="How long to wait for another process.")
    memory_limit: str = Field(default=MEMORY_LIMIT, description="DuckDB's own limit; it spills to disk beyond.")

    @property
    def warehouse(self) -> Warehouse:
        """The file as the rest of the platform knows it."""
        return Warehouse(self.database, self.lock_wait_seconds, self.memory_limit)

    @contextmanager
    def get_connection(self, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection that is closed, and its lock released, however the body ends."""
        with self.warehouse.get_connection(read_only) as connection:
            yield connection
