"""What stops ``dmp backup`` and ``dmp restore``: one sentence, an exit code, and nothing left in place."""

import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.backups.manifest import MANIFEST, WAREHOUSE
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets_tests.commands.support.backups import a_little_warehouse, dmp, shipped, started

IMPATIENT = (
    "from dmp_assets.foundation.warehouse import connection as c; c.Warehouse.__init__.__defaults__ = (0.5, '1GB');"
)
SLOW = (
    "import time; from dmp_assets.foundation.warehouse.backups import reading as r; "
    "r._read_all = lambda *_: print('read', flush=True) or time.sleep(60);"
)
"""Before the command: a deadline of half a second, and a long look at the copied rows."""


def _nothing(settings: Settings, backups: Path) -> None:
    """Leave all as it is."""


def _without_warehouse(settings: Settings, backups: Path) -> None:
    settings.warehouse_path.unlink()


def _damaged(settings: Settings, backups: Path) -> None:
    _without_warehouse(settings, backups)
    place = next(backups.glob("2*"))
    with (place / WAREHOUSE).open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"other")


def _incomplete(settings: Settings, backups: Path) -> None:
    _without_warehouse(settings, backups)
    (next(backups.glob("2*")) / MANIFEST).unlink()


def _newer(settings: Settings, backups: Path) -> None:
    _without_warehouse(settings, backups)
    path = next(backups.glob("2*")) / MANIFEST
    path.write_text(path.read_text("utf-8").replace(f'"layout": {LAYOUT}', f'"layout": {LAYOUT + 1}'), "utf-8")


def _no_backups(settings: Settings, backups: Path) -> None:
    _without_warehouse(settings, backups)
    shutil.rmtree(backups)


def _a_file(settings: Settings, backups: Path) -> None:
    shutil.rmtree(backups)
    backups.write_text("a file")


def _cut_off(settings: Settings, backups: Path) -> None:
    os.truncate(settings.warehouse_path, 300_000)


TROUBLES: list[tuple[str, str, Callable[[Settings, Path], None], int, str]] = [
    ("no warehouse", "backup", _without_warehouse, 2, r"warehouse\.duckdb is not there, .*; dmp run makes it$"),
    (
        "a file instead",
        "backup",
        _a_file,
        4,
        r"backups takes no backup of .* \(File exists\); free some .* that are there",
    ),
    ("a warehouse cut off", "backup", _cut_off, 5, r"warehouse\.duckdb.* not a whole DuckDB database\.|cannot be read"),
    (
        "a warehouse in place",
        "restore",
        _nothing,
        2,
        r"warehouse\.duckdb is there, and a restore replaces nothing; move",
    ),
    ("no backup", "restore", _no_backups, 2, r"backups: no backup is there; name a folder that dmp backup wrote to$"),
    ("a damaged byte", "restore", _damaged, 2, r"damaged, warehouse\.duckdb is not the file that .*; restore another"),
    ("no manifest", "restore", _incomplete, 2, r"incomplete, it has no manifest\.json; restore another backup$"),
    ("a newer layout", "restore", _newer, 2, rf"layout {LAYOUT + 1}, but this release knows .*; install the release"),
]


@pytest.mark.parametrize(
    ("name", "make", "code", "sentence"), [row[1:] for row in TROUBLES], ids=[row[0] for row in TROUBLES]
)
def test_trouble_is_one_sentence_and_a_code(
    tmp_path: Path, name: str, make: Callable[[Settings, Path], None], code: int, sentence: str
) -> None:
    settings, backups = a_little_warehouse(tmp_path), tmp_path / "backups"
    assert dmp(settings, "backup", backups)[0] == 0
    make(settings, backups)
    seen, told = dmp(settings, name, backups)
    assert "Traceback" not in told
    assert re.search(sentence, told.strip().splitlines()[-1]), told
    assert seen == code
    if name == "restore" and make is not _nothing:
        assert not settings.warehouse_path.exists()


def test_backups_do_not_lie_in_the_data_folder(tmp_path: Path) -> None:
    settings = a_little_warehouse(tmp_path)
    code, told = dmp(settings, "backup", settings.landing_dir / "backups")
    assert re.search(r"backups is in the data folder, and would go with it; name a folder elsewhere", told)
    assert code == 2
    assert not (settings.landing_dir / "backups").exists()


def test_a_full_disk_is_said_and_leaves_no_backup(tmp_path: Path) -> None:
    settings, backups = a_little_warehouse(tmp_path), tmp_path / "backups"
    code, told = shipped(settings, "backup", backups, file_bytes=300_000)
    assert re.search(r"backups takes no backup of .* \(File too large\); free some space there", told), told
    assert code == 4
    assert [path.name for path in backups.iterdir()] == ["backups.lock"]


def test_a_warehouse_that_another_process_holds_ends_with_3(tmp_path: Path) -> None:
    settings = a_little_warehouse(tmp_path)
    hold = (
        "import time; from dmp_assets.foundation.warehouse.connection import Warehouse;"
        f"c = Warehouse(database={str(settings.warehouse_path)!r}).get_connection(); c.__enter__();"
        "print('held', flush=True); time.sleep(60);"
    )
    with started(settings, setup=hold):
        code, told = shipped(settings, "backup", tmp_path / "backups", setup=IMPATIENT)
    assert re.search(r"warehouse\.duckdb is held by process \d+ .*Stop it, or try again\.$", told.strip()), told
    assert code == 3


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("backup", signal.SIGINT),
        ("backup", signal.SIGKILL),
        ("restore", signal.SIGTERM),
        ("restore", signal.SIGKILL),
    ],
)
def test_an_end_in_the_middle_leaves_nothing_in_place_and_the_next_start_removes_the_rest(
    tmp_path: Path, name: str, number: signal.Signals
) -> None:
    settings, backups = a_little_warehouse(tmp_path), tmp_path / "backups"
    if name == "restore":
        assert dmp(settings, "backup", backups)[0] == 0
        settings.warehouse_path.unlink()
    with started(settings, name, backups, setup=SLOW) as process:
        process.send_signal(number)
        code = process.wait(60)
    assert code == (-number if number is signal.SIGKILL else 128 + number)
    made = [path for path in backups.iterdir() if path.name.startswith("2")]
    assert len(made) == (1 if name == "restore" else 0)
    assert settings.warehouse_path.exists() == (name == "backup")
    code, told = dmp(settings, name, backups)
    assert code == 0, told
    assert not list(backups.glob(".*.new"))
    assert not list(settings.data_dir.glob(".*.new"))


def test_a_backup_that_is_being_made_stays_when_another_begins(tmp_path: Path) -> None:
    settings, backups = a_little_warehouse(tmp_path), tmp_path / "backups"
    with started(settings, "backup", backups, setup=SLOW):
        code, told = dmp(settings, "backup", backups)
        assert code == 0, told
        assert len(list(backups.glob(".*.new"))) == 1
    code, told = dmp(settings, "backup", backups)
    assert "Removed 1 backups that a process left half made" in told
    assert not list(backups.glob(".*.new"))
