"""A warehouse with what recommendations are made from, and what is stored of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import polars as pl

from dmp_assets.analytics.schema import Items
from dmp_assets.events.schema import EventItems
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.publish import TableRows
from dmp_assets.foundation.publishing.rows_to_write import check_rows
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.read import Commit, StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write, write_all
from dmp_assets.identity.schema.persons import Persons, Visitors
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.orders.schema import ORDERED, OrderItems
from dmp_assets.profiles.schema.statements import ConsentState, Demographics
from dmp_assets.recommendations.observed import Observed
from dmp_assets.recommendations.schema.choice import ModelChoice
from dmp_assets.recommendations.steps import CHOOSE_MODELS, RECOMMEND_ITEMS, RELATE_ITEMS, STEPS
from dmp_assets.recommendations.update import Catalogue, keep_choice, keep_relations, keep_serving
from dmp_assets_tests.foundation.warehouse.support.factories import OpenWarehouse
from dmp_assets_tests.profiles.support.factories import shaped
from dmp_assets_tests.recommendations.support.factories import Line, event_items, order_items

MADE_FROM: tuple[Contract, ...] = (
    EventItems,
    OrderItems,
    Visitors,
    Persons,
    ConsentState,
    RawItems,
    Demographics,
    Items,
)
BEGINNING = datetime.combine(date(2020, 1, 1), time())


@dataclass
class Store:
    """What people did is put in day by day; persons, consent and catalogue are said as a whole."""

    folder: Path
    rules: RecommendationSettings = field(default_factory=RecommendationSettings)
    made_by: str = "code"
    warehouse: OpenWarehouse = field(init=False)

    def __post_init__(self) -> None:
        """Open the warehouse."""
        self.warehouse = OpenWarehouse(database=str(self.folder / "warehouse.duckdb"))
        contracts = (*MADE_FROM, *(contract for step in STEPS for contract in step.makes))
        self.services = WarehouseIOManager(self.warehouse, contracts, self.folder / "run", 1000)
        self.services.create_tables()
        for contract in (RawItems, Demographics, ConsentState, Items):
            self.put(contract, [])

    def table(self, contract: Contract) -> StoredTable:
        """Return a stored table."""
        return self.services.stored(*Table(contract).asset_key)

    def tables(self, contracts: tuple[Contract, ...]) -> dict[Contract, StoredTable]:
        """Return stored tables."""
        return {contract: self.table(contract) for contract in contracts}

    def put(self, contract: Contract, rows: list[dict[str, object]]) -> None:
        """Store a whole table."""
        frame = shaped(pl.DataFrame(rows), contract) if rows else pl.DataFrame(schema=Table(contract).polars_schema)
        write(self.warehouse, Table(contract), Rows(frame=frame), None, Stamp("run"))

    def put_lines(self, rows: list[Line]) -> None:
        """Store the days of these lines in place of what was there; what a visitor buys on a day is one order.

        The events that report the orders are stored too: what is bought must not be counted of both.
        """
        number = pl.int_range(1, pl.len() + 1).over("visitor_id", "order_date")
        order_id = pl.format("{} {}", "visitor_id", "order_date")
        self.put_days(OrderItems, order_items(rows).with_columns(order_id=order_id, line=number))
        self.put_days(EventItems, event_items(rows, ORDERED))

    def put_events(self, rows: list[Line], event_name: str) -> None:
        """Store the days of these lines of events in place of what was there."""
        self.put_days(EventItems, event_items(rows, event_name))

    def put_days(self, contract: Contract, frame: pl.DataFrame) -> None:
        """Store the days of these rows in place of what was there."""
        for (day,), part in frame.partition_by(Table(contract).partition_by or "", as_dict=True).items():
            assert isinstance(day, date)
            write(self.warehouse, Table(contract), Rows(frame=part), Days(day, day), Stamp("run"))

    def put_people(self, people: Mapping[str, str]) -> None:
        """Store visitors and their persons."""
        self.put(Visitors, [{"visitor_id": visitor, "person_id": person} for visitor, person in people.items()])
        self.put(
            Persons, [{"person_id": person, "first_seen_at": BEGINNING} for person in sorted(set(people.values()))]
        )

    def deny(self, *people: str) -> None:
        """Store that these people, and nobody else, denied."""
        self.put(ConsentState, [{"person_id": p, "purpose": "personalisation", "status": "denied"} for p in people])

    def run(self, day: date, *, full_refresh: bool = False) -> dict[str, str]:
        """Do all three pieces of work as of a day, and return what was done of each, and why."""
        said = {}
        for piece in ("choice", "relations", "serving"):
            found = self.piece(piece, day, full_refresh=full_refresh)
            self.write(found)
            metadata = next(iter(found.values())).metadata
            said[piece] = f"{metadata['mode']}: {metadata['because']}" if metadata["mode"] == "made" else "kept"
        return said

    def observed(self, day: date) -> Observed:
        """Return what every piece of work is made from."""
        return Observed(*map(self.table, MADE_FROM[:5]), day, self.rules)

    def piece(self, name: str, day: date, *, full_refresh: bool = False) -> dict[Contract, TableRows]:
        """Return what one piece of work is to publish."""
        observed = self.observed(day)
        if name == "choice":
            return keep_choice(observed, self.tables(CHOOSE_MODELS.makes), 14, self.made_by, full_refresh=full_refresh)
        if name == "relations":
            tables = self.tables(RELATE_ITEMS.makes)
            return keep_relations(observed, self.table(RawItems), tables, self.made_by, full_refresh=full_refresh)
        catalogue = Catalogue(*map(self.table, (ModelChoice, RawItems, Demographics, Items)))
        tables = self.tables(RECOMMEND_ITEMS.makes)
        return keep_serving(observed, catalogue, tables, self.made_by, full_refresh=full_refresh)

    def write(self, found: Mapping[Contract, TableRows]) -> None:
        """Check and write as an asset does."""
        writes = []
        for contract, given in found.items():
            rows, checked = check_rows(given, Table(contract), self.folder / "run")
            assert not any(outcome.violations for outcome in checked)
            writes.append(Write(Table(contract), rows, None, Stamp("run")))
        write_all(self.warehouse, writes)

    def commit(self, contract: Contract) -> Commit:
        """Return the newest commit of a whole table."""
        (found,) = self.table(contract).commits()
        return found
