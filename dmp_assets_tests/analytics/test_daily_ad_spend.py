"""Spend of ads by day: once whatever repeats it, in the base currency, and unknown where a part of it is."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl

from dmp_assets.analytics.daily_ad_spend import build_daily_ad_spend
from dmp_assets.analytics.schema import DailyAdSpend
from dmp_assets.foundation.warehouse.contract import conform
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.schema.campaigns import RawAdSpend
from dmp_assets.ingest.schema.rates import RawExchangeRates

DAY = date(2026, 3, 6)
NO_RATES = pl.DataFrame(schema=Table(RawExchangeRates).polars_schema)
RATES = pl.DataFrame(
    [{"rate_date": DAY, "currency": "USD", "rate": 1.25, "reference_currency": "EUR"}],
    schema=NO_RATES.schema,
)


def said(spend: str | None, campaign: str | None = "c1", **changes: Any) -> dict[str, Any]:
    usual = {"date": DAY, "platform": "google_ads", "account_id": "a", "level": "campaign", "clicks": 2.0}
    return {"spend": None if spend is None else Decimal(spend), "campaign_id": campaign} | usual | changes


def spent(*lines: dict[str, Any], rates: pl.DataFrame = NO_RATES) -> list[tuple[Any, ...]]:
    raw = pl.DataFrame(list(lines), schema=Table(RawAdSpend).polars_schema)
    made = build_daily_ad_spend(raw, rates, "EUR", 7)
    checked = conform(made.lazy(), Table(DailyAdSpend)).collect()
    columns = checked.select("event_date", "campaign_id", "spend", "clicks").sort("event_date", "campaign_id")
    return [(day, campaign, spend and float(spend), clicks) for day, campaign, spend, clicks in columns.iter_rows()]


def test_levels_breakdowns_and_hours_of_the_same_spend_count_once() -> None:
    lines = [
        said("8", None, level="account"),
        said("5"),
        said("3", "c2"),
        said("4", level="ad", ad_id="1"),
        said("2", breakdown_by="device", breakdown="phone"),
        said("1", hour_at=datetime.combine(DAY, time(4))),
    ]
    for rows in (lines, lines[::-1]):
        assert spent(*rows) == [(DAY, "c1", 5.0, 2.0), (DAY, "c2", 3.0, 2.0)]


def test_a_report_without_spend_does_not_hide_one_that_has_it() -> None:
    assert spent(said(None), said("4", level="ad", ad_id="1"), said("3", level="ad", ad_id="2")) == [
        (DAY, "c1", 7.0, 4.0)
    ]


def test_accounts_and_days_have_a_report_each() -> None:
    other = date(2026, 3, 7)
    lines = (said("5"), said("2", level="ad", date=other), said("1", level="account", account_id="b", campaign_id=None))
    assert spent(*lines) == [(DAY, None, 1.0, 2.0), (DAY, "c1", 5.0, 2.0), (other, "c1", 2.0, 2.0)]


def test_spend_is_converted_and_unknown_where_a_rate_or_an_amount_is_missing() -> None:
    dollars = said("10", currency=" usd ")
    assert spent(dollars, rates=RATES) == [(DAY, "c1", 8.0, 2.0)]
    assert spent(dollars) == [(DAY, "c1", None, 2.0)]
    late = date(2026, 3, 14)
    assert spent(dollars | {"date": late}, rates=RATES) == [(late, "c1", None, 2.0)]
    parts = (said("5", currency="EUR", ad_group_id="1"), said(None, ad_group_id="2", clicks=None))
    assert spent(*parts) == [(DAY, "c1", None, 2.0)]


def test_amounts_in_the_base_currency_stay_digit_for_digit() -> None:
    raw = pl.DataFrame([said("123456789012345678.1234")], schema=Table(RawAdSpend).polars_schema)
    assert build_daily_ad_spend(raw, NO_RATES, "EUR", 7)["spend"].to_list() == [Decimal("123456789012345678.1234")]


def test_no_report_is_no_row() -> None:
    assert spent() == []
