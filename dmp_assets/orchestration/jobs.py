"""Named selections of assets: what the schedule, the sensor and the command line run."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dmp_assets.activation.assets import DELIVERS
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.ingest.steps import READ_LANDING
from dmp_assets.orchestration.staleness import LANDING, REFRESH, SNAPSHOTS


def build_jobs(steps: Sequence[Step]) -> list[UnresolvedAssetJobDefinition]:
    """Return the three jobs; the checks of the selected assets are part of each."""
    ledger = dg.AssetSelection.assets(*(table.asset_key for table in READ_LANDING.tables))
    whole = [table.asset_key for step in steps if not step.is_daily for table in step.tables]
    return [
        dg.define_asset_job(
            LANDING,
            selection=ledger,
            description="Read new landing files into the ledger and learn which days they touch.",
        ),
        dg.define_asset_job(
            REFRESH,
            # A run of all tables sends nobody out.
            selection=dg.AssetSelection.all() - dg.AssetSelection.tag(DELIVERS, "true"),
            description="Rebuild the run's days and all that is made from them, from landing files to campaign ROI.",
        ),
        dg.define_asset_job(
            SNAPSHOTS,
            selection=dg.AssetSelection.assets(*whole) - ledger,
            description="Rebuild the tables that are not made by day: references, orders, profiles, segments, ROI.",
        ),
    ]
