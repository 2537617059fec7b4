"""Dagster assets of recommendations: the lists, the rules' account of them, the choice of models and its proof."""

from datetime import datetime, time, timedelta

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.asset_options import multi_asset_options
from dmp_assets.foundation.publishing.publish import PublishEvents, TableRows, publish_tables
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.recommendations.build import Sources, build_recommendations
from dmp_assets.recommendations.schema import (
    BoughtTogether,
    ItemNeighbours,
    ModelChoice,
    RecommendationCandidates,
    RecommendationMetrics,
    Recommendations,
    ServingPaths,
)

TABLES = {
    "recommendations": Recommendations,
    "recommendation_candidates": RecommendationCandidates,
    "serving_paths": ServingPaths,
    "model_choice": ModelChoice,
    "recommendation_metrics": RecommendationMetrics,
    "item_neighbours": ItemNeighbours,
    "bought_together": BoughtTogether,
}

LINE_COLUMNS = ("event_date", "event_at", "event_id", "event_name", "visitor_id", "item_id")


def recommendations_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets of this domain."""

    @dg.multi_asset(
        name="recommend_items",
        ins={
            "event_items": dg.AssetIn(["events", "event_items"]),
            "visitors": dg.AssetIn(["identity", "visitors"]),
            "persons": dg.AssetIn(["identity", "persons"]),
            "consent": dg.AssetIn(["profiles", "consent"]),
            "demographics": dg.AssetIn(["profiles", "demographics"]),
            "raw_items": dg.AssetIn(["ingest", "raw_items"]),
        },
        **multi_asset_options(TABLES),
    )
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
        published = {model: TableRows(tables[model]) for model in TABLES.values()}
        yield from publish_tables(context, published, settings.model_settings_id)

    return [recommend_items]
