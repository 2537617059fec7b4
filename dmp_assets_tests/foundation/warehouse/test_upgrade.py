"""An older warehouse becomes one of this layout, or stays as it was; what files cannot give back is never lost."""

import random
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.kills import PROCESSES
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.edition.contents import Contents
from dmp_assets.foundation.warehouse.edition.published import publish_file
from dmp_assets.foundation.warehouse.layout import LAYOUT, LayoutError
from dmp_assets.foundation.warehouse.layout_steps import AlterTable
from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.upgrade import Design, upgrade
from dmp_assets_tests.foundation.warehouse.support.factories import (
    Orders,
    Stores,
    booked,
    new_warehouse,
    orders,
    put,
    query,
    stored,
    stores,
)
from dmp_assets_tests.foundation.warehouse.support.upgrades import (
    DESIGN,
    change,
    of_layout_1,
    state,
    upgrade_and_die,
)

OTHER_TYPE = "ALTER TABLE shop.orders ALTER COLUMN units TYPE DOUBLE"
SPARE_COLUMN = "ALTER TABLE shop.orders ADD COLUMN spare VARCHAR"
RANDOM_KILLS = 12


def upgraded(warehouse: Warehouse, design: Design = DESIGN, **options: Any) -> list[str]:
    """Upgrade and return what was told."""
    told: list[str] = []
    upgrade(warehouse, design, told.append, **options)
    return told


def names(warehouse: Warehouse) -> set[str]:
    return {name for name in state(warehouse) if "." in name}


def test_a_renamed_table_takes_its_rows_and_its_books_along(tmp_path: Path) -> None:
    warehouse = of_layout_1(tmp_path)
    rows = query(warehouse, "FROM old.stores ORDER BY ALL")
    told = upgraded(warehouse)
    assert query(warehouse, "FROM shop.stores ORDER BY ALL") == rows
    assert stored(warehouse, Stores) == booked(warehouse, Stores)
    assert query(warehouse, "SELECT DISTINCT table_name FROM ops.quality_log") == query(
        warehouse, "SELECT DISTINCT table_name FROM ops.quality_log WHERE table_name LIKE 'shop.%'"
    )
    assert query(warehouse, "SELECT schema_name FROM duckdb_schemas() WHERE schema_name = 'old'") == []
    assert told[1:3] == ["  rename old.stores to shop.stores: 2 rows", "  drop schema old: it is empty"]
    assert query(warehouse, "SELECT number, actions FROM ops.layout") == [
        (LAYOUT, [line.strip() for line in told[1:3]])
    ]


def test_a_second_upgrade_has_nothing_to_do_and_says_nothing(tmp_path: Path) -> None:
    warehouse = of_layout_1(tmp_path)
    upgraded(warehouse)
    before = state(warehouse)
    assert upgraded(warehouse) == []
    assert state(warehouse) == before


