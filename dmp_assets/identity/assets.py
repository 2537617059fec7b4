"""Dagster assets of identity: pairs of identifiers by day, and the persons that they make."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import polars as pl

from dmp_assets.events.schema import NOBODY_PATTERNS
from dmp_assets.foundation.incremental.update import Update, update
from dmp_assets.foundation.publishing.as_of import AsOfOrFullRefresh
from dmp_assets.foundation.publishing.publish import (
    Frames,
    PublishEvents,
    publish,
    publish_days,
    publish_tables,
    run_days,
)
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.settings.identity import IdentitySettings
from dmp_assets.foundation.values.calendar import begin_of
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.identity.inputs import Observed
from dmp_assets.identity.moves import Standing, find_moves, withdrawn_moves
from dmp_assets.identity.observation import daily_edges as pairs_of_days
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import IDENTIFIER, USER, DailyEdges, Merges, PersonIdentifiers
from dmp_assets.identity.schema.resolution import Moves, SuggestedEdges, Verdicts
from dmp_assets.identity.steps import DAILY_EDGES, RESOLVE_PERSONS, SUGGESTED_EDGES
from dmp_assets.identity.suggestions import no_suggestions, suggest_edges
from dmp_assets.identity.update import PersonsStep

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
SESSION_COLUMNS = ("event_date", "anonymous_id", "started_at", "first_user_id")


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings
    rules = identity_rules(settings.identity)

    @table_asset(DAILY_EDGES, site)
    def daily_edges(
        context: dg.AssetExecutionContext, cleaned_events: StoredTable, sessions: StoredTable
    ) -> PublishEvents:
        def build(days: Days) -> Frames:
            events, visits = cleaned_events.lazy(days, EVENT_COLUMNS), sessions.lazy(days, SESSION_COLUMNS)
            # The default rules, not those of dmp.yaml: blocking an identifier must not make every day stale.
            return {DailyEdges: pairs_of_days(events, visits, IdentityRules())}

        yield from publish_days(context, DAILY_EDGES, build, cleaned_events.inputs(run_days(context)))

    @table_asset(RESOLVE_PERSONS, site)
    def resolve_persons(
        context: dg.AssetExecutionContext,
        config: AsOfOrFullRefresh,
        daily_edges: StoredTable,
        order_visitors: StoredTable,
        raw_customers: StoredTable,
    ) -> PublishEvents:
        services = context.resources.io_manager
        stored = {contract: services.stored(*Table(contract).asset_key) for contract in RESOLVE_PERSONS.makes}
        basis = Observed(
            pairs=daily_edges,
            order_visitors=order_visitors,
            as_of_date=config.day(daily_edges),
            customers=raw_customers,
            known_since=begin_of(settings.start_date, settings.time_zone),
            time_zone=settings.time_zone,
            rules=rules,
            made_by=str(site.made_by_of(RESOLVE_PERSONS)),
        )
        done = update(PersonsStep(basis, stored), full_refresh=config.full_refresh)
        moves = _moves(done, stored, stored[Moves], basis)
        # Moves are written first, so that no run can end with a move made and not reported.
        tables: dict[Contract, TableRows] = {Moves: replace(moves, metadata=done.metadata), **done.tables}
        yield from publish_tables(context, tables)

    @table_asset(SUGGESTED_EDGES, site)
    def suggested_edges(context: dg.AssetExecutionContext, raw_customers: pl.DataFrame) -> PublishEvents:
        wanted = settings.identity.suggestions
        try:
            found = (
                no_suggestions()
                if wanted is None
                else suggest_edges(raw_customers, rules, wanted.threshold, wanted.seed)
            )
        except ImportError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        metadata = {"status": found.status, "records": found.records, "pairs expected": found.expected_pairs}
        yield from publish(context, SuggestedEdges, found.edges, metadata)

    return [daily_edges, resolve_persons, suggested_edges]


def _moves(done: Update, stored: Mapping[Contract, StoredTable], reported: StoredTable, basis: Observed) -> TableRows:
    """Return the moves to write: those of this run, and the keys of withdrawn ones.

    After a full refresh they are all moves, new and earlier.
    """
    identifiers, verdicts = done.tables[PersonIdentifiers], done.tables[Verdicts]
    before = Standing(
        _as_stored(stored[PersonIdentifiers], identifiers.replaced), _as_stored(stored[Verdicts], verdicts.replaced)
    )
    after = Standing(identifiers.rows, verdicts.rows)
    now = datetime.now(UTC).replace(tzinfo=None)
    found = find_moves(before, after, done.tables[Merges].rows, basis.as_of_date, now, basis.time_zone)
    if not done.is_full_refresh and reported.commits():
        earlier = reported.matching(before.identifiers.select(IDENTIFIER))
        return TableRows(found, withdrawn_moves(earlier, found, after.identifiers))
    earlier = reported.frame()
    withdrawn = withdrawn_moves(earlier, found, after.identifiers)
    return TableRows(pl.concat([earlier.join(withdrawn, on=withdrawn.columns, how="anti"), found]))


def _as_stored(table: StoredTable, keys: pl.DataFrame | None) -> pl.DataFrame:
    return table.frame() if keys is None else table.matching(keys)


def identity_rules(settings: IdentitySettings) -> IdentityRules:
    """Return the rules that the settings say."""
    return IdentityRules(
        limits={USER: 1, **settings.limits.model_dump()},
        super_node_users=settings.super_node_users,
        super_node_stronger=settings.super_node_stronger,
        blocked_patterns=(*NOBODY_PATTERNS, *settings.blocked_patterns),
        blocked=frozenset((one.type, one.value) for one in settings.blocked),
    )
