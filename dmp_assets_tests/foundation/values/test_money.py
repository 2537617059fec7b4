"""Money as whole numbers: exact at any size, and what Polars does with them."""

import re
from decimal import Decimal
from pathlib import Path

import hypothesis.strategies as st
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given

from dmp_assets.foundation.values.columns import MONEY_LIMIT, MONEY_UNITS
from dmp_assets.foundation.values.money import SUM, UNITS, as_money, in_units, in_whole_units
from dmp_assets_tests.support.places import SQL

TOP = MONEY_LIMIT * MONEY_UNITS - 1
MANY = 10_000


def wide(*units: int) -> pl.DataFrame:
    return pl.DataFrame({"key": 1, "units": units}, schema_overrides={"units": UNITS})


@given(st.integers(-(10**33), 10**33))
def test_sums_become_money_and_whole_numbers_again_exactly(units: int) -> None:
    money = wide(units).select(as_money(pl.col("units")))
    assert money.schema == {"units": SUM}
    assert money.item() == Decimal(f"{units}e-4")
    assert money.select(in_units(pl.col("units"))).item() == units


@pytest.mark.parametrize("value", [1e300, -1e300, float("inf"), float("-inf"), float("nan"), None])
def test_a_float_of_any_size_stops_nothing(value: float | None) -> None:
    (found,) = pl.DataFrame({"x": [value]}, schema={"x": pl.Float64}).select(in_whole_units(pl.col("x"))).to_series()
    assert found is None or abs(found) < 10**34


def test_polars_wraps_sums_of_64_bits_without_a_word_and_adds_up_those_of_128() -> None:
    """Money is ``Int128`` in transforms."""
    of_64 = pl.Series([TOP] * MANY, dtype=pl.Int64)
    assert of_64.sum() != TOP * MANY
    assert of_64.cast(UNITS).sum() == TOP * MANY


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_sums_windows_and_joins_of_128_bits_are_exact(engine: str) -> None:
    rows = wide(*[TOP] * MANY).lazy()
    summed = rows.group_by("key").agg(pl.col("units").sum(), last=pl.col("units").cum_sum().last())
    window = rows.select("key", over=pl.col("units").sum().over("key"), so_far=pl.col("units").cum_sum().over("key"))
    joined = window.join(summed, on="key").select(pl.col("units", "last", "over", "so_far").max())
    assert joined.collect(engine=engine).rows() == [(TOP * MANY,) * 4]


def test_parquet_keeps_128_bits_and_arrow_does_not(tmp_path: Path) -> None:
    """Money is a decimal wherever rows leave Polars; only spilled frames in between are in units."""
    frame = wide(TOP * MANY)
    frame.write_parquet(tmp_path / "units.parquet")
    assert pl.read_parquet(tmp_path / "units.parquet").equals(frame)
    with pytest.raises(pa.ArrowInvalid, match="_pli128"):
        frame.to_arrow()


def test_polars_negates_decimals_and_no_numbers_of_128_bits() -> None:
    """The sign of money is changed before it becomes units."""
    assert pl.select(in_units(-pl.lit(Decimal("1.5")).cast(SUM))).item() == -15_000
    with pytest.raises(pl.exceptions.InvalidOperationError, match="neg"):
        wide(1).select(-pl.col("units"))


@pytest.mark.parametrize("file", sorted(SQL.rglob("*.sql")), ids=lambda file: file.stem)
def test_no_query_makes_money_narrower_than_sums_are(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"DECIMAL\((?!38)\d+|10000\)\s*::\s*(?:BIGINT|INT\w*|DOUBLE)", text, re.IGNORECASE) == []
