"""A backup is of one moment, also while others write; it appears whole or not at all, and replaces none."""

import random
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.kills import PROCESSES
from dmp_assets.foundation.warehouse.backups import backup as making
from dmp_assets.foundation.warehouse.backups.backup import back_up
from dmp_assets.foundation.warehouse.backups.manifest import (
    MANIFEST,
    WAREHOUSE,
    BackupFolderError,
    BackupRefusedError,
    file_hash,
    read_manifest,
)
from dmp_assets.foundation.warehouse.backups.restore import restore
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse, WarehouseBusyError, WarehouseDamagedError
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write_all
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    Orders,
    Stores,
    days,
    new_warehouse,
    orders,
    put,
    query,
    stores,
)
from dmp_assets_tests.foundation.warehouse.support.processes import MARKERS, hold

TABLES = (Table(Orders), Table(Stores))
BACKUPS = 5


def write_in_turns(path: str, ready: Event, done: Event) -> None:
    """Write both tables, of one marker each time, in one transaction, until told."""
    warehouse, marker = Warehouse(database=path), 1
    while not done.is_set():
        marker += 1
        marked = orders(per_day=20 + marker % 50).with_columns(units=pl.lit(marker, pl.Int64))
        every = [
            Write(TABLES[0], Rows(frame=marked), days(), Stamp("run")),
            Write(TABLES[1], Rows(frame=stores("a", "b", year=marker)), None, Stamp("run")),
        ]
        write_all(warehouse, every)
        ready.set()


def filled(folder: Path, per_day: int = 2) -> Warehouse:
    folder.mkdir(exist_ok=True)
    warehouse = new_warehouse(folder)
    put(warehouse, orders(per_day=per_day))
    put(warehouse, stores("a", "b"), contract=Stores)
    return warehouse


def test_backups_beside_a_process_that_writes_are_each_of_one_moment_and_can_be_restored(tmp_path: Path) -> None:
    warehouse, folder = filled(tmp_path / "data"), tmp_path / "backups"
    ready, done = PROCESSES.Event(), PROCESSES.Event()
    writer = PROCESSES.Process(target=write_in_turns, args=(warehouse.database, ready, done), daemon=True)
    writer.start()
    assert ready.wait(60)
    made = []
    for _ in range(BACKUPS):
        ready.clear()
        made.append(back_up(warehouse, folder, TABLES))
        assert ready.wait(60)  # it wrote after this backup, and before the next one
    done.set()
    writer.join(60)
    assert writer.exitcode == 0
    seen = set()
    for place, manifest in made:
        assert manifest.days_not_as_booked == {}
        restored = new_warehouse(tmp_path / place.name)
        restore(restored, place, TABLES, print)
        markers = query(restored, MARKERS)
        assert len(markers) == 1
        seen |= set(markers)
    assert len(seen) == BACKUPS
    assert sorted(path.name for path in folder.iterdir()) == [*(place.name for place, _ in made), "backups.lock"]


def test_it_holds_the_file_and_a_manifest_of_it_and_nothing_else(tmp_path: Path) -> None:
    warehouse = filled(tmp_path / "data")
    place, manifest = back_up(warehouse, tmp_path / "deep" / "backups", TABLES)
    assert sorted(path.name for path in place.iterdir()) == [MANIFEST, WAREHOUSE]
    assert read_manifest(place) == manifest
    assert manifest.sha256 == file_hash(place / WAREHOUSE)
    assert manifest.bytes == (place / WAREHOUSE).stat().st_size
    assert manifest.layout == LAYOUT
    assert manifest.tables["shop.orders"].rows == 6


