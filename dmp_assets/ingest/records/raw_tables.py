"""Staged records in, ingest tables out."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.values.days import Days
from dmp_assets.ingest.kinds import AMOUNTS
from dmp_assets.ingest.rates.exchange_rates import convert_amounts, is_foreign_currency
from dmp_assets.ingest.records.cleaning_rules import flag_impossible
from dmp_assets.ingest.records.fates import NO_FATES, Fates, with_fates
from dmp_assets.ingest.records.verdicts import judged_whole
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import RejectedRecords


def records_of_days(
    files: Sequence[Path],
    days: Days,
    rates: pl.DataFrame,
    base_currency: str,
    fates: Fates = NO_FATES,
) -> pl.LazyFrame:
    """Return the staged records of some days (``RawEvents``), with amounts converted and doubtful values flagged.

    Args:
        files: Staged records of events and orders.
        days: The days.
        rates: ``daily_rates`` of these days at least.
        base_currency: ISO 4217 code.
        fates: What other files say of these records.
    """
    if not files:
        return _empty(RawEvents)
    staged = staged_events(files).filter(days.among("event_date"))
    is_foreign = is_foreign_currency(base_currency)
    foreign = staged.filter(is_foreign).with_columns(given_revenue="item_revenue")
    converted = convert_amounts(foreign, rates, base_currency, AMOUNTS).with_columns(
        given_revenue=pl.when(pl.col("exchange_rate").is_not_null()).then("given_revenue")
    )
    columns = list(RawEvents.to_schema().columns)
    # The text of an amount with a currency is staged too, because only now it is known whether there is a rate for it.
    # Records with a rate lose it here: the text is kept only of what is quarantined.
    raw = pl.when(pl.col("violation_code").is_not_null()).then("raw_record").alias("raw_record")
    parts = [staged.filter(~is_foreign).select(columns), _judged(converted).select(columns)]
    parts = [part.with_columns(raw) for part in parts]
    # Collected, because the flags look at the records twice: once for what is usual, once for what is not.
    records = pl.concat(parts).collect(engine="streaming")
    return flag_impossible(with_fates(records, fates).lazy()).select(columns)


def staged_events(files: Sequence[Path]) -> pl.LazyFrame:
    """Return staged records with all columns of ``RawEvents``; files hold only those that a source supplies."""
    schema = {name: column.dtype.type for name, column in RawEvents.to_schema().columns.items()}
    return pl.scan_parquet(list(files), schema=schema, missing_columns="insert")


def _judged(records: pl.LazyFrame) -> pl.LazyFrame:
    """Return the records with one verdict for each; the window runs only over those of several items."""
    several = judged_whole(records.filter(pl.col("part") > 0), ["path", "line_number"])
    return pl.concat([records.filter(pl.col("part") == 0), several])


def newest_records(files: Sequence[Path], model: type[TableContract], key: Sequence[str]) -> pl.LazyFrame:
    """Return the newest accepted record of each key.

    Newest is the largest ``updated_at`` where the table has one, then the largest path and line. This order does not
    depend on when a file arrived.
    """
    columns = list(model.to_schema().columns)
    if not files:
        return _empty(model)
    order = [name for name in ("updated_at", "path", "line_number") if name in columns]
    accepted = pl.scan_parquet(list(files)).filter(pl.col("violation_code").is_null())
    return (
        # Nulls first: a record without updated_at must not replace one that says when it was changed.
        accepted.sort(*order, nulls_last=False)
        .unique(subset=list(key), keep="last", maintain_order=True)
        .select(columns)
    )


def rejected_records(files: Sequence[tuple[str, Path]]) -> pl.LazyFrame:
    """Return the records of sources that are no events which could not be used.

    Args:
        files: Kind of the source and staged records, one pair per landing file.
    """
    columns = list(RejectedRecords.to_schema().columns)
    frames = [
        pl.scan_parquet(path)
        .filter(pl.col("violation_code").is_not_null())
        .with_columns(kind=pl.lit(kind))
        .select(columns)
        for kind, path in files
    ]
    return pl.concat(frames) if frames else _empty(RejectedRecords)


def _empty(model: type[TableContract]) -> pl.LazyFrame:
    return pl.LazyFrame(schema={name: column.dtype.type for name, column in model.to_schema().columns.items()})
