"""Typed records with their verdict: every row of a batch becomes one staged row, good or rejected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.foundation.values.calendar import day_of
from dmp_assets.ingest.files.batches import Batch, Unreadable
from dmp_assets.ingest.files.findings import Findings
from dmp_assets.ingest.kinds import (
    AMOUNTS,
    EVENT_KINDS,
    IDENTIFIED_BY,
    REQUIRED,
    WORDS,
    mappable_columns,
    rules_of,
    supplied_schema,
)
from dmp_assets.ingest.presets import PRESETS
from dmp_assets.ingest.presets.preset import prepared
from dmp_assets.ingest.records.amounts import BELOW_LIMIT, too_large_amounts
from dmp_assets.ingest.records.fill_down import OrdersSeen
from dmp_assets.ingest.records.fingerprints import record_fingerprints
from dmp_assets.ingest.records.mapping import describe, is_made_here, read_values
from dmp_assets.ingest.records.noting import identified, named, note
from dmp_assets.ingest.records.order_ids import order_ids
from dmp_assets.ingest.records.shallow import shallow_records
from dmp_assets.ingest.records.standardise import standardise
from dmp_assets.ingest.records.verdicts import judged_whole
from dmp_assets.ingest.records.where import chosen_records
from dmp_assets.ingest.schema.events import PURCHASE
from dmp_assets.ingest.tracking_plan.judging import judge_batch
from dmp_assets.ingest.tracking_plan.plan import TrackingPlan
from dmp_assets.ingest.values.event_names import ORDER_NAMES, to_order_name, to_our_name
from dmp_assets.ingest.values.identifiers import LOST_DIGITS, Ids
from dmp_assets.ingest.values.texts import all_null, is_too_large, trim
from dmp_assets.ingest.web.distinct import on_distinct


@dataclass(frozen=True)
class Context:
    """What a record's verdict depends on besides the record; days are of the business's calendar."""

    path: str
    source_name: str
    source: Source
    first_day: date
    last_day: date | None
    arrival_day: date
    raw_characters: int
    nesting: int
    """Levels of JSON inside a column, at most."""
    plan: TrackingPlan | None = None
    judged_day: date | None = None
    """Day by which records of the future are told; the arrival day where none is given."""

    @property
    def refuge_day(self) -> date:
        """The partition of records whose own time is unusable: the arrival day, moved into the partitions."""
        latest = self.arrival_day if self.last_day is None else min(self.arrival_day, self.last_day)
        return max(latest, self.first_day)


_HOLDS: dict[str, Callable[[pl.Series, dict[str, Any]], pl.Series]] = {
    "greater_than": lambda values, limits: values > limits["min_value"],
    "greater_than_or_equal_to": lambda values, limits: values >= limits["min_value"],
    "less_than_or_equal_to": lambda values, limits: values <= limits["max_value"],
    "isin": lambda values, limits: values.is_in(list(limits["allowed_values"])),
    "str_matches": lambda values, limits: values.str.contains(limits["pattern"]),
}
"""Rules of contracts, by Pandera's names: one bad record must not refuse its whole table."""


class _Verdicts:
    """The first violation code of each row, all messages, and the rows of a column with invisible characters."""

    def __init__(self, height: int) -> None:
        self.code = all_null("violation_code", pl.String(), height)
        self.message = all_null("violation_message", pl.String(), height)
        self.stripped: dict[str, pl.Series] = {}

    def add(self, rows: pl.Series, code: str, message: str) -> None:
        if not rows.any():
            return
        longer = (self.message + f"; {message}").fill_null(message)
        self.message = longer.zip_with(rows, self.message)
        self.code = self.code.set(rows & self.code.is_null(), code)


def stage_records(batch: Batch, context: Context, findings: Findings, seen: OrdersSeen) -> pl.DataFrame:
    """Return one row per record of the batch, in the order of the lines, with exactly the staged columns.

    What else is to be said of the records is added to ``findings``, and their orders to those ``seen``.
    """
    batch = shallow_records(batch, context.nesting)
    batch = chosen_records(seen.fill(batch, context.source), context.source, findings)
    rejected = _unreadable_rows(batch.unreadable, context)
    if not len(batch.line_numbers):
        return rejected
    readable = _readable_rows(batch, context, findings)
    return pl.concat([readable, rejected]).sort("line_number") if rejected.height else readable


