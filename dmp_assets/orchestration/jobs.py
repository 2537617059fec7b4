"""Named selections of assets: what the schedule, the sensor and the command line run."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.steps import READ_LANDING
from dmp_assets.orchestration.staleness import DAYS, LANDING, REFRESH, SNAPSHOTS


def build_jobs(tables: Sequence[Table]) -> list[UnresolvedAssetJobDefinition]:
    """Return the four jobs; the checks of the selected assets are part of each."""
    ledger = dg.AssetSelection.assets(*(table.asset_key for table in READ_LANDING.tables))
    daily = [table.asset_key for table in tables if table.partition_by is not None]
    whole = [table.asset_key for table in tables if table.partition_by is None]
    return [
        dg.define_asset_job(
            LANDING,
            selection=ledger,
            description="Read new landing files into the ledger and learn which days they touch.",
        ),
        dg.define_asset_job(
            DAYS,
            selection=dg.AssetSelection.assets(*daily),
            description="Rebuild the daily tables of the run's days; the first of several ranges that are stale.",
        ),
        dg.define_asset_job(
            REFRESH,
            selection=dg.AssetSelection.all(),
            description="Rebuild the run's days and all that is made from them, from landing files to campaign ROI.",
        ),
        dg.define_asset_job(
            SNAPSHOTS,
            selection=dg.AssetSelection.assets(*whole) - ledger,
            description="Rebuild the tables that are not split into days: reference tables, profiles, segments, ROI.",
        ),
    ]
