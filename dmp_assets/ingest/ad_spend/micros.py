"""Millionths of a currency as units, exactly."""

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_DECIMALS, MONEY_UNITS

_MICROS_PER_MONEY_UNIT = 10 ** (6 - MONEY_DECIMALS)
_DIGITS = r"^[+-]?(\d+)(?:\.\d*)?$"
_FLOAT = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$"
_WHOLE_FLOATS = 2.0**53


def micros_as_units(values: pl.Series) -> pl.Series:
    """Return amounts in millionths as text in units with four decimals; what is no amount stays as it is.

    Money has four decimals, so the fifth is rounded, half away from zero. Digits are read as whole numbers, which are
    exact up to 9 * 10^18 millionths. A larger amount stays as it is: money cannot hold such a number, so it is never
    mistaken for an amount in units.

    Args:
        values: Trimmed text with a decimal point or none, or numbers.

    >>> micros_as_units(pl.Series(["231330000", "-1234550", "49", "n/a"])).to_list()
    ['231.3300', '-1.2346', '0.0000', 'n/a']
    """
    text = _as_text(values)
    floats = text.set(~text.str.contains(_FLOAT), None).cast(pl.Float64, strict=False).abs()
    whole = floats.set(floats >= _WHOLE_FLOATS, None).cast(pl.Int64, strict=False)
    size = text.str.extract(_DIGITS, 1).cast(pl.Int64, strict=False).fill_null(whole)
    # A part below one millionth cannot move a half, so the whole millionths decide the rounding. Divided before
    # the half is added: the sum of both would overflow near the largest Int64.
    half_up = (size % _MICROS_PER_MONEY_UNIT >= _MICROS_PER_MONEY_UNIT // 2).cast(pl.Int64)
    frame = pl.DataFrame({"text": text, "units": size // _MICROS_PER_MONEY_UNIT + half_up})
    negative = pl.col("text").str.starts_with("-") & (pl.col("units") > 0)
    written = pl.concat_str(
        pl.when(negative).then(pl.lit("-")).otherwise(pl.lit("")),
        pl.col("units") // MONEY_UNITS,
        pl.lit("."),
        (pl.col("units") % MONEY_UNITS).cast(pl.String).str.zfill(MONEY_DECIMALS),
    )
    return frame.select(pl.coalesce(written, "text")).to_series().alias(values.name)


def _as_text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        # Nothing to read, but not empty either: the typed reading must find it wrong.
        wrong = pl.Series(values.name, ["unreadable"]).new_from_index(0, len(values))
        return wrong.set(values.is_null(), None)
    return values.cast(pl.String, strict=False)
