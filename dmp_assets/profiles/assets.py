"""Dagster asset of what people do: their profiles, and all that is told of their behaviour."""

from datetime import date

import dagster as dg
import polars as pl

from dmp_assets.as_of import AsOf
from dmp_assets.persons import of_accounts, of_persons
from dmp_assets.profiles.affinities import build_affinities
from dmp_assets.profiles.charts import rfm_grid_png
from dmp_assets.profiles.engagement import build_engagement
from dmp_assets.profiles.feature_charts import interests_png, lifecycle_png
from dmp_assets.profiles.feature_schema import (
    Affinities,
    Engagement,
    Lifecycle,
    Preferences,
    ProfileHistory,
    Touches,
)
from dmp_assets.profiles.history import build_profile_history
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.running import Behaviour, sum_up
from dmp_assets.profiles.schema import Profiles
from dmp_assets.profiles.transform import build_profiles
from dmp_assets.settings import Settings
from dmp_assets.warehouse.asset_options import multi_asset_options
from dmp_assets.warehouse.pictures import picture
from dmp_assets.warehouse.publish import PublishEvents, publish
from dmp_assets.warehouse.read import StoredTable
from dmp_assets.warehouse.tables import Model

BEHAVIOUR = {
    "profiles": Profiles,
    "affinities": Affinities,
    "preferences": Preferences,
    "engagement": Engagement,
    "lifecycle": Lifecycle,
    "touches": Touches,
    "profile_history": ProfileHistory,
}

VISIT_COLUMNS = (
    "event_date",
    "session_id",
    "visitor_id",
    "started_at",
    "events",
    "page_views",
    "channel_group",
    "platform",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
)
LINE_COLUMNS = (
    "event_date",
    "event_at",
    "event_name",
    "visitor_id",
    "item_id",
    "item_brand",
    "price",
    "quantity",
    "item_revenue",
)
CONTENT_COLUMNS = ("event_date", "event_at", "event_name", "visitor_id", "content_group")


def profiles_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets of behaviour."""

    @dg.multi_asset(
        name="describe_behaviour",
        ins={
            "daily_activity": dg.AssetIn(["events", "daily_activity"]),
            "sessions": dg.AssetIn(["events", "sessions"]),
            "event_items": dg.AssetIn(["events", "event_items"]),
            "cleaned_events": dg.AssetIn(["events", "cleaned_events"]),
            "raw_items": dg.AssetIn(["ingest", "raw_items"]),
            "raw_customers": dg.AssetIn(["ingest", "raw_customers"]),
            "visitors": dg.AssetIn(["identity", "visitors"]),
        },
        **multi_asset_options(BEHAVIOUR),
    )
    def describe_behaviour(
        context: dg.AssetExecutionContext,
        config: AsOf,
        daily_activity: StoredTable,
        sessions: StoredTable,
        event_items: StoredTable,
        cleaned_events: StoredTable,
        raw_items: pl.DataFrame,
        raw_customers: pl.DataFrame,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        day = config.day(daily_activity)
        codes = pl.Enum(visitors["person_id"].unique().sort())
        coded = visitors.with_columns(pl.col("person_id").cast(codes))
        contents = cleaned_events.lazy(columns=CONTENT_COLUMNS).filter(pl.col("content_group").is_not_null())
        behaviour = Behaviour(
            # Made once, as most tables are made of it: people by day, not events.
            of_persons(daily_activity.lazy(), coded, "first_event_at").collect(engine="streaming").lazy(),
            of_persons(sessions.lazy(columns=VISIT_COLUMNS), coded, "started_at"),
            of_persons(event_items.lazy(columns=LINE_COLUMNS), coded, "event_at"),
            of_persons(contents, coded, "event_at"),
        )
        tables = _tables(behaviour, raw_items, of_accounts(raw_customers, visitors), day, settings)
        pictures: dict[Model, dict[str, dg.MetadataValue]] = {
            Profiles: {"RFM grid": picture(rfm_grid_png(tables[Profiles]), "RFM grid")},
            Lifecycle: {"stages": picture(lifecycle_png(tables[Lifecycle]), "Lifecycle stages")},
            Affinities: {"interests": picture(interests_png(tables[Affinities]), "Interests")},
        }
        for model, table in tables.items():
            yield from publish(context, model, table, pictures.get(model), input_id=settings.model_settings_id)

    return [describe_behaviour]


def _tables(
    behaviour: Behaviour, raw_items: pl.DataFrame, customers: pl.DataFrame, day: date, settings: Settings
) -> dict[Model, pl.DataFrame]:
    half_life = settings.interest_half_life_days
    sums = sum_up(behaviour, raw_items, day, half_life, settings.affinity_window_days)
    facts = sums.facts.lazy()
    return {
        Profiles: build_profiles(sums.facts, customers, day),
        Affinities: build_affinities(sums.interest_sums.lazy()),
        Preferences: build_preferences(sums.favourite_sums.lazy()),
        Engagement: build_engagement(facts, behaviour.visits, behaviour.activity, day, half_life),
        Lifecycle: build_lifecycle(facts, day),
        Touches: sums.touches.with_columns(pl.col("person_id").cast(pl.String)),
        ProfileHistory: build_profile_history(sums.months, day),
    }
