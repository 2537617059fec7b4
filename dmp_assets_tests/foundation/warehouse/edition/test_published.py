"""The analysts' file: verified against the books, swapped in whole, and left alone where nothing changed."""

from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.kills import PROCESSES
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.edition.contents import Contents
from dmp_assets.foundation.warehouse.edition.published import Published, PublishFailedError, publish_file
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import SqlFile
from dmp_assets_tests.foundation.warehouse.support import processes
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    Orders,
    OrdersWithStore,
    Stores,
    days,
    new_warehouse,
    orders,
    put,
    stores,
)

TABLES = (Table(Orders), Table(Stores))
SWAPS = 20


def publish(warehouse: Warehouse, path: Path, views: tuple[SqlFile, ...] = ()) -> Published:
    return publish_file(warehouse, path, Contents(TABLES, views))


def a_published_shop(folder: Path) -> tuple[Warehouse, Path]:
    warehouse, path = new_warehouse(folder), folder / "dmp.duckdb"
    put_marked(warehouse, 1)
    publish(warehouse, path)
    return warehouse, path


def put_marked(warehouse: Warehouse, marker: int) -> None:
    """Put the marker into every row of both tables."""
    put(warehouse, orders(per_day=20 + marker).with_columns(units=pl.lit(marker, pl.Int64)))
    put(warehouse, stores("a", "b", year=marker), contract=Stores)


def watch(reader: Callable[..., None], path: Path, done: Event) -> Connection:
    """Start a reader in a process of its own, wait for its first look, and return where it will answer."""
    answer, theirs = PROCESSES.Pipe(duplex=False)
    ready = PROCESSES.Event()
    PROCESSES.Process(target=reader, args=(path, ready, done, theirs), daemon=True).start()
    assert ready.wait(30)
    return answer


def look(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def identity(path: Path) -> tuple[bytes, int, int]:
    return path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino


def test_readers_in_other_processes_never_meet_an_error_or_two_generations_at_once(tmp_path: Path) -> None:
    warehouse, path = a_published_shop(tmp_path)
    done = PROCESSES.Event()
    readers = [processes.read_on_one_connection, processes.read_on_new_connections]
    watchers = [watch(reader, path, done) for reader in readers]
    try:
        for marker in range(2, SWAPS + 2):
            put_marked(warehouse, marker)
            before = path.stat().st_ino
            assert publish(warehouse, path).generation == marker
            assert path.stat().st_ino != before
    finally:
        done.set()
    (kept, kept_errors), (followed, errors) = (answer.recv() for answer in watchers)
    assert (kept_errors, errors) == ([], [])
    assert kept == {(1, (1,))}
    assert all(markers == (generation,) for generation, markers in followed)
    assert len(followed) > 1


def test_nothing_changed_leaves_the_file_untouched(tmp_path: Path) -> None:
    warehouse, path = a_published_shop(tmp_path)
    before = identity(path)
    assert publish(warehouse, path) == Published(1, 0, is_new=False)
    assert identity(path) == before


@pytest.mark.parametrize("damage", ["UPDATE shop.orders SET revenue = revenue + 1", "DELETE FROM shop.orders"])
def test_a_day_changed_behind_the_books_is_not_published(tmp_path: Path, damage: str) -> None:
    warehouse, path = a_published_shop(tmp_path)
    before = identity(path)
    put(warehouse, orders(days(1, 1), marker="b"), days(1, 1))
    with warehouse.get_connection() as connection:
        connection.execute(f"{damage} WHERE order_date = '{DAY + timedelta(days=1)}' AND order_id = 'b1'")
    with pytest.raises(PublishFailedError, match=r"shop.orders, 2026-03-02: \d rows do not match the commit of 2"):
        publish(warehouse, path)
    assert identity(path) == before
    left = ["dmp.duckdb", "dmp.lock", "warehouse.duckdb", "warehouse.lock"]
    assert sorted(file.name for file in tmp_path.iterdir()) == left


@pytest.mark.parametrize("content", [b"", b"left by another process"])
def test_a_stray_wal_beside_the_file_is_removed(tmp_path: Path, content: bytes) -> None:
    warehouse, path = a_published_shop(tmp_path)
    stray = Path(f"{path}.wal")
    stray.write_bytes(content)
    put_marked(warehouse, 2)
    publish(warehouse, path)
    assert not stray.exists()
    assert look(path, processes.MARKERS) == [(2,)]


def test_the_wal_of_another_edition_does_not_reach_the_new_one(tmp_path: Path) -> None:
    warehouse, path = a_published_shop(tmp_path)
    put_marked(warehouse, 2)
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET checkpoint_threshold = '1GB'")
        connection.execute("UPDATE shop.stores SET opened_year = 99")
        wal = Path(f"{path}.wal").read_bytes()
    Path(f"{path}.wal").write_bytes(wal)
    publish(warehouse, path)
    assert look(path, processes.MARKERS) == [(2,)]


def test_a_missing_file_is_made_again_and_a_damaged_one_replaced_by_the_next_edition(tmp_path: Path) -> None:
    warehouse, path = a_published_shop(tmp_path)
    path.unlink()
    assert publish(warehouse, path).is_new
    assert look(path, processes.MARKERS) == [(1,)]
    path.write_bytes(b"not a database")
    put_marked(warehouse, 2)
    assert publish(warehouse, path).is_new
    assert look(path, processes.MARKERS) == [(2,)]


def test_a_changed_view_is_a_new_edition_and_a_view_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    warehouse, path = a_published_shop(tmp_path)
    good = SqlFile("sizes", "Sizes.", {"orders": "Orders."}, "SELECT count(*) AS orders FROM shop.orders")
    assert publish(warehouse, path, (good,)) == Published(2, 0, is_new=True)
    before = identity(path)
    with pytest.raises(duckdb.CatalogException):
        publish(warehouse, path, (good, SqlFile("broken", "Broken.", {}, "SELECT 1 FROM shop.nowhere")))
    assert identity(path) == before
    assert look(path, "FROM sizes") == [(3 * 21,)]


def test_an_empty_warehouse_is_published_with_all_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "dmp.duckdb"
    assert publish(new_warehouse(tmp_path), path).is_new
    assert look(path, "SELECT count(*) FROM shop.orders") == [(0,)]


def test_no_edition_is_published_while_a_table_lacks_a_column_that_its_contract_has_gained(tmp_path: Path) -> None:
    warehouse, path = new_warehouse(tmp_path), tmp_path / "published.duckdb"
    put(warehouse, orders())
    first = publish_file(warehouse, path, Contents([Table(Orders)], ()))
    gained = [Table(OrdersWithStore)]
    assert not publish_file(warehouse, path, Contents(gained, ())).is_new
    put(warehouse, orders().with_columns(store_id=pl.lit("north")), contract=OrdersWithStore)
    second = publish_file(warehouse, path, Contents(gained, ()))
    assert (first.generation, second.is_new, second.generation) == (1, True, 2)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.sql("SELECT DISTINCT store_id FROM shop.orders").fetchall() == [("north",)]


@pytest.mark.parametrize("content", [b"", b"text" * 9000, None], ids=["empty", "other bytes", "cut off"])
def test_a_damaged_file_is_made_again_though_nothing_changed(tmp_path: Path, content: bytes | None) -> None:
    warehouse, path = a_published_shop(tmp_path)
    path.write_bytes(path.read_bytes()[:20_000] if content is None else content)
    assert publish(warehouse, path).is_new
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.sql("SELECT count(*) > 0 FROM shop.orders").fetchall() == [(True,)]
    assert path.stat().st_mode & 0o777 == 0o640
    assert not publish(warehouse, path).is_new
