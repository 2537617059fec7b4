"""Stored tables read back whole, by days, spilled to disk, and as empty where they are absent."""

from datetime import timedelta
from pathlib import Path

import pandera.polars as pa
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.read import DayInput, FreshRows, StoredTable
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows, write
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    Orders,
    OrdersWithStore,
    days,
    new_warehouse,
    orders,
    put,
)


class Baskets(TableContract, table="shop.baskets", key=("basket_id",), unique=(), subject="none"):
    """One row per basket."""

    basket_id: str = pa.Field(description="Basket.")
    item_ids: pl.List(pl.String) = pa.Field(description="Items.")  # type: ignore[valid-type]


@pytest.mark.parametrize("spill_rows", [-1, 10])
@pytest.mark.parametrize("window", [None, days(1, 2), days(5, 9)])
def test_rows_of_the_days_are_read_in_memory_and_from_disk(
    tmp_path: Path, window: Days | None, spill_rows: int
) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    read = StoredTable(warehouse, Table(Orders), tmp_path / "spill", spill_rows).lazy(window).collect()
    asked = window or days()
    expected = orders().filter(pl.col("order_date").is_between(asked.first, asked.last))
    assert_frame_equal(read, expected, check_row_order=False)


@pytest.mark.parametrize("columns", [(), ("order_id", "revenue")])
@pytest.mark.parametrize(("window", "is_covered"), [(days(1, 2), True), (days(0, 1), False), (None, False)])
def test_days_that_the_run_has_just_written_are_read_from_its_own_files(
    tmp_path: Path, window: Days | None, is_covered: bool, columns: tuple[str, ...]
) -> None:
    warehouse, file = new_warehouse(tmp_path), tmp_path / "rows.parquet"
    put(warehouse, orders())
    # Marked, so that it shows from where the rows come.
    orders(days(1, 2), marker="fresh").write_parquet(file)
    fresh = FreshRows(days(1, 2), (file,))
    read = StoredTable(warehouse, Table(Orders), tmp_path / "spill", fresh=fresh).lazy(window, columns).collect()
    expected = orders(days(1, 2), marker="fresh") if is_covered else orders(window or days())
    assert_frame_equal(read, expected.select(columns or pl.all()), check_row_order=False)


class Sales(TableContract, table="shop.sales", key=("item_id", "sold_date"), unique=(), subject="none"):
    """One row per sale."""

    item_id: str = pa.Field(description="Item.")
    item_name: str = pa.Field(nullable=True, description="Name.")
    price: pl.Int64 = pa.Field(nullable=True, description="Price.")
    sold_date: pl.Date = pa.Field(description="Day.")


def test_the_newest_known_value_counts_the_largest_of_equals_and_a_missing_one_hides_none(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    first, second, third = (DAY + timedelta(days=number) for number in range(3))
    rows = [
        ("tea", "Old", 9, first),
        ("tea", "Renamed", 2, second),
        ("tea", "A", None, second),
        ("tea", None, 3, third),
        ("", "x", 1, first),
    ]
    sales = pl.DataFrame(rows, schema=Table(Sales).polars_schema, orient="row")
    write(warehouse, Table(Sales), Rows(frame=sales), None, Stamp("run"))
    stored = StoredTable(warehouse, Table(Sales), tmp_path / "spill")
    assert stored.newest("item_id", ("item_name", "price"), "sold_date").rows() == [("tea", "Renamed", 3)]


@pytest.mark.parametrize("is_fresh", [True, False])
@pytest.mark.parametrize("spill_rows", [0, 10])
def test_rows_that_agree_with_a_key_are_read_from_wherever_they_are(
    tmp_path: Path, spill_rows: int, is_fresh: bool
) -> None:
    warehouse, file = new_warehouse(tmp_path), tmp_path / "rows.parquet"
    put(warehouse, orders())
    orders().write_parquet(file)
    fresh = FreshRows(days(), (file,)) if is_fresh else None
    stored = StoredTable(warehouse, Table(Orders), tmp_path / "spill", spill_rows, fresh)
    wanted = orders()["order_id"].gather_every(2)
    keys = pl.DataFrame({"order_id": [*wanted, "nobody's"]})
    read = stored.lazy(days(1, 2), ("order_date", "revenue"), keys).collect()
    expected = orders(days(1, 2)).filter(pl.col("order_id").is_in(wanted.implode()))
    assert 0 < expected.height < orders(days(1, 2)).height
    assert_frame_equal(read, expected.select("order_date", "revenue"), check_row_order=False)
    assert stored.lazy(days(1, 2), matching=keys.clear()).collect().is_empty()


def test_only_what_is_over_the_limit_is_spilled(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    StoredTable(warehouse, Table(Orders), tmp_path / "spill", spill_rows=6).lazy()
    assert not (tmp_path / "spill").exists()
    StoredTable(warehouse, Table(Orders), tmp_path / "spill", spill_rows=5).lazy()
    assert len(list((tmp_path / "spill").glob("shop.orders-*/rows.parquet"))) == 1


def test_a_spilled_reading_stays_as_it_was_when_the_table_changes(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    reading = StoredTable(warehouse, Table(Orders), tmp_path / "spill", spill_rows=1).lazy()
    put(warehouse, orders(marker="b"))
    assert_frame_equal(reading.collect(), orders(), check_row_order=False)


def test_a_column_that_the_contract_has_gained_reads_as_null_until_the_next_write(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    read = StoredTable(warehouse, Table(OrdersWithStore), tmp_path).frame()
    assert read["store_id"].null_count() == read.height == orders().height
    assert_frame_equal(read.drop("store_id"), orders(), check_row_order=False)


@pytest.mark.parametrize("spill_rows", [-1, 10])
def test_an_absent_table_reads_as_an_empty_one_of_the_right_types(tmp_path: Path, spill_rows: int) -> None:
    stored = StoredTable(new_warehouse(tmp_path), Table(Orders), tmp_path / "spill", spill_rows)
    assert_frame_equal(stored.lazy(days()).collect(), orders().clear())
    assert_frame_equal(stored.frame(), orders().clear())
    assert stored.last_day() is None
    assert stored.inputs(days()) == {}


@pytest.mark.parametrize("baskets", [[], [["a", "b"], []]])
def test_lists_keep_their_type_with_rows_and_without(tmp_path: Path, baskets: list[list[str]]) -> None:
    warehouse, table = new_warehouse(tmp_path), Table(Baskets)
    names = [str(place) for place in range(len(baskets))]
    frame = pl.DataFrame({"basket_id": names, "item_ids": baskets}, schema=table.polars_schema)
    write(warehouse, table, Rows(frame=frame), None, Stamp("run"))
    assert_frame_equal(StoredTable(warehouse, table, tmp_path).frame(), frame, check_row_order=False)


def test_engine_types_are_whole_numbers(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders(days(0, 0), per_day=2), days(0, 0))
    engine = StoredTable(warehouse, Table(Orders), tmp_path).engine().sort("order_id").collect()
    assert engine["revenue"].to_list() == [125, 10_125]
    assert engine.schema["ordered_at"] == pl.Int64


def test_inputs_are_the_committed_days_with_their_fingerprints(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    write(warehouse, Table(Orders), Rows(frame=orders()), days(), Stamp("run", "1", ((DAY, "made of a"),)))
    inputs = StoredTable(warehouse, Table(Orders), tmp_path).inputs(days(0, 1))
    assert inputs == {DAY: DayInput(2, "made of a"), DAY + timedelta(days=1): DayInput(2, None)}
