"""Instants and days from any value of a file: ISO text, other formats, epochs, typed columns."""

import re
from typing import Protocol

import polars as pl

from dmp_assets.foundation.values.calendar import day_of, in_utc
from dmp_assets.ingest.values.texts import all_null

EPOCH_US = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
"""Values of ``time_formats`` that read numbers as time since 1970, with the microseconds of one unit."""

ISO_FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M%#z",
)

UTC_FORMATS = ("%Y-%m-%dT%H:%M:%S.%3fZ", "%Y-%m-%dT%H:%M:%S.%6fZ", "%Y-%m-%dT%H:%M:%SZ")
"""Usual spellings, tried first: they have a fixed width, which Polars reads in a quarter of the time."""

_INSTANT = pl.Datetime("us")
_DIRECTIVE = re.compile(r"%[-_0#.:]*\d?([A-Za-z%+])")
_TIME_OF_DAY = frozenset("HIklMSfpPTRXrcs+")
"""Directives of strptime that read a part of the time of day."""


class _Finish(Protocol):
    """Turns what was read into the result: a Datetime column, with its zone or local, and whether it is of days."""

    def __call__(self, read: pl.Series, *, is_day: bool) -> pl.Series: ...


def read_instants(
    values: pl.Series, time_zone: str, time_formats: tuple[str, ...], business_zone: str = "UTC"
) -> pl.Series:
    """Return the instants as naive UTC ``Datetime("us")``; null where a value cannot be read.

    Args:
        values: Trimmed text, or a Date, Datetime or number column.
        time_zone: Zone of times of day that name none. A local time that the clocks skip becomes the next one that
            exists; one that they show twice becomes the earlier.
        time_formats: strptime formats or ``epoch_s`` / ``epoch_ms`` / ``epoch_us``, tried in order before ISO 8601.
        business_zone: Zone of days. A value without a time of day is a day of the business's calendar, whatever the
            source's zone, and becomes the day's first instant. A format says it, not a value: 00:00:00 is a time.

    >>> read_instants(pl.Series(["2026-10-05", "2026-10-05 00:00"]), "America/New_York", (), "Europe/Berlin").to_list()
    [datetime.datetime(2026, 10, 4, 22, 0), datetime.datetime(2026, 10, 5, 4, 0)]
    """

    def finish(read: pl.Series, *, is_day: bool) -> pl.Series:
        return in_utc(read, business_zone if is_day else time_zone)

    return _read(values, time_formats, _INSTANT, finish)


def read_days(values: pl.Series, time_zone: str, time_formats: tuple[str, ...]) -> pl.Series:
    """Return the calendar days; null where a value cannot be read.

    Args:
        values: As for ``read_instants``.
        time_zone: Zone of the source, which is the business's where the source has none of its own.
        time_formats: As for ``read_instants``.

    A day, or a time that names no zone, is the day as it is written. A time that names its zone, or a number, is the
    day of that instant in the source's zone: an ad platform counts by its account's days and may write each as the
    instant at which it began there, which is another day in the business's zone.

    >>> read_days(pl.Series(["2026-10-05", "2026-10-05T07:00:00Z"]), "America/Los_Angeles", ()).to_list()
    [datetime.date(2026, 10, 5), datetime.date(2026, 10, 5)]
    """

    def finish(read: pl.Series, *, is_day: bool) -> pl.Series:  # noqa: ARG001 - a day is local, too
        is_local = isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is None
        return read.dt.date() if is_local else day_of(in_utc(read, time_zone), time_zone)

    return _read(values, time_formats, pl.Date(), finish)


def _read(values: pl.Series, time_formats: tuple[str, ...], dtype: pl.DataType, finish: _Finish) -> pl.Series:
    if isinstance(values.dtype, pl.Datetime):
        return finish(values.cast(pl.Datetime("us", values.dtype.time_zone)), is_day=False)
    if values.dtype == pl.Date:
        return finish(values.cast(_INSTANT), is_day=True)
    if values.dtype.is_numeric():
        return finish(_from_numbers(values, time_formats), is_day=False)
    result = all_null(values.name, dtype, len(values))
    if values.dtype != pl.String:
        return result
    # Only what no format before could read is tried again: one bad value in a file is no reason to parse all thrice.
    rows, rest = values.is_not_null().arg_true(), values.drop_nulls()
    for time_format in (*time_formats, *UTC_FORMATS, *ISO_FORMATS):
        if rest.is_empty():
            break
        read = finish(_from_text(rest, time_format), is_day=_is_of_days(time_format))
        if len(read) == len(values) and not read.null_count():
            return read.alias(values.name)
        found = read.is_not_null()
        result = result.scatter(rows.filter(found), read.filter(found))
        rows, rest = rows.filter(~found), rest.filter(~found)
    return result


def _is_of_days(time_format: str) -> bool:
    """Return whether a format reads no time of day.

    >>> [_is_of_days(one) for one in ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%Y-%m-%dT%T%.3f", "%F %%H", "epoch_s")]
    [True, False, False, True, False]
    """
    return time_format not in EPOCH_US and not _TIME_OF_DAY.intersection(_DIRECTIVE.findall(time_format))


def _from_text(values: pl.Series, time_format: str) -> pl.Series:
    """Return what a format reads: with a zone where the values name one, else local time."""
    if time_format in EPOCH_US:
        return _from_numbers(values.cast(pl.Float64, strict=False), (time_format,))
    if time_format in ISO_FORMATS:
        # One spelling of the separator and of UTC, so that five formats cover ISO 8601's usual forms.
        values = values.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]", "${1} ").str.replace("[Zz]$", "+00:00")
    parsed = values.str.strptime(_INSTANT, time_format, strict=False)
    if time_format in UTC_FORMATS:
        # No source means a year with a sign, and Python has no dates before the year 1.
        parsed = parsed.set(~values.str.contains(r"^\d{4}-"), None)
    return parsed.dt.replace_time_zone("UTC") if _names_utc(time_format) else parsed


def _names_utc(time_format: str) -> bool:
    """Return whether a format ends in a literal UTC, GMT or Z behind a time of day.

    >>> [_names_utc(one) for one in ("%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M UTC", "%Y-%m-%d %H:%M %Z", "%Y-%m-%d UTC")]
    [True, True, False, False]
    """
    return _DIRECTIVE.sub("", time_format).endswith(("UTC", "GMT", "Z")) and not _is_of_days(time_format)


def _from_numbers(values: pl.Series, time_formats: tuple[str, ...]) -> pl.Series:
    """Return the instants of epochs, in UTC."""
    unit = next((EPOCH_US[name] for name in time_formats if name in EPOCH_US), None)
    if unit is None:
        return all_null(values.name, pl.Datetime("us", "UTC"), len(values))
    if values.dtype.is_integer():
        counted = values.cast(pl.Int64, strict=False) * unit
    else:
        counted = (values.cast(pl.Float64) * unit).round().cast(pl.Int64, strict=False)
    return counted.cast(_INSTANT).dt.replace_time_zone("UTC")
