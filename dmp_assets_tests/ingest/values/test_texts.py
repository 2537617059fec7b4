"""Times, money, numbers and ids: what is read, exactly, and what is refused."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isinf, isnan

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmp_assets.ingest.values.texts import is_too_large, read_money, read_quantity, read_text, trim
from dmp_assets.ingest.values.times import read_days, read_instants


def instant(text: object, time_zone: str = "UTC", *time_formats: str) -> datetime | None:
    value: datetime | None = read_instants(pl.Series([text]), time_zone, time_formats)[0]
    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01T12:00:00Z", datetime(2024, 5, 1, 12)),
        ("2024-05-01 12:00:00", datetime(2024, 5, 1, 12)),
        ("2024-05-01T12:00", datetime(2024, 5, 1, 12)),
        ("2024-05-01", datetime(2024, 5, 1)),
        ("2024-05-01T12:00:00.123456789+02:00", datetime(2024, 5, 1, 10, 0, 0, 123456)),
        ("2024-05-01t12:00:00.5z", datetime(2024, 5, 1, 12, 0, 0, 500000)),
        ("2024-05-01T12:00+0530", datetime(2024, 5, 1, 6, 30)),
        ("2024-02-30", None),
        ("yesterday", None),
        ("1714564800", None),
        ("2024-05-01T25:00:00Z", None),
    ],
)
def test_iso_times(text: str, expected: datetime | None) -> None:
    assert instant(text) == expected


def test_other_formats_and_epochs() -> None:
    noon = datetime(2024, 5, 1, 12)
    assert instant("5/1/2024 12:00", "UTC", "%d.%m.%Y", "%m/%d/%Y %H:%M") == noon
    for unit, factor in (("epoch_s", 1), ("epoch_ms", 10**3), ("epoch_us", 10**6)):
        assert instant(str(1714564800 * factor), "UTC", unit) == noon
        assert instant(1714564800 * factor, "UTC", unit) == noon
    assert instant("1714564800.25", "UTC", "epoch_s") == noon + timedelta(milliseconds=250)
    assert instant(1714564800) is None
    assert instant(2**62, "UTC", "epoch_s") is None or instant(2**62, "UTC", "epoch_s") != noon


def test_local_times_around_clock_changes() -> None:
    berlin = "Europe/Berlin"
    assert instant("2024-03-31 01:59:59", berlin) == datetime(2024, 3, 31, 0, 59, 59)
    # 02:00 to 02:59 do not exist that day; the next time that does is 03:00 summer time.
    assert instant("2024-03-31 02:00:00", berlin) == datetime(2024, 3, 31, 1)
    assert instant("2024-03-31 02:30:10", berlin) == datetime(2024, 3, 31, 1)
    assert instant("2024-03-31 03:00:00", berlin) == datetime(2024, 3, 31, 1)
    # 02:30 comes twice; the earlier one is still summer time.
    assert instant("2024-10-27 02:30:00", berlin) == datetime(2024, 10, 27, 0, 30)
    assert instant("2011-12-30 12:00:00", "Pacific/Apia") == datetime(2011, 12, 30, 10)
    assert instant("2024-10-27T02:30:00+01:00", berlin) == datetime(2024, 10, 27, 1, 30)


def test_typed_times() -> None:
    naive = pl.Series([datetime(2024, 7, 1, 12)], dtype=pl.Datetime("ns"))
    assert read_instants(naive, "Europe/Berlin", ())[0] == datetime(2024, 7, 1, 10)
    aware = naive.dt.replace_time_zone("America/New_York")
    assert read_instants(aware, "Europe/Berlin", ())[0] == datetime(2024, 7, 1, 16)
    assert read_instants(pl.Series([date(2024, 7, 1)]), "UTC", ())[0] == datetime(2024, 7, 1)


def test_days_are_the_days_as_written() -> None:
    for values in (["2024-07-01"], [date(2024, 7, 1)], [datetime(2024, 7, 1)], ["2024-06-30T22:00:00Z"]):
        assert read_days(pl.Series(values), "Europe/Berlin", ())[0] == date(2024, 7, 1)


TOP = Decimal("999999999999.9999")


@given(st.decimals(min_value=-TOP, max_value=TOP, places=4))
def test_money_in_text_is_exact(amount: Decimal) -> None:
    assert read_money(pl.Series([str(amount)]), decimal_comma=False)[0] == amount
    german = f"{amount:,f}".translate(str.maketrans(",.", ".,"))
    assert read_money(pl.Series([german]), decimal_comma=True)[0] == amount


def test_money_in_floats_is_rounded_to_four_decimals() -> None:
    money = read_money(pl.Series([0.1 + 0.2, 2.675, 1e20, None]), decimal_comma=False)
    assert money.to_list() == [Decimal("0.3"), Decimal("2.675"), None, None]


@pytest.mark.parametrize("value", [1e12, -1e300, 2**62, Decimal(10) ** 20, float("nan"), float("inf")])
def test_numbers_that_are_no_amount_are_null_and_only_large_ones_are_too_large(value: object) -> None:
    values = pl.Series([value, 1], strict=False)
    assert read_money(values, decimal_comma=False).to_list() == [None, 1]
    assert read_quantity(values, decimal_comma=False).to_list() == [None, 1.0]
    assert is_too_large(values, decimal_comma=False).to_list() == [isinf(float(value)) == isnan(float(value)), False]


@pytest.mark.parametrize(
    ("text", "amount"), [("999999999999.9999", TOP), ("-0", 0), ("1e-320", 0), ("1e11", 10**11), ("0.00005", 0)]
)
def test_odd_amounts_that_are_within_the_limit_are_read(text: str, amount: object) -> None:
    assert read_money(pl.Series([text]), decimal_comma=False).to_list() == [amount]
    assert not is_too_large(pl.Series([text]), decimal_comma=False).any()


@pytest.mark.parametrize(
    "text", ["1,000", "12 EUR", "--1", "1.2.3", "NaN", "inf", "1e400", "0x10", "1000000000000", "-1e12", "."]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    assert read_money(pl.Series([text]), decimal_comma=False)[0] is None


@pytest.mark.parametrize(
    ("text", "expected"), [("1.234,50", 1234.5), ("1.5", None), ("7", 7.0), (",", None), ("", None)]
)
def test_decimal_commas(text: str, expected: float | None) -> None:
    assert read_quantity(pl.Series([text]), decimal_comma=True)[0] == expected


def test_quantities_are_finite() -> None:
    assert read_quantity(pl.Series(["1e3", "nan", "-0", "1e999"]), decimal_comma=False).to_list() == [
        1000.0,
        None,
        0.0,
        None,
    ]
    assert read_quantity(pl.Series([float("nan"), 2.0]), decimal_comma=False).to_list() == [None, 2.0]


def test_ids_are_the_same_text_whatever_their_type() -> None:
    for values in (["17850"], [17850], [17850.0], [Decimal("17850")]):
        assert read_text(pl.Series(values))[0] == "17850"
    assert read_text(pl.Series([1.5, float("nan")])).to_list() == ["1.5", "NaN"]
    assert read_text(pl.Series([True]))[0] == "true"


def test_text_is_trimmed_and_never_empty() -> None:
    assert trim(pl.Series([" a ", "", "  ", None])).to_list() == ["a", None, None, None]