def _readable_rows(batch: Batch, context: Context, findings: Findings) -> pl.DataFrame:
    file, rows, part = _taken_apart(batch, context.source)
    verdicts = _Verdicts(len(rows))
    columns = [
        _column(file, ours, dtype, context, verdicts) for ours, dtype in mappable_columns(context.source.kind).items()
    ]
    frame = pl.DataFrame([*columns, batch.line_numbers.gather(rows).alias("line_number"), part, rows])
    frame, contacts, unknown = standardise(frame, context.source)
    for rows, message in too_large_amounts(frame):
        verdicts.add(rows, "Out-Of-Range", message)
        frame = frame.with_columns(frame["item_revenue"].set(rows, None))
    note(frame, contacts, verdicts.stripped, unknown, context.source, findings)
    if identifiers := IDENTIFIED_BY.get(context.source.kind):
        nobody = frame.select(pl.all_horizontal(pl.col(identifiers).is_null())).to_series()
        verdicts.add(nobody, "Required-Missing", f"{', '.join(identifiers)}: one of them is required, all are empty")
    if context.plan is not None and context.source.kind == "events":
        _check_plan(frame, context.plan, context.source_name, verdicts)
    in_range = None
    if context.source.kind in EVENT_KINDS:
        # Once for its two readers: looking up the offset of each instant costs 50 ns, 4 % of reading a narrow record.
        frame = frame.with_columns(day_of(frame["event_at"], context.source.business_zone).alias("event_day"))
        in_range = _check_time(frame["event_day"], context, verdicts, findings)
    frame = frame.with_columns(verdicts.code, verdicts.message)
    if in_range is not None:
        frame = _with_ids(frame, batch, in_range, context, findings)
    if part.max():
        frame = judged_whole(frame, ["row"])
        if "fingerprint" in frame.columns:
            frame = frame.with_columns(fingerprint=pl.when(pl.col("violation_code").is_null()).then("fingerprint"))
    frame = frame.with_columns(
        _raw_records(batch, frame, context),
        source=pl.lit(context.source_name),
        kind=pl.lit(context.source.kind),
        path=pl.lit(context.path),
    )
    if context.source.kind in ("orders", "order_lines") or context.source.order_space:
        frame = frame.with_columns(order_space=pl.lit(context.source.order_space or context.source_name))
    return _completed(frame, context)


