"""One process writes at a time, who waits is told for whom, and no connection outlives its body."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.kills import PROCESSES
from dmp_assets.foundation.warehouse.connection import Warehouse, WarehouseBusyError
from dmp_assets_tests.foundation.warehouse.support.factories import new_warehouse
from dmp_assets_tests.foundation.warehouse.support.processes import hold


@contextmanager
def held_elsewhere(warehouse: Warehouse, read_only: bool) -> Iterator[int]:
    """Yield the process that holds the warehouse."""
    held, done = PROCESSES.Event(), PROCESSES.Event()
    process = PROCESSES.Process(target=hold, args=(warehouse.database, read_only, held, done))
    process.start()
    try:
        assert held.wait(30)
        yield process.pid
    finally:
        done.set()
        process.join()


@pytest.mark.parametrize("read_only", [True, False])
def test_who_waits_for_a_writer_is_told_its_process_at_the_deadline(tmp_path: Path, read_only: bool) -> None:
    warehouse = new_warehouse(tmp_path, lock_wait_seconds=0.3)
    with held_elsewhere(warehouse, read_only=False) as pid:
        busy = pytest.raises(WarehouseBusyError, match=rf"warehouse.duckdb is held by process {pid} \(.*\) since 20")
        with busy, warehouse.get_connection(read_only=read_only):
            pytest.fail("two processes have the file")
    with warehouse.get_connection() as connection:
        assert connection.sql("SELECT 1").fetchall() == [(1,)]


def test_a_writer_waits_for_a_reader_and_does_not_blame_the_last_writer(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path, lock_wait_seconds=0.3)
    with warehouse.get_connection():
        pass
    with held_elsewhere(warehouse, read_only=True):
        with pytest.raises(WarehouseBusyError) as busy, warehouse.get_connection():
            pytest.fail("a writer has the file of a reader")
        assert "held by a reading process" in str(busy.value)


def test_readers_share_the_file(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path, lock_wait_seconds=0.3)
    with held_elsewhere(warehouse, read_only=True), warehouse.get_connection(read_only=True) as connection:
        assert connection.sql("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_body_that_raises_leaves_the_file_free(tmp_path: Path, read_only: bool) -> None:
    warehouse = new_warehouse(tmp_path, lock_wait_seconds=0.3)
    with pytest.raises(KeyboardInterrupt), warehouse.get_connection(read_only=read_only) as connection:
        raise KeyboardInterrupt
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")
    with held_elsewhere(warehouse, read_only=False):
        pass


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    refused = pytest.raises(duckdb.InvalidInputException, match="read-only")
    with new_warehouse(tmp_path).get_connection(read_only=True) as connection, refused:
        connection.execute("CREATE TABLE t (i INTEGER)")


def test_a_python_variable_is_never_taken_for_a_table(tmp_path: Path) -> None:
    with new_warehouse(tmp_path).get_connection() as connection:
        orders = connection.sql("SELECT 1 AS secret")
        assert orders.columns == ["secret"]
        with pytest.raises(duckdb.CatalogException, match="orders"):
            connection.sql("FROM orders")


def test_extensions_are_never_downloaded(tmp_path: Path) -> None:
    with new_warehouse(tmp_path).get_connection() as connection:
        setting = connection.sql("SELECT current_setting('autoinstall_known_extensions')").fetchall()
    assert setting == [(False,)]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_body_inside_a_body_uses_the_file_that_is_open(tmp_path: Path, read_only: bool) -> None:
    warehouse = new_warehouse(tmp_path, lock_wait_seconds=0.3)
    with warehouse.get_connection() as outer:
        outer.execute("CREATE TABLE t AS SELECT 1 AS i")
        with warehouse.get_connection(read_only=read_only) as inner:
            assert inner.sql("FROM t").fetchall() == [(1,)]
        with pytest.raises(duckdb.ConnectionException):
            inner.execute("SELECT 1")
        assert outer.sql("FROM t").fetchall() == [(1,)]
    with held_elsewhere(warehouse, read_only=False):
        pass


def test_a_reading_body_does_not_let_a_writer_in(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path, lock_wait_seconds=0.3)
    busy = pytest.raises(WarehouseBusyError, match="held by a reading process")
    with warehouse.get_connection(read_only=True), busy, warehouse.get_connection():
        pytest.fail("a reader writes")


def test_another_thread_waits_for_the_file_like_another_process(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path, lock_wait_seconds=0.3)

    def read() -> None:
        with warehouse.get_connection(read_only=True):
            pytest.fail("two threads have the file")

    with warehouse.get_connection(), ThreadPoolExecutor(1) as threads, pytest.raises(WarehouseBusyError):
        threads.submit(read).result()


def test_a_new_warehouse_is_in_its_place_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    connect, seen = duckdb.connect, []

    def killed(path: str, **options: Any) -> duckdb.DuckDBPyConnection:
        """Leave what a process leaves that is killed after DuckDB has made the file, and before it writes to it."""
        seen.append(Path(path))
        if not Path(path).exists():
            Path(path).touch()
            raise KeyboardInterrupt
        return connect(path, **options)

    monkeypatch.setattr(duckdb, "connect", killed)
    with pytest.raises(KeyboardInterrupt), warehouse.get_connection():
        pass
    monkeypatch.undo()
    assert seen
    with warehouse.get_connection() as connection:
        assert connection.sql("SELECT 1").fetchall() == [(1,)]
    assert warehouse.path.stat().st_mode & 0o777 == 0o600
