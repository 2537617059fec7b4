"""Dagster asset of campaign ROI."""

import dagster as dg
import polars as pl

from dmp_assets.campaigns.campaign_roi import build_campaign_roi
from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.asset_options import asset_options
from dmp_assets.foundation.publishing.publish import PublishEvents, publish
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.persons import of_accounts, of_persons
from dmp_assets.foundation.warehouse.read import StoredTable

EVENT_COLUMNS = (
    "event_date",
    "event_id",
    "event_at",
    "event_name",
    "visitor_id",
    "campaign_id",
    "revenue",
    "coupon_discount",
    "coupon_match_discount",
)


def campaigns_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets of this domain."""

    @dg.asset(
        **asset_options(CampaignRoi),
        ins={
            "raw_campaigns": dg.AssetIn(["ingest", "raw_campaigns"]),
            "raw_campaign_audiences": dg.AssetIn(["ingest", "raw_campaign_audiences"]),
            "cleaned_events": dg.AssetIn(["events", "cleaned_events"]),
            "visitors": dg.AssetIn(["identity", "visitors"]),
        },
    )
    def campaign_roi(
        context: dg.AssetExecutionContext,
        config: AsOf,
        raw_campaigns: pl.DataFrame,
        raw_campaign_audiences: pl.DataFrame,
        cleaned_events: StoredTable,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        cost = settings.contact_cost
        table = build_campaign_roi(
            raw_campaigns,
            of_accounts(raw_campaign_audiences, visitors),
            of_persons(cleaned_events.lazy(columns=EVENT_COLUMNS), visitors, "event_at"),
            config.day(cleaned_events),
            cost.default,
            cost.by_campaign_type,
        )
        yield from publish(context, CampaignRoi, table, input_id=settings.model_settings_id)

    return [campaign_roi]
