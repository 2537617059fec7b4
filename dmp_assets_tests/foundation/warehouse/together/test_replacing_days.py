"""Rows of a table with days replaced by their keys: the books of the days that change, in the same transaction."""

from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.foundation.values.days import ALL_DAYS
from dmp_assets.foundation.warehouse import replacing as replacing_module
from dmp_assets.foundation.warehouse import write as write_module
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.edition.contents import Contents
from dmp_assets.foundation.warehouse.edition.published import publish_file
from dmp_assets.foundation.warehouse.refusals import WriteRefusedError
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write, write_all
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    STAMP,
    OpenWarehouse,
    Orders,
    OrdersWithStore,
    Stores,
    booked,
    days,
    new_warehouse,
    orders,
    put,
    query,
    stored,
    stores,
)

KEY = ["order_date", "order_id"]


def replace(warehouse: Warehouse, removed: pl.DataFrame, rows: pl.DataFrame, stamp: Stamp = STAMP) -> int:
    return write(warehouse, Table(Orders), Rows(frame=rows, replaced=removed), None, stamp)


def ids(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"order_id": names}, schema={"order_id": pl.String})


def on(day: int, *names: str, units: int = 7) -> pl.DataFrame:
    """Return one order per name on a day."""
    one = orders(days(day, day), per_day=1)
    return pl.concat(
        [one.clear(), *(one.with_columns(order_id=pl.lit(name), units=pl.lit(units, pl.Int64)) for name in names)]
    )


def a_shop(folder: Path) -> Warehouse:
    """Return a warehouse with orders a0 and a1 on each of three days."""
    warehouse = new_warehouse(folder)
    put(warehouse, orders())
    return warehouse


def commits(warehouse: Warehouse) -> list[tuple]:
    return query(warehouse, "SELECT commit_id, partition, rows, run_id, input_id FROM ops.commits ORDER BY ALL")


def state(warehouse: Warehouse) -> object:
    return stored(warehouse), booked(warehouse), commits(warehouse), query(warehouse, "FROM ops.quality_log")