def test_what_stands_in_the_log_beside_the_file_is_in_the_backup(tmp_path: Path) -> None:
    warehouse = filled(tmp_path / "data")
    with duckdb.connect(warehouse.database) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("UPDATE shop.stores SET opened_year = 1999")
    assert Path(f"{warehouse.database}.wal").exists()
    place, _ = back_up(warehouse, tmp_path / "backups", TABLES)
    with duckdb.connect(str(place / WAREHOUSE), read_only=True) as connection:
        assert connection.sql("SELECT DISTINCT opened_year FROM shop.stores").fetchall() == [(1999,)]


def test_a_second_backup_leaves_the_first_alone(tmp_path: Path) -> None:
    warehouse = filled(tmp_path / "data")
    first, _ = back_up(warehouse, tmp_path / "backups", TABLES)
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    put(warehouse, orders(marker="b"))
    second, _ = back_up(warehouse, tmp_path / "backups", TABLES)
    assert first.name < second.name
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before


def test_days_that_are_not_as_booked_are_backed_up_and_named(tmp_path: Path) -> None:
    warehouse = filled(tmp_path / "data")
    with warehouse.get_connection() as connection:
        connection.execute(f"DELETE FROM shop.orders WHERE order_date = DATE '{DAY}'")
    place, manifest = back_up(warehouse, tmp_path / "backups", TABLES)
    assert manifest.days_not_as_booked == {"shop.orders": [DAY]}
    restored = new_warehouse(tmp_path / "other")
    restore(restored, place, TABLES, print)
    assert query(restored, "SELECT count(*) FROM shop.orders") == [(4,)]


def test_a_warehouse_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    with pytest.raises(BackupRefusedError, match="not there, so there is nothing to back up; dmp run makes it"):
        back_up(warehouse, tmp_path / "backups", TABLES)
    assert list(tmp_path.iterdir()) == []


def test_a_warehouse_that_somebody_holds_is_waited_for_and_nothing_is_left(tmp_path: Path) -> None:
    warehouse = filled(tmp_path / "data")
    held, done = PROCESSES.Event(), PROCESSES.Event()
    holder = PROCESSES.Process(target=hold, args=(warehouse.database, False, held, done), daemon=True)
    holder.start()
    assert held.wait(30)
    impatient = Warehouse(database=warehouse.database, lock_wait_seconds=0.2)
    with pytest.raises(WarehouseBusyError, match="is held by"):
        back_up(impatient, tmp_path / "backups", TABLES)
    done.set()
    holder.join(30)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["backups.lock"]


def test_a_folder_that_takes_nothing_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    warehouse = filled(tmp_path / "data")
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupFolderError, match=r"file takes no backup of .*warehouse\.duckdb \(File exists\)"):
        back_up(warehouse, tmp_path / "file", TABLES)


def test_an_end_in_the_middle_leaves_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = filled(tmp_path / "data")

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("read_all", "write_manifest"):
        with monkeypatch.context() as patched:
            patched.setattr(making, step, ended)
            with pytest.raises(KeyboardInterrupt):
                back_up(warehouse, tmp_path / "backups", TABLES)
        assert [path.name for path in (tmp_path / "backups").iterdir()] == ["backups.lock"]


def test_a_statement_that_a_signal_ends_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = filled(tmp_path / "data")

    def interrupted(*_: object) -> None:
        raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")

    monkeypatch.setattr("dmp_assets.foundation.warehouse.backups.reading.days_that_differ", interrupted)
    with pytest.raises(duckdb.InterruptException):
        back_up(warehouse, tmp_path / "backups", TABLES)


def test_a_table_that_cannot_be_read_is_not_backed_up(tmp_path: Path) -> None:
    warehouse = filled(tmp_path / "data", per_day=60_000)
    content = bytearray(warehouse.path.read_bytes())
    for place in random.Random(1).sample(range(len(content) // 2, len(content)), 200):
        content[place] ^= 0xFF
    warehouse.path.write_bytes(content)
    with pytest.raises(WarehouseDamagedError):
        back_up(warehouse, tmp_path / "backups", TABLES)
    assert [path for path in (tmp_path / "backups").iterdir() if path.is_dir()] == []
