"""Asset checks from ``sql/checks``: ``schema/table.name.sql`` is a query for rows that must not exist."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.failures import guarded
from dmp_assets.foundation.values.calendar import today
from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.views import SqlFile, read_sql_files

MAX_SHOWN = 10

OUR_NAMES = (
    *("source", "path", "kind", "flag", "wrong", "verdict", "level", "attribute", "trait", "column_name"),
    *("task", "model", "made_of", "segment_id"),
)
"""Columns of text whose values the configuration, the landing folder or the code gives, and not a record."""


def sql_checks(folder: Path) -> dg.AssetChecksDefinition:
    """Return one definition that runs every check of the folder on one connection.

    A check passes when its query returns no row; otherwise it is an error, or a warning where the file says so. The
    first few rows are shown with the failure, as far as they hold counts, days and names of ours.
    """
    files = read_sql_files(folder)
    specs = {file.name: _spec(file) for file in files}

    @dg.multi_asset_check(
        name="sql_checks", specs=list(specs.values()), can_subset=True, required_resource_keys={"io_manager"}
    )
    @guarded(lambda *_: "checks of sql/checks")
    def run_sql_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        wanted = [file for file in files if specs[file.name].key in context.selected_asset_check_keys]
        yield from _run(context, wanted, specs)

    return run_sql_checks


def day_checks(contracts: Sequence[Contract], end_date: date | None, time_zone: str) -> dg.AssetChecksDefinition:
    """Return the check of every daily table that its newest day has been built.

    That day is yesterday in the business's time zone, or the last day of a closed data set.

    Freshness policies judge the asset, not the day: rebuilding an old day turns a late asset green. This does not.
    """
    tables = [Table(contract) for contract in contracts if Table(contract).partition_by is not None]
    specs = {
        table: dg.AssetCheckSpec(
            "newest_day_exists",
            asset=table.asset_key,
            description="Yesterday, or the last day of a closed data set, has been built.",
        )
        for table in tables
    }

    @dg.multi_asset_check(
        name="day_checks", specs=list(specs.values()), can_subset=True, required_resource_keys={"io_manager"}
    )
    @guarded(lambda *_: "checks of the newest day")
    def run_day_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        wanted = end_date or today(time_zone) - timedelta(days=1)
        commits = current_commits(context.resources.io_manager.warehouse)
        for table, spec in specs.items():
            if spec.key in context.selected_asset_check_keys:
                days = {commit.day: commit.rows for commit in commits if commit.table_name == table.qualified_name}
                newest = max((day for day in days if day is not None), default=None)
                yield dg.AssetCheckResult(
                    asset_key=spec.asset_key,
                    check_name=spec.name,
                    passed=wanted in days,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"day": str(wanted), "rows": days.get(wanted, 0), "newest day built": str(newest)},
                )

    return run_day_checks


def _run(
    context: dg.AssetCheckExecutionContext, files: Sequence[SqlFile], specs: dict[str, dg.AssetCheckSpec]
) -> Iterator[dg.AssetCheckResult]:
    services = context.resources.io_manager
    with services.warehouse.get_connection(read_only=True) as connection:
        for file in files:
            broken = _broken_rows(connection, file)
            spec = specs[file.name]
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=broken.is_empty(),
                severity=dg.AssetCheckSeverity.WARN if file.warns else dg.AssetCheckSeverity.ERROR,
                metadata={"rows that break the rule": broken.height, **_shown(broken, file)},
            )


def _shown(broken: pl.DataFrame, file: SqlFile) -> dict[str, dg.MetadataValue]:
    """Return the first rows for Dagster's books, which outlive the rows: of a row with a name of the data its place.

    That is a person, an identifier or an item; the numbers beside it are that one's. The query shows all of it.
    """
    if broken.is_empty():
        return {}
    named = [name for name, dtype in broken.schema.items() if dtype == pl.String and name not in OUR_NAMES]
    places = [name for name, dtype in broken.schema.items() if name in OUR_NAMES or dtype == pl.Date]
    rows = broken.select(places) if named else broken
    shown: dict[str, dg.MetadataValue] = {}
    if rows.width:
        shown["first"] = dg.MetadataValue.json(rows.head(MAX_SHOWN).cast(pl.String).to_dicts())
    if named:
        schema, _, rest = file.name.partition(".")
        shown["all of it"] = dg.MetadataValue.text(f"the query sql/checks/{schema}/{rest}.sql")
    return shown


@guarded(lambda _, file: f"check {file.name}")
def _broken_rows(connection: Any, file: SqlFile) -> pl.DataFrame:
    rows: pl.DataFrame = connection.sql(file.query).pl()
    return rows


def _spec(file: SqlFile) -> dg.AssetCheckSpec:
    schema, table, name = file.name.split(".")
    return dg.AssetCheckSpec(name, asset=[schema, table], description=file.description)
