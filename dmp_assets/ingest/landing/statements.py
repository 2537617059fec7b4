"""Statements: orders as single files state them, and which of several statements of one order counts."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from dmp_assets.foundation.values.file_order import name_order
from dmp_assets.ingest.files.staging import forget, is_sealed, is_whole, note_of, seal
from dmp_assets.ingest.landing.one_order import orders_of_statements
from dmp_assets.ingest.records.raw_tables import staged_events
from dmp_assets.ingest.schema.landing import RepeatedStatements

_SEED = 15
_LINE = ("item_id", "quantity", "item_revenue", "order_revenue", "order_total")
"""What is bought: of equal lines these are equal, whatever else a statement says."""

_ORDER = ["event_id", "order_day"]
"""An order: its number, and the first day of its statements; null where the number is one order."""

_COLUMNS = {name: column.dtype.type for name, column in RepeatedStatements.to_schema().columns.items()}


@dataclass(frozen=True)
class StatingFile:
    """A landing file that states orders."""

    source: str
    path: str
    newest_event_at: datetime | None
    """Newest time of an accepted record."""
    staged: Path
    """Its staged records."""


def repeated_statements(
    files: Iterable[StatingFile], reused_after_days: int, unique_numbers: Collection[str] = ()
) -> pl.DataFrame:
    """Return the statements that do not count (``RepeatedStatements``), because another file states the order too.

    Args:
        files: Files of sources that state orders whole.
        reused_after_days: A customer's number that comes again after more days is another order.
        unique_numbers: Sources that use no number again: all statements of a number are of one order.

    Of other sources a number may be several orders, as tills begin each day at 1 (``orders_of_statements``). Each order
    is judged by itself, so that a receipt does not take the place of another day's.

    The newest statement of an order counts: that with the largest ``updated_at``, where any has one; then of the file
    with the newest event; then of the last file by name, numbers compared as numbers. So neither the order in which
    files arrive nor their time of modification matters. Of statements equal to the newest the first is counted: a
    delivery that repeats it then changes nothing. The others are ``duplicate``, and what differs is ``superseded``.
    """
    by_source: dict[str, list[StatingFile]] = {}
    for file in sorted(files, key=lambda file: name_order(file.path)):
        by_source.setdefault(file.source, []).append(file)
    found = [
        _of_source(source, group, None if source in unique_numbers else reused_after_days)
        for source, group in by_source.items()
        if len(group) > 1
    ]
    empty = pl.DataFrame(schema=_COLUMNS)
    return pl.concat([empty, *found]).sort("path", "event_id", "event_date")


def _of_source(source: str, files: list[StatingFile], reused_after_days: int | None) -> pl.DataFrame:
    summaries = [pl.scan_parquet(_summary(file)) for file in files]
    # By hash first: of a year's orders a few are in two files, and only their ids and days are read.
    keys = pl.concat([summary.select("key").unique() for summary in summaries])
    several = keys.group_by("key").len().filter(pl.col("len") > 1).select("key").collect(engine="streaming").lazy()
    stated = pl.concat(
        [
            summary.join(several, on="key", how="semi").with_columns(
                place=pl.lit(place), newest_event_at=pl.lit(file.newest_event_at, dtype=pl.Datetime("us"))
            )
            for place, (file, summary) in enumerate(zip(files, summaries, strict=True))
        ]
    ).collect(engine="streaming")
    if reused_after_days is None:
        stated = stated.with_columns(order_day=pl.lit(None, dtype=pl.Date))
    else:
        oldest = pl.concat([summary.select(pl.col("first_at").min()) for summary in summaries]).collect()["first_at"]
        stated = orders_of_statements(stated, oldest, reused_after_days)
    fates = _fates(stated)
    paths = {place: file.path for place, file in enumerate(files)}
    return (
        stated.join(fates, on=[*_ORDER, "place"], how="inner", nulls_equal=True)
        # A row for each customer that the lines of a day name.
        .group_by("event_id", "place", "event_date", "fate", "counted")
        .agg(pl.col("records").sum())
        .with_columns(
            pl.lit(source).alias("source"),
            path=pl.col("place").replace_strict(paths, return_dtype=pl.String),
            counted_path=pl.col("counted").replace_strict(paths, return_dtype=pl.String),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _COLUMNS.items())
    )


def _fates(stated: pl.DataFrame) -> pl.DataFrame:
    """Return order, place of the file, fate and place of the counted file of the statements that do not count."""
    statements = stated.group_by(*_ORDER, "place").agg(
        pl.col("content").sum(), pl.col("updated_at").max(), pl.col("newest_event_at").first()
    )
    several = statements.group_by(_ORDER).len().filter(pl.col("len") > 1).select(_ORDER)
    # Nulls first: a statement without a time must not replace one that says when it was made.
    ordered = statements.join(several, on=_ORDER, how="semi", nulls_equal=True).sort(
        "updated_at", "newest_event_at", "place", nulls_last=False
    )
    # Joins, as a window with a filter takes 35 s of CPU where these take 2.6, over a million receipts in 365 files.
    newest = ordered.unique(_ORDER, keep="last", maintain_order=True).select(*_ORDER, newest="content")
    judged = ordered.join(newest, on=_ORDER, how="left", nulls_equal=True, maintain_order="left").with_columns(
        is_equal=pl.col("content") == pl.col("newest")
    )
    first = judged.filter("is_equal").unique(_ORDER, keep="first", maintain_order=True)
    return (
        judged.join(first.select(*_ORDER, counted="place"), on=_ORDER, how="left", nulls_equal=True)
        .filter(pl.col("place") != pl.col("counted"))
        .select(
            *_ORDER,
            "place",
            "counted",
            fate=pl.when("is_equal").then(pl.lit("duplicate")).otherwise(pl.lit("superseded")),
        )
    )


def _summary(file: StatingFile) -> Path:
    """Return a Parquet of a file's statements, a row per number, day and customer; it is made once, and if damaged.

    Raises:
        ValueError: The staged records are damaged; the next reading of the folder makes them again.
    """
    staged = file.staged
    summary = staged.with_suffix(".stated")
    if not is_sealed(summary):
        if note_of(staged) and not is_whole(staged):
            forget(staged)
            raise ValueError(f"{file.path}: its staged records are damaged; run again, and they are made again")
        rows = (
            staged_events([staged])
            .filter(pl.col("violation_code").is_null())
            .group_by("event_id", "event_date", customer=_customer())
            # A sum of the lines' fingerprints is one of their multiset: it counts equal lines, and knows no order.
            .agg(
                content=pl.col("fingerprint").sum(),
                lines=pl.struct(_LINE).hash(_SEED).sum(),
                updated_at=pl.col("updated_at").max(),
                first_at=pl.col("event_at").min(),
                records=pl.len(),
            )
            .with_columns(key=pl.col("event_id").hash(_SEED))
            .collect(engine="streaming")
        )
        unfinished = summary.with_suffix(".unfinished")
        rows.write_parquet(unfinished, compression="lz4")
        unfinished.replace(summary)
        seal(summary)
    return summary


def _customer() -> pl.Expr:
    """Return a hash of the account, or else of the e-mail; null without both."""
    named = pl.coalesce("user_id", pl.lit("e-mail ") + pl.col("email"))
    # The hash of a null is a number too.
    return pl.when(named.is_not_null()).then(named.hash(_SEED))


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
