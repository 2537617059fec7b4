"""A restore puts the rows of the backup in an empty place, or nothing."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kills import PROCESSES
from dmp_assets.foundation.warehouse.backups import restore as restoring
from dmp_assets.foundation.warehouse.backups.backup import back_up
from dmp_assets.foundation.warehouse.backups.manifest import (
    MANIFEST,
    WAREHOUSE,
    BackupDamagedError,
    BackupRefusedError,
    file_hash,
    read_manifest,
)
from dmp_assets.foundation.warehouse.backups.reading import read_all
from dmp_assets.foundation.warehouse.backups.restore import restore
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets_tests.foundation.warehouse.support.factories import (
    Orders,
    OrdersWithStore,
    Stores,
    new_warehouse,
    orders,
    put,
    query,
    stores,
)

TABLES = (Table(Orders), Table(Stores))


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a small shop."""
    (tmp_path / "data").mkdir()
    warehouse = new_warehouse(tmp_path / "data")
    put(warehouse, orders())
    put(warehouse, stores("a", "b"), contract=Stores)
    place, _ = back_up(warehouse, tmp_path / "backups", TABLES)
    return place


def empty(tmp_path: Path) -> Warehouse:
    return new_warehouse(tmp_path / "restored")


def left_in(warehouse: Warehouse) -> list[str]:
    return sorted(path.name for path in warehouse.path.parent.iterdir())


def edit(backup: Path, **changes: object) -> None:
    path = backup / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


def flip_a_byte(backup: Path) -> None:
    path = backup / WAREHOUSE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_table_of_other_rows(backup: Path) -> None:
    tables = json.loads((backup / MANIFEST).read_text("utf-8"))["tables"]
    tables["shop.orders"]["row_hash"] += 1
    edit(backup, tables=tables)


def a_file_of_other_rows(backup: Path) -> None:
    """Change a row, and let size and hash of the manifest fit: the books and the table's hash still tell."""
    with Warehouse(database=str(backup / WAREHOUSE)).get_connection() as connection:
        connection.execute("UPDATE shop.stores SET opened_year = 1999 WHERE store_id = 'a'")
    file = backup / WAREHOUSE
    edit(backup, bytes=file.stat().st_size, sha256=file_hash(file))


def another_file(backup: Path) -> None:
    file = backup / WAREHOUSE
    file.write_bytes(b"text" * 9000)
    edit(backup, bytes=file.stat().st_size, sha256=file_hash(file))


def test_every_table_and_book_is_that_of_the_backup(tmp_path: Path, backup: Path) -> None:
    warehouse = empty(tmp_path)
    taken, manifest = restore(warehouse, backup, TABLES, print)
    assert taken == backup
    assert read_all(warehouse.path, TABLES).tables == manifest.tables == read_manifest(backup).tables
    assert warehouse.path.read_bytes() == (backup / WAREHOUSE).read_bytes()
    assert left_in(warehouse) == ["warehouse.duckdb", "warehouse.lock"]


def test_of_a_folder_of_backups_the_newest_is_taken(tmp_path: Path, backup: Path) -> None:
    source = new_warehouse(tmp_path / "data")
    put(source, stores("c"), contract=Stores)
    newest, _ = back_up(source, backup.parent, TABLES)
    (backup.parent / ".20990101T000000.000000Z.new").mkdir()
    (backup.parent / "notes").mkdir()
    taken, _ = restore(empty(tmp_path), backup.parent, TABLES, print)
    assert taken == newest


def test_newer_backups_that_are_damaged_are_passed_over_and_told(tmp_path: Path, backup: Path) -> None:
    source = new_warehouse(tmp_path / "data")
    second, _ = back_up(source, backup.parent, TABLES)
    third, _ = back_up(source, backup.parent, TABLES)
    flip_a_byte(second)
    (third / MANIFEST).unlink()
    told: list[str] = []
    taken, _ = restore(empty(tmp_path), backup.parent, TABLES, told.append)
    assert taken == backup
    assert [line.split(", ")[0] for line in told] == [
        f"Passed over: {third}: incomplete",
        f"Passed over: {second}: damaged",
    ]


