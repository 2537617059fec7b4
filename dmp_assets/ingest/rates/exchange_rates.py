"""Amounts of records to the base currency, and what a day's rates are known by."""

import hashlib
from collections.abc import Sequence
from datetime import date

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_LIMIT, MONEY_UNITS
from dmp_assets.foundation.values.money import as_money, in_units, in_whole_units
from dmp_assets.ingest.values.texts import MONEY

_LIMIT = float(MONEY_LIMIT * MONEY_UNITS)


def is_foreign_currency(base_currency: str) -> pl.Expr:
    """Return whether ``currency`` differs from the base currency; false where it is null."""
    return (~_code().is_in([base_currency, ""])).fill_null(value=False)


def _code() -> pl.Expr:
    return pl.col("currency").str.strip_chars().str.to_uppercase()


def convert_amounts(
    records: pl.LazyFrame, daily: pl.DataFrame, base_currency: str, money_columns: Sequence[str]
) -> pl.LazyFrame:
    """Return the records with their amounts in the base currency, and the rate and its day beside them.

    Args:
        records: Records with ``event_date``, ``currency`` (null: base currency), ``violation_code``,
            ``violation_message`` and the money columns.
        daily: ``daily_rates`` of at least the records' days.
        base_currency: ISO 4217 code.
        money_columns: Columns to convert, ``Decimal(18, 4)``.

    An amount is multiplied in ``Float64`` and rounded half to even to a ten-thousandth. So below 9 * 10^11 (2^53
    ten-thousandths) it is off by at most one, and above by at most two. Amounts in base currency, and all at a rate of
    exactly 1, stay digit for digit. ``exchange_rate`` and ``rate_date`` are added. Both are null where nothing was
    converted: the currency is the base, none is named, or the record is refused. A record without a rate is refused as
    ``Rate-Missing``, and one whose amount would reach ``MONEY_LIMIT`` as ``Out-Of-Range``. Both keep their amounts as
    given. Records refused before are left alone. A record's ``currency`` stays as it is.
    """
    foreign = daily.filter(pl.col("currency") != base_currency).select(
        pl.col("event_date"), pl.col("currency").alias("_code"), pl.col("exchange_rate"), pl.col("rate_date")
    )
    open_code = pl.when(pl.col("violation_code").is_null() & is_foreign_currency(base_currency)).then(_code())
    added = [name for name in ("exchange_rate", "rate_date") if name in records.collect_schema()]
    joined = (
        records.drop(added)
        .with_columns(_code=open_code)
        .join(foreign.lazy(), on=["event_date", "_code"], how="left", maintain_order="left")
    )
    missing = pl.col("_code").is_not_null() & pl.col("exchange_rate").is_null()
    changes = (pl.col("exchange_rate") != 1.0).fill_null(value=False)
    too_large = pl.any_horizontal(_units(name).abs() >= _LIMIT for name in money_columns).fill_null(value=False)
    judged = joined.with_columns(_missing=missing, _too_large=too_large & changes)
    refused = pl.col("_missing") | pl.col("_too_large")
    # A text that is no code may be personal data from a wrong column, so the message does not show it.
    named = pl.when(pl.col("_code").str.contains("^[A-Z]{3}$")).then("_code").otherwise(pl.lit("(no three letters)"))
    no_rate = pl.format("currency: no rate from {} to " + base_currency + " for {}", named, "event_date")
    no_room = pl.format("amount in {}: 10^12 or more in " + base_currency, named)
    return judged.with_columns(
        *(_converted(name, refused) for name in money_columns),
        violation_code=pl.when("_missing")
        .then(pl.lit("Rate-Missing"))
        .when("_too_large")
        .then(pl.lit("Out-Of-Range"))
        .otherwise("violation_code"),
        violation_message=pl.when("_missing")
        .then(no_rate)
        .when("_too_large")
        .then(no_room)
        .otherwise("violation_message"),
        exchange_rate=pl.when(~refused).then("exchange_rate"),
        rate_date=pl.when(~refused).then("rate_date"),
    ).drop("_code", "_missing", "_too_large")


def _units(name: str) -> pl.Expr:
    units: pl.Expr = in_units(pl.col(name)).cast(pl.Float64) * pl.col("exchange_rate")
    return units.round(0, mode="half_to_even")


def _converted(name: str, refused: pl.Expr) -> pl.Expr:
    # Amounts that do not fit are taken out before the cast: Polars raises on some of them even when it is not strict.
    fits = (_units(name).abs() < _LIMIT) & ~refused & (pl.col("exchange_rate") != 1.0)
    money = as_money(in_whole_units(pl.when(fits).then(_units(name)))).cast(MONEY)
    return pl.when(fits).then(money).otherwise(pl.col(name)).alias(name)


def day_rate_fingerprints(daily: pl.DataFrame) -> dict[date, str]:
    """Return a fingerprint of each day's rates; it changes with a rate and with the day of its publication."""
    text = pl.concat_str("currency", "exchange_rate", pl.col("rate_date").fill_null(pl.date(1, 1, 1)), separator=" ")
    lines = daily.sort("event_date", "currency").group_by("event_date", maintain_order=True).agg(text.str.join("\n"))
    return {day: hashlib.sha256(rates.encode()).hexdigest() for day, rates in lines.iter_rows()}
