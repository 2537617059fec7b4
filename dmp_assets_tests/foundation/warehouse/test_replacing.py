"""Rows of a whole table replaced by their keys: only those, in one transaction, with books that fit the whole table."""

from datetime import datetime
from pathlib import Path

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.values.columns import Instant
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.warehouse import replacing as replacing_module
from dmp_assets.foundation.warehouse import write as write_module
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.edition.contents import Contents
from dmp_assets.foundation.warehouse.edition.published import publish_file
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.refusals import WriteRefusedError
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, write
from dmp_assets_tests.foundation.warehouse.support.factories import (
    STAMP,
    Stores,
    StoresOfTowns,
    booked,
    new_warehouse,
    put,
    query,
    stored,
    stores,
)


class Owners(TableContract, table="shop.owners", key=("store_id", "since"), unique=(), subject="none"):
    """One row per store and stretch of time."""

    store_id: str = pa.Field(description="Store.")
    since: Instant = pa.Field(nullable=True, description="From when (UTC); null: from ever.")
    owner: str = pa.Field(description="Owner.")


def owners(*rows: tuple[str, int | None, str]) -> pl.DataFrame:
    since = [None if year is None else datetime.fromisoformat(f"{year}-01-01") for _, year, _ in rows]
    columns = {"store_id": [row[0] for row in rows], "since": since, "owner": [row[2] for row in rows]}
    return pl.DataFrame(columns, schema=Table(Owners).polars_schema)


def keys(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"store_id": names}, schema={"store_id": pl.String})


def replace(warehouse: Warehouse, gone: pl.DataFrame, rows: pl.DataFrame, contract: Contract = Stores) -> int:
    return write(warehouse, Table(contract), Rows(frame=rows, replaced=gone), None, STAMP)


def a_shop(folder: Path) -> Warehouse:
    warehouse = new_warehouse(folder)
    put(warehouse, stores("a", "b", "c"), contract=Stores)
    return warehouse


def state(warehouse: Warehouse) -> object:
    return stored(warehouse, Stores), booked(warehouse, Stores), query(warehouse, "FROM ops.quality_log")


