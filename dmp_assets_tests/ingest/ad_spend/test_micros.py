"""Micros become units digit by digit."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmp_assets.ingest.ad_spend.micros import micros_as_units
from dmp_assets.ingest.values.texts import read_money


def units(value: object) -> str | None:
    text: str | None = micros_as_units(pl.Series([value]))[0]
    return text


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
def test_no_digit_is_lost_and_the_fifth_decimal_is_rounded_half_away(micros: int) -> None:
    expected = (Decimal(micros) / 10**6).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    assert Decimal(units(str(micros)) or "") == expected
    assert Decimal(units(micros) or "") == expected


@pytest.mark.parametrize(
    ("micros", "expected"),
    [
        ("49", "0.0000"),
        ("50", "0.0001"),
        ("-49", "0.0000"),
        ("-50", "-0.0001"),
        ("49.999999999999999", "0.0000"),
        ("+231330000.0", "231.3300"),
        ("2.3133e8", "231.3300"),
        (231330000.0, "231.3300"),
        (Decimal("231330000.5"), "231.3300"),
        (None, None),
    ],
)
def test_edges_and_types(micros: object, expected: str | None) -> None:
    assert units(micros) == expected


@pytest.mark.parametrize("text", ["n/a", "--", "1,000,000", "NaN", "1e400", "9223372036854775808", "1e16", "."])
def test_what_is_no_amount_is_left_for_the_typed_reading_to_refuse(text: str) -> None:
    assert units(text) == text
    assert read_money(pl.Series([text]), decimal_comma=False)[0] is None


def test_a_list_is_not_taken_for_an_empty_value() -> None:
    assert micros_as_units(pl.Series([[1], None], dtype=pl.List(pl.Int64))).to_list() == ["unreadable", None]
