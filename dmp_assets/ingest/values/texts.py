"""Text, numbers and money from any value of a file; what cannot be read becomes null, never an error."""

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_DECIMALS, MONEY_LIMIT, MONEY_UNITS

MONEY = pl.Decimal(18, MONEY_DECIMALS)

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_COMMA_NUMBER = r"^[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)?(,\d+)?$"
"""No group of thousands begins with 0: ``0.990`` is a number with a decimal point, and not 990."""
FLAGS = "yes or no (true, false, y, n, 1, 0)"
_FLAGS = {**dict.fromkeys(("true", "yes", "y", "1"), True), **dict.fromkeys(("false", "no", "n", "0"), False)}
_WHOLE_FLOATS = 2.0**53
_LIMIT = MONEY_LIMIT * MONEY_UNITS


def trim(values: pl.Series) -> pl.Series:
    """Return text without surrounding white space, empty text as null; other types unchanged."""
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    if values.dtype != pl.String or values.null_count() == len(values):
        return values
    trimmed = values.str.strip_chars()
    return trimmed.set(trimmed == "", None)


def all_null(name: str, dtype: pl.DataType, height: int) -> pl.Series:
    """Return ``height`` nulls of a type."""
    return pl.Series(name, [None], dtype=dtype).new_from_index(0, height)


def read_text(values: pl.Series) -> pl.Series:
    """Return values as text; whole floats lose their ``.0``, so an id is the same in a nullable integer column."""
    dtype = values.dtype
    if dtype == pl.String:
        return values
    if dtype.is_float():
        values = values.cast(pl.Float64)
        whole = (values == values.floor()) & (values.abs() < _WHOLE_FLOATS)
        return (
            values.cast(pl.Int64, strict=False).cast(pl.String).zip_with(whole.fill_null(False), values.cast(pl.String))
        )
    if dtype.is_decimal():
        return values.cast(pl.String).str.replace(r"\.0+$", "")
    if dtype.is_nested() or dtype == pl.Object:
        return all_null(values.name, pl.String(), len(values))
    return values.cast(pl.String, strict=False)


def read_flags(values: pl.Series) -> pl.Series:
    """Return words of yes and no as truth values, whatever their case; null for other words.

    >>> read_flags(pl.Series(["TRUE", "no", "1", "perhaps", None])).to_list()
    [True, False, True, None, None]
    """
    words = trim(read_text(values)).cast(pl.String).str.to_lowercase()
    return words.replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)


def read_quantity(values: pl.Series, decimal_comma: bool) -> pl.Series:
    """Return ``Float64`` numbers below ``MONEY_LIMIT``; null for others (``is_too_large``) and what is no number."""
    if values.dtype == pl.String:
        values = _number_text(values, decimal_comma)
    elif not values.dtype.is_numeric():
        return all_null(values.name, pl.Float64(), len(values))
    numbers = values.cast(pl.Float64, strict=False)
    # Adding zero makes -0.0 and 0.0 one value, so that their fingerprints are equal.
    return numbers.set(~(numbers.abs() < MONEY_LIMIT), None) + 0.0


def read_money(values: pl.Series, decimal_comma: bool) -> pl.Series:
    """Return ``Decimal(18, 4)`` below ``MONEY_LIMIT``: from text digit by digit, from floats rounded to four decimals.

    Null for larger amounts (``is_too_large``) and what is no number.
    """
    if values.dtype == pl.String:
        values = _number_text(values, decimal_comma)
    elif values.dtype.is_float():
        values = values.cast(pl.Float64).round(MONEY_DECIMALS)
        # Polars raises on a float that does not fit into the decimal, even where the cast is not strict.
        values = values.set(~(values.abs() < MONEY_LIMIT), None)
    elif not values.dtype.is_numeric():
        return all_null(values.name, MONEY, len(values))
    amounts = values.cast(MONEY, strict=False)
    large = at_limit(amounts)
    return amounts.set(large, None) if large.any() else amounts


def at_limit(amounts: pl.Series) -> pl.Series:
    """Return which amounts reach ``MONEY_LIMIT`` or minus that; false for null."""
    # Compared as whole numbers, which costs a twentieth of comparing decimals.
    inside = amounts.to_physical().is_between(-_LIMIT, _LIMIT, closed="none")
    return (~inside).fill_null(value=False)


def is_too_large(values: pl.Series, decimal_comma: bool) -> pl.Series:
    """Return which values are numbers that reach ``MONEY_LIMIT``, in digits or with an exponent.

    >>> is_too_large(pl.Series(["1e15", "-" + "9" * 400, "999999999999.99", "inf", "soon", None]), False).to_list()
    [True, True, False, False, False, False]
    """
    if values.dtype == pl.String:
        values = _number_text(values, decimal_comma)
    elif not values.dtype.is_numeric():
        return pl.Series(values.name, [False]).new_from_index(0, len(values))
    else:
        values = values.set(~values.cast(pl.Float64, strict=False).is_finite(), None)
    # A text of more digits than a float has room for is read as infinite.
    return (values.cast(pl.Float64, strict=False).abs() >= MONEY_LIMIT).fill_null(value=False)


def _number_text(values: pl.Series, decimal_comma: bool) -> pl.Series:
    if decimal_comma:
        matched = values.str.contains(_COMMA_NUMBER) & values.str.contains(r"\d")
        values = values.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        matched = values.str.contains(NUMBER)
    return values.set(~matched, None)
