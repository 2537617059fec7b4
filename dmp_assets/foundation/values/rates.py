"""Published exchange rates to one rate per currency and day."""

from datetime import date

import polars as pl

MAX_AGE_DAYS = 7
"""The longest gap between two rates of the ECB is five days (Easter, or Christmas next to a weekend)."""

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
