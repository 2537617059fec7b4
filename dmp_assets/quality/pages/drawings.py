"""Three drawings of the data's quality: records by day, how fast they arrive, and what drifts."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, Kind, NotEnough, Table
from dmp_assets.foundation.pages.charts import COLOURS, MAX_NAMES, bars, lines
from dmp_assets.foundation.pages.page import Edition
from dmp_assets.quality.pages.verdict import NAMED
from dmp_assets.quality.schema import DISTRIBUTION_DRIFT, VOLUME

RECORDS = """WITH days AS (SELECT unnest(generate_series($before, $last, INTERVAL 1 DAY))::DATE AS day),
sources AS (SELECT source, min(event_date) AS first_day FROM events.event_ledger WHERE records > 0 GROUP BY source),
counted AS (
    SELECT day, sources.source, coalesce(l.records, 0) AS records
    FROM days JOIN sources ON day >= first_day
    LEFT JOIN events.event_ledger AS l ON l.source = sources.source AND l.event_date = day
)
SELECT day, source, records, records / nullif(median(records) OVER (PARTITION BY source), 0) AS value
FROM counted ORDER BY source, day"""
"""A day without records of a source that had some before is 0: nothing came. Each source against its median day, since
one of a thousand records a day would be a flat line beside one of a million."""

ARRIVED = """WITH firsts AS (SELECT source, min(arrived_at) AS first_at FROM ingest.landing_files GROUP BY source),
by_file AS (
    SELECT d.event_date AS day, f.source, (f.arrived_at::DATE - d.event_date)::DOUBLE AS delay, d.records
    FROM ingest.landing_days AS d JOIN ingest.landing_files AS f USING (path) JOIN firsts USING (source)
    WHERE d.event_date BETWEEN $before AND $last AND d.event_date >= first_at::DATE
),
by_reception AS (
    SELECT event_date AS day, source, lower_bound / 24 AS delay, rows AS records FROM quality.column_profiles
    WHERE column_name = 'received_at' AND bucket_kind <> 'missing' AND event_date BETWEEN $before AND $last
),
delays AS (FROM by_reception UNION ALL FROM by_file WHERE source NOT IN (SELECT source FROM by_reception)),
shares AS (
    SELECT day, source, delay, sum(sum(records)) OVER (PARTITION BY day, source ORDER BY delay)
           / sum(sum(records)) OVER (PARTITION BY day, source) AS share
    FROM delays GROUP BY day, source, delay
)
SELECT day, source, greatest(min(delay) FILTER (share >= 0.9), 0) AS value
FROM shares GROUP BY day, source ORDER BY source, day"""
"""As the check of late records: by the time of reception where a source has one, else by the arrival of its files, of
which those before its first file are history that was delivered at once."""


def volume(edition: Edition, findings: pl.DataFrame, days: tuple[date, date]) -> Iterator[Block]:
    """Yield the records of the largest sources by day, each against its own median."""
    words = edition.words
    rows = edition.ask(RECORDS, before=days[0], last=days[1])
    drawn, hidden = _largest(rows.filter(pl.col("value").is_not_null()), "records")
    if drawn.is_empty():
        yield NotEnough(words("quality.no_records"))
        return
    judged = findings.filter(pl.col("dimension") == VOLUME)
    odd = judged.filter(pl.col("status").is_in(["warn", "error"]))["source"].unique().sort().to_list()
    if odd:
        title = words("quality.odd_volume", sources=", ".join(odd[:NAMED]) + (", ..." if len(odd) > NAMED else ""))
    else:
        title = words("quality.usual_volume" if (judged["status"] == "ok").any() else "quality.volume")
    columns = _columns(edition, ("records", "number"), ("value", "percent"))
    table = Table("records", words("quality.records"), columns, drawn, query=_shown(RECORDS, days))
    note = words("quality.volume_note") + (" " + words("quality.more_sources", sources=hidden) if hidden else "")
    drawing = lines(drawn.select("day", "value", "source"), "percent", label=words("quality.value"), series="source")
    yield Chart("volume", title, drawing, table, note)


def arrival(edition: Edition, days: tuple[date, date]) -> Iterator[Block]:
    """Yield in how many days nine tenths of the records of a day had arrived, by source."""
    words = edition.words
    rows = edition.ask(ARRIVED, before=days[0], last=days[1])
    drawn, hidden = _largest(rows, "value")
    if drawn.is_empty():
        yield NotEnough(words("quality.no_arrivals"))
        return
    slowest = drawn.sort("value", "day", "source", descending=[True, True, False]).row(0, named=True)
    columns = _columns(edition, ("value", "decimal"))
    columns[-1] = Column("value", words("quality.delay"), "decimal")
    table = Table("arrivals", words("quality.delay"), columns, drawn, query=_shown(ARRIVED, days))
    note = words("quality.arrival_note") + (" " + words("quality.more_sources", sources=hidden) if hidden else "")
    drawing = lines(drawn, "decimal", label=words("quality.delay"), series="source")
    name = "quality.in_time" if slowest["value"] < 1 else "quality.slowest"
    title = words(name, source=slowest["source"], delay=slowest["value"], day=slowest["day"])
    yield Chart("late", title, drawing, table, note)


def drift(edition: Edition, findings: pl.DataFrame) -> Iterator[Block]:
    """Yield the columns whose values are spread most unlike before; those beyond their threshold are marked."""
    words = edition.words
    judged = findings.filter(
        (pl.col("dimension") == DISTRIBUTION_DRIFT) & (pl.col("status") != "not_enough_data")
    ).with_columns(measured=pl.col("value"))
    has_several = judged["source"].n_unique() > 1
    rows = judged.sort("value", "check_id", descending=[True, False]).select(
        "value",
        name=pl.format("{}: {}", "source", "column_name") if has_several else "column_name",
        is_odd=pl.col("status").is_in(["warn", "error"]),
        **{name: written(pl.col(name)) for name in ("measured", "threshold_warn")},
    )
    if rows.is_empty():
        yield NotEnough(words("quality.no_drift"))
        return
    odd = rows["is_odd"].sum()
    columns = [
        Column("name", words("quality.column")),
        Column("measured", words("quality.stability")),
        Column("threshold_warn", words("quality.threshold_warn")),
    ]
    table = Table("drifts", words("quality.stability"), columns, rows)
    drawing = bars(rows.head(MAX_NAMES), "decimal", label=words("quality.stability"), marked="is_odd")
    first: dict[str, Any] = rows.row(0, named=True)
    title = words("quality.drifted" if odd else "quality.steady", columns=odd, judged=rows.height, column=first["name"])
    yield Chart("drift", title, drawing, table, words("quality.drift_note"))


def written(index: pl.Expr) -> pl.Expr:
    """Return a stability index as text with three digits: of two, 0.101 looks like the 0.1 that is allowed.

    >>> pl.select(written(pl.lit(0.1009))).item()
    '0.101'
    """
    return index.round(3).cast(pl.String)


def _largest(rows: pl.DataFrame, by: str) -> tuple[pl.DataFrame, int]:
    """Return the rows of as many sources as there are colours, the largest, and how many sources are left out."""
    sums = rows.group_by("source").agg(pl.col(by).sum()).sort(by, "source", descending=[True, False])
    kept = sums["source"].head(len(COLOURS))
    return rows.filter(pl.col("source").is_in(kept.implode())), sums.height - kept.len()


def _columns(edition: Edition, *values: tuple[str, Kind]) -> list[Column]:
    words = edition.words
    return [
        Column("day", words("site.day"), "day"),
        Column("source", words("quality.source")),
        *(Column(name, words(f"quality.{name}"), kind) for name, kind in values),
    ]


def _shown(query: str, days: tuple[date, date]) -> str:
    return query.replace("$before", f"DATE '{days[0]}'").replace("$last", f"DATE '{days[1]}'")
