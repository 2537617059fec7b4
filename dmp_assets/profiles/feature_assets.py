"""Dagster assets of what people and others say of them, and of computed traits."""

from collections.abc import Mapping

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
from dmp_assets.profiles.trait_settings import Trait, load_traits
from dmp_assets.profiles.traits import (
    compute_traits,
    event_columns,
    event_names,
    first_day,
    item_columns,
    item_traits,
)
from dmp_assets.settings import Settings
from dmp_assets.warehouse.asset_options import asset_options, multi_asset_options
from dmp_assets.warehouse.publish import PublishEvents, TableRows, publish, publish_tables
from dmp_assets.warehouse.read import StoredTable
from dmp_assets.warehouse.write import Days

STATEMENTS = {"demographics": Demographics, "psychographics": Psychographics, "consent": ConsentState}


def feature_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets: what people and others say of them, and the traits of ``traits.yaml``."""
    visitors_in = {"visitors": dg.AssetIn(["identity", "visitors"])}

    @dg.multi_asset(
        name="describe_people",
        ins={
            "cleaned_events": dg.AssetIn(["events", "cleaned_events"]),
            "places": dg.AssetIn(["profiles", "places"]),
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
        places: pl.DataFrame,
        raw_customers: pl.DataFrame,
        raw_third_party_attributes: pl.DataFrame,
        raw_survey_answers: pl.DataFrame,
        raw_consents: pl.DataFrame,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        day = config.day(cleaned_events)
        bought = raw_third_party_attributes.with_columns(named_visitor("user_id", "email"))
        chosen = raw_consents.with_columns(named_visitor("user_id", "anonymous_id", "email"))
        demographics = build_demographics(
            of_accounts(raw_customers, visitors).lazy(),
            of_persons(bought.lazy(), visitors, "observed_at"),
            places.lazy(),
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
            "lifecycle": dg.AssetIn(["profiles", "lifecycle"]),
            **visitors_in,
        },
    )
    def computed_traits(
        context: dg.AssetExecutionContext,
        config: AsOf,
        cleaned_events: StoredTable,
        event_items: StoredTable,
        lifecycle: StoredTable,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        traits = load_traits(settings.traits).traits if settings.traits.exists() else {}
        day = config.day(cleaned_events)
        days = Days(first_day(traits, day), day)
        columns = [*event_columns(traits), "visitor_id"]
        events = of_persons(cleaned_events.lazy(days, columns, _named(traits)), visitors, "event_at")
        people = lifecycle.lazy(columns=("person_id",)).collect()
        of_items = {name: traits[name] for name in item_traits(traits)}
        items = event_items.lazy(days, item_columns(of_items), _named(of_items)) if of_items else None
        table = compute_traits(events, people, traits, day, items)
        yield from publish(context, ComputedTraits, table, input_id=settings.model_settings_id)

    return [describe_people, computed_traits]


def _named(traits: Mapping[str, Trait]) -> pl.DataFrame:
    """Return the names of the events that are read: the demo's traits are made of one event in eleven."""
    return pl.DataFrame({"event_name": event_names(traits)}, schema={"event_name": pl.String})
