"""The options of a table asset: key, group, words, columns, check, retries, freshness."""

import warnings
from datetime import timedelta
from typing import Any

import dagster as dg

from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import CONTRACT_CHECK

# Daily tables rest on single-run backfills, which Dagster calls beta and warns of once per asset.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)

RETRIES = dg.RetryPolicy(max_retries=1, delay=10)
"""For a busy warehouse file, or a full disk that is being cleared (``causes.may_pass``). What fails for another reason
would fail again, and is not retried."""

DAILY_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""A daily run may be late by two hours before it warns, and by half a day before it fails."""


def output_options(table: Table, group: str, owner: str, code_version: str, page: str | None = None) -> dict[str, Any]:
    """Return the keyword arguments of ``dg.AssetOut`` for a table.

    Args:
        table: The table.
        group: Where the UI shows it.
        owner: Whom the UI names for it: an e-mail address, or a team as ``team:marketing``.
        code_version: Fingerprint of the code that makes it, which the UI compares.
        page: The file of the report's page about it, which the UI's own server shows.
    """
    return {
        "key": table.asset_key,
        "group_name": group,
        "description": table.description,
        "metadata": {
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": table.qualified_name,
            **({"report": dg.MetadataValue.url(f"/report/{page}")} if page else {}),
            **({"partition_expr": table.partition_by} if table.partition_by else {}),
        },
        "kinds": {"polars", "duckdb"},
        "owners": [owner],
        "code_version": code_version,
        "freshness_policy": DAILY_FRESHNESS,
    }


def contract_check(contract: Contract) -> dg.AssetCheckSpec:
    """Return the spec of the check that ``publish`` reports."""
    table = Table(contract)
    return dg.AssetCheckSpec(
        CONTRACT_CHECK,
        asset=table.asset_key,
        description=f"Rows hold to {table.contract.__name__}; checked before the write, refused where they do not.",
    )


def column_schema(table: Table) -> dg.TableSchema:
    """Return the columns for Dagster's column tab."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.duckdb_type,
                column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=[column.name] == table.key),
            )
            for column in table.columns
        ]
    )
