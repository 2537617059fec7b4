"""Frames are held to their contract before the write; only what cannot lose a value is changed on the way."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.foundation.values.columns import MONEY_UNITS
from dmp_assets.foundation.warehouse.commits import Checked
from dmp_assets.foundation.warehouse.contract import check_contract, conform, to_engine
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets_tests.foundation.warehouse.support.factories import DAY, Orders, Stores, days, orders, stores

ORDERS, STORES = Table(Orders), Table(Stores)
SECRET = "jane.roe@secret.example"
LARGEST_MONEY = 10**18 - 1

STAYS = {
    "units": [1.7, "12", True, date(2026, 1, 1)],
    "revenue": [1.7, "12"],
    "email": [12, True],
    "order_date": ["2026-03-01", 20_000],
    "ordered_at": ["2026-03-01", 1.5],
}


@given(st.lists(st.integers(-LARGEST_MONEY, LARGEST_MONEY), min_size=1))
def test_money_goes_to_the_table_and_back_exactly(units: list[int]) -> None:
    frame = pl.LazyFrame({"revenue": units}, schema={"revenue": pl.Int128})
    stored = conform(frame, ORDERS)
    assert stored.collect_schema() == {"revenue": pl.Decimal(18, 4)}
    assert [int(amount * MONEY_UNITS) for amount in stored.collect()["revenue"].to_list()] == units
    assert_frame_equal(to_engine(stored), frame)


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1))
def test_instants_go_to_the_table_and_back_exactly(microseconds: list[int]) -> None:
    frame = pl.LazyFrame({"ordered_at": microseconds}, schema={"ordered_at": pl.Int64})
    stored = conform(frame, ORDERS)
    assert stored.collect_schema() == {"ordered_at": pl.Datetime("us")}
    assert_frame_equal(to_engine(stored), frame)


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in STAYS.items() for value in values])
def test_what_might_lose_a_value_is_left_for_the_check_to_name(column: str, value: object) -> None:
    frame = pl.LazyFrame({column: [value]})
    assert_frame_equal(conform(frame, ORDERS), frame)


@pytest.mark.parametrize("dtype", [pl.UInt64, pl.Int128])
def test_whole_numbers_that_may_be_too_large_are_left_alone(dtype: type[pl.DataType]) -> None:
    frame = pl.LazyFrame({"units": [2**63 - 1]}, schema={"units": dtype})
    assert_frame_equal(conform(frame, ORDERS), frame)


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32])
def test_small_whole_numbers_widen(dtype: type[pl.DataType]) -> None:
    assert conform(pl.LazyFrame({"units": [127]}, schema={"units": dtype}), ORDERS).collect().rows() == [(127,)]


@pytest.mark.parametrize("decimals", [2, 3])
def test_instants_of_another_unit_and_money_of_another_scale_are_left_alone(decimals: int) -> None:
    frame = orders().lazy().cast({"ordered_at": pl.Datetime("ns"), "revenue": pl.Decimal(18, decimals)})
    assert_frame_equal(conform(frame, ORDERS), frame)


def test_columns_come_in_the_contract_s_order_and_none_is_dropped_or_made_up() -> None:
    frame = pl.LazyFrame({"colour": ["red"], "units": [1], "order_id": ["a"]})
    assert conform(frame, ORDERS).collect_schema().names() == ["order_id", "units", "colour"]


def test_a_column_of_nothing_but_nulls_takes_the_contract_s_type() -> None:
    assert conform(pl.LazyFrame({"email": [None]}), ORDERS).collect_schema() == {"email": pl.String}


def test_outcomes_are_told_by_day_with_rows_and_days_without_rows_pass() -> None:
    frame = orders(days(0, 1), per_day=3).with_columns(
        units=pl.when(pl.col("order_date") == DAY).then(-1).otherwise("units")
    )
    second, third = DAY + timedelta(days=1), DAY + timedelta(days=2)
    assert check_contract(frame, ORDERS, [DAY, second, third]) == [
        Checked(DAY, 3, 3, "units: greater_than_or_equal_to(0)"),
        Checked(second, 3),
        Checked(third, 0),
    ]


def test_a_row_that_breaks_two_rules_is_one_violation() -> None:
    frame = orders(days(0, 0), per_day=1).with_columns(units=pl.lit(-1, pl.Int64), email=pl.lit("nobody"))
    (outcome,) = check_contract(frame, ORDERS)
    assert outcome.violations == 1
    assert (outcome.message or "").count(";") == 1


@pytest.mark.parametrize(
    "broken",
    [
        orders().with_columns(email=pl.lit(SECRET + "@twice")),
        orders().with_columns(units=pl.lit(SECRET)),
        orders().with_columns(pl.lit(SECRET).alias("colour")),
        orders().with_columns(order_id=pl.lit(None, pl.String), email=pl.lit(SECRET)),
        orders().with_columns(email=pl.lit(SECRET)).drop("units"),
    ],
    ids=["value", "type", "unknown column", "null", "missing column"],
)
def test_a_broken_contract_is_told_without_any_value(broken: pl.DataFrame) -> None:
    outcomes = check_contract(broken, ORDERS)
    assert all(outcome.violations for outcome in outcomes)
    assert not any(SECRET in (outcome.message or "") for outcome in outcomes)


def test_a_repeated_key_is_told_without_the_key() -> None:
    (outcome,) = check_contract(stores(SECRET, SECRET), STORES)
    assert outcome.violations == 2
    assert outcome.message == "store_id: field_uniqueness"


def test_a_missing_column_breaks_every_day() -> None:
    outcomes = check_contract(orders().drop("units"), ORDERS)
    assert [outcome.message for outcome in outcomes] == ["column units is missing"] * 3


def test_a_row_of_no_day_breaks_the_days_that_are_asked_for() -> None:
    nowhere = orders(days(0, 0), 1).with_columns(order_date=pl.lit(None, pl.Date))
    assert [outcome.violations for outcome in check_contract(nowhere, ORDERS, [DAY])] == [1]
