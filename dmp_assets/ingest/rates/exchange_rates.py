"""Published exchange rates to one rate per currency and day, and amounts to the base currency."""

import hashlib
from collections.abc import Sequence
from datetime import date

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_LIMIT, MONEY_UNITS
from dmp_assets.foundation.values.money import as_money, in_units, in_whole_units
from dmp_assets.ingest.values.texts import MONEY

MAX_AGE_DAYS = 7
"""The longest gap between two rates of the ECB is five days (Easter, or Christmas next to a weekend)."""

_LIMIT = float(MONEY_LIMIT * MONEY_UNITS)
_CROSS_LIMIT = 1e12
"""A rate between two currencies that differ by more is a mistake in a file. Within it the largest amounts of a hundred
thousand order lines fit 38 digits in any currency."""
NO_RATES = pl.DataFrame(
    schema={"currency": pl.String, "event_date": pl.Date, "exchange_rate": pl.Float64, "rate_date": pl.Date}
)
"""``daily_rates`` where no rate was published."""

_REPORTED = list(NO_RATES.columns)


def daily_rates(
    rates: pl.DataFrame, base_currency: str, first: date, last: date, max_age_days: int = MAX_AGE_DAYS
) -> pl.DataFrame:
    """Return the rate of each currency on each day: what to multiply an amount by to get base currency.

    Args:
        rates: ``rate_date``, ``currency``, ``rate`` and ``reference_currency`` (``RawExchangeRates``): units of the
            currency for one unit of the reference currency.
        base_currency: ISO 4217 code that amounts are converted to.
        first: First day of the result.
        last: Last day of the result, inclusive.
        max_age_days: A rate stands for days without one at most so many days after ``rate_date``.

    Columns ``currency``, ``event_date``, ``exchange_rate`` and ``rate_date``, the day whose rates were used. With
    rates of that day for both, ``exchange_rate = rate(base) / rate(currency)``, where the reference currency's own
    rate is 1: both sides of a cross rate are of one day. With several reference currencies the newest day wins, then
    the base currency as the reference, then the first by name. A day without a young enough rate has no row. The
    base currency has 1.0 on every day, with no ``rate_date``.

    >>> published = pl.DataFrame({
    ...     "rate_date": [date(2024, 5, 3)] * 2, "currency": ["USD", "GBP"], "rate": [1.25, 0.5],
    ...     "reference_currency": ["EUR", "EUR"],
    ... })
    >>> days = daily_rates(published, "USD", date(2024, 5, 4), date(2024, 5, 4))
    >>> days.select("currency", "exchange_rate", "rate_date").rows()
    [('EUR', 1.25, datetime.date(2024, 5, 3)), ('GBP', 2.5, datetime.date(2024, 5, 3)), ('USD', 1.0, None)]
    """
    days = pl.DataFrame({"event_date": pl.date_range(first, last, eager=True)})
    crosses = _cross_rates(rates, base_currency)
    pairs = crosses.select("currency", "reference_currency").unique()
    carried = (
        pairs.join(days, how="cross")
        .sort("event_date")
        .join_asof(
            crosses.sort("rate_date"),
            left_on="event_date",
            right_on="rate_date",
            by=["currency", "reference_currency"],
            tolerance=f"{max_age_days}d",
            coalesce=False,
            check_sortedness=False,
        )
        .drop_nulls("rate_date")
    )
    best = carried.sort(
        "rate_date",
        pl.col("reference_currency") == base_currency,
        "reference_currency",
        descending=[True, True, False],
    ).unique(["currency", "event_date"], keep="first", maintain_order=True)
    base = days.with_columns(
        currency=pl.lit(base_currency), exchange_rate=pl.lit(1.0), rate_date=pl.lit(None, dtype=pl.Date)
    )
    return pl.concat([best.select(_REPORTED), base.select(_REPORTED)]).sort("currency", "event_date")


def _cross_rates(rates: pl.DataFrame, base_currency: str) -> pl.DataFrame:
    """Return the rate to the base currency of each publication day, reference currency and other currency."""
    day = ["rate_date", "reference_currency"]
    usable = rates.filter(pl.col("rate").is_finite() & (pl.col("rate") > 0)).select(
        "rate_date", pl.col("reference_currency", "currency").str.to_uppercase(), "rate"
    )
    own = usable.select(day).unique().with_columns(currency=pl.col("reference_currency"), rate=pl.lit(1.0))
    foreign = usable.filter(pl.col("currency") != pl.col("reference_currency"))
    quoted = pl.concat([own, foreign]).sort("rate").unique([*day, "currency"], keep="first", maintain_order=True)
    base = quoted.filter(pl.col("currency") == base_currency).select(*day, base_rate="rate")
    crossed = quoted.filter(pl.col("currency") != base_currency).join(base, on=day)
    return crossed.select(*day, "currency", exchange_rate=pl.col("base_rate") / pl.col("rate")).filter(
        pl.col("exchange_rate").is_between(1 / _CROSS_LIMIT, _CROSS_LIMIT)
    )


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
