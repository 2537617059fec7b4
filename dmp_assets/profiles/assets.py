"""Dagster asset of profiles."""

import dagster as dg
import polars as pl

from dmp_assets.as_of import AsOf
from dmp_assets.persons import of_accounts, of_persons
from dmp_assets.profiles.charts import rfm_grid_png
from dmp_assets.profiles.schema import Profiles
from dmp_assets.profiles.transform import build_profiles
from dmp_assets.settings import Settings
from dmp_assets.warehouse.asset_options import asset_options
from dmp_assets.warehouse.pictures import picture
from dmp_assets.warehouse.publish import PublishEvents, publish
from dmp_assets.warehouse.read import StoredTable


def profiles_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets of this domain."""

    @dg.asset(
        **asset_options(Profiles),
        ins={
            "daily_activity": dg.AssetIn(["events", "daily_activity"]),
            "raw_customers": dg.AssetIn(["ingest", "raw_customers"]),
            "visitors": dg.AssetIn(["identity", "visitors"]),
        },
    )
    def profiles(
        context: dg.AssetExecutionContext,
        config: AsOf,
        daily_activity: StoredTable,
        raw_customers: pl.DataFrame,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        as_of_date = config.day(daily_activity)
        activity = of_persons(daily_activity.lazy(), visitors, "first_event_at")
        customers = of_accounts(raw_customers, visitors)
        table = build_profiles(activity, customers, as_of_date, settings.interest_half_life_days)
        grid = {"RFM grid": picture(rfm_grid_png(table), "RFM grid")}
        yield from publish(context, Profiles, table, grid, input_id=settings.model_settings_id)

    return [profiles]
