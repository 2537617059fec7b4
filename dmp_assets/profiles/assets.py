"""Dagster asset of what people do: their profiles, and all that is told of their behaviour."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOfOrAnew
from dmp_assets.foundation.publishing.pictures import picture
from dmp_assets.foundation.publishing.publish import PublishEvents, TableRows, publish_tables
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.persons import of_accounts
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.profiles.charts import category_attention, interests_svg, lifecycle_svg, rfm_grid_svg
from dmp_assets.profiles.schema.activity import Lifecycle
from dmp_assets.profiles.schema.interests import Affinities
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.statements.assets import assets as statements_assets
from dmp_assets.profiles.steps import DESCRIBE_PROFILES
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.event_tables import EventTables
from dmp_assets.profiles.sums.upkeep import keep_up
from dmp_assets.profiles.tables import profile_tables
from dmp_assets.profiles.traits.assets import assets as traits_assets


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings

    @table_asset(DESCRIBE_PROFILES, site)
    def describe_profiles(
        context: dg.AssetExecutionContext,
        config: AsOfOrAnew,
        daily_activity: StoredTable,
        sessions: StoredTable,
        event_items: StoredTable,
        cleaned_events: StoredTable,
        raw_items: pl.DataFrame,
        raw_customers: pl.DataFrame,
        visitors: pl.DataFrame,
        identifiers: StoredTable,
    ) -> PublishEvents:
        services = context.resources.io_manager
        stored = {contract: services.stored(*Table(contract).asset_key) for contract in DESCRIBE_PROFILES.makes}
        # The look-ups share a file that stays open, as opening it costs as much as what they find.
        with ExitStack() as held:
            held.enter_context(services.warehouse.get_connection(read_only=True))
            basis = Basis(
                EventTables(daily_activity, sessions, event_items, cleaned_events),
                config.day(daily_activity),
                visitors,
                identifiers,
                raw_items,
                settings.interest_half_life_days,
                settings.affinity_window_days,
                str(site.made_by_of(DESCRIBE_PROFILES)),
            )
            done = keep_up(basis, stored, anew=config.anew, let_go=held.close)
            tables = profile_tables(done, basis, of_accounts(raw_customers, visitors))
            pictures = _pictures(tables, stored)
        told = {
            contract: replace(table, metadata={**done.metadata, **pictures.get(contract, {})})
            for contract, table in tables.items()
        }
        yield from publish_tables(context, told)

    return [describe_profiles, *statements_assets(site), *traits_assets(site)]


def _pictures(
    tables: Mapping[Contract, TableRows], stored: Mapping[Contract, StoredTable]
) -> dict[Contract, dict[str, dg.MetadataValue]]:
    attention = attention_of_everybody(tables[Affinities], stored[Affinities])
    return {
        Profiles: {"RFM grid": picture(rfm_grid_svg(tables[Profiles].rows), "RFM grid")},
        Lifecycle: {"stages": picture(lifecycle_svg(tables[Lifecycle].rows), "Lifecycle stages")},
        Affinities: {"interests": picture(interests_svg(attention), "Interests")},
    }


def attention_of_everybody(made: TableRows, stored: StoredTable) -> pl.DataFrame:
    """Return ``category_attention`` of all affinities, as they will be.

    Args:
        made: Those to be written: all of them, or those of some people.
        stored: Those that are there; the others' are added up where they lie.
    """
    if made.replaced is None:
        return category_attention(made.rows)
    kept = stored.aggregate(
        "value, sum(affinity) AS attention, count(*) FILTER (rank = 1) AS people",
        matching=pl.DataFrame({"attribute": ["item_category"]}),
        without=made.replaced,
    )
    both = pl.concat([kept, category_attention(made.rows)])
    return both.group_by("value").agg(pl.col("attention", "people").sum())
