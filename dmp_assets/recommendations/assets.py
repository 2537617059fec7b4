"""Dagster assets of recommendations: which models serve, which items go together, everybody's lists."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOfOrFullRefresh
from dmp_assets.foundation.publishing.pictures import picture
from dmp_assets.foundation.publishing.publish import PublishEvents, publish_tables
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.recommendations.charts import paths_svg, proof_svg
from dmp_assets.recommendations.observed import Observed
from dmp_assets.recommendations.schema.choice import RecommendationMetrics
from dmp_assets.recommendations.schema.lists import Recommendations, ServingPaths
from dmp_assets.recommendations.steps import CHOOSE_MODELS, RECOMMEND_ITEMS, RELATE_ITEMS
from dmp_assets.recommendations.update import (
    Catalogue,
    ChoiceMissingError,
    Published,
    Stored,
    keep_choice,
    keep_relations,
    keep_serving,
)


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings

    def observe(
        config: AsOfOrFullRefresh,
        event_items: StoredTable,
        order_items: StoredTable,
        visitors: StoredTable,
        persons: StoredTable,
        consent: StoredTable,
    ) -> Observed:
        # Lines of orders may come in a file of their own: then no event has any.
        day = max(config.day(event_items), config.day(order_items))
        rules, time_zone = settings.recommendations, settings.time_zone
        return Observed(event_items, order_items, visitors, persons, consent, day, rules, time_zone)

    @table_asset(CHOOSE_MODELS, site)
    def choose_models(
        context: dg.AssetExecutionContext,
        config: AsOfOrFullRefresh,
        event_items: StoredTable,
        order_items: StoredTable,
        visitors: StoredTable,
        persons: StoredTable,
        consent: StoredTable,
    ) -> PublishEvents:
        observed = observe(config, event_items, order_items, visitors, persons, consent)
        made_by = str(site.made_by_of(CHOOSE_MODELS))
        stored = _stored(context, CHOOSE_MODELS)
        found = keep_choice(observed, stored, settings.holdout_days, made_by, full_refresh=config.full_refresh)
        proof = picture(proof_svg(_present(found, stored, RecommendationMetrics)), "Proof of the lists")
        yield from publish_tables(context, _with(found, RecommendationMetrics, {"proof": proof}))

    @table_asset(RELATE_ITEMS, site)
    def relate_items(
        context: dg.AssetExecutionContext,
        config: AsOfOrFullRefresh,
        event_items: StoredTable,
        order_items: StoredTable,
        visitors: StoredTable,
        persons: StoredTable,
        consent: StoredTable,
        raw_items: StoredTable,
    ) -> PublishEvents:
        observed = observe(config, event_items, order_items, visitors, persons, consent)
        made_by = str(site.made_by_of(RELATE_ITEMS))
        stored = _stored(context, RELATE_ITEMS)
        found = keep_relations(observed, raw_items, stored, made_by, full_refresh=config.full_refresh)
        yield from publish_tables(context, found)

    @table_asset(RECOMMEND_ITEMS, site)
    def recommend_items(
        context: dg.AssetExecutionContext,
        config: AsOfOrFullRefresh,
        event_items: StoredTable,
        order_items: StoredTable,
        visitors: StoredTable,
        persons: StoredTable,
        consent: StoredTable,
        model_choice: StoredTable,
        raw_items: StoredTable,
        demographics: StoredTable,
        items: StoredTable,
    ) -> PublishEvents:
        observed = observe(config, event_items, order_items, visitors, persons, consent)
        catalogue = Catalogue(model_choice, raw_items, demographics, items)
        made_by = str(site.made_by_of(RECOMMEND_ITEMS))
        stored = _stored(context, RECOMMEND_ITEMS)
        try:
            found = keep_serving(observed, catalogue, stored, made_by, full_refresh=config.full_refresh)
        except ChoiceMissingError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        paths = picture(paths_svg(_present(found, stored, ServingPaths)), "What lists come from")
        yield from publish_tables(context, _with(found, Recommendations, {"paths": paths}))

    return [choose_models, relate_items, recommend_items]


def _stored(context: dg.AssetExecutionContext, step: Step) -> dict[Contract, StoredTable]:
    services = context.resources.io_manager
    return {contract: services.stored(*Table(contract).asset_key) for contract in step.makes}


def _present(found: Published, stored: Stored, contract: Contract) -> pl.DataFrame:
    """Return all rows that a table has after the write: those that are made, or those that are kept."""
    made = found[contract]
    return made.rows if made.replaced is None else stored[contract].frame()


def _with(found: Published, contract: Contract, metadata: Mapping[str, Any]) -> Published:
    """Return the same with more metadata on one table."""
    rows = found[contract]
    return {**found, contract: replace(rows, metadata={**rows.metadata, **metadata})}
