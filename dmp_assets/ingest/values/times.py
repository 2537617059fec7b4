"""Instants and days from any value of a file: ISO text, other formats, epochs, typed columns."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

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


def read_instants(values: pl.Series, time_zone: str, time_formats: tuple[str, ...]) -> pl.Series:
    """Return the instants as naive UTC ``Datetime("us")``; null where a value cannot be read.

    Args:
        values: Trimmed text, or a Date, Datetime or number column.
        time_zone: Zone of values that name none. A local time that the clocks skip becomes the next one that
            exists; one that they show twice becomes the earlier.
        time_formats: strptime formats or ``epoch_s`` / ``epoch_ms`` / ``epoch_us``, tried in order before ISO 8601.
    """
    if isinstance(values.dtype, pl.Datetime):
        return _to_utc(values.cast(pl.Datetime("us", values.dtype.time_zone)), time_zone)
    if values.dtype == pl.Date:
        return _to_utc(values.cast(_INSTANT), time_zone)
    if values.dtype.is_numeric():
        return _from_numbers(values, time_formats)
    result = all_null(values.name, _INSTANT, len(values))
    if values.dtype != pl.String:
        return result
    # Only what no format before could read is tried again: one bad value in a file is no reason to parse all thrice.
    rows, rest = values.is_not_null().arg_true(), values.drop_nulls()
    for time_format in (*time_formats, *UTC_FORMATS, *ISO_FORMATS):
        if rest.is_empty():
            break
        read = _from_text(rest, time_format, time_zone)
        if len(read) == len(values) and not read.null_count():
            return read.alias(values.name)
        found = read.is_not_null()
        result = result.scatter(rows.filter(found), read.filter(found))
        rows, rest = rows.filter(~found), rest.filter(~found)
    return result


def read_days(values: pl.Series, time_zone: str, time_formats: tuple[str, ...]) -> pl.Series:
    """Return the calendar days as written, in the source's own zone; null where a value cannot be read."""
    if values.dtype == pl.Date:
        return values
    instants = read_instants(values, time_zone, time_formats)
    return instants.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.date()


def _from_text(values: pl.Series, time_format: str, time_zone: str) -> pl.Series:
    if time_format in EPOCH_US:
        return _from_numbers(values.cast(pl.Float64, strict=False), (time_format,))
    if time_format in ISO_FORMATS:
        # One spelling of the separator and of UTC, so that five formats cover ISO 8601's usual forms.
        values = values.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]", "${1} ").str.replace("[Zz]$", "+00:00")
    parsed = values.str.strptime(_INSTANT, time_format, strict=False)
    if time_format in UTC_FORMATS:
        # No source means a year with a sign, and Python has no dates before the year 1.
        return parsed.set(~values.str.contains(r"^\d{4}-"), None)
    return _to_utc(parsed, time_zone)


def _from_numbers(values: pl.Series, time_formats: tuple[str, ...]) -> pl.Series:
    unit = next((EPOCH_US[name] for name in time_formats if name in EPOCH_US), None)
    if unit is None:
        return all_null(values.name, _INSTANT, len(values))
    if values.dtype.is_integer():
        return (values.cast(pl.Int64, strict=False) * unit).cast(_INSTANT)
    return (values.cast(pl.Float64) * unit).round().cast(pl.Int64, strict=False).cast(_INSTANT)


def _to_utc(values: pl.Series, time_zone: str) -> pl.Series:
    """Return naive UTC of a Datetime column that has its own zone or is local time of ``time_zone``."""
    own_zone = values.dtype.time_zone if isinstance(values.dtype, pl.Datetime) else None
    if own_zone is not None:
        return values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    if time_zone == "UTC":
        return values
    known = values.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    result = known.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    skipped = values.filter(result.is_null() & values.is_not_null()).unique().to_list()
    if not skipped:
        return result
    after = [_after_gap(wall, ZoneInfo(time_zone)) for wall in skipped]
    return result.fill_null(values.replace_strict(skipped, after, default=None, return_dtype=_INSTANT))


def _after_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return, in UTC, the first local minute from ``wall`` on that the clocks do show."""
    minute = wall.replace(second=0, microsecond=0)
    # Clocks change on whole minutes and by at most a day (Samoa, 2011).
    for step in range(24 * 60 + 1):
        candidate = minute + timedelta(minutes=step)
        utc = candidate.replace(tzinfo=zone).astimezone(UTC)
        if utc.astimezone(zone).replace(tzinfo=None) == candidate:
            return utc.replace(tzinfo=None)
    return wall
