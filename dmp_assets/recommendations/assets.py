"""Dagster assets of recommendations: the lists, the rules' account of them, the choice of models and its proof."""

from datetime import datetime, time, timedelta

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.publish import PublishEvents, publish_tables
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.recommendations.build import Sources, build_recommendations
from dmp_assets.recommendations.steps import RECOMMEND_ITEMS

LINE_COLUMNS = ("event_date", "event_at", "event_id", "event_name", "visitor_id", "item_id")


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings

    @table_asset(RECOMMEND_ITEMS, site)
    def recommend_items(
        context: dg.AssetExecutionContext,
        config: AsOf,
        event_items: StoredTable,
        visitors: pl.DataFrame,
        persons: pl.DataFrame,
        consent: pl.DataFrame,
        demographics: pl.DataFrame,
        raw_items: pl.DataFrame,
    ) -> PublishEvents:
        day = config.day(event_items)
        lines = of_persons(event_items.lazy(columns=LINE_COLUMNS), visitors, "event_at")
        known = persons.filter(pl.col("first_seen_at") < datetime.combine(day + timedelta(days=1), time()))
        sources = Sources(lines, known["person_id"], consent, raw_items, demographics)
        tables = build_recommendations(sources, day, settings.holdout_days, settings.recommendations)
        published = {contract: TableRows(tables[contract]) for contract in RECOMMEND_ITEMS.makes}
        yield from publish_tables(context, published)

    return [recommend_items]