REFUSED: list[tuple[str, Callable[[Path], object], str]] = [
    ("a byte", flip_a_byte, r"damaged, warehouse\.duckdb is not the file that manifest\.json describes; restore"),
    ("no manifest", lambda it: (it / MANIFEST).unlink(), r"incomplete, it has no manifest\.json; restore another"),
    ("no file", lambda it: (it / WAREHOUSE).unlink(), r"incomplete, it has no warehouse\.duckdb; restore another"),
    ("a cut manifest", lambda it: os.truncate(it / MANIFEST, 300), r"damaged, its manifest\.json cannot be read; "),
    ("a manifest of bytes", lambda it: (it / MANIFEST).write_bytes(b"\xff\xfe"), r"damaged, its manifest\.json cannot"),
    ("a manifest of a list", lambda it: (it / MANIFEST).write_text("[]"), r"damaged, its manifest\.json cannot be"),
    ("a manifest of no tables", lambda it: edit(it, tables=None), r"damaged, its manifest\.json cannot be read; "),
    ("other rows told", a_table_of_other_rows, r"damaged, the rows of shop\.orders are not those that manifest\.json"),
    ("other rows there", a_file_of_other_rows, r"damaged, the rows of shop\.stores are not those that manifest\.json"),
    (
        "days that were not as booked",
        lambda it: edit(it, days_not_as_booked={"shop.orders": ["2026-03-01"]}),
        r"damaged, the rows of shop\.orders are not",
    ),
    ("no database", another_file, r"DuckDB [\d.]+ cannot read it, and DuckDB [\d.]+ made it; install the release that"),
    (
        "a newer layout",
        lambda it: edit(it, layout=LAYOUT + 1, tables="in another form"),
        rf"layout {LAYOUT + 1}, but this release knows layouts up to {LAYOUT}; install .* or restore an older",
    ),
]


@pytest.mark.parametrize("is_named", [True, False], ids=["the backup", "its folder"])
@pytest.mark.parametrize(("spoil", "sentence"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_backup_that_is_not_whole_or_newer_is_refused_and_nothing_is_left(
    tmp_path: Path, backup: Path, spoil: Callable[[Path], object], sentence: str, is_named: bool
) -> None:
    spoil(backup)
    warehouse = empty(tmp_path)
    with pytest.raises(BackupRefusedError, match=sentence) as refusal:
        restore(warehouse, backup if is_named else backup.parent, TABLES, print)
    assert str(refusal.value).startswith(f"{backup}: ")
    assert left_in(warehouse) == ["warehouse.lock"]


@pytest.mark.parametrize("name", ["nowhere", "data/warehouse.duckdb", "hollow"])
def test_a_folder_without_backups_is_refused(tmp_path: Path, backup: Path, name: str) -> None:
    (tmp_path / "hollow").mkdir()
    assert backup.exists()
    with pytest.raises(BackupRefusedError, match="no backup is there; name a folder that dmp backup wrote to"):
        restore(empty(tmp_path), tmp_path / name, TABLES, print)


@pytest.mark.parametrize("name", ["warehouse.duckdb", "warehouse.duckdb.wal"])
def test_what_is_in_the_place_stays(tmp_path: Path, backup: Path, name: str) -> None:
    warehouse = empty(tmp_path)
    warehouse.path.parent.mkdir()
    (warehouse.path.parent / name).write_bytes(b"mine")
    with pytest.raises(BackupRefusedError, match=f"{name} is there, and a restore replaces nothing; move it aside"):
        restore(warehouse, backup, TABLES, print)
    assert left_in(warehouse) == [name, "warehouse.lock"]
    assert (warehouse.path.parent / name).read_bytes() == b"mine"


def test_hashes_of_another_duckdb_are_not_compared_but_counts_are(tmp_path: Path, backup: Path) -> None:
    a_table_of_other_rows(backup)
    edit(backup, duckdb="1.0.0", contracts="of that release")
    restore(empty(tmp_path), backup, TABLES, print)
    tables = json.loads((backup / MANIFEST).read_text("utf-8"))["tables"]
    tables["shop.orders"]["rows"] += 1
    edit(backup, tables=tables)
    with pytest.raises(BackupDamagedError, match=r"the rows of shop\.orders are not"):
        restore(new_warehouse(tmp_path / "another"), backup, TABLES, print)


def test_a_backup_of_other_contracts_of_the_same_layout_is_restored(tmp_path: Path, backup: Path) -> None:
    warehouse = empty(tmp_path)
    restore(warehouse, backup, (Table(OrdersWithStore), Table(Stores)), print)
    assert query(warehouse, "SELECT count(*) FROM shop.orders") == [(6,)]


def die_before_the_rename(path: str, backup: Path) -> None:
    """Restore in a process that ends when all is compared and on disk."""
    vars(restoring)["sync"] = lambda _: os._exit(9)
    restore(Warehouse(database=path), backup, TABLES, print)


def test_a_process_that_dies_leaves_nothing_in_place_and_the_next_one_restores(tmp_path: Path, backup: Path) -> None:
    warehouse = empty(tmp_path)
    process = PROCESSES.Process(target=die_before_the_rename, args=(warehouse.database, backup))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert not warehouse.path.exists()
    assert [name for name in left_in(warehouse) if name.endswith(".new")]
    restore(warehouse, backup, TABLES, print)
    assert query(warehouse, "SELECT count(*) FROM shop.orders") == [(6,)]
