"""Statements: orders as single files state them, and which of several statements of one order counts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from dmp_assets.ingest.records.raw_tables import staged_events
from dmp_assets.ingest.schema.landing import RepeatedStatements

_SEED = 15
_COLUMNS = {name: column.dtype.type for name, column in RepeatedStatements.to_schema().columns.items()}
_DIGITS = re.compile(r"\d+")
_LONGEST_NUMBER = 20


@dataclass(frozen=True)
class StatingFile:
    """A landing file that states orders."""

    source: str
    path: str
    newest_event_at: datetime | None
    """Newest time of an accepted record."""
    staged: Path
    """Its staged records."""


def name_order(path: str) -> str:
    """Return a text by which paths are sorted as people number files: ``orders-2`` comes before ``orders-10``.

    >>> sorted(["o-10.csv", "o-2.csv", "o-1.csv"], key=name_order)
    ['o-1.csv', 'o-2.csv', 'o-10.csv']
    """
    # The path itself breaks ties between 2 and 02.
    return _DIGITS.sub(lambda digits: digits[0].zfill(_LONGEST_NUMBER), path) + "\0" + path


def repeated_statements(files: Iterable[StatingFile]) -> pl.DataFrame:
    """Return the statements that do not count (``RepeatedStatements``), because another file states the order too.

    Args:
        files: Files of sources that state orders whole.

    The newest statement of an order counts: that with the largest ``updated_at``, where any has one; then of the file
    with the newest event; then of the last file by name, numbers compared as numbers. So neither the order in which
    files arrive nor their time of modification matters. Of statements equal to the newest the first is counted: a
    delivery that repeats it then changes nothing. The others are ``duplicate``, and what differs is ``superseded``.
    """
    by_source: dict[str, list[StatingFile]] = {}
    for file in sorted(files, key=lambda file: name_order(file.path)):
        by_source.setdefault(file.source, []).append(file)
    found = [_of_source(source, group) for source, group in by_source.items() if len(group) > 1]
    empty = pl.DataFrame(schema=_COLUMNS)
    return pl.concat([empty, *found]).sort("path", "event_id", "event_date")


def _of_source(source: str, files: list[StatingFile]) -> pl.DataFrame:
    summaries = [pl.scan_parquet(_summary(file.staged)) for file in files]
    # By hash first: of a year's orders a few are in two files, and only their ids and days are read.
    keys = pl.concat([summary.select("key").unique() for summary in summaries])
    several = keys.group_by("key").len().filter(pl.col("len") > 1).select("key").collect(engine="streaming").lazy()
    days = pl.concat(
        [
            summary.join(several, on="key", how="semi").with_columns(
                place=pl.lit(place), newest_event_at=pl.lit(file.newest_event_at, dtype=pl.Datetime("us"))
            )
            for place, (file, summary) in enumerate(zip(files, summaries, strict=True))
        ]
    ).collect(engine="streaming")
    fates = _fates(days)
    paths = {place: file.path for place, file in enumerate(files)}
    return (
        days.join(fates, on=["event_id", "place"], how="inner")
        .with_columns(
            pl.lit(source).alias("source"),
            path=pl.col("place").replace_strict(paths, return_dtype=pl.String),
            counted_path=pl.col("counted").replace_strict(paths, return_dtype=pl.String),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _COLUMNS.items())
    )


def _fates(days: pl.DataFrame) -> pl.DataFrame:
    """Return event_id, place of the file, fate and place of the counted file of the statements that do not count."""
    order = ["updated_at", "newest_event_at", "place"]
    statements = (
        days.group_by("event_id", "place")
        .agg(pl.col("content").sum(), pl.col("updated_at").max(), pl.col("newest_event_at").first())
        # Nulls first: a statement without a time must not replace one that says when it was made.
        .sort("event_id", *order, nulls_last=False)
    )
    is_equal = pl.col("content") == pl.col("content").last().over("event_id")
    counted = pl.col("place").filter(is_equal).first().over("event_id")
    return (
        statements.with_columns(is_equal=is_equal, counted=counted)
        .filter(pl.col("place") != pl.col("counted"))
        .select(
            "event_id",
            "place",
            "counted",
            fate=pl.when("is_equal").then(pl.lit("duplicate")).otherwise(pl.lit("superseded")),
        )
    )


def _summary(staged: Path) -> Path:
    """Return a Parquet of a file's statements, a row per order and day; it is made once."""
    summary = staged.with_suffix(".statements")
    if not summary.exists():
        rows = (
            staged_events([staged])
            .filter(pl.col("violation_code").is_null())
            .group_by("event_id", "event_date")
            # A sum of the lines' fingerprints is one of their multiset: it counts equal lines, and knows no order.
            .agg(content=pl.col("fingerprint").sum(), updated_at=pl.col("updated_at").max(), records=pl.len())
            .with_columns(key=pl.col("event_id").hash(_SEED))
            .collect(engine="streaming")
        )
        unfinished = summary.with_suffix(".unfinished")
        rows.write_parquet(unfinished, compression="lz4")
        unfinished.replace(summary)
    return summary


def statement_fingerprints(repeated: pl.DataFrame) -> Mapping[tuple[str, object], str]:
    """Return for each path and day a fingerprint of the statements there that do not count, in any order of them."""
    told = pl.concat_str("event_id", "fate", separator=" ").hash(_SEED)
    rows = repeated.group_by("path", "event_date").agg(told.sum().alias("told"), pl.len())
    return {(path, day): f"{told:x} {number}" for path, day, told, number in rows.iter_rows()}


def replaced_files(paths: Iterable[str], provisional: tuple[str, str]) -> dict[str, str]:
    r"""Return the paths of provisional files that a final file replaces, each with the first such file.

    Args:
        paths: The readable files of one source.
        provisional: Patterns of provisional and of final paths, each with one group, such as the day.

    >>> replaced_files(["early_05.json", "early_06.json", "all_05.json"], (r"early_(\d+)", r"all_(\d+)"))
    {'early_05.json': 'all_05.json'}
    """
    early, final = map(re.compile, provisional)
    finals: dict[str, str] = {}
    for path in sorted(paths, key=name_order):
        if (found := final.search(path)) is not None:
            finals.setdefault(found[1], path)
    replaced = {path: found[1] for path in paths if (found := early.search(path)) is not None}
    return {path: finals[day] for path, day in replaced.items() if day in finals}
