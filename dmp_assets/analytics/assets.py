"""Dagster assets of what analysts' views are made over."""

import dagster as dg
import polars as pl

from dmp_assets.analytics.daily_ad_spend import build_daily_ad_spend
from dmp_assets.analytics.items import SEEN, build_items
from dmp_assets.analytics.schema import DailyAdSpend, Items
from dmp_assets.analytics.steps import DAILY_AD_SPEND, DESCRIBE_ITEMS
from dmp_assets.foundation.publishing.publish import PublishEvents, publish
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.warehouse.read import StoredTable


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings

    @table_asset(DESCRIBE_ITEMS, site)
    def describe_items(
        context: dg.AssetExecutionContext, raw_items: pl.DataFrame, event_items: StoredTable, order_items: StoredTable
    ) -> PublishEvents:
        of_events = event_items.newest("item_id", SEEN, "event_at")
        of_orders = order_items.newest("item_id", SEEN, "ordered_at")
        yield from publish(context, Items, build_items(raw_items, of_events, of_orders))

    @table_asset(DAILY_AD_SPEND, site)
    def daily_ad_spend(
        context: dg.AssetExecutionContext, raw_ad_spend: pl.DataFrame, raw_exchange_rates: pl.DataFrame
    ) -> PublishEvents:
        spend = build_daily_ad_spend(
            raw_ad_spend, raw_exchange_rates, settings.base_currency, settings.rate_max_age_days
        )
        yield from publish(context, DailyAdSpend, spend)

    return [describe_items, daily_ad_spend]
