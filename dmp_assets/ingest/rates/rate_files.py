"""Files of exchange rates, wide or long, to one row per rate."""

import re

import polars as pl

from dmp_assets.ingest.values.texts import all_null, read_text, trim

RATES = "=rates"
"""Column of lists that ``with_rates`` adds; no column of a file begins with the equals sign."""

_DATE_NAMES = ("date", "rate_date", "time_period", "day")
_CURRENCY_NAMES = ("currency", "currency_code")
_RATE_NAMES = ("rate", "obs_value")
_NO_RATE = ("N/A", "NA", "NAN", "-", ".")
_CODE = re.compile("[A-Za-z]{3}")


def melt_rates(frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row per rate of a batch: ``row``, ``part``, ``rate_date``, ``currency``, ``rate``.

    Args:
        frame: A batch of a file. Wide: a column of days and a column per currency, headed by its ISO 4217 code; cells
            that are empty or ``N/A`` are no rate, other columns (a trailing comma makes one) are passed over. Long:
            one record per rate, in columns named ``date``, ``currency`` and ``rate``, or ``TIME_PERIOD``,
            ``CURRENCY`` and ``OBS_VALUE``. Case of names and spaces around them do not count.

    ``row`` is the record's place in the batch from 0 and ``part`` the rate's place in the record from 1. All values
    are text, to be read like those of any other file. A record without any rate stays, as one row without a currency
    or without a rate, so that it can be refused and is not lost.
    """
    names = {name.strip().lower(): name for name in reversed(frame.columns)}
    dated = _named(names, _DATE_NAMES)
    day = _text(frame, dated, "rate_date")
    row = pl.int_range(frame.height, dtype=pl.Int64, eager=True).alias("row")
    currency, rate = _named(names, _CURRENCY_NAMES), _named(names, _RATE_NAMES)
    if currency is not None and rate is not None:
        code, value = _text(frame, currency, "currency").str.to_uppercase(), _rate(frame, rate, "rate")
        return pl.DataFrame(
            [row, pl.Series("part", [1], dtype=pl.Int64).new_from_index(0, frame.height), day, code, value]
        )
    codes = [name for name in frame.columns if name != dated and _CODE.fullmatch(name.strip())]
    wide = pl.DataFrame([row, day, *(_rate(frame, name, name.strip().upper()) for name in _first_of_each(codes))])
    melted = wide.unpivot(index=["row", "rate_date"], variable_name="currency", value_name="rate")
    rates = melted.with_columns(pl.col("currency", "rate").cast(pl.String)).drop_nulls("rate")
    without = wide.select("row", "rate_date").join(rates, on="row", how="anti")
    whole = pl.concat([rates, without], how="diagonal").sort("row", maintain_order=True)
    part = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row")
    return whole.with_columns(part=part).select("row", "part", "rate_date", "currency", "rate")


def with_rates(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the batch with a column ``=rates``: the list of each record's rates, from ``melt_rates``."""
    rates = (
        melt_rates(frame)
        .group_by("row", maintain_order=True)
        .agg(pl.struct("rate_date", "currency", "rate").alias(RATES))
    )
    return frame.with_columns(rates[RATES])


def _named(names: dict[str, str], wanted: tuple[str, ...]) -> str | None:
    return next((names[name] for name in wanted if name in names), None)


def _first_of_each(codes: list[str]) -> list[str]:
    return list({code.strip().upper(): code for code in reversed(codes)}.values())[::-1]


def _text(frame: pl.DataFrame, column: str | None, name: str) -> pl.Series:
    if column is None:
        return all_null(name, pl.String(), frame.height)
    return trim(read_text(frame[column])).alias(name)


def _rate(frame: pl.DataFrame, column: str, name: str) -> pl.Series:
    values = _text(frame, column, name)
    return values.set(values.str.to_uppercase().is_in(_NO_RATE), None)
