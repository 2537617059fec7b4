"""Dagster asset of computed traits, those of ``traits.yaml``."""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.publish import PublishEvents, publish
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.write import Days
from dmp_assets.profiles.schema.statements import ComputedTraits
from dmp_assets.profiles.steps import COMPUTED_TRAITS
from dmp_assets.profiles.traits.compute import (
    compute_traits,
    event_columns,
    event_names,
    first_day,
    item_columns,
    item_traits,
)
from dmp_assets.profiles.traits.settings import Trait, load_traits


def assets(site: Site) -> Assets:
    """Return the asset of computed traits."""
    settings = site.settings

    @table_asset(COMPUTED_TRAITS, site)
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
        table = compute_traits(events, people, traits, day, items, settings.time_zone)
        yield from publish(context, ComputedTraits, table)

    return [computed_traits]


def _named(traits: Mapping[str, Trait]) -> pl.DataFrame:
    """Return the names of the events that are read: the demo's traits are made of one event in eleven."""
    return pl.DataFrame({"event_name": event_names(traits)}, schema={"event_name": pl.String})
