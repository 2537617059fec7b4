"""Dagster asset of profiles and of all other tables of people's behaviour."""

from collections.abc import Mapping
from dataclasses import replace

import dagster as dg
import polars as pl

from dmp_assets.foundation.incremental.update import update
from dmp_assets.foundation.publishing.as_of import AsOfOrFullRefresh
from dmp_assets.foundation.publishing.pictures import picture
from dmp_assets.foundation.publishing.publish import PublishEvents, publish_tables
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.persons import of_accounts
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.profiles.charts import category_attention, interests_svg, lifecycle_svg, rfm_grid_svg
from dmp_assets.profiles.schema.activity import Lifecycle
from dmp_assets.profiles.schema.interests import Affinities
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.statements.assets import assets as statements_assets
from dmp_assets.profiles.steps import DESCRIBE_PROFILES
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.event_tables import EventTables
from dmp_assets.profiles.tables import ProfilesStep
from dmp_assets.profiles.traits.assets import assets as traits_assets


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings

    @table_asset(DESCRIBE_PROFILES, site)
    def describe_profiles(
        context: dg.AssetExecutionContext,
        config: AsOfOrFullRefresh,
        daily_activity: StoredTable,
        sessions: StoredTable,
        event_items: StoredTable,
        cleaned_events: StoredTable,
        orders: StoredTable,
        order_items: StoredTable,
        reversals: StoredTable,
        raw_items: pl.DataFrame,
        raw_customers: pl.DataFrame,
        visitors: pl.DataFrame,
        identifiers: StoredTable,
    ) -> PublishEvents:
        services = context.resources.io_manager
        stored = {contract: services.stored(*Table(contract).asset_key) for contract in DESCRIBE_PROFILES.makes}
        basis = Basis(
            events=EventTables(daily_activity, sessions, event_items, cleaned_events, orders, order_items, reversals),
            as_of_date=config.day(daily_activity),
            visitors=visitors,
            identifiers=identifiers,
            raw_items=raw_items,
            half_life_days=settings.interest_half_life_days,
            window_days=settings.affinity_window_days,
            time_zone=settings.time_zone,
            blocked_categories=settings.recommendations.blocked_categories,
            made_by=str(site.made_by_of(DESCRIBE_PROFILES)),
        )
        step = ProfilesStep(basis, stored, of_accounts(raw_customers, visitors))
        done = update(step, full_refresh=config.full_refresh)
        pictures = _pictures(done.tables, stored)
        tables = {
            contract: replace(made, metadata={**made.metadata, **pictures.get(contract, {})})
            for contract, made in done.tables.items()
        }
        yield from publish_tables(context, tables)

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
    """Return ``category_attention`` of all affinities, as they will be after the write.

    Args:
        made: The affinities to be written: all, or those of some people.
        stored: The stored affinities; DuckDB adds up those of the other people.
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