def test_only_the_days_whose_rows_change_are_booked_all_in_one_commit(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    was = stored(warehouse)
    removed = pl.concat([on(0, "a0"), on(1, "a0", "a1")]).select(KEY)
    rows = pl.concat([on(0, "b0"), orders(days(1, 1)), on(5, "c0")])
    assert replace(warehouse, removed, rows, Stamp("run-2", "1.0", ((None, "made of b"),))) == 7
    found = commits(warehouse)[3:]
    (commit_id,) = {number for number, *_ in found}
    assert found == [
        (commit_id, DAY, 2, "run-2", "made of b"),
        (commit_id, DAY + timedelta(days=5), 1, "run-2", "made of b"),
    ]
    assert booked(warehouse) == stored(warehouse)
    for day in (1, 2):
        assert stored(warehouse)[DAY + timedelta(days=day)] == was[DAY + timedelta(days=day)]


def test_a_row_may_move_to_another_day(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    replace(warehouse, on(0, "a0").select(KEY), on(2, "b0"))
    assert booked(warehouse) == stored(warehouse)
    assert [rows for rows, _ in stored(warehouse).values()] == [1, 2, 3]


def test_a_day_that_becomes_empty_is_booked_without_rows(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    assert replace(warehouse, orders(days(1, 1)).select("order_date"), orders().clear()) == 4
    middle = DAY + timedelta(days=1)
    assert booked(warehouse) == {**stored(warehouse), middle: (0, 0)}
    replace(warehouse, orders().select(KEY).clear(), on(1, "z"))
    assert booked(warehouse) == stored(warehouse)


def test_nothing_that_changes_books_nothing(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    before = commits(warehouse)
    assert replace(warehouse, ids("a0", "a1"), orders()) == 6
    assert replace(warehouse, ids(), orders().clear()) == 6
    assert commits(warehouse) == before


def test_the_first_rows_of_a_table_may_come_by_keys(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders().clear(), days(0, 0))
    assert replace(warehouse, ids(), orders()) == 6
    assert booked(warehouse) == stored(warehouse)


class Walk:
    """A table with days under random replacements by keys, beside a second one that is rewritten whole each time."""

    def __init__(self, folder: Path) -> None:
        self.warehouse, self.whole = (
            OpenWarehouse(database=str(folder / f"{name}.duckdb")) for name in ("keyed", "whole")
        )
        self.held = orders()
        for warehouse in (self.warehouse, self.whole):
            put(warehouse, self.held)

    def step(self, chance: Random) -> None:
        """Replace some rows, by the whole key or a part of it."""
        key = chance.choice([KEY, ["order_id"], ["order_date"], ["units"]])
        rows = pl.concat([on(day, name, units=chance.randint(0, 2)) for day in range(4) for name in ("a0", "a1", "b")])
        coming = rows.sample(chance.randint(0, 4), seed=chance.randint(0, 99))
        named = self.held.sample(min(self.held.height, chance.randint(0, 3)), seed=chance.randint(0, 99))
        removed = pl.concat([named.select(key), coming.select(key)])
        kept = self.held.join(removed, on=key, how="anti")
        # Rows that the keys do not name must not be there already.
        coming = coming.join(kept, on=KEY, how="anti")
        self.held = pl.concat([kept, coming])
        assert replace(self.warehouse, removed, coming) == self.held.height
        write(self.whole, Table(Orders), Rows(frame=self.held), ALL_DAYS, STAMP)

    def assert_is_the_rewritten_one(self) -> None:
        found, wanted = (
            pl.DataFrame(query(one, "FROM shop.orders ORDER BY ALL"), self.held.schema, orient="row")
            for one in (self.warehouse, self.whole)
        )
        assert_frame_equal(found, wanted)
        assert booked(self.warehouse) == booked(self.whole)
        assert {day: one for day, one in booked(self.warehouse).items() if one[0]} == stored(self.warehouse)


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_replacements_are_what_rewriting_the_table_gives_books_included(tmp_path_factory, chance: Random) -> None:
    walk = Walk(tmp_path_factory.mktemp("walk"))
    for _ in range(6):
        walk.step(chance)
        walk.assert_is_the_rewritten_one()


REFUSED = {
    "a row that is there already": (ids("a0"), pl.concat([on(0, "a0"), on(1, "a1")]), "1 rows are there already"),
    "two rows of one key": (ids("b"), pl.concat([on(1, "b"), on(1, "b", units=8)]), "1 keys have several"),
    "an unknown key": (pl.DataFrame({"town": ["Ulm"]}), orders().clear(), "column town is not in the contract"),
    "a key of another type": (pl.DataFrame({"units": ["0"]}), orders().clear(), "units is VARCHAR"),
    "a column too few": (ids("a0"), orders().drop("units"), "column units is missing"),
    "a column too many": (ids("a0"), orders().with_columns(town=pl.lit("Ulm")), "column town is not in the contract"),
    "a row without a day": (
        ids("a0"),
        on(0, "a0").with_columns(order_date=pl.lit(None, pl.Date)),
        "1 rows lie outside",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_touched(tmp_path: Path, name: str) -> None:
    removed, rows, words = REFUSED[name]
    warehouse = a_shop(tmp_path)
    before = state(warehouse)
    with pytest.raises(WriteRefusedError, match=words):
        replace(warehouse, removed, rows)
    assert state(warehouse) == before


def test_days_and_keys_together_are_refused(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    with pytest.raises(WriteRefusedError, match="days and keys are given"):
        write(warehouse, Table(Orders), Rows(frame=orders(), replaced=ids("a0")), days(), STAMP)


def test_a_table_of_another_layout_is_not_written_by_keys(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    rows = on(0, "a0").with_columns(store_id=pl.lit("north"))
    with pytest.raises(WriteRefusedError, match="column store_id is missing"):
        write(warehouse, Table(OrdersWithStore), Rows(frame=rows, replaced=ids("a0")), None, STAMP)
    assert booked(warehouse) == stored(warehouse)


def test_a_table_that_is_not_what_its_commits_say_is_not_written_by_keys(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    with warehouse.get_connection() as connection:
        connection.execute("DELETE FROM shop.orders WHERE order_id = 'a1'")
    with pytest.raises(WriteRefusedError, match="has 3 rows, its commits say 6"):
        replace(warehouse, ids("a0"), on(0, "a0"))


@pytest.mark.parametrize("step", ["_hashed", "_book"])
def test_whatever_fails_rolls_back_all_tables_of_the_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    warehouse = a_shop(tmp_path)
    put(warehouse, stores("a"), contract=Stores)
    before = state(warehouse), query(warehouse, "FROM shop.stores")
    module = write_module if step == "_book" else replacing_module
    honest = getattr(module, step)

    def failing(connection: object, *arguments: object) -> object:
        names = [one.qualified_name for one in arguments if isinstance(one, Table)]
        if step == "_hashed" or names == ["shop.orders"]:
            raise MemoryError
        return honest(connection, *arguments)

    monkeypatch.setattr(module, step, failing)
    with pytest.raises(MemoryError):
        write_all(
            warehouse,
            [
                Write(Table(Stores), Rows(frame=stores("b")), None, STAMP),
                Write(Table(Orders), Rows(frame=on(0, "z"), replaced=ids("a0")), None, STAMP),
            ],
        )
    assert (state(warehouse), query(warehouse, "FROM shop.stores")) == before


def test_all_days_rewritten_book_the_days_that_become_empty(tmp_path: Path) -> None:
    warehouse = a_shop(tmp_path)
    assert write(warehouse, Table(Orders), Rows(frame=orders(days(2, 4))), ALL_DAYS, STAMP) == 6
    emptied: dict[date | None, tuple[int, int]] = dict.fromkeys((DAY, DAY + timedelta(days=1)), (0, 0))
    assert booked(warehouse) == {**stored(warehouse), **emptied}


def test_the_analysts_file_has_the_replaced_rows_and_lacks_those_of_an_emptied_day(tmp_path: Path) -> None:
    warehouse, path = a_shop(tmp_path), tmp_path / "dmp.duckdb"
    publish_file(warehouse, path, Contents([Table(Orders)], []))
    replace(warehouse, orders(days(0, 0)).select("order_date"), on(2, "b0"))
    assert publish_file(warehouse, path, Contents([Table(Orders)], [])).tables_changed == 1
    published = query(Warehouse(database=str(path)), "SELECT order_date, order_id FROM shop.orders ORDER BY ALL")
    assert published == query(warehouse, "SELECT order_date, order_id FROM shop.orders ORDER BY ALL")
    assert min(day for day, _ in published) == DAY + timedelta(days=1)
