"""Dagster assets of audiences: the ledger, and one asset for each declared destination."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from dmp_assets.activation.delivery import deliver, finish_deliveries, site_of
from dmp_assets.activation.schema import IN
from dmp_assets.activation.steps import KEEP_LEDGER
from dmp_assets.foundation.publishing.failures import guarded
from dmp_assets.foundation.publishing.publish import PublishEvents, publish_tables
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.settings.activation import Destination, load_destinations
from dmp_assets.foundation.settings.owners import owner_of
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.identity.schema.persons import PersonIdentifiers
from dmp_assets.ingest.schema.people import RawConsents
from dmp_assets.segments.schema import Memberships

DELIVERS = "dmp/delivers"
"""Tag of assets that send people out: no run of all tables makes them, only their own schedule or a person."""


def assets(site: Site) -> Assets:
    """Return the assets of this domain; the ledger alone where no destination is declared."""

    @table_asset(KEEP_LEDGER, site)
    def keep_ledger(context: dg.AssetExecutionContext) -> PublishEvents:
        warehouse: Warehouse = context.resources.io_manager.warehouse
        # Held throughout: a delivery in between would find its files taken for those of a dead process.
        with warehouse.get_connection():
            finish_deliveries(site_of(site.settings, warehouse, site.made_by_of(KEEP_LEDGER)))
            yield from publish_tables(context, _unchanged(warehouse))

    declared = load_destinations(site.settings.activation)
    return [keep_ledger, *(_destination(site, name, wanted) for name, wanted in declared.items())]


def _unchanged(warehouse: Warehouse) -> dict[Contract, TableRows]:
    """Return rows that leave the ledger as deliveries wrote it, so that only the code that keeps it is booked."""
    booked = {commit.table_name for commit in current_commits(warehouse)}
    unchanged = {}
    for table in KEEP_LEDGER.tables:
        nothing = pl.DataFrame(schema=table.polars_schema)
        keys = nothing.select(table.key) if table.qualified_name in booked else None
        unchanged[table.contract] = TableRows(nothing, replaced=keys)
    return unchanged


def _destination(site: Site, name: str, wanted: Destination) -> dg.AssetsDefinition:
    """Return the asset of a destination: it delivers each audience that is declared for it."""
    purposes = " and ".join(wanted.purpose)
    asked = ", ".join(str(audience.segment or audience.recipe) for audience in wanted.audiences) or "none"
    spec = dg.AssetSpec(
        ["activation", name],
        deps=[Table(one).asset_key for one in (Memberships, PersonIdentifiers, RawConsents)],
        group_name="activation",
        description=f"Files for {name} ({wanted.format}) in data/audiences/{name}, of people with consent to "
        f"{purposes}. Audiences: {asked}. They are made by its schedule, or when somebody materialises it.",
        owners=[owner_of(site.settings.owners, "activation")],
        kinds={"file"},
        tags={DELIVERS: "true"},
    )

    @dg.multi_asset(name=f"deliver_{name}", specs=[spec], required_resource_keys={"io_manager"})
    @guarded(lambda _: f"delivering to {name}")
    def delivers(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        place = site_of(site.settings, context.resources.io_manager.warehouse, site.made_by_of(KEEP_LEDGER))
        people = files = 0
        for audience in wanted.audiences:
            done = deliver(place, name, wanted, audience)
            counts = dict(done.people.group_by("status").len().iter_rows())
            said = f"{counts.get(IN, 0)} people in, {done.added} identifiers added, {done.removed} removed"
            context.log.info(f"{done.audience}: {said}" if done.is_new else f"{done.audience}: as delivered before")
            people, files = people + counts.get(IN, 0), files + len(done.files) * done.is_new
        yield dg.MaterializeResult(asset_key=spec.key, metadata={"people": people, "files": files})

    return delivers