def test_rows_under_the_keys_go_and_new_ones_come_and_all_others_stay(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    assert replace(warehouse, keys("a", "b", "x"), stores("a", "d", year=2001)) == 3
    assert query(warehouse, "FROM shop.stores ORDER BY ALL") == [("a", 2001), ("c", 2000), ("d", 2001)]
    assert booked(warehouse, Stores) == stored(warehouse, Stores)
    assert query(warehouse, "SELECT count(*), count(DISTINCT commit_id) FROM ops.commits") == [(2, 2)]


def test_keys_may_be_columns_that_are_no_key_and_rows_may_only_come_or_only_go(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    assert replace(warehouse, keys(), stores("d", year=1999)) == 4
    assert replace(warehouse, pl.DataFrame({"opened_year": [2000, 2000]}), stores()) == 1
    assert query(warehouse, "FROM shop.stores") == [("d", 1999)]
    assert booked(warehouse, Stores) == stored(warehouse, Stores)


def test_nothing_replaced_by_nothing_is_no_change(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    before = stored(warehouse, Stores)
    assert replace(warehouse, keys(), stores()) == 3
    assert stored(warehouse, Stores) == booked(warehouse, Stores) == before


def test_a_row_that_comes_as_it_was_stays_where_it_is(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    rows = pl.concat([stores("a", "d"), stores("b", year=2001)])
    assert replace(warehouse, keys("a", "b"), rows) == 4
    # A row that was written again would stand after the one that was not touched.
    assert query(warehouse, "SELECT store_id FROM shop.stores ORDER BY rowid")[:2] == [("a",), ("c",)]
    assert booked(warehouse, Stores) == stored(warehouse, Stores)


def test_a_null_in_a_key_is_a_value_like_any_other(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, owners(("a", None, "Ada"), ("a", 2001, "Bob"), ("b", None, "Cem")), contract=Owners)
    gone = owners(("a", None, "")).drop("owner")
    replace(warehouse, gone, owners(("a", None, "Dee")), Owners)
    rows = query(warehouse, "SELECT store_id, owner FROM shop.owners ORDER BY ALL")
    assert rows == [("a", "Bob"), ("a", "Dee"), ("b", "Cem")]
    with pytest.raises(WriteRefusedError, match="1 rows are there already"):
        replace(warehouse, keys(), owners(("b", None, "Eve")), Owners)
    assert booked(warehouse, Owners) == stored(warehouse, Owners)


NAMES = st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES, st.integers(1900, 1903)), min_size=1, max_size=4))
def test_any_replacements_are_what_replacing_in_memory_gives(tmp_path_factory, steps) -> None:
    warehouse = a_shop(tmp_path_factory.mktemp("shop"))
    held = stores("a", "b", "c")
    for gone, coming, year in steps:
        rows = stores(*coming, year=year)
        held = pl.concat([held.filter(~pl.col("store_id").is_in({*gone, *coming})), rows])
        assert replace(warehouse, keys(*gone, *coming), rows) == held.height
        assert query(warehouse, "FROM shop.stores ORDER BY ALL") == held.sort("store_id").rows()
        assert booked(warehouse, Stores) == (stored(warehouse, Stores) or {None: (0, 0)})


REFUSED = {
    "a row that is there already": (keys("a"), stores("a", "b"), "1 rows are there already"),
    "an unknown key": (pl.DataFrame({"town": ["Ulm"]}), stores(), "column town is not in the contract"),
    "a key of another type": (pl.DataFrame({"opened_year": ["2000"]}), stores(), "opened_year is VARCHAR"),
    "two rows of one key": (keys("a", "d"), pl.concat([stores("d"), stores("d", year=1999)]), "1 keys have several"),
    "a column too few": (keys("a"), stores("a").drop("opened_year"), "column opened_year is missing"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_touched(tmp_path: Path, name: str) -> None:
    gone, rows, words = REFUSED[name]
    warehouse = a_shop(tmp_path)
    before = state(warehouse)
    with pytest.raises(WriteRefusedError, match=words):
        replace(warehouse, gone, rows)
    assert state(warehouse) == before


def test_a_table_that_was_never_written_whole_is_not_written_by_keys(tmp_path: Path) -> None:
    with pytest.raises(WriteRefusedError, match="column store_id is missing"):
        replace(new_warehouse(tmp_path), keys("a"), stores("a"))


def test_a_table_without_a_commit_is_not_written_by_keys(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    with warehouse.get_connection() as connection:
        connection.execute("DELETE FROM ops.commits")
    with pytest.raises(WriteRefusedError, match="no commit to build on"):
        replace(warehouse, keys("a"), stores("a"))


def test_a_table_that_is_not_what_its_commit_says_is_not_written_by_keys(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    with warehouse.get_connection() as connection:
        connection.execute("DELETE FROM shop.stores WHERE store_id = 'c'")
    with pytest.raises(WriteRefusedError, match="has 2 rows, its commits say 3"):
        replace(warehouse, keys("a"), stores("a"))


def test_a_table_of_another_layout_is_not_written_by_keys(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    with pytest.raises(WriteRefusedError, match="column opened_year is not in the contract"):
        replace(warehouse, keys("a"), pl.DataFrame({"store_id": ["a"], "town": ["Ulm"]}), StoresOfTowns)
    assert booked(warehouse, Stores) == stored(warehouse, Stores)


@pytest.mark.parametrize("step", ["_hashed", "_book"])
def test_whatever_fails_inside_the_transaction_is_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    warehouse = a_shop(tmp_path)
    before = state(warehouse)
    monkeypatch.setattr(write_module if step == "_book" else replacing_module, step, fail)
    with pytest.raises(MemoryError):
        replace(warehouse, keys("a"), stores("a", year=2001))
    assert state(warehouse) == before


@pytest.mark.parametrize("place", [2, 4])
def test_rows_that_read_back_differently_are_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    warehouse = a_shop(tmp_path)
    before = state(warehouse)
    honest, calls = replacing_module._hashed, []

    def lying(*arguments: object) -> dict[None, tuple[int, int]]:
        calls.append(arguments)
        return {day: (rows, row_hash ^ (len(calls) == place)) for day, (rows, row_hash) in honest(*arguments).items()}

    monkeypatch.setattr(replacing_module, "_hashed", lying)
    with pytest.raises(WriteRefusedError, match="read back differ"):
        replace(warehouse, keys("a"), stores("a", year=2001))
    assert state(warehouse) == before


def test_the_analysts_file_has_the_replaced_rows(tmp_path: Path) -> None:
    warehouse, path = a_shop(tmp_path), tmp_path / "dmp.duckdb"
    publish_file(warehouse, path, Contents([Table(Stores)], []))
    replace(warehouse, keys("a"), stores("z", year=1950))
    assert publish_file(warehouse, path, Contents([Table(Stores)], [])).tables_changed == 1
    published = Warehouse(database=str(path))
    assert query(published, "FROM shop.stores ORDER BY ALL") == [("b", 2000), ("c", 2000), ("z", 1950)]


def test_rows_are_found_by_keys(tmp_path: Path) -> None:
    table = StoredTable(a_shop(tmp_path), Table(Stores), tmp_path)
    assert sorted(table.matching(keys("a", "c", "c", "x"))["store_id"]) == ["a", "c"]
    assert table.matching(pl.DataFrame({"store_id": ["a", "b"], "opened_year": [2000, 1999]}))["store_id"].item() == "a"
    assert table.matching(keys("a"), ["opened_year"]).columns == ["opened_year"]
    assert table.matching(keys()).schema == Table(Stores).polars_schema
    assert table.matching(keys(), ["opened_year"]).columns == ["opened_year"]
