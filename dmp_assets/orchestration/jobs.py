"""Named selections of assets: what the schedule, the sensor and the command line run."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dmp_assets.foundation.warehouse.tables import Contract, Table

LANDING = "landing"
DAYS = "days"
REFRESH = "refresh"
SNAPSHOTS = "snapshots"


def build_jobs(contracts: Sequence[Contract]) -> list[UnresolvedAssetJobDefinition]:
    """Return the four jobs; the checks of the selected assets are part of each."""
    ledger = dg.AssetSelection.assets(["ingest", "landing_files"], ["ingest", "landing_days"])
    daily = [Table(contract).asset_key for contract in contracts if Table(contract).partition_by is not None]
    whole = [Table(contract).asset_key for contract in contracts if Table(contract).partition_by is None]
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
