"""A write goes by names, refuses what does not fit before it touches anything, and books what it stored."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.foundation.warehouse import write as write_module
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows, WriteRefusedError, write
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    STAMP,
    Orders,
    OrdersWithStore,
    Stores,
    StoresOfTowns,
    booked,
    days,
    new_warehouse,
    orders,
    put,
    query,
    stored,
    stores,
)

COLUMNS = "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns ORDER BY ALL"

MISFITS: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "a new column": (lambda frame: frame.with_columns(colour=pl.lit("red")), "colour is not in the contract"),
    "a missing column": (lambda frame: frame.drop("email"), "email is missing"),
    "fractions for whole numbers": (lambda frame: frame.with_columns(units=pl.lit(1.7)), "units is DOUBLE"),
    "text for numbers": (lambda frame: frame.with_columns(units=pl.lit("12")), "units is VARCHAR"),
    "money with other decimals": (
        lambda frame: frame.with_columns(pl.col("revenue").cast(pl.Decimal(18, 2))),
        r"revenue is DECIMAL\(18,2\)",
    ),
    "an instant with a zone": (
        lambda frame: frame.with_columns(pl.col("ordered_at").dt.replace_time_zone("UTC")),
        "ordered_at is TIMESTAMP WITH TIME ZONE",
    ),
    "a row of the day before": (
        lambda frame: frame.with_columns(order_date=pl.lit(DAY - timedelta(days=1))),
        "lie outside",
    ),
    "a row of the day after": (lambda frame: frame.vstack(orders(days(3, 3))), "2 rows lie outside"),
    "a row of no day": (
        lambda frame: frame.vstack(orders(days(0, 0), 1).with_columns(order_date=pl.lit(None, pl.Date))),
        "1 rows lie outside",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_rows_that_do_not_fit_are_refused_before_anything_is_touched(tmp_path: Path, name: str) -> None:
    misfit, words = MISFITS[name]
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    before = stored(warehouse), query(warehouse, "FROM ops.commits"), query(warehouse, COLUMNS)
    with pytest.raises(WriteRefusedError, match=words):
        put(warehouse, misfit(orders(marker="b")))
    assert (stored(warehouse), query(warehouse, "FROM ops.commits"), query(warehouse, COLUMNS)) == before


def test_reordered_columns_are_stored_by_name(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    as_they_were = stored(warehouse)
    put(warehouse, orders().select(sorted(orders().columns, reverse=True)))
    assert stored(warehouse) == as_they_were
    assert_frame_equal(StoredTable(warehouse, Table(Orders), tmp_path).frame(), orders(), check_row_order=False)


def test_an_empty_frame_empties_its_days_and_books_them(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    put(warehouse, orders().clear(), days(0, 1))
    assert set(stored(warehouse)) == {DAY + timedelta(days=2)}
    assert booked(warehouse) == {DAY: (0, 0), DAY + timedelta(days=1): (0, 0), **stored(warehouse)}


def test_a_first_write_without_rows_makes_the_table(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders().clear())
    assert query(warehouse, "SELECT count(*) FROM shop.orders") == [(0,)]


@pytest.mark.parametrize("step", ["day_hashes", "_book"])
def test_whatever_fails_inside_the_transaction_is_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    before = stored(warehouse), booked(warehouse)
    monkeypatch.setattr(write_module, step, fail)
    with pytest.raises(MemoryError):
        put(warehouse, orders(marker="b"))
    monkeypatch.undo()
    assert (stored(warehouse), booked(warehouse)) == before


def test_rows_that_read_back_differently_are_rolled_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    before = stored(warehouse), booked(warehouse)
    honest = write_module.day_hashes
    monkeypatch.setattr(
        write_module,
        "day_hashes",
        lambda connection, table, relation, window="true": honest(connection, table, relation, window)[
            : 1 if relation == "incoming" else None
        ],
    )
    with pytest.raises(WriteRefusedError, match="read back differ"):
        put(warehouse, orders(marker="b"))
    monkeypatch.undo()
    assert (stored(warehouse), booked(warehouse)) == before


@pytest.mark.parametrize("kind", ["frame", "files"])
def test_nothing_of_the_incoming_rows_stays_in_the_file(tmp_path: Path, kind: str) -> None:
    warehouse = new_warehouse(tmp_path)
    file = tmp_path / "it's [one].parquet"
    orders().write_parquet(file)
    rows = Rows(frame=orders()) if kind == "frame" else Rows(files=(file,))
    assert write(warehouse, Table(Orders), rows, days(), STAMP) == 6
    names = query(warehouse, "SELECT view_name FROM duckdb_views() WHERE NOT internal")
    assert names == [("current_commits",)]


def test_a_column_added_to_the_contract_is_added_to_the_table_and_old_rows_read_null(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    wider = orders(days(1, 1), marker="b").with_columns(store_id=pl.lit("north"))
    assert put(warehouse, wider, days(1, 1), OrdersWithStore) == 2
    read = StoredTable(warehouse, Table(OrdersWithStore), tmp_path).frame()
    assert dict(read.group_by("order_date").agg(pl.col("store_id").unique().first()).iter_rows()) == {
        DAY: None,
        DAY + timedelta(days=1): "north",
        DAY + timedelta(days=2): None,
    }
    assert_frame_equal(read.drop("store_id").filter(order_date=DAY), orders(days(0, 0)), check_row_order=False)
    assert booked(warehouse, OrdersWithStore) == stored(warehouse, OrdersWithStore)


def test_a_table_with_a_column_that_the_contract_no_longer_has_is_left_alone(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders().with_columns(store_id=pl.lit("north")), contract=OrdersWithStore)
    before = stored(warehouse, OrdersWithStore)
    with pytest.raises(WriteRefusedError, match="store_id is not in the contract"):
        put(warehouse, orders(marker="b"))
    assert stored(warehouse, OrdersWithStore) == before


def test_a_whole_table_whose_contract_changed_is_replaced_whole(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, stores("a", "b"), contract=Stores)
    put(warehouse, pl.DataFrame({"store_id": ["a"], "town": ["Ulm"]}), contract=StoresOfTowns)
    assert query(warehouse, "FROM shop.stores") == [("a", "Ulm")]
    assert booked(warehouse, StoresOfTowns) == stored(warehouse, StoresOfTowns)


def test_days_of_a_table_by_days_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(WriteRefusedError, match="none are given"):
        write(new_warehouse(tmp_path), Table(Orders), Rows(frame=orders()), None, STAMP)


def test_each_write_is_booked_once_per_day_with_run_version_and_inputs(tmp_path: Path) -> None:
    warehouse: Warehouse = new_warehouse(tmp_path)
    stamp = write_module.Stamp("run-7", "2.0", ((DAY, "made of a"),))
    write(warehouse, Table(Orders), Rows(frame=orders()), days(), stamp)
    found = query(warehouse, "SELECT partition, run_id, code_version, input_id, commit_id FROM ops.commits ORDER BY 1")
    inputs: dict[date, str] = {DAY: "made of a"}
    assert found == [
        (day, "run-7", "2.0", inputs.get(day), found[0][4]) for day in (DAY + timedelta(days=n) for n in range(3))
    ]
