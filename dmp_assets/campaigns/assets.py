"""Dagster asset of campaign ROI."""

import dagster as dg
import polars as pl

from dmp_assets.campaigns.campaign_roi import People, build_campaign_roi
from dmp_assets.campaigns.charts import revenue_svg
from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets.campaigns.steps import CAMPAIGN_ROI
from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.pictures import picture
from dmp_assets.foundation.publishing.publish import PublishEvents, publish
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.persons import of_accounts, of_persons
from dmp_assets.foundation.warehouse.read import StoredTable

EVENT_COLUMNS = ("event_date", "event_at", "event_name", "visitor_id", "campaign_id")
ORDER_COLUMNS = ("order_id", "order_date", "ordered_at", "visitor_id", "counts", "net_sales", "coupon_discounts")
REVERSAL_COLUMNS = ("order_id", "reversal_date", "sales_reversals")


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""

    @table_asset(CAMPAIGN_ROI, site)
    def campaign_roi(
        context: dg.AssetExecutionContext,
        config: AsOf,
        raw_campaigns: pl.DataFrame,
        raw_campaign_audiences: pl.DataFrame,
        cleaned_events: StoredTable,
        orders: StoredTable,
        reversals: StoredTable,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        cost = site.settings.contact_cost
        table = build_campaign_roi(
            raw_campaigns,
            of_accounts(raw_campaign_audiences, visitors),
            People(
                of_persons(cleaned_events.lazy(columns=EVENT_COLUMNS), visitors, "event_at"),
                of_persons(orders.lazy(columns=ORDER_COLUMNS), visitors, "ordered_at"),
                reversals.lazy(columns=REVERSAL_COLUMNS),
            ),
            config.day(cleaned_events),
            cost.default,
            cost.by_campaign_type,
        )
        sold = picture(revenue_svg(table), "Revenue of campaigns")
        yield from publish(context, CampaignRoi, table, {"revenue": sold})

    return [campaign_roi]