def test_a_new_warehouse_opens_its_books_with_the_layout_and_has_nothing_to_upgrade(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    assert upgraded(warehouse) == []
    assert not warehouse.path.exists()
    put(warehouse, orders())
    put(warehouse, orders())
    assert query(warehouse, "SELECT number, actions FROM ops.layout") == [(LAYOUT, [])]
    assert upgraded(warehouse) == []


def test_a_table_that_no_contract_names_goes_and_its_commits_stay(tmp_path: Path) -> None:
    warehouse = of_layout_1(tmp_path)
    upgraded(warehouse)
    told = upgraded(warehouse, replace(DESIGN, tables=[Table(Stores)]))
    assert told[1] == "  drop shop.orders: no contract names it; 6 rows"
    assert names(warehouse) == {"shop.stores"}
    assert query(warehouse, "SELECT count(rows), count(*) FROM ops.commits WHERE table_name = 'shop.orders'") == [
        (3, 6)
    ]
    assert booked(warehouse) == {}


def test_what_the_platform_did_not_make_stays(tmp_path: Path) -> None:
    warehouse = of_layout_1(
        tmp_path,
        "CREATE TABLE shop.notes AS SELECT 'mine' AS note",
        "CREATE VIEW old.mine AS SELECT 1 AS one",
        "CREATE SCHEMA mine",
        "CREATE TABLE mine.list(a INTEGER)",
        "CREATE TABLE shop.emptied(a INTEGER)",
    )
    upgraded(warehouse)
    # An empty table in a schema of ours, without a commit, is one that a release made and never wrote.
    assert names(warehouse) == {"mine.list", "shop.notes", "shop.orders", "shop.stores"}
    assert query(warehouse, "FROM old.mine") == [(1,)]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (OTHER_TYPE, "column units is DOUBLE, the contract says BIGINT"),
        (SPARE_COLUMN, "column spare is not in the contract"),
    ],
)
def test_a_daily_table_that_does_not_fit_is_dropped_and_has_no_day_until_it_is_built(
    tmp_path: Path, statement: str, words: str
) -> None:
    warehouse = of_layout_1(tmp_path, statement)
    told = upgraded(warehouse)
    assert f"  drop shop.orders and build it again from the landing files: {words}; 6 rows" in told
    assert booked(warehouse) == {}
    assert [commit.table_name for commit in current_commits(warehouse)] == ["shop.stores"]
    put(warehouse, orders())
    assert stored(warehouse) == booked(warehouse)
    assert len(current_commits(warehouse)) == 4
    assert upgraded(warehouse) == []


def test_a_table_that_files_cannot_give_back_is_not_dropped_for_another_type(tmp_path: Path) -> None:
    warehouse = of_layout_1(tmp_path, "ALTER TABLE old.stores ALTER COLUMN opened_year TYPE VARCHAR")
    before = state(warehouse)
    with pytest.raises(LayoutError, match=r"shop.stores: column opened_year is VARCHAR, the contract says BIGINT"):
        upgraded(warehouse)
    assert state(warehouse) == before


def test_a_table_that_files_cannot_give_back_is_not_dropped_for_want_of_a_contract(tmp_path: Path) -> None:
    warehouse = of_layout_1(tmp_path)
    upgraded(warehouse)
    before = state(warehouse)
    with pytest.raises(LayoutError, match=r"shop.stores: no contract names it"):
        upgraded(warehouse, replace(DESIGN, tables=[Table(Orders)]))
    assert state(warehouse) == before


def test_a_step_casts_a_table_that_files_cannot_give_back_and_books_its_new_hashes(tmp_path: Path) -> None:
    warehouse = of_layout_1(
        tmp_path,
        "ALTER TABLE old.stores ALTER COLUMN opened_year TYPE VARCHAR",
        "UPDATE old.stores SET opened_year = '1999' WHERE store_id = 'a'",
        "UPDATE ops.commits SET row_hash = (SELECT bit_xor(hash(store_id, opened_year)) FROM old.stores) "
        "WHERE table_name = 'old.stores'",
    )
    cast = AlterTable("shop.stores", "ALTER COLUMN opened_year TYPE BIGINT")
    told = upgraded(warehouse, replace(DESIGN, steps={2: [*DESIGN.steps[2], cast]}))
    assert "  change shop.stores: ALTER COLUMN opened_year TYPE BIGINT; 2 rows are kept" in told
    assert query(warehouse, "FROM shop.stores ORDER BY ALL") == [("a", 1999), ("b", 2000)]
    assert stored(warehouse, Stores) == booked(warehouse, Stores)


def test_a_trial_tells_the_same_and_changes_nothing(tmp_path: Path) -> None:
    warehouse = of_layout_1(tmp_path, OTHER_TYPE)
    before = state(warehouse)
    tried = upgraded(warehouse, is_trial=True)
    assert state(warehouse) == before
    assert tried[:-1] == upgraded(warehouse)[:-1]


