"""Dagster assets of identity: pairs of identifiers by day, and the persons that they make."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import dagster as dg
import polars as pl

from dmp_assets.events.schema import NOBODY_PATTERNS
from dmp_assets.foundation.publishing.as_of import AsOfOrAnew
from dmp_assets.foundation.publishing.publish import (
    Frames,
    PublishEvents,
    TableRows,
    publish,
    publish_days,
    publish_tables,
    run_days,
)
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.settings.identity import IdentitySettings
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Days
from dmp_assets.identity.moves import Standing, find_moves, withdrawn_moves
from dmp_assets.identity.observation import daily_edges as pairs_of_days
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import IDENTIFIER, USER, DailyEdges, PersonIdentifiers
from dmp_assets.identity.schema.resolution import Inputs, Moves, SuggestedEdges, Verdicts
from dmp_assets.identity.steps import DAILY_EDGES, RESOLVE_PERSONS, SUGGESTED_EDGES
from dmp_assets.identity.suggestions import no_suggestions, suggest_edges
from dmp_assets.identity.upkeep import RESOLVED, Observed, Upkeep, keep_up

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

READ_BACK: tuple[Contract, ...] = (*RESOLVED, Inputs)
"""Tables that the next run builds on."""


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings
    rules = identity_rules(settings.identity)

    @table_asset(DAILY_EDGES, site)
    def daily_edges(context: dg.AssetExecutionContext, cleaned_events: StoredTable) -> PublishEvents:
        def build(days: Days) -> Frames:
            # The usual rules, not those of dmp.yaml: a block must not make every day stale.
            return {DailyEdges: pairs_of_days(cleaned_events.lazy(days, EVENT_COLUMNS), IdentityRules())}

        yield from publish_days(context, DAILY_EDGES.makes, build, cleaned_events.inputs(run_days(context)))

    @table_asset(RESOLVE_PERSONS, site)
    def resolve_persons(
        context: dg.AssetExecutionContext, config: AsOfOrAnew, daily_edges: StoredTable, raw_customers: StoredTable
    ) -> PublishEvents:
        since = datetime.combine(settings.start_date, time())
        basis = Observed(daily_edges, config.day(daily_edges), raw_customers, since, rules)
        services = context.resources.io_manager
        stored = {contract: services.stored(*Table(contract).asset_key) for contract in READ_BACK}
        done = keep_up(basis, stored, anew=config.anew)
        told = services.stored(*Table(Moves).asset_key)
        moves, withdrawn = _moves(done, stored, told, basis.as_of_date)
        tables: dict[Contract, TableRows] = {
            Moves: TableRows(moves, withdrawn, done.metadata),
            **{contract: TableRows(*done.of(name), done.metadata) for contract, name in RESOLVED.items()},
            Inputs: TableRows(done.inputs, metadata=done.metadata),
        }
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


def _moves(
    done: Upkeep, stored: Mapping[Contract, StoredTable], told: StoredTable, as_of_date: date
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return the moves that a run makes, and the keys of those that go; with None all moves that are to be told."""
    part = done.replaced
    if part is None:
        before = Standing(stored[PersonIdentifiers].frame(), stored[Verdicts].frame())
    else:
        before = Standing(
            stored[PersonIdentifiers].matching(part.identifiers), stored[Verdicts].matching(part.verdicts)
        )
    after = Standing(done.rows.identifiers, done.rows.verdicts)
    found = find_moves(before, after, done.rows.merges, as_of_date, datetime.now(UTC).replace(tzinfo=None))
    if part is not None and told.commits():
        earlier = told.matching(before.identifiers.select(IDENTIFIER))
        return found, withdrawn_moves(earlier, found, after.identifiers)
    earlier = told.frame()
    withdrawn = withdrawn_moves(earlier, found, after.identifiers)
    return pl.concat([earlier.join(withdrawn, on=withdrawn.columns, how="anti"), found]), None


def identity_rules(settings: IdentitySettings) -> IdentityRules:
    """Return the rules that the settings say."""
    return IdentityRules(
        limits={USER: 1, **settings.limits.model_dump()},
        super_node_users=settings.super_node_users,
        super_node_stronger=settings.super_node_stronger,
        blocked_patterns=(*NOBODY_PATTERNS, *settings.blocked_patterns),
        blocked=frozenset((one.type, one.value) for one in settings.blocked),
    )
