"""What changed in the columns of a source's files from one delivery to the next."""

import polars as pl

from dmp_assets.foundation.settings.quality import QualityThresholds, Verdict
from dmp_assets.foundation.values.calendar import day_of
from dmp_assets.foundation.values.file_order import name_order
from dmp_assets.quality.judgement import judge
from dmp_assets.quality.schema import SCHEMA_DRIFT

STEADY_FILES = 3
"""A column is steady if the last three files had it: optional keys of JSON are not in every file."""

NEW, VANISHED, CHANGED = "New-Column", "Vanished-Column", "Changed-Type"


def check_schema_drift(
    files: pl.DataFrame, recent_days: int, thresholds: QualityThresholds, time_zone: str = "UTC"
) -> pl.DataFrame:
    """Return one row per source and column that changed, and one per source without a change.

    Args:
        files: source, path, newest_event_at and columns (list of ``name:type`` texts; the last colon divides), one row
            per landing file. Files whose columns are unknown (null or none) are left out.
        recent_days: Days up to a source's newest one; files that reach into them are judged.
        thresholds: ``new_columns``, ``vanished_columns``, ``changed_types``.
        time_zone: Zone of the business's days, of which those of the newest records are.

    Files are taken in the order of what is in them: of their newest records, then of path as people number files. Of
    files without events, such as those of customers, the last ``STEADY_FILES`` are judged. When a file arrived says
    nothing: a backlog that is delivered at once, last month first, has the changes that it would have had day by day.

    New: no earlier file of the source had the column. Vanished: the three files before had it, or all of them where
    there are fewer. Changed: its type differs from the one it had last. Of several changes of a kind the newest is
    reported.
    """
    known = files.filter(pl.col("columns").list.len() > 0)
    by_name = pl.col("path").map_elements(name_order, return_dtype=pl.String)
    ordered = known.sort("source", "newest_event_at", by_name).with_columns(
        place=pl.int_range(1, pl.len() + 1).over("source"),
        day=day_of(pl.col("newest_event_at"), time_zone),
    )
    since = pl.col("day").max().over("source") - pl.duration(days=recent_days - 1)
    is_newest = pl.col("place") > pl.len().over("source") - STEADY_FILES
    deliveries = ordered.with_columns(is_recent=(pl.col("day") >= since).fill_null(is_newest))
    changes = _changes(deliveries)
    newest = changes.sort("place").unique(["source", "column_name", "violation_code"], keep="last", maintain_order=True)
    named = newest.join(deliveries.select("source", "place", "path", "day", "is_recent"), on=["source", "place"])
    recent = named.filter("is_recent")
    counts = deliveries.group_by("source").agg(rows=pl.len())
    changed = recent.join(counts, on="source").with_columns(
        value=pl.lit(1.0),
        is_enough=pl.lit(value=True),
        threshold_warn=_thresholds(thresholds, ("warn", "error")),
        threshold_error=_thresholds(thresholds, ("error",)),
        message=pl.format("{}: column {} {} in {}{}.", "source", "column_name", "words", "path", _of_days()),
    )
    steady = counts.join(recent, on="source", how="anti").with_columns(
        value=pl.lit(0.0),
        is_enough=pl.col("rows") > 1,
        message=pl.format("{}: no change of columns in the newest deliveries of {} files.", "source", "rows"),
    )
    kept = ["source", "column_name", "violation_code", "value", "rows", "threshold_warn", "threshold_error"]
    rows = pl.concat([changed.select(*kept, "is_enough", "message"), steady], how="diagonal_relaxed")
    return judge(rows, SCHEMA_DRIFT, "ingest.landing_files")


def _of_days() -> pl.Expr:
    return pl.format(", with events up to {}", "day").fill_null("")


def _changes(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return source, column_name, violation_code, words and the place of the file that shows the change."""
    column = ["source", "column_name"]
    seen = _columns(deliveries).with_columns(
        before=pl.col("place").shift(1).over(column),
        after=pl.col("place").shift(-1).over(column),
        # A column without values in a file has no type there, so it keeps the type of the file before.
        type_before=pl.when(pl.col("type") != "").then("type").forward_fill().shift(1).over(column),
        run=pl.col("place") - pl.int_range(pl.len()).over(column),
    )
    run_length = (pl.col("place") - pl.col("place").min().over(*column, "run")) + 1
    is_steady = run_length >= pl.min_horizontal(pl.col("place"), pl.lit(STEADY_FILES))
    is_gone = (pl.col("place") < pl.col("last_place")) & pl.col("after").ne_missing(pl.col("place") + 1)
    kept = [*column, "violation_code", "words", "place"]
    new = seen.filter(pl.col("before").is_null() & (pl.col("place") > 1)).with_columns(
        violation_code=pl.lit(NEW), words=pl.lit("is new")
    )
    vanished = seen.filter(is_gone & is_steady).with_columns(
        violation_code=pl.lit(VANISHED), words=pl.lit("is missing"), place=pl.col("place") + 1
    )
    changed = seen.filter((pl.col("type") != pl.col("type_before")) & (pl.col("type") != "")).with_columns(
        violation_code=pl.lit(CHANGED), words=pl.format("is {} where it was {}", "type", "type_before")
    )
    return pl.concat([part.select(kept) for part in (new, vanished, changed)])


def _columns(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return source, place, last_place, column_name and type: one row per column of each file."""
    parts = pl.col("columns").str.extract_groups(r"(?s)^(.*):([^:]*)$").struct
    return (
        deliveries.select("source", "place", "columns", last_place=pl.col("place").max().over("source"))
        .explode("columns")
        .select("source", "place", "last_place", column_name=parts.field("1"), type=parts.field("2"))
        .drop_nulls()
        .unique(["source", "column_name", "place"], keep="first", maintain_order=True)
        .sort("source", "column_name", "place")
    )


def _thresholds(thresholds: QualityThresholds, reached: tuple[Verdict, ...]) -> pl.Expr:
    """Return 0, which any change passes, for kinds of change whose verdict is in ``reached``; else null."""
    verdicts = {NEW: thresholds.new_columns, VANISHED: thresholds.vanished_columns, CHANGED: thresholds.changed_types}
    return pl.when(
        pl.col("violation_code").is_in([name for name, called in verdicts.items() if called in reached])
    ).then(0.0)
