"""The days that landing files touch: what each is made from, and which are stale."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

import polars as pl

from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.foundation.values.rates import NO_RATES, daily_rates
from dmp_assets.ingest.landing.reading import Reading
from dmp_assets.ingest.landing.statements import (
    StatingFile,
    repeated_statements,
    replaced_files,
    statement_fingerprints,
)
from dmp_assets.ingest.presets import PRESETS
from dmp_assets.ingest.rates.exchange_rates import day_rate_fingerprints
from dmp_assets.ingest.records.fates import Fates
from dmp_assets.ingest.schema.landing import LandingDays


def statements_that_do_not_count(
    readings: Iterable[Reading], sources: Mapping[str, Source], reused_after_days: int
) -> pl.DataFrame:
    """Return the statements of orders that another file states as it counts (``RepeatedStatements``).

    Args:
        readings: Of all files.
        sources: Sources with their presets filled in.
        reused_after_days: A customer's number that comes again after more days is another order.
    """
    whole = {name for name, source in sources.items() if source.kind == "orders" and source.order_files == "whole"}
    files = (
        StatingFile(reading.source, reading.path, reading.newest_event_at, reading.staged)
        for reading in readings
        if reading.source in whole and reading.accepted
    )
    # Tills do not say when a receipt was changed. A system that does gives every order a number of its own.
    unique = {name for name in whole if "updated_at" in sources[name].columns}
    return repeated_statements(files, reused_after_days, unique)


def landing_days_frame(
    readings: Sequence[Reading],
    sources: Mapping[str, Source] = MappingProxyType({}),
    repeated: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the days of the readings (``LandingDays``).

    Args:
        readings: Of all files.
        sources: Sources with their presets filled in.
        repeated: ``RepeatedStatements`` of the same readings.
    """
    replaced = _replaced(readings, sources)
    repeated_ids = {} if repeated is None else statement_fingerprints(repeated)
    rows = [
        {
            "path": reading.path,
            "event_date": day,
            "records": records,
            "reading_id": reading.reading_id,
            "superseded_by": replaced.get(reading.path),
            "repeated_id": repeated_ids.get((reading.path, day)),
        }
        for reading in readings
        for day, records in reading.days.items()
    ]
    schema = {name: column.dtype.type for name, column in LandingDays.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=schema)


def _replaced(readings: Sequence[Reading], sources: Mapping[str, Source]) -> dict[str, str]:
    """Return the provisional files that a final one replaces. A final file without a good record replaces none."""
    replaced: dict[str, str] = {}
    for name, source in sources.items():
        if (provisional := PRESETS[source.preset].provisional) is not None:
            paths = [reading.path for reading in readings if reading.source == name and reading.accepted]
            replaced |= replaced_files(paths, provisional)
    return replaced


def day_fingerprints(landing_days: pl.DataFrame, rates: pl.DataFrame = NO_RATES) -> dict[date, str]:
    """Return for each day a fingerprint of what its raw events are made from, in any order of the files.

    Args:
        landing_days: ``LandingDays``.
        rates: ``daily_rates`` that amounts are converted with.

    Paths count, because they break ties between duplicates. The reader's code counts, through the reading id. Only the
    day's own rates count, so that a new rate makes no other day stale; of the other files only what they make of the
    day's own records.
    """
    fingerprints = {}
    of_rates = day_rate_fingerprints(rates)
    ordered = landing_days.sort("event_date", "path")
    for (day,), rows in ordered.group_by("event_date", maintain_order=True):
        told = rows.select("path", "reading_id", "superseded_by", "repeated_id").iter_rows()
        lines = [" ".join(filter(None, row)) for row in told]
        text = "\n".join([*lines, *([of_rates[day]] if day in of_rates else [])])
        fingerprints[day] = hashlib.sha256(text.encode()).hexdigest()
    return fingerprints


def fates_of_days(of_days: pl.DataFrame, statements: pl.DataFrame, sources: Mapping[str, Source]) -> Fates:
    """Return what the landing files say together of some days' records.

    Args:
        of_days: ``LandingDays`` of the days.
        statements: ``RepeatedStatements`` of the days.
        sources: Sources with their presets filled in.
    """
    return Fates(
        statements=statements,
        replaced=tuple(of_days.filter(pl.col("superseded_by").is_not_null())["path"].unique()),
        equal_lines_once=tuple(name for name, source in sources.items() if source.equal_lines == "drop"),
    )


def rates_of_days(settings: Settings, published: pl.DataFrame, landing_days: pl.DataFrame) -> pl.DataFrame:
    """Return the rate of each currency on each day from the first to the last with records.

    Args:
        settings: The base currency, and how long a rate holds.
        published: ``RawExchangeRates``.
        landing_days: ``LandingDays``.

    There are no rows where no rates were published.
    """
    first, last = landing_days["event_date"].min(), landing_days["event_date"].max()
    if published.is_empty() or not isinstance(first, date) or not isinstance(last, date):
        return NO_RATES
    return daily_rates(published, settings.base_currency, first, last, settings.rate_max_age_days)


def stale_days(wanted: Mapping[date, str], tables: Iterable[Mapping[date, str | None]]) -> list[date]:
    """Return the days whose landing files differ from those that some table was built from, oldest first.

    A day whose files were all removed is stale too, until it has been rebuilt as an empty one: else its old rows stay.
    """
    stale: set[date] = set()
    for built in tables:
        stale |= {day for day, fingerprint in wanted.items() if built.get(day) != fingerprint}
        stale |= {day for day, fingerprint in built.items() if fingerprint is not None and day not in wanted}
    return sorted(stale)


def day_ranges(days: Iterable[date], built: Collection[date] = ()) -> list[tuple[date, date]]:
    """Return the days as ranges, both ends included.

    A gap between two days is closed only if no day in it was ever built: such a day holds no records, and becomes an
    empty partition. Days in ``built`` are not run again without need.

    >>> days = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 5), date(2024, 1, 7)]
    >>> [f"{first:%d}-{last:%d}" for first, last in day_ranges(days, built=[date(2024, 1, 4)])]
    ['01-02', '05-07']
    """
    ranges: list[tuple[date, date]] = []
    known = sorted(built)
    for day in sorted(days):
        if ranges and bisect_right(known, ranges[-1][1]) == bisect_left(known, day):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges
