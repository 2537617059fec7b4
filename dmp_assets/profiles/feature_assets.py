"""Dagster assets of what people and others say of them, and of computed traits."""

import dagster as dg
import polars as pl

from dmp_assets.as_of import AsOf
from dmp_assets.persons import named_visitor, of_accounts, of_persons
from dmp_assets.profiles.consent import build_consent
from dmp_assets.profiles.demographics import build_demographics
from dmp_assets.profiles.feature_schema import (
    ComputedTraits,
    ConsentState,
    Demographics,
    Psychographics,
)
from dmp_assets.profiles.psychographics import build_psychographics
from dmp_assets.profiles.trait_settings import load_traits
from dmp_assets.profiles.traits import compute_traits, event_columns, item_traits
from dmp_assets.settings import Settings
from dmp_assets.warehouse.asset_options import asset_options, multi_asset_options
from dmp_assets.warehouse.publish import PublishEvents, TableRows, publish, publish_tables
from dmp_assets.warehouse.read import StoredTable

STATEMENTS = {"demographics": Demographics, "psychographics": Psychographics, "consent": ConsentState}

PLACE_COLUMNS = ("event_date", "event_at", "visitor_id", "source", "country", "city")


def feature_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets: what people and others say of them, and the traits of ``traits.yaml``."""
    visitors_in = {"visitors": dg.AssetIn(["identity", "visitors"])}

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
        answers = of_accounts(raw_survey_answers, visitors).lazy()
        consent = build_consent(of_persons(chosen.lazy(), visitors, "changed_at"), day)
        tables = {
            Demographics: TableRows(demographics),
            Psychographics: TableRows(build_psychographics(answers, day)),
            ConsentState: TableRows(consent),
        }
        yield from publish_tables(context, tables)

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

    return [describe_people, computed_traits]
