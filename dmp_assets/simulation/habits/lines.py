"""Exports as files of a day: run columns in each line, lines of the days before again, and the truth of each line."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from dmp_assets.simulation.world import DAY_US

TRUTH = (
    "path", "line_number", "fate", "violation", "days_late", "bot", "person_id", "event_id", "event_name", "event_at",
    "session_id", "browser", "account", "lands", "landing_campaign",
)  # fmt: skip


@dataclass(frozen=True)
class Export:
    """Records of a source, and how often each is exported."""

    source: str
    name: str
    """Of its files, with a place for the day."""
    lines: pl.DataFrame
    """What the file has of each record, as text; of NDJSON also what is nested."""
    truth: pl.DataFrame
    """Of each record: at_us, fate, violation, event_id, event_name, session, browser, account and landing."""
    again: int
    """In how many files of later days it stands once more."""


def stamp(microseconds: pl.Expr) -> pl.Expr:
    """Return instants as exports write them, in UTC.

    >>> pl.select(stamp(pl.lit(1_000_000)))[:, 0].to_list()
    ['1970-01-01 00:00:01']
    """
    return microseconds.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d %H:%M:%S")


def write_export(out: Path, export: Export, start: date, days: int) -> pl.DataFrame:
    """Write the files of an export and return the truth of their lines.

    A good record is kept from the first file that has it and repeats itself in the others: its run columns alone are
    new. One that is refused or left out is so in every file. A day without records has no file.
    """
    rows = pl.concat([export.lines.select(line=pl.struct(pl.all())), export.truth], how="horizontal")
    parts = []
    for day in range(days):
        age = day - pl.col("at_us") // DAY_US
        here = rows.filter(age.is_between(0, export.again))
        path = f"{export.source}/{export.name.format(start + timedelta(days=day))}"
        old = age > 0
        facts = here.with_columns(
            days_late=age, fate=pl.when(old, pl.col("fate") == "good").then(pl.lit("duplicate")).otherwise("fate")
        )
        ran = _run_columns(start, day)
        # The second export of a record is by another release of the tool: its keys have another order.
        first = here.filter(~old)["line"].struct.unnest().with_columns(**ran)
        second = here.filter(old)["line"].struct.unnest().with_columns(**ran)
        parts.append(true_lines(path, pl.concat([facts.filter(old), facts.filter(~old)]), start))
        if not here.is_empty():
            write_rows(out / "landing" / path, second, first)
    return pl.concat(parts)


def _run_columns(start: date, day: int) -> dict[str, pl.Expr]:
    synced = f"{start + timedelta(days=day + 1)}T02:15:0{day % 10}Z"
    return {"export_run": pl.lit(str(4_000 + day)), "_airbyte_extracted_at": pl.lit(synced)}


def write_rows(path: Path, second: pl.DataFrame, first: pl.DataFrame) -> None:
    """Write the rows, those of the second frame before; NDJSON has their keys in the reverse order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        pl.concat([second, first]).write_csv(path)
        return
    turned = second.select(reversed(second.columns))
    with path.open("wb") as stream:
        for frame in (turned, first):
            if frame.height:
                frame.write_ndjson(stream)


def true_lines(path: str, records: pl.DataFrame, start: date) -> pl.DataFrame:
    """Return the truth of a file's records, in the order of its lines."""
    header = 2 if path.endswith(".csv") else 1
    instant = pl.lit(start).cast(pl.Datetime("us")) + pl.col("at_us").cast(pl.Duration("us"))
    return records.with_columns(
        path=pl.lit(path),
        line_number=pl.int_range(header, pl.len() + header, dtype=pl.Int64),
        days_late=pl.col("days_late").cast(pl.Int64),
        bot=pl.lit("none"),
        person_id=pl.lit(None, dtype=pl.String),
        event_at=instant,
        session_id=pl.col("session").cast(pl.Int64),
    ).select(TRUTH)
