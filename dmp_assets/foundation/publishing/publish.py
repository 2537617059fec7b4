"""``publish``: hold the rows to their contract, report the check, and only then write them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import dagster as dg
import polars as pl
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION

from dmp_assets.foundation.publishing.rows_to_write import check_rows, in_order
from dmp_assets.foundation.values.days import ALL_DAYS, Days
from dmp_assets.foundation.warehouse.commits import Checked, Stamp
from dmp_assets.foundation.warehouse.contract import check_contract, conform
from dmp_assets.foundation.warehouse.read import DayInput, FreshRows, windows
from dmp_assets.foundation.warehouse.steps import MadeBy, Step
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import CONTRACT_CHECK, Rows, Write, log_refusal, write_all

UNCHANGED = "nothing to write: inputs, code and settings are those of the last write"

PublishEvents = Iterator[dg.AssetCheckResult | dg.MaterializeResult]
Frames = Mapping[Contract, pl.LazyFrame]


@dataclass(frozen=True)
class Written:
    """The output of an asset whose table is written."""

    days: Days | None = None
    """The days that were written, of a table that is made by day."""


def publish(
    context: dg.AssetExecutionContext,
    contract: Contract,
    frame: pl.DataFrame | pl.LazyFrame,
    metadata: Mapping[str, Any] | None = None,
    input_id: str | None = None,
) -> PublishEvents:
    """Report the contract check of a whole table, then write it: ``publish_tables`` of one."""
    yield from publish_tables(
        context, {contract: TableRows(frame.lazy().collect(engine="streaming"), metadata=metadata or {})}, input_id
    )


def publish_tables(
    context: dg.AssetExecutionContext, tables: Mapping[Contract, TableRows], input_id: str | None = None
) -> PublishEvents:
    """Report the contract checks of several tables, then write them in one transaction.

    Args:
        context: The running asset.
        tables: All rows of the tables that it makes, or the rows that replace some of theirs.
        input_id: Fingerprint of what they are built from, kept with the commit.

    A broken contract fails the step before the write, so readers keep the last good tables, all of one run. Dagster's
    own blocking checks run after the write, when readers may have seen the rows.
    """
    checked: dict[Table, list[Checked]] = {}
    writes = []
    for contract, given in tables.items():
        table = Table(contract)
        rows, checked[table] = check_rows(given, table, context.resources.io_manager.run_dir)
        stamp = _stamp(context, table, {None: input_id} if input_id else {})
        # A table with days is rewritten whole too; its days are then those of the rows.
        days = ALL_DAYS if table.partition_by and given.replaced is None else None
        writes.append(Write(table, rows, days, stamp))
    yield from _judge(context, checked)
    yield from _write(context, writes, [given.metadata for given in tables.values()])


def publish_days(
    context: dg.AssetExecutionContext,
    step: Step,
    build: Callable[[Days], Frames],
    inputs: Mapping[date, DayInput],
) -> PublishEvents:
    """Build and check the days that the run has to make, window by window, then write them in one transaction.

    Args:
        context: The running asset; its partitions are the days.
        step: The tables that ``build`` makes, all of them in one pass.
        build: Days -> one lazy frame per contract, holding rows of those days only.
        inputs: Rows of the input by day, which cut the windows, and the fingerprint that each day's commit keeps.

    Memory follows the window, not the range. Checked rows wait in Parquet until every window has passed. Then all
    tables are one write, so a range that breaks its contract on its last day leaves every stored day as it was. The
    files stay until the run ends, for the assets that read them next.
    """
    services = context.resources.io_manager
    tables = list(step.tables)
    days = services.work.days(step, run_days(context))
    if days is None:
        yield from unchanged(context, step)
        return
    services.run_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(dir=services.run_dir))
    checked: dict[Table, list[Checked]] = {table: [] for table in tables}
    files: dict[Table, list[Path]] = {table: [] for table in tables}
    rows_by_day = {day: found.rows for day, found in inputs.items()}
    for window in windows(days, rows_by_day, services.window_records):
        frames = build(window)
        collected = pl.collect_all([conform(frames[table.contract], table) for table in tables], engine="streaming")
        for table, rows in zip(tables, collected, strict=True):
            frame = in_order(rows, table)
            checked[table] += check_contract(frame, table, window.each())
            file = folder / f"{table.qualified_name}-{window.first}.parquet"
            frame.write_parquet(
                file,
                compression="lz4",
                statistics={"min": True, "max": True, "distinct_count": False, "null_count": False},
            )
            files[table].append(file)
        kept = ", ".join(f"{frame.height:,} {table.name}" for table, frame in zip(tables, collected, strict=True))
        context.log.info(f"{window.first} to {window.last}: {kept}")
    yield from _judge(context, checked)
    input_ids: dict[date | None, str] = {day: found.input_id for day, found in inputs.items() if found.input_id}
    writes = [
        Write(
            table,
            Rows(files=tuple(files[table]), checked=tuple(checked[table])),
            days,
            _stamp(context, table, input_ids),
        )
        for table in tables
    ]
    yield from _write(context, writes, [{}] * len(writes), days)
    # After the write: an asset must not read rows that the warehouse does not have.
    services.fresh |= {table: FreshRows(days, tuple(files[table])) for table in tables}


def _stamp(context: dg.AssetExecutionContext, table: Table, input_ids: Mapping[date | None, str]) -> Stamp:
    made_by = context.resources.io_manager.made_by.get(table, MadeBy())
    return Stamp(context.run.run_id, made_by.code, tuple(input_ids.items()), made_by.settings)


def _write(
    context: dg.AssetExecutionContext,
    writes: Sequence[Write],
    metadata: Sequence[Mapping[str, Any]],
    days: Days | None = None,
) -> Iterator[dg.MaterializeResult]:
    """Write the tables in one transaction, and report the number of rows that each then has."""
    services = context.resources.io_manager
    with services.warehouse.get_connection():  # opened once for the write, and for what is asked of it
        counts = write_all(services.warehouse, writes)
        services.work.has_written([one.table for one in writes])
    for one, rows, more in zip(writes, counts, metadata, strict=True):
        context.log.info(f"{one.table.qualified_name}: {rows:,} rows")
        yield dg.MaterializeResult(
            asset_key=one.table.asset_key, value=Written(days), metadata={"dagster/row_count": rows, **more}
        )


def unchanged(context: dg.AssetExecutionContext, step: Step) -> PublishEvents:
    """Report that the tables of a step stay as they are: nothing is written, and nothing counts as materialised.

    The steps that read them go on, as after a write.
    """
    context.log.info(UNCHANGED)
    for table in step.tables:
        yield dg.AssetCheckResult(
            asset_key=table.asset_key,
            check_name=CONTRACT_CHECK,
            passed=True,
            metadata={"rows": 0, "because": UNCHANGED},
        )
        yield dg.MaterializeResult(
            asset_key=table.asset_key, value=Written(), metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True}
        )


def run_days(context: dg.AssetExecutionContext) -> Days:
    """Return the days that the run covers, both ends included."""
    window = context.partition_key_range
    return Days(date.fromisoformat(window.start), date.fromisoformat(window.end))


def _judge(
    context: dg.AssetExecutionContext, checked: Mapping[Table, Sequence[Checked]]
) -> Iterator[dg.AssetCheckResult]:
    """Report one check per table; where one is broken, log the days and stop before any table is written."""
    broken = {table: [outcome for outcome in outcomes if outcome.violations] for table, outcomes in checked.items()}
    for table, outcomes in broken.items():
        words = "; ".join(sorted({outcome.message or "" for outcome in outcomes}))
        yield dg.AssetCheckResult(
            asset_key=table.asset_key,
            check_name=CONTRACT_CHECK,
            passed=not outcomes,
            metadata={
                "rows": sum(outcome.rows for outcome in checked[table]),
                "violations": sum(outcome.violations for outcome in outcomes),
                **({"rules": words, "days": ", ".join(str(o.partition) for o in outcomes[:20])} if outcomes else {}),
            },
        )
    for table, outcomes in broken.items():
        if outcomes:
            services = context.resources.io_manager
            log_refusal(services.warehouse, table, context.run.run_id, checked[table])
            words = "; ".join(sorted({outcome.message or "" for outcome in outcomes}))
            raise dg.Failure(
                f"{table.qualified_name}: contract {table.contract.__name__} broken, nothing written: {words}",
                allow_retries=False,
            )