def test_a_warehouse_of_a_newer_release_is_opened_by_nobody(tmp_path: Path) -> None:
    warehouse = of_layout_1(tmp_path)
    upgraded(warehouse)
    change(warehouse, f"UPDATE ops.layout SET number = {LAYOUT + 1}")
    words = rf"{re.escape(str(warehouse.path))}: layout {LAYOUT + 1}, but this release knows layouts up to {LAYOUT}"
    for opened in (
        lambda: upgraded(warehouse),
        lambda: put(warehouse, orders()),
        lambda: current_commits(warehouse),
        lambda: publish_file(warehouse, tmp_path / "dmp.duckdb", Contents(DESIGN.tables, [])),
    ):
        with pytest.raises(LayoutError, match=words):
            opened()


def killed(base: Warehouse, path: Path, statement: int | None, seconds: float = 0) -> bool:
    """Upgrade a copy in a process that is killed, and return whether it was killed in time."""
    shutil.copyfile(base.path, path)
    Path(f"{path}.wal").unlink(missing_ok=True)
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=upgrade_and_die, args=(str(path), statement, theirs))
    process.start()
    theirs.close()
    ours.recv()
    if statement is None:
        time.sleep(seconds)
        process.kill()
    process.join()
    return process.exitcode != 0


def test_whenever_it_is_killed_the_warehouse_is_old_or_new_and_a_rerun_ends_the_same(tmp_path: Path) -> None:
    base = of_layout_1(tmp_path, SPARE_COLUMN, "CREATE TABLE old.spare(a INTEGER)", per_day=5_000)
    old, done = state(base), tmp_path / "done.duckdb"
    began = time.monotonic()
    assert not killed(base, done, statement=10_000)
    seconds = time.monotonic() - began
    new = state(Warehouse(database=str(done)))
    chance = random.Random(7)
    moments: list[tuple[int | None, float]] = [(None, chance.uniform(0, seconds)) for _ in range(RANDOM_KILLS)]
    statement, in_time = 0, True
    seen = []
    while in_time or moments:
        given = (statement, 0.0) if in_time else moments.pop()
        path = tmp_path / "killed.duckdb"
        was_killed = killed(base, path, *given)
        in_time, statement = in_time and was_killed, statement + 1
        warehouse = Warehouse(database=str(path))
        seen.append(state(warehouse))
        assert seen[-1] in (old, new), given
        upgraded(warehouse)
        assert state(warehouse) == new, given
    assert old in seen
    assert new in seen
    assert len(seen) > 20


def test_readers_keep_their_edition_until_what_was_dropped_is_built_again(tmp_path: Path) -> None:
    warehouse, path = of_layout_1(tmp_path), tmp_path / "dmp.duckdb"
    upgraded(warehouse)
    first = publish_file(warehouse, path, Contents(DESIGN.tables, []))
    assert first.is_new
    change(warehouse, OTHER_TYPE)
    upgraded(warehouse)
    put(warehouse, stores("c"), contract=Stores)
    assert not publish_file(warehouse, path, Contents(DESIGN.tables, [])).is_new
    put(warehouse, orders())
    assert publish_file(warehouse, path, Contents(DESIGN.tables, [])).is_new


def test_an_upgrade_is_published_without_any_commit_and_the_old_name_stands_for_one_layout(tmp_path: Path) -> None:
    warehouse, path = of_layout_1(tmp_path), tmp_path / "dmp.duckdb"
    former = {"old.stores": "shop.stores"}
    publish_file(warehouse, path, Contents([Table(Orders)], [], former))
    upgraded(warehouse)
    assert publish_file(warehouse, path, Contents([Table(Orders)], [])).is_new
    assert publish_file(warehouse, path, Contents(DESIGN.tables, [], former)).is_new
    assert not publish_file(warehouse, path, Contents(DESIGN.tables, [], former)).is_new
    with duckdb.connect(str(path), read_only=True) as published:
        assert published.sql("FROM old.stores ORDER BY ALL").fetchall() == [("a", 2000), ("b", 2000)]
        comment = published.sql("SELECT comment FROM duckdb_views() WHERE schema_name = 'old'").fetchall()
        assert comment == [("Now called shop.stores; this name goes with the next layout.",)]
