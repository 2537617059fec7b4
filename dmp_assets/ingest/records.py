"""Typed records with their verdict: every row of a batch becomes one staged row, good or rejected."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import polars as pl

from dmp_assets.ingest.batches import Batch, Unreadable
from dmp_assets.ingest.mapping import EVENT_KINDS, REQUIRED, describe, mappable_columns, read_values, staged_schema
from dmp_assets.ingest.values import trim
from dmp_assets.settings import Source

# One fixed seed; Polars' hash is stable within a release, and the release is part of the reading's id.
_SEED = 20_240_501


@dataclass(frozen=True)
class Context:
    """What a record's verdict depends on besides the record."""

    path: str
    source_name: str
    source: Source
    first_day: date
    last_day: date | None
    arrival_day: date
    raw_characters: int

    @property
    def refuge_day(self) -> date:
        """The partition of event records whose own time is unusable: the arrival day, kept inside the partitions."""
        latest = self.arrival_day if self.last_day is None else min(self.arrival_day, self.last_day)
        return max(latest, self.first_day)


class _Verdicts:
    """The first violation code of each row, and all messages."""

    def __init__(self, height: int) -> None:
        self.code = pl.Series("violation_code", [None] * height, dtype=pl.String)
        self.message = pl.Series("violation_message", [None] * height, dtype=pl.String)

    def add(self, rows: pl.Series, code: str, message: str) -> None:
        if not rows.any():
            return
        longer = (self.message + f"; {message}").fill_null(message)
        self.message = longer.zip_with(rows, self.message)
        self.code = self.code.set(rows & self.code.is_null(), code)


def stage_records(batch: Batch, context: Context) -> pl.DataFrame:
    """Return one row per record of the batch, in the order of the lines, with exactly the staged columns."""
    rejected = _unreadable_rows(batch.unreadable, context)
    if not len(batch.line_numbers):
        return rejected
    readable = _readable_rows(batch, context)
    return pl.concat([readable, rejected]).sort("line_number") if rejected.height else readable


def _readable_rows(batch: Batch, context: Context) -> pl.DataFrame:
    height = len(batch.line_numbers)
    verdicts = _Verdicts(height)
    columns = [
        _column(batch.frame, ours, dtype, context, verdicts)
        for ours, dtype in mappable_columns(context.source.kind).items()
    ]
    frame = pl.DataFrame([*columns, batch.line_numbers.alias("line_number")])
    in_range = _check_time(frame["event_at"], context, verdicts) if context.source.kind in EVENT_KINDS else None
    bad = verdicts.code.is_not_null()
    raw = pl.Series("raw_record", [None] * height, dtype=pl.String)
    if bad.any():
        rows = bad.arg_true()
        texts = batch.raw_records(rows.to_list())
        raw = raw.scatter(rows, pl.Series(texts, dtype=pl.String).str.slice(0, context.raw_characters))
    frame = frame.with_columns(verdicts.code, verdicts.message, raw)
    if in_range is not None:
        frame = _with_ids(frame, in_range, context)
    frame = frame.with_columns(
        source=pl.lit(context.source_name), kind=pl.lit(context.source.kind), path=pl.lit(context.path)
    )
    return frame.select(*staged_schema(context.source.kind))


def _column(file: pl.DataFrame, ours: str, dtype: pl.DataType, context: Context, verdicts: _Verdicts) -> pl.Series:
    """Return one of our columns, and note the rows in which it cannot be read or is missing."""
    height = len(verdicts.code)
    source = context.source
    theirs = source.columns.get(ours)
    if theirs is None and ours in source.constants:
        value = read_values(trim(pl.Series(ours, [source.constants[ours]])), dtype, source)
        return value.new_from_index(0, height).alias(ours)
    if theirs is None or theirs not in file.columns:
        values = given = pl.Series(ours, [None] * height, dtype=dtype)
    else:
        given = trim(file[theirs])
        values = read_values(given, dtype, source).alias(ours)
    name = f"column {theirs!r} ({ours})"
    wrong = values.is_null() & given.is_not_null()
    verdicts.add(wrong, "Datatype-Mismatch", f"{name}: expected {describe(dtype)}")
    if ours in REQUIRED[source.kind]:
        verdicts.add(given.is_null(), "Required-Missing", f"{name}: required, but empty")
    return values


def _check_time(event_at: pl.Series, context: Context, verdicts: _Verdicts) -> pl.Series:
    """Return which rows have a time inside the partitions, and note those whose time is outside."""
    name = f"column {context.source.columns.get('event_at')!r} (event_at)"
    first = datetime.combine(context.first_day, time())
    early = (event_at < first).fill_null(value=False)
    verdicts.add(early, "Out-Of-Range", f"{name}: before {context.first_day}, the first day (start_date)")
    late = pl.Series([False]).new_from_index(0, len(event_at))
    if context.last_day is not None:
        late = (event_at >= _end(context.last_day)).fill_null(value=False)
        verdicts.add(late, "Out-Of-Range", f"{name}: after {context.last_day}, the last day (end_date)")
    limit = context.arrival_day + timedelta(days=1)
    future = (event_at >= _end(limit)).fill_null(value=False) & ~late
    verdicts.add(future, "Out-Of-Range", f"{name}: after {limit}, the day after the file arrived")
    return event_at.is_not_null() & ~early & ~late & ~future


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time())


def _with_ids(frame: pl.DataFrame, in_range: pl.Series, context: Context) -> pl.DataFrame:
    """Return the events with their partition and ids; rejected records get no fingerprint."""
    prefix = f"{context.source_name}:"
    good = pl.col("violation_code").is_null()
    fingerprint = pl.struct(*mappable_columns(context.source.kind)).hash(_SEED).reinterpret(signed=True)
    frame = frame.with_columns(
        event_date=pl.when(in_range).then(pl.col("event_at").dt.date()).otherwise(pl.lit(context.refuge_day)),
        fingerprint=pl.when(good).then(fingerprint),
    )
    if context.source.kind == "orders":
        return frame.with_columns(event_id=pl.lit(prefix) + pl.col("transaction_id"))
    made = pl.concat_str(pl.lit(prefix), pl.col("event_at").cast(pl.Int64), pl.lit(":"), "fingerprint")
    return frame.with_columns(event_id=pl.coalesce("event_id", made))


def _unreadable_rows(records: list[Unreadable], context: Context) -> pl.DataFrame:
    schema = staged_schema(context.source.kind)
    raw = [text if text is None else text[: context.raw_characters] for _, _, text in records]
    frame = pl.DataFrame(
        {
            "line_number": pl.Series([record.line_number for record in records], dtype=pl.Int64),
            "violation_message": pl.Series([record.message for record in records], dtype=pl.String),
            "raw_record": pl.Series(raw, dtype=pl.String),
        }
    ).with_columns(
        source=pl.lit(context.source_name),
        kind=pl.lit(context.source.kind),
        path=pl.lit(context.path),
        violation_code=pl.lit("Unreadable"),
    )
    if context.source.kind in EVENT_KINDS:
        frame = frame.with_columns(event_date=pl.lit(context.refuge_day))
    absent = {name: pl.lit(None, dtype=dtype) for name, dtype in schema.items() if name not in frame.columns}
    return frame.with_columns(**absent).select(*schema)
