"""``dmp backup`` and ``dmp restore``: what comes back is what was there, and the next run goes on from it."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from dmp_assets.domains import TABLES
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.backups.reading import read_all
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets_tests.commands.support.backups import a_little_warehouse, command, dmp, environment, shipped
from dmp_assets_tests.end_to_end.support.released_folder import unpack
from dmp_assets_tests.support.factories import built_shop, land, platform, query, shop

ARRIVALS = "SELECT path, arrived_at FROM ingest.landing_files ORDER BY path"


def emptied(settings: Settings) -> None:
    """Leave nothing of a data folder but the landing files."""
    for path in settings.data_dir.iterdir():
        if path.name != "landing":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def hashes(settings: Settings) -> dict[str, Any]:
    read = read_all(settings.warehouse_path, TABLES)
    assert read.days_not_as_booked == {}
    return read.tables


def without_publications(found: dict[str, Any]) -> dict[str, Any]:
    return {name: seen for name, seen in found.items() if name != "ops.publications"}


def test_an_emptied_folder_is_as_it_was_and_the_next_run_finds_nothing_to_do(tmp_path: Path) -> None:
    settings = built_shop(tmp_path / "shop")
    before, arrivals = hashes(settings), query(settings, ARRIVALS)
    code, told = shipped(settings, "backup", tmp_path / "backups")
    assert code == 0, told
    place = next((tmp_path / "backups").glob("2*"))
    assert re.fullmatch(rf"{place}: \d\d tables, [\d,]+ rows, [\d,]+ bytes", told.splitlines()[-1])
    emptied(settings)
    code, told = shipped(settings, "restore", tmp_path / "backups")
    assert code == 0, told
    assert re.fullmatch(
        rf"{settings.warehouse_path}: as it was at 2\S+, \d\d tables and [\d,]+ rows, all compared \({place}\)",
        told.splitlines()[-2],
    )
    assert hashes(settings) == before
    code, told = shipped(settings, "run")
    assert code == 0, told
    assert "Done: all was up to date, nothing changed" in told
    assert without_publications(hashes(settings)) == without_publications(before)
    assert query(settings, ARRIVALS) == arrivals
    assert settings.published_path.exists()


def test_files_that_were_put_back_with_other_times_keep_their_arrival_and_what_is_next_is_built(
    tmp_path: Path,
) -> None:
    settings = built_shop(tmp_path / "shop")
    arrivals = query(settings, ARRIVALS)
    before = hashes(settings)
    dmp(settings, "backup", tmp_path / "backups")
    emptied(settings)
    dmp(settings, "restore", tmp_path / "backups")
    for file in settings.landing_dir.glob("*/*"):
        os.utime(file, (1_800_000_000,) * 2)
    with platform(settings) as stack:
        stack.bring_up_to_date()
    assert query(settings, ARRIVALS) == arrivals
    after = hashes(settings)
    other = {name for name in before if not name.startswith("ops.") and before[name] != after[name]}
    assert other <= {"ingest.landing_files"}
    land(settings, {"items/b.csv": "item,category\ni3,FRUIT\n"})
    with platform(settings) as stack:
        assert stack.bring_up_to_date() > 0
    assert ("i3",) in query(settings, "SELECT item_id FROM ingest.raw_items")
    assert query(settings, "SELECT count(*) FROM ingest.raw_items") == [(3,)]


def test_an_analysts_file_that_is_newer_than_the_backup_is_published_again(tmp_path: Path) -> None:
    settings = built_shop(tmp_path / "shop")
    dmp(settings, "backup", tmp_path / "backups")
    late = {"items/b.csv": "item,category\ni3,FRUIT\n"}
    land(settings, late)
    with platform(settings) as stack:
        stack.bring_up_to_date()
    settings.warehouse_path.unlink()
    (settings.landing_dir / next(iter(late))).unlink()
    dmp(settings, "restore", tmp_path / "backups")
    code, told = dmp(settings, "run")
    assert "nothing changed" in told
    assert code == 0
    items = "SELECT item_id FROM ingest.raw_items ORDER BY 1"
    published = Warehouse(database=str(settings.published_path))
    with published.get_connection(read_only=True) as connection:
        assert connection.sql(items).fetchall() == query(settings, items) == [("i1",), ("i2",)]


def test_the_backup_of_an_older_layout_is_restored_and_then_upgraded(tmp_path: Path) -> None:
    folder = unpack("600600e", tmp_path / "old")
    settings = load_settings(folder / "dmp.yaml")
    kept = "SELECT path, arrived_at FROM ingest.landing_files ORDER BY path"
    arrivals, moves = query(settings, kept), query(settings, "FROM identity.moves ORDER BY ALL")
    code, told = dmp(settings, "backup", tmp_path / "backups")
    assert code == 0, told
    assert query(settings, "FROM duckdb_tables() SELECT count(*) WHERE schema_name = 'reporting'") == [(2,)]
    settings.warehouse_path.unlink()
    code, told = dmp(settings, "restore", tmp_path / "backups")
    assert code == 0, told
    code, told = dmp(settings, "upgrade")
    assert code == 0, told
    assert f"layout 1; this release has layout {LAYOUT}" in told
    assert query(settings, kept) == arrivals
    assert query(settings, "SELECT * FROM identity.moves ORDER BY ALL") == moves


def test_only_the_owner_reads_a_backup_and_what_is_restored(tmp_path: Path) -> None:
    settings = a_little_warehouse(tmp_path)
    shipped(settings, "backup", tmp_path / "backups")
    emptied(settings)
    shipped(settings, "restore", tmp_path / "backups")
    written = [tmp_path / "backups", *(tmp_path / "backups").rglob("*"), settings.warehouse_path]
    assert len(written) == 6
    assert {path.stat().st_mode & 0o077 for path in written} == {0}


def test_a_run_at_work_and_backups_beside_it_take_turns(tmp_path: Path) -> None:
    settings, backups = built_shop(tmp_path / "shop"), tmp_path / "backups"
    land(settings, {"items/b.csv": "item,category\ni3,FRUIT\n"})
    with subprocess.Popen(
        command("run"),
        env=os.environ | environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it is at work
        for _ in range(4):
            code, told = dmp(settings, "backup", backups)
            assert code == 0, told
        assert process.poll() is None
        process.stdout.read()
    assert process.returncode == 0
    made = sorted(backups.glob("2*"))
    assert len(made) == 4
    for place in made:
        restored = shop(tmp_path / place.name)
        assert dmp(restored, "restore", place)[0] == 0
        assert len(hashes(restored)) > 70
