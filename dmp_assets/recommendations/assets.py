"""Dagster assets of recommendations and their offline proof."""

import dagster as dg
import polars as pl

from dmp_assets.as_of import AsOf
from dmp_assets.persons import of_persons
from dmp_assets.recommendations.schema import RecommendationMetrics, Recommendations
from dmp_assets.recommendations.transform import build_recommendations, evaluate_recommendations
from dmp_assets.settings import Settings
from dmp_assets.warehouse.asset_options import asset_options
from dmp_assets.warehouse.publish import PublishEvents, publish
from dmp_assets.warehouse.read import StoredTable

LINE_COLUMNS = ("event_date", "event_at", "event_name", "visitor_id", "item_id")
ITEMS = {
    "event_items": dg.AssetIn(["events", "event_items"]),
    "visitors": dg.AssetIn(["identity", "visitors"]),
}


def recommendations_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets of this domain."""

    @dg.asset(**asset_options(Recommendations), ins=ITEMS)
    def recommendations(
        context: dg.AssetExecutionContext, config: AsOf, event_items: StoredTable, visitors: pl.DataFrame
    ) -> PublishEvents:
        as_of_date = config.day(event_items)
        table = build_recommendations(_named(event_items, visitors), as_of_date, settings.recommendations_per_person)
        yield from publish(context, Recommendations, table, input_id=settings.model_settings_id)

    @dg.asset(**asset_options(RecommendationMetrics), ins=ITEMS)
    def recommendation_metrics(
        context: dg.AssetExecutionContext, config: AsOf, event_items: StoredTable, visitors: pl.DataFrame
    ) -> PublishEvents:
        as_of_date = config.day(event_items)
        table = evaluate_recommendations(_named(event_items, visitors), as_of_date, settings.holdout_days)
        yield from publish(context, RecommendationMetrics, table, input_id=settings.model_settings_id)

    return [recommendations, recommendation_metrics]


def _named(event_items: StoredTable, visitors: pl.DataFrame) -> pl.LazyFrame:
    """Return the lines of persons that name their item."""
    return of_persons(event_items.lazy(columns=LINE_COLUMNS).filter(pl.col("item_id") != ""), visitors, "event_at")
