"""Dagster assets of what is told about people beside their profile."""

import dagster as dg
import polars as pl

from dmp_assets.as_of import AsOf
from dmp_assets.persons import named_visitor, of_accounts, of_persons
from dmp_assets.profiles.affinities import build_affinities
from dmp_assets.profiles.attributes import build_attributes, with_brand
from dmp_assets.profiles.consent import build_consent
from dmp_assets.profiles.demographics import build_demographics
from dmp_assets.profiles.engagement import build_engagement
from dmp_assets.profiles.feature_charts import interests_png, lifecycle_png
from dmp_assets.profiles.feature_schema import (
    Affinities,
    ComputedTraits,
    ConsentState,
    Demographics,
    Engagement,
    Lifecycle,
    Preferences,
    ProfileHistory,
    Psychographics,
    Touches,
)
from dmp_assets.profiles.history import build_profile_history
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.psychographics import build_psychographics
from dmp_assets.profiles.touches import build_touches
from dmp_assets.profiles.trait_settings import load_traits
from dmp_assets.profiles.traits import compute_traits, event_columns, item_traits
from dmp_assets.settings import Settings
from dmp_assets.warehouse.asset_options import asset_options, multi_asset_options
from dmp_assets.warehouse.pictures import picture
from dmp_assets.warehouse.publish import PublishEvents, publish
from dmp_assets.warehouse.read import StoredTable
from dmp_assets.warehouse.tables import Model

BEHAVIOUR = {
    "affinities": Affinities,
    "preferences": Preferences,
    "engagement": Engagement,
    "lifecycle": Lifecycle,
    "touches": Touches,
    "profile_history": ProfileHistory,
}
STATEMENTS = {"demographics": Demographics, "psychographics": Psychographics, "consent": ConsentState}

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
PLACE_COLUMNS = ("event_date", "event_at", "visitor_id", "source", "country", "city")


def feature_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets: behaviour, what people and others say of them, and the traits of ``traits.yaml``."""
    visitors_in = {"visitors": dg.AssetIn(["identity", "visitors"])}

    @dg.multi_asset(
        name="describe_behaviour",
        ins={
            "daily_activity": dg.AssetIn(["events", "daily_activity"]),
            "sessions": dg.AssetIn(["events", "sessions"]),
            "event_items": dg.AssetIn(["events", "event_items"]),
            "cleaned_events": dg.AssetIn(["events", "cleaned_events"]),
            "raw_items": dg.AssetIn(["ingest", "raw_items"]),
            **visitors_in,
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
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        day, half_life = config.day(daily_activity), settings.interest_half_life_days
        # Made once, as four tables are made of it: people by day, not events.
        activity = of_persons(daily_activity.lazy(), visitors, "first_event_at").collect(engine="streaming").lazy()
        visits = of_persons(sessions.lazy(columns=VISIT_COLUMNS), visitors, "started_at")
        lines = of_persons(event_items.lazy(columns=LINE_COLUMNS), visitors, "event_at")
        contents = cleaned_events.lazy(columns=CONTENT_COLUMNS).filter(pl.col("content_group").is_not_null())
        contents = of_persons(contents, visitors, "event_at")
        attributes = build_attributes(activity, visits, with_brand(lines, raw_items), contents)
        # Made once: affinities and preferences would each group all item lines again.
        attributes = attributes.filter(pl.col("event_date") <= day).collect(engine="streaming").lazy()
        tables: dict[Model, pl.DataFrame] = {
            Affinities: build_affinities(attributes, day, half_life, settings.affinity_window_days),
            Preferences: build_preferences(attributes, day, half_life),
            Engagement: build_engagement(visits, activity, day, half_life),
            Lifecycle: build_lifecycle(activity, day),
            Touches: build_touches(visits, day),
            ProfileHistory: build_profile_history(activity, day),
        }
        pictures: dict[Model, dict[str, dg.MetadataValue]] = {
            Lifecycle: {"stages": picture(lifecycle_png(tables[Lifecycle]), "Lifecycle stages")},
            Affinities: {"interests": picture(interests_png(tables[Affinities]), "Interests")},
        }
        for model, table in tables.items():
            yield from publish(context, model, table, pictures.get(model), input_id=settings.model_settings_id)

    @dg.multi_asset(
        name="describe_people",
        ins={
            "cleaned_events": dg.AssetIn(["events", "cleaned_events"]),
            "raw_customers": dg.AssetIn(["ingest", "raw_customers"]),
            "raw_third_party_attributes": dg.AssetIn(["ingest", "raw_third_party_attributes"]),
            "raw_survey_answers": dg.AssetIn(["ingest", "raw_survey_answers"]),
            "raw_consents": dg.AssetIn(["ingest", "raw_consents"]),
            **visitors_in,
        },
        **multi_asset_options(STATEMENTS),
    )
    def describe_people(
        context: dg.AssetExecutionContext,
        config: AsOf,
        cleaned_events: StoredTable,
        raw_customers: pl.DataFrame,
        raw_third_party_attributes: pl.DataFrame,
        raw_survey_answers: pl.DataFrame,
        raw_consents: pl.DataFrame,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        day = config.day(cleaned_events)
        bought = raw_third_party_attributes.with_columns(named_visitor("user_id", "email"))
        chosen = raw_consents.with_columns(named_visitor("user_id", "anonymous_id", "email"))
        places = cleaned_events.lazy(columns=PLACE_COLUMNS)
        places = places.filter(pl.col("country").is_not_null() | pl.col("city").is_not_null())
        demographics = build_demographics(
            of_accounts(raw_customers, visitors).lazy(),
            of_persons(bought.lazy(), visitors, "observed_at"),
            of_persons(places, visitors, "event_at"),
            day,
        )
        yield from publish(context, Demographics, demographics)
        answers = of_accounts(raw_survey_answers, visitors).lazy()
        yield from publish(context, Psychographics, build_psychographics(answers, day))
        yield from publish(context, ConsentState, build_consent(of_persons(chosen.lazy(), visitors, "changed_at"), day))

    @dg.asset(
        **asset_options(ComputedTraits),
        ins={
            "cleaned_events": dg.AssetIn(["events", "cleaned_events"]),
            "event_items": dg.AssetIn(["events", "event_items"]),
            **visitors_in,
        },
    )
    def computed_traits(
        context: dg.AssetExecutionContext,
        config: AsOf,
        cleaned_events: StoredTable,
        event_items: StoredTable,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        traits = load_traits(settings.traits).traits if settings.traits.exists() else {}
        day = config.day(cleaned_events)
        columns = [*event_columns(traits), "visitor_id"]
        events = of_persons(cleaned_events.lazy(columns=columns), visitors, "event_at")
        # A million lines are not read for traits that ask for none.
        table = compute_traits(events, traits, day, event_items.lazy() if item_traits(traits) else None)
        yield from publish(context, ComputedTraits, table, input_id=settings.model_settings_id)

    return [describe_behaviour, describe_people, computed_traits]