def _completed(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return exactly the columns that the source supplies; those without a value here are null."""
    schema = supplied_schema(context.source)
    absent = {name: pl.lit(None, dtype=dtype) for name, dtype in schema.items() if name not in frame.columns}
    return frame.with_columns(**absent).select(*schema)


def _taken_apart(batch: Batch, source: Source) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Return the file's columns with one row per record or item, the row of the batch, and the part."""
    preset = PRESETS[source.preset]
    file = prepared(preset, batch.frame, source.event_names)
    rows = pl.int_range(len(batch.line_numbers), eager=True).alias("row")
    if preset.explode is None or not isinstance(file.schema.get(preset.explode), pl.List):
        return file, rows, pl.Series("part", [0]).new_from_index(0, len(rows))
    items = file[preset.explode].list.len().fill_null(0)
    exploded = file.with_columns(rows, several=items > 1).explode(preset.explode, empty_as_null=True)
    part = pl.int_range(1, pl.len() + 1).over("row") * pl.col("several").cast(pl.Int64)
    exploded = exploded.with_columns(part=part)
    fields = exploded[preset.explode].struct.unnest() if exploded.schema[preset.explode] != pl.Null else pl.DataFrame()
    named = [fields[name].alias(f"{preset.explode}.{name}") for name in fields.columns]
    return exploded.with_columns(named), exploded["row"], exploded["part"]


def _raw_records(batch: Batch, frame: pl.DataFrame, context: Context) -> pl.Series:
    """Return the text of the rejected records, and of those whose amounts need a rate that may be missing."""
    raw = all_null("raw_record", pl.String(), frame.height)
    bad = frame["violation_code"].is_not_null()
    if "currency" in frame.columns and frame["currency"].null_count() < frame.height:
        amounts = [frame[name] for name in AMOUNTS if name in frame.columns]
        some = [values.is_not_null() for values in amounts if values.null_count() < frame.height]
        bad |= frame["currency"].is_not_null() & pl.select(pl.any_horizontal(*some, pl.lit(value=False))).to_series()
    if not bad.any():
        return raw
    rows = frame["row"].filter(bad)
    wanted = rows.unique().sort()
    texts = pl.Series(batch.raw_records(wanted.to_list()), dtype=pl.String).str.slice(0, context.raw_characters)
    return raw.scatter(bad.arg_true(), texts.gather(wanted.search_sorted(rows)))


def _column(file: pl.DataFrame, ours: str, dtype: pl.DataType, context: Context, verdicts: _Verdicts) -> pl.Series:
    """Return one of our columns, and note the rows in which it cannot be read or is missing."""
    height = len(verdicts.code)
    source = context.source
    theirs = source.columns.get(ours)
    read, expected = WORDS.get(
        (source.kind, ours), (partial(read_values, dtype=dtype, source=source), describe(dtype, source))
    )
    if theirs is None and ours in source.constants:
        value = read(trim(pl.Series(ours, [source.constants[ours]])))
        return value.new_from_index(0, height).alias(ours)
    if theirs is None:
        return all_null(ours, dtype, height)
    name = named(ours, source)
    ids = identified(trim(file[theirs]), ours) if theirs in file.columns else Ids(all_null(ours, dtype, height))
    given = ids.values
    if ids.stripped is not None:
        verdicts.stripped[name] = ids.stripped
    values = read(given).alias(ours)
    # A preset that makes the names has used the source's own already.
    if ours == "event_name" and source.kind == "orders":
        values = on_distinct(values, partial(to_order_name, own=source.event_names))
        values, expected = values.set(given.is_null(), PURCHASE), ORDER_NAMES
    elif ours == "event_name" and not is_made_here(source, theirs):
        words = partial(to_our_name, own=source.event_names, vocabulary=PRESETS[source.preset].event_names)
        values = on_distinct(values, words) if source.event_names or PRESETS[source.preset].event_names else values
    if ids.lost is not None:
        verdicts.add(ids.lost, "Datatype-Mismatch", f"{name}: {LOST_DIGITS}")
    wrong = values.is_null() & given.is_not_null()
    if dtype.is_numeric() and wrong.any():
        large = wrong & is_too_large(given, source.decimal_comma)
        verdicts.add(large, "Out-Of-Range", f"{name}: {BELOW_LIMIT}")
        wrong &= ~large
    verdicts.add(wrong, "Datatype-Mismatch", f"{name}: expected {expected}")
    if ours in REQUIRED[source.kind]:
        missing = given.is_null() if ids.lost is None else given.is_null() & ~ids.lost
        verdicts.add(missing, "Required-Missing", f"{name}: required, but empty")
    for rule in rules_of(source.kind, ours):
        held = _HOLDS[str(rule.name)](values, rule.statistics or {}).fill_null(value=True)
        verdicts.add(~held, "Out-Of-Range", f"{name}: {rule.error or rule.name}")
        # The number stands in the text of the quarantined record only.
        values = values.set(~held, None) if dtype.is_numeric() and not held.all() else values
    return values


def _check_time(day: pl.Series, context: Context, verdicts: _Verdicts, findings: Findings) -> pl.Series:
    """Return which rows have a day that is a partition, and note those whose day is outside."""
    name = f"column {context.source.columns.get('event_at')!r} (event_at)"
    # Days and not instants: where the clocks go back over midnight, a day is no stretch of time.
    early = (day < context.first_day).fill_null(value=False)
    verdicts.add(early, "Out-Of-Range", f"{name}: before {context.first_day}, the first day (start_date)")
    late = pl.Series([False]).new_from_index(0, len(day))
    if context.last_day is not None:
        late = (day > context.last_day).fill_null(value=False)
        verdicts.add(late, "Out-Of-Range", f"{name}: after {context.last_day}, the last day (end_date)")
    limit = (context.judged_day or context.arrival_day) + timedelta(days=1)
    future = (day > limit).fill_null(value=False) & ~late
    # No day in the words: which records are refused must not depend on when that was found out.
    verdicts.add(future, "Out-Of-Range", f"{name}: of the future, later than the day after the file was looked at")
    findings.add_days(day, future)
    return day.is_not_null() & ~early & ~late & ~future


def _check_plan(frame: pl.DataFrame, plan: TrackingPlan, source_name: str, verdicts: _Verdicts) -> None:
    """Note the records that the tracking plan refuses: on the first of their items, which speaks for all."""
    first = (frame["part"] <= 1).arg_true()
    found = judge_batch(frame["event_name"].gather(first), frame["properties"].gather(first), plan, source_name)
    for (code, message), rows in found.group_by("violation_code", "violation_message"):
        broken = pl.Series([False]).new_from_index(0, frame.height)
        verdicts.add(broken.scatter(first.gather(rows["row"]), values=True), str(code), str(message))


def _with_ids(
    frame: pl.DataFrame, batch: Batch, in_range: pl.Series, context: Context, findings: Findings
) -> pl.DataFrame:
    """Return the events with their partition, fingerprints and ids; rejected records get no fingerprint."""
    source = context.source
    good = pl.col("violation_code").is_null()
    fingerprints = record_fingerprints(frame, batch, source, findings)
    frame = frame.with_columns(
        *(pl.when(good).then(values).alias(name) for name, values in fingerprints.items()),
        event_date=pl.when(in_range).then(pl.col("event_day")).otherwise(pl.lit(context.refuge_day)),
    )
    if source.kind == "orders":
        return frame.with_columns(order_ids(frame, context.source_name))
    # Two sources may number their events alike: an id is its source's, or that of a space which several name.
    space = source.event_id_space or context.source_name
    # What is made here must not meet an id of another source of the space.
    made = pl.concat_str(
        pl.lit(f"{context.source_name}:"), pl.col("event_at").cast(pl.Int64), pl.lit(":"), "fingerprint"
    )
    return frame.with_columns(event_id=pl.coalesce(pl.lit(f"{space}:") + pl.col("event_id"), made))


def _unreadable_rows(records: list[Unreadable], context: Context) -> pl.DataFrame:
    raw = [text if text is None else text[: context.raw_characters] for _, _, text in records]
    frame = pl.DataFrame(
        {
            "line_number": pl.Series([record.line_number for record in records], dtype=pl.Int64),
            "part": pl.Series([0] * len(records), dtype=pl.Int64),
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
    return _completed(frame, context)
