"""Exchange rates: which rate stands for which day, what becomes of amounts, and what is refused."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.values.rates import daily_rates
from dmp_assets.ingest.rates.exchange_rates import convert_amounts, day_rate_fingerprints

FRIDAY = date(2024, 5, 3)
MONEY = pl.Decimal(18, 4)


def published(*rows: tuple[date, str, float], reference: str = "EUR") -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"rate_date": pl.Date, "currency": pl.String, "rate": pl.Float64}, orient="row")
    return frame.with_columns(reference_currency=pl.lit(reference))


def rate_on(rates: pl.DataFrame, day: date, currency: str, base: str = "EUR") -> tuple[float, date | None] | None:
    days = daily_rates(rates, base, day, day).filter(pl.col("currency") == currency)
    row: tuple[float, date | None] | None = next(days.select("exchange_rate", "rate_date").iter_rows(), None)
    return row


def records(*rows: tuple[date, str | None, str | None], **columns: object) -> pl.LazyFrame:
    days, currencies, amounts = zip(*rows, strict=True)
    frame = pl.DataFrame(
        {
            "event_date": days,
            "currency": pl.Series(currencies, dtype=pl.String),
            "revenue": pl.Series([None if amount is None else Decimal(amount) for amount in amounts], dtype=MONEY),
            "violation_code": pl.Series([None] * len(days), dtype=pl.String),
            "violation_message": pl.Series([None] * len(days), dtype=pl.String),
        }
    )
    return frame.with_columns(**{name: pl.lit(value) for name, value in columns.items()}).lazy()


def converted(frame: pl.LazyFrame, rates: pl.DataFrame, base: str = "EUR") -> pl.DataFrame:
    daily = daily_rates(rates, base, FRIDAY, FRIDAY + timedelta(days=10))
    return convert_amounts(frame, daily, base, ["revenue"]).collect(engine="streaming")


def test_a_rate_stands_over_the_weekend_and_at_most_seven_days() -> None:
    rates = published((FRIDAY, "USD", 1.25))
    assert rate_on(rates, FRIDAY - timedelta(days=1), "USD") is None
    for age in range(8):
        assert rate_on(rates, FRIDAY + timedelta(days=age), "USD") == (0.8, FRIDAY)
    assert rate_on(rates, FRIDAY + timedelta(days=8), "USD") is None


def test_the_newest_rate_up_to_the_day_is_used() -> None:
    monday = FRIDAY + timedelta(days=3)
    rates = published((monday, "USD", 2.0), (FRIDAY, "USD", 1.25))
    assert rate_on(rates, monday - timedelta(days=1), "USD") == (0.8, FRIDAY)
    assert rate_on(rates, monday, "USD") == (0.5, monday)


def test_a_cross_rate_takes_both_sides_from_one_day() -> None:
    monday = FRIDAY + timedelta(days=3)
    rates = published((FRIDAY, "USD", 1.25), (FRIDAY, "GBP", 0.5), (monday, "GBP", 0.8))
    assert rate_on(rates, monday, "GBP", "USD") == (2.5, FRIDAY)
    assert rate_on(rates, monday, "EUR", "USD") == (1.25, FRIDAY)
    assert rate_on(rates, monday, "GBP", "EUR") == (1.25, monday)


def test_the_base_currency_has_one_on_every_day_even_without_rates() -> None:
    for rates in (published(), published((FRIDAY, "EUR", 3.0)), published((FRIDAY, "USD", 1.25))):
        assert rate_on(rates, FRIDAY, "EUR") == (1.0, None)
    assert daily_rates(published(), "USD", FRIDAY, FRIDAY + timedelta(days=2)).height == 3
    assert rate_on(published((FRIDAY, "GBP", 0.5)), FRIDAY, "GBP", "USD") is None


@pytest.mark.parametrize("rate", [0.0, -1.25, float("nan"), float("inf"), None])
def test_an_impossible_rate_is_no_rate(rate: float | None) -> None:
    assert rate_on(published((FRIDAY, "USD", rate)), FRIDAY, "USD") is None  # type: ignore[arg-type]


def test_of_two_reference_currencies_the_newer_day_wins_then_the_direct_rate() -> None:
    monday = FRIDAY + timedelta(days=3)
    euro = published((FRIDAY, "USD", 1.25), (FRIDAY, "GBP", 0.5), (monday, "USD", 1.0), (monday, "GBP", 0.5))
    dollar = published((FRIDAY, "GBP", 0.4), reference="USD")
    for rates in (pl.concat([euro, dollar]), pl.concat([dollar, euro])):
        assert rate_on(rates, FRIDAY, "GBP", "USD") == (2.5, FRIDAY)
        assert rate_on(rates, monday, "GBP", "USD") == (2.0, monday)
        assert daily_rates(rates, "USD", FRIDAY, monday).select("currency", "event_date").is_unique().all()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(["USD", "GBP", "JPY"]), st.floats(1e-6, 1e6), min_size=2))
def test_every_rate_comes_back_through_its_reverse(quotes: dict[str, float]) -> None:
    rates = published(*((FRIDAY, currency, rate) for currency, rate in quotes.items()))
    to_base = {
        (other, base): rate
        for base in ("EUR", *quotes)
        for other, rate in daily_rates(rates, base, FRIDAY, FRIDAY).select("currency", "exchange_rate").iter_rows()
    }
    assert len(to_base) == (len(quotes) + 1) ** 2
    for other, base in to_base:
        assert to_base[other, base] * to_base[base, other] == pytest.approx(1, rel=1e-12)


def test_amounts_become_base_currency_with_the_rate_and_its_day() -> None:
    frame = converted(records((FRIDAY, "usd ", "10.00"), (FRIDAY, "USD", None)), published((FRIDAY, "USD", 1.25)))
    assert frame["revenue"].to_list() == [Decimal("8"), None]
    assert frame["exchange_rate"].to_list() == [0.8, 0.8]
    assert frame["rate_date"].to_list() == [FRIDAY, FRIDAY]
    assert frame["violation_code"].null_count() == 2
    assert frame["currency"].to_list() == ["usd ", "USD"]
    assert frame.schema["revenue"] == MONEY


@pytest.mark.parametrize("currency", [None, "EUR", "eur", " EUR ", ""])
def test_base_currency_stays_digit_for_digit(currency: str | None) -> None:
    frame = converted(records((FRIDAY, currency, "99999999999999.9999")), published((FRIDAY, "USD", 1.25)))
    assert frame["revenue"].to_list() == [Decimal("99999999999999.9999")]
    assert frame.select("exchange_rate", "rate_date", "violation_code").row(0) == (None, None, None)


def test_a_pegged_currency_stays_digit_for_digit_too() -> None:
    frame = converted(records((FRIDAY, "XEU", "99999999999999.9999")), published((FRIDAY, "XEU", 1.0)))
    assert frame["revenue"].to_list() == [Decimal("99999999999999.9999")]
    assert frame.select("exchange_rate", "rate_date").row(0) == (1.0, FRIDAY)


def test_half_a_ten_thousandth_goes_to_the_even_side() -> None:
    rows = [(FRIDAY, "USD", amount) for amount in ("0.0001", "0.0003", "-0.0001", "-0.0003", "0.0005")]
    frame = converted(records(*rows), published((FRIDAY, "USD", 2.0)))
    assert frame["revenue"].to_list() == [Decimal(text) for text in ("0", "0.0002", "0", "-0.0002", "0.0002")]


@settings(max_examples=50, deadline=None)
@given(st.decimals(-(10**11), 10**11, places=4), st.floats(0.2, 1e6))
def test_amounts_are_off_by_a_ten_thousandth_at_most(amount: Decimal, rate: float) -> None:
    frame = converted(records((FRIDAY, "USD", str(amount))), published((FRIDAY, "USD", rate)))
    exact = amount * Decimal(frame["exchange_rate"][0])
    assert abs(frame["revenue"][0] - exact) <= Decimal("0.0001")


def test_no_rate_is_a_violation_and_leaves_the_amount() -> None:
    late = FRIDAY + timedelta(days=8)
    frame = converted(records((late, "USD", "10"), (FRIDAY, "XXX", "10")), published((FRIDAY, "USD", 1.25)))
    assert frame["violation_code"].to_list() == ["Rate-Missing"] * 2
    assert frame["violation_message"].to_list() == [
        "currency: no rate from USD to EUR for 2024-05-11",
        "currency: no rate from XXX to EUR for 2024-05-03",
    ]
    assert frame["revenue"].to_list() == [Decimal(10), Decimal(10)]
    assert frame["exchange_rate"].null_count() == 2


def test_what_is_no_currency_is_not_repeated_in_the_message() -> None:
    frame = converted(records((FRIDAY, "ana@example.com", "10")), published())
    assert frame["violation_message"].to_list() == ["currency: no rate from (no three letters) to EUR for 2024-05-03"]


def test_an_amount_that_would_not_fit_is_a_violation_and_stays() -> None:
    rates = published((FRIDAY, "USD", 0.5))
    frame = converted(records((FRIDAY, "USD", "499999999999.9999"), (FRIDAY, "USD", "-500000000000")), rates)
    assert frame["revenue"].to_list() == [Decimal("999999999999.9998"), Decimal(-500000000000)]
    assert frame["violation_code"].to_list() == [None, "Out-Of-Range"]
    assert frame["exchange_rate"].to_list() == [2.0, None]


def test_refused_records_are_left_alone() -> None:
    refused = records((FRIDAY, "USD", "10"), (FRIDAY, "XXX", "10"), violation_code="Unreadable", violation_message="m")
    frame = converted(refused, published((FRIDAY, "USD", 1.25)))
    assert frame["revenue"].to_list() == [Decimal(10), Decimal(10)]
    assert frame["violation_code"].to_list() == ["Unreadable"] * 2
    assert frame["violation_message"].to_list() == ["m"] * 2
    assert frame["exchange_rate"].null_count() == 2


def test_columns_are_added_once_and_order_and_number_of_records_stay() -> None:
    rows = [(FRIDAY, currency, str(amount)) for amount, currency in enumerate(["USD", None, "XXX", "GBP", "EUR"] * 20)]
    rates = published((FRIDAY, "USD", 1.25), (FRIDAY, "GBP", 0.5))
    once = converted(records(*rows), rates)
    again = converted(records(*rows, exchange_rate=None, rate_date=None), rates)
    assert once.equals(again.select(once.columns))
    assert once["currency"].to_list() == [currency for _, currency, _ in rows]
    assert not [name for name in once.columns if name.startswith("_")]


def test_only_the_days_of_a_changed_rate_get_another_fingerprint() -> None:
    last = FRIDAY + timedelta(days=4)
    before = published((FRIDAY, "USD", 1.25), (FRIDAY + timedelta(days=3), "USD", 2.0))
    after = published((FRIDAY, "USD", 1.26), (FRIDAY + timedelta(days=3), "USD", 2.0))
    old = day_rate_fingerprints(daily_rates(before, "EUR", FRIDAY, last))
    new = day_rate_fingerprints(daily_rates(after.reverse(), "EUR", FRIDAY, last))
    assert [day for day in old if old[day] != new[day]] == [FRIDAY + timedelta(days=age) for age in range(3)]
    assert len(old) == 5


def test_a_rate_published_again_unchanged_on_a_later_day_is_another_fingerprint() -> None:
    day = FRIDAY + timedelta(days=3)
    first, second = published((FRIDAY, "USD", 2.0)), published((FRIDAY, "USD", 2.0), (day, "USD", 2.0))
    ids = [day_rate_fingerprints(daily_rates(rates, "EUR", day, day))[day] for rates in (first, second)]
    assert ids[0] != ids[1]
    other_base = day_rate_fingerprints(daily_rates(published(), "USD", day, day))
    assert other_base != day_rate_fingerprints(daily_rates(published(), "EUR", day, day))
