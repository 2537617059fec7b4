"""Dagster asset of computed traits, those of ``traits.yaml``."""

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.publish import PublishEvents, publish
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.profiles.schema.statements import ComputedTraits
from dmp_assets.profiles.steps import COMPUTED_TRAITS
from dmp_assets.profiles.traits.compute import compute_traits, first_day
from dmp_assets.profiles.traits.rows import TraitTables, rows_of_traits
from dmp_assets.profiles.traits.settings import load_traits


def assets(site: Site) -> Assets:
    """Return the asset of computed traits."""
    settings = site.settings

    @table_asset(COMPUTED_TRAITS, site)
    def computed_traits(
        context: dg.AssetExecutionContext,
        config: AsOf,
        cleaned_events: StoredTable,
        event_items: StoredTable,
        orders: StoredTable,
        order_items: StoredTable,
        reversals: StoredTable,
        lifecycle: StoredTable,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        traits = load_traits(settings.traits).traits if settings.traits.exists() else {}
        day = config.day(cleaned_events)
        days = Days(first_day(traits, day), day)
        tables = TraitTables(cleaned_events, event_items, orders, order_items, reversals)
        events, items = rows_of_traits(tables, traits, days, visitors)
        people = lifecycle.lazy(columns=("person_id",)).collect()
        table = compute_traits(events, people, traits, day, items, settings.time_zone)
        yield from publish(context, ComputedTraits, table)

    return [computed_traits]
