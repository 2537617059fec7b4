"""Asset checks from ``sql/checks``: ``schema/table.name.sql`` is a query for rows that must not exist."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from dmp_assets.foundation.values.calendar import today
from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.views import SqlFile, read_sql_files

MAX_SHOWN = 10


def sql_checks(folder: Path) -> dg.AssetChecksDefinition:
    """Return one definition that runs every check of the folder on one connection.

    A check passes when its query returns no row; otherwise it is an error, or a warning where the file says so. Rows
    it returns hold counts and days, never personal data, and the first few are shown with the failure.
    """
    files = read_sql_files(folder)
    specs = {file.name: _spec(file) for file in files}

    @dg.multi_asset_check(
        name="sql_checks", specs=list(specs.values()), can_subset=True, required_resource_keys={"io_manager"}
    )
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
            broken = connection.sql(file.query).pl()
            spec = specs[file.name]
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=broken.is_empty(),
                severity=dg.AssetCheckSeverity.WARN if file.warns else dg.AssetCheckSeverity.ERROR,
                metadata={
                    "rows that break the rule": broken.height,
                    **(
                        {"first": dg.MetadataValue.json(broken.head(MAX_SHOWN).cast(str).to_dicts())}
                        if broken.height
                        else {}
                    ),
                },
            )


def _spec(file: SqlFile) -> dg.AssetCheckSpec:
    schema, table, name = file.name.split(".")
    return dg.AssetCheckSpec(name, asset=[schema, table], description=file.description)
