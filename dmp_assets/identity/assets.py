"""Dagster assets of identity: pairs of identifiers by day, and the persons that they make."""

from datetime import datetime, time

import dagster as dg
import polars as pl

from dmp_assets.as_of import AsOf
from dmp_assets.identity.observation import aggregate_edges, crm_edges, daily_edges
from dmp_assets.identity.resolution import resolve
from dmp_assets.identity.rules import BLOCKED_PATTERNS, IdentityRules
from dmp_assets.identity.schema import (
    USER,
    DailyEdges,
    Edges,
    Merges,
    PersonHistory,
    PersonIdentifiers,
    Persons,
    Verdicts,
    Visitors,
)
from dmp_assets.identity.visitors import visitor_table
from dmp_assets.identity_settings import IdentitySettings
from dmp_assets.settings import Settings
from dmp_assets.warehouse.asset_options import asset_options, multi_asset_options
from dmp_assets.warehouse.publish import Frames, PublishEvents, publish, publish_days, run_days
from dmp_assets.warehouse.read import StoredTable
from dmp_assets.warehouse.write import Days

EVENT_COLUMNS = (
    "event_date",
    "event_at",
    "event_id",
    "source",
    "bot_rule",
    "user_id",
    "email",
    "phone",
    "device_id",
    "anonymous_id",
    "mkt_clickid",
)

PERSON_TABLES = {
    "edges": Edges,
    "identifiers": PersonIdentifiers,
    "persons": Persons,
    "person_history": PersonHistory,
    "merges": Merges,
    "verdicts": Verdicts,
    "visitors": Visitors,
}


def identity_assets(settings: Settings, daily: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Return the assets of this domain."""
    rules = identity_rules(settings.identity)

    @dg.asset(
        **asset_options(DailyEdges, daily),
        ins={"cleaned_events": dg.AssetIn(["events", "cleaned_events"])},
    )
    def pairs_of_days(context: dg.AssetExecutionContext, cleaned_events: StoredTable) -> PublishEvents:
        def build(days: Days) -> Frames:
            # The usual rules, not those of dmp.yaml: a block must not make every day stale.
            return {DailyEdges: daily_edges(cleaned_events.lazy(days, EVENT_COLUMNS), IdentityRules())}

        yield from publish_days(context, [DailyEdges], build, cleaned_events.inputs(run_days(context)))

    @dg.multi_asset(
        name="resolve_persons",
        ins={
            "observed": dg.AssetIn(["identity", "daily_edges"]),
            "raw_customers": dg.AssetIn(["ingest", "raw_customers"]),
        },
        **multi_asset_options(PERSON_TABLES),
    )
    def resolve_persons(
        context: dg.AssetExecutionContext, config: AsOf, observed: StoredTable, raw_customers: pl.DataFrame
    ) -> PublishEvents:
        as_of_date = config.day(observed)
        pairs = observed.lazy().filter(pl.col("event_date") <= as_of_date)
        since = datetime.combine(settings.start_date, time())
        known = crm_edges(raw_customers, since).lazy()
        edges = aggregate_edges(pl.concat([pairs.drop("event_date"), known], how="diagonal")).collect(
            engine="streaming"
        )
        found = resolve(edges, rules, pairs)
        tables = {
            Edges: found.edges,
            PersonIdentifiers: found.identifiers,
            Persons: found.persons,
            PersonHistory: found.history,
            Merges: found.merges,
            Verdicts: found.verdicts,
            Visitors: visitor_table(found),
        }
        for model, table in tables.items():
            yield from publish(context, model, table, input_id=settings.model_settings_id)

    return [pairs_of_days, resolve_persons]


def identity_rules(settings: IdentitySettings) -> IdentityRules:
    """Return the rules that the settings say."""
    return IdentityRules(
        limits={USER: 1, **settings.limits.model_dump()},
        super_node_users=settings.super_node_users,
        super_node_stronger=settings.super_node_stronger,
        blocked_patterns=(*BLOCKED_PATTERNS, *settings.blocked_patterns),
        blocked=frozenset((one.type, one.value) for one in settings.blocked),
    )
