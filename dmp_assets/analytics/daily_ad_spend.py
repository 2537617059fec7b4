"""The spend of ads by day and campaign: once, and in the base currency."""

from datetime import date

import polars as pl

from dmp_assets.foundation.values.money import as_money, in_units, in_whole_units
from dmp_assets.foundation.values.rates import daily_rates

_ACCOUNT_DAY = ("platform", "account_id", "date")
_REPORT = (*_ACCOUNT_DAY, "level", "breakdown_by", "is_hourly")
_CAMPAIGN_DAY = ("event_date", "platform", "account_id", "campaign_id", "campaign_name")

_LEVELS = {"campaign": 0, "ad_group": 1, "ad": 2, "account": 3}
"""The level that names campaigns and misses no spend first: ads that were deleted are gone from finer reports."""


def build_daily_ad_spend(
    raw_ad_spend: pl.DataFrame, raw_exchange_rates: pl.DataFrame, base_currency: str, rate_max_age_days: int
) -> pl.DataFrame:
    """Return the spend of each day, account and campaign (``DailyAdSpend``).

    Args:
        raw_ad_spend: ``RawAdSpend``: the same spend may be there at several levels and breakdowns.
        raw_exchange_rates: ``RawExchangeRates``.
        base_currency: ISO 4217 code that amounts are converted to; a line that names no currency is in it.
        rate_max_age_days: Days for which a published rate holds.

    The spend is null where one of its lines has none, or no rate: a part would pass for the whole. It is rounded half
    to even to a ten-thousandth, by line.
    """
    lines = _of_one_report(raw_ad_spend)
    code = pl.col("currency").str.strip_chars().str.to_uppercase()
    named = lines.with_columns(
        event_date="date", currency=pl.when(code != "").then(code).otherwise(pl.lit(base_currency))
    )
    days = named["date"].unique().sort().to_list() or [date.min]
    rates = daily_rates(raw_exchange_rates, base_currency, days[0], days[-1], rate_max_age_days)
    rated = named.join(rates.drop("rate_date"), on=["currency", "event_date"], how="left")
    units, rate = in_units(pl.col("spend")), pl.col("exchange_rate")
    # Amounts at a rate of exactly 1 stay digit for digit: a float is right to 2^53 ten-thousandths only.
    converted = pl.when(rate == 1.0).then(units).otherwise(in_whole_units(units.cast(pl.Float64) * rate))
    return (
        rated.with_columns(units=converted)
        .group_by(_CAMPAIGN_DAY)
        .agg(_sum("units", pl.col("units").is_not_null().all()), *(_sum(name) for name in ("impressions", "clicks")))
        .select(*_CAMPAIGN_DAY, "impressions", "clicks", spend=as_money(pl.col("units")))
    )


def _sum(name: str, is_known: pl.Expr | None = None) -> pl.Expr:
    known = pl.col(name).is_not_null().any() if is_known is None else is_known
    return pl.when(known).then(pl.col(name).sum()).alias(name)


def _of_one_report(raw_ad_spend: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of one report for each account and day: one that has spend, by level, undivided, not hourly."""
    marked = raw_ad_spend.with_columns(is_hourly=pl.col("hour_at").is_not_null())
    reports = marked.group_by(_REPORT).agg(has_spend=pl.col("spend").is_not_null().any())
    in_order = reports.sort(
        pl.col("has_spend").not_(),
        pl.col("level").replace_strict(_LEVELS, return_dtype=pl.Int64),
        pl.col("breakdown_by").is_not_null(),
        "is_hourly",
        "breakdown_by",
    )
    chosen = in_order.unique(_ACCOUNT_DAY, keep="first", maintain_order=True)
    return marked.join(chosen, on=_REPORT, how="semi", nulls_equal=True)
