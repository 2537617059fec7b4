"""A warehouse with tables of events and orders, and the profiles made of them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from dmp_assets.events.schema import CleanedEvents, DailyActivity, EventItems, Sessions
from dmp_assets.foundation.incremental.update import Update, update
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.contract import check_contract, conform
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write, write_all
from dmp_assets.identity.schema.persons import PersonIdentifiers
from dmp_assets.orders.schema import ORDERED, REVERSED, OrderItems, Orders, Reversals
from dmp_assets.profiles.schema.sums import RunningSums, SummedValues
from dmp_assets.profiles.steps import DESCRIBE_PROFILES
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.event_tables import EventTables
from dmp_assets.profiles.tables import ProfilesStep
from dmp_assets_tests.foundation.warehouse.support.factories import OpenWarehouse, booked
from dmp_assets_tests.foundation.warehouse.support.factories import stored as hashes
from dmp_assets_tests.profiles.support.factories import MONEY, customers, shaped

FIRST = date(2024, 1, 20)
NAMES = (ORDERED, "view_item", REVERSED, "review", "page_view")
VISITORS = tuple("abcdefghijklmnop")
EVENT_TABLES = (DailyActivity, Sessions, EventItems, CleanedEvents)
ORDER_TABLES = (Orders, OrderItems, Reversals)

Event = tuple[int, str, int, int]
"""Day, visitor, number of the event name, number of the value."""


@dataclass(frozen=True)
class Order:
    """An order, or a reversal of one: day, visitor, number of the value, and whether it counts."""

    day: int
    visitor: str
    value: int
    counts: bool = True
    status: str = "paid"
    discounts: int | None = None


Whose = dict[str, str | list[tuple[int, str]] | None]
"""Visitor -> person, or persons and the days from which on; None: nobody's."""

USUAL: Whose = {name: f"p{name}" for name in VISITORS}


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


def noon(day: int) -> datetime:
    return datetime.combine(on(day), time(12))


def event_rows(events: list[Event]) -> dict[Contract, pl.DataFrame]:
    """Return the tables of events, with what profiles read of them."""
    columns = {"day": pl.Int64, "visitor_id": pl.String, "name": pl.Int64, "value": pl.Int64}
    frame = pl.DataFrame(sorted(events), schema=columns, orient="row")
    name = pl.col("name").replace_strict(dict(enumerate(NAMES)), return_dtype=pl.String)
    paid = (pl.col("value") + 1).cast(MONEY)
    at = pl.lit(noon(-10)).cast(pl.Datetime("us")) + pl.duration(days=pl.col("day") + 10, hours=3 * pl.col("value"))
    value = pl.format("v{}", "value")
    place = pl.int_range(pl.len())
    said = frame.select(
        "visitor_id", event_date=at.dt.date(), event_name=name, event_at=at, started_at=at, value=value,
        item_category=value, item_brand=value, content_group=value, country=value,
        source=name, channel_group=value, platform=name, mkt_source=name,
        item_id=pl.format("i{}", "value"), item_revenue=paid, price=paid, quantity=pl.lit(1.0),
        events=pl.lit(2, pl.Int64), page_views=pl.lit(1, pl.Int64),
        event_id=pl.format("e{}", place), session_id=pl.format("s{}", place),
        line=pl.lit(1, pl.Int64), kind=pl.lit("session"), is_server_side=pl.lit(value=False),
    )  # fmt: skip
    key = ["event_date", "visitor_id", "event_name", "item_category"]
    activity = said.group_by(key).agg(
        pl.len().cast(pl.Int64).alias("events"),
        pl.len().cast(pl.Int64).alias("items"),
        first_event_at=pl.col("event_at").min(),
        last_event_at=pl.col("event_at").max(),
    )
    frames = (activity, said, said, said)
    return {contract: shaped(frame, contract) for contract, frame in zip(EVENT_TABLES, frames, strict=True)}


def order_rows(orders: dict[str, Order], reversals: dict[str, Order]) -> dict[Contract, pl.DataFrame]:
    """Return the tables of orders, with what profiles read of them."""
    ordered, taken_back = (
        pl.DataFrame(
            [
                {**vars(one), "id": name, "day": on(one.day), "visitor_id": f"user_id:{one.visitor}"}
                for name, one in many.items()
            ],
            schema={
                "id": pl.String,
                "day": pl.Date,
                "visitor_id": pl.String,
                "value": pl.Int64,
                "counts": pl.Boolean,
                "status": pl.String,
                "discounts": pl.Int64,
            },
        ).with_columns(
            at=pl.col("day").cast(pl.Datetime("us")) + pl.duration(hours=12 + 3 * pl.col("value")),
            paid=pl.when("counts").then(pl.col("value") + 1).otherwise(0).cast(MONEY),
        )
        for many in (orders, reversals)
    )
    made = ordered.with_columns(
        order_id="id", order_date="day", ordered_at="at", net_sales="paid", price="paid",
        discounts=pl.when("counts").then(pl.coalesce("discounts", pl.col("value") % 2)).otherwise(0).cast(MONEY),
        items=pl.col("counts").cast(pl.Int64), quantity=pl.col("counts").cast(pl.Float64), line=pl.lit(1, pl.Int64),
        item_id=pl.format("i{}", "value"), item_brand=pl.format("v{}", "value"),
        item_category=pl.format("v{}", "value"),
    )  # fmt: skip
    back = taken_back.with_columns(reversal_id="id", reversal_date="day", reversed_at="at", sales_reversals="paid")
    # Lines without discounts: then another discount changes the order alone.
    frames = (made, made.filter("counts").drop("discounts"), back)
    return {contract: shaped(frame, contract) for contract, frame in zip(ORDER_TABLES, frames, strict=True)}


def visitors_of(people: Whose) -> pl.DataFrame:
    rows = []
    for visitor, person in people.items():
        owners = person if isinstance(person, list) else [(None, person)]
        ends = [begins for begins, _ in owners[1:]] + [None]
        for (begins, name), ends_on in zip(owners, ends, strict=True):
            if name is not None:
                rows.append((visitor, name, begins and noon(begins), ends_on and noon(ends_on)))
    instant = pl.Datetime("us")
    columns = {"visitor_id": pl.String, "person_id": pl.String, "effective_at": instant, "superseded_at": instant}
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.format("user_id:{}", "visitor_id"))


EXACT_SUMS = (
    "person_id",
    "active_dates",
    "events",
    "orders",
    "items",
    "revenue",
    "discount",
    "refunds",
    "order_dates",
    "first_seen_at",
    "last_seen_at",
)


class Store:
    """A warehouse with tables of events and the profiles made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = OpenWarehouse(database=str(folder / "warehouse.duckdb"))
        contracts = (*EVENT_TABLES, *ORDER_TABLES, PersonIdentifiers, *DESCRIBE_PROFILES.makes)
        self.services = WarehouseIOManager(self.warehouse, contracts, folder / "run", 1000)
        self.services.create_tables()
        self.events: list[Event] = []
        self.people: Whose = USUAL
        self.orders: dict[str, Order] = {}
        self.reversals: dict[str, Order] = {}
        self.brands = {"i0": "acme", "i1": None}
        self.categories = {"i0": None, "i1": "tea"}
        self.settings = "settings"
        self.runs = 0

    def table(self, contract: Contract) -> StoredTable:
        return self.services.stored(*Table(contract).asset_key)

    def put_day(self, day: int, events: list[Event]) -> None:
        """Store these events in place of those of the day, and the orders and reversals among them."""
        assert {event[0] for event in events} <= {day}
        self.events = [event for event in self.events if event[0] != day] + events
        tables = event_rows([(d, f"user_id:{visitor}", *more) for d, visitor, *more in events])
        for contract, frame in tables.items():
            write(self.warehouse, Table(contract), Rows(frame=frame), Days(on(day), on(day)), Stamp("days"))
        for number, many in ((0, self.orders), (2, self.reversals)):
            named = {f"{place} of {day}": event for place, event in enumerate(events) if event[2] == number}
            others = {name: one for name, one in many.items() if not name.endswith(f" of {day}")}
            self.put({**others, **{name: Order(d, v, value) for name, (d, v, _, value) in named.items()}}, many)
        seen = {visitor: min(d for d, v, *_ in self.events if v == visitor) for _, visitor, *_ in self.events}
        rows = [("user_id", visitor, noon(first)) for visitor, first in seen.items()]
        names = ["identifier_type", "identifier", "first_seen_at"]
        known = shaped(pl.DataFrame(rows, schema=names, orient="row"), PersonIdentifiers)
        write(self.warehouse, Table(PersonIdentifiers), Rows(frame=known), None, Stamp("identity"))

    def put(self, wanted: dict[str, Order], many: dict[str, Order]) -> None:
        """Store these in place of all orders, or of all reversals, and book the days that differ."""
        before = dict(many)
        many.clear()
        many.update(wanted)
        changed = {**before, **wanted}
        days = {
            one.day
            for name in changed
            if before.get(name) != wanted.get(name)
            for one in (before.get(name), wanted.get(name))
            if one is not None
        }
        for contract, frame in order_rows(self.orders, self.reversals).items():
            if (contract is Reversals) != (many is self.reversals):
                continue
            for day in sorted(days):
                rows = frame.filter(pl.col(Table(contract).partition_by or "") == on(day))
                write(self.warehouse, Table(contract), Rows(frame=rows), Days(on(day), on(day)), Stamp("orders"))

    def basis(self, as_of: date) -> Basis:
        known = sorted({*self.brands, *self.categories})
        items = pl.DataFrame(
            [(item, self.brands.get(item), self.categories.get(item)) for item in known],
            schema=dict.fromkeys(("item_id", "item_brand", "item_category"), pl.String),
            orient="row",
        )
        return Basis(
            events=EventTables(*map(self.table, (*EVENT_TABLES, *ORDER_TABLES))), as_of_date=as_of,
            visitors=visitors_of(self.people), identifiers=self.table(PersonIdentifiers), raw_items=items,
            half_life_days=20.0, window_days=7, made_by=self.settings,
        )  # fmt: skip

    def step(self, day: int) -> ProfilesStep:
        stored = {contract: self.table(contract) for contract in DESCRIBE_PROFILES.makes}
        return ProfilesStep(self.basis(on(day)), stored, customers({}))

    def update(self, day: int, *, full_refresh: bool = False) -> Update:
        """Bring the profiles up to a day."""
        done = update(self.step(day), full_refresh=full_refresh)
        self.runs += 1
        stamp, writes = Stamp(f"run {self.runs}"), []
        assert set(done.tables) == set(DESCRIBE_PROFILES.makes)
        for contract, made in done.tables.items():
            rows = conform(made.rows.lazy(), Table(contract)).collect()
            assert sum(one.violations for one in check_contract(rows, Table(contract))) == 0, contract
            writes.append(Write(Table(contract), Rows(rows, replaced=made.replaced), None, stamp))
        write_all(self.warehouse, writes)
        return done

    def assert_is_refreshed(self, day: int) -> None:
        """Hold every table to what a full refresh gives, and the books to the tables."""
        done = update(self.step(day), full_refresh=True)
        assert done.is_full_refresh
        for contract, made in done.tables.items():
            found = self.table(contract).frame()
            wanted = conform(made.rows.lazy(), Table(contract)).collect()
            if contract is RunningSums:
                found, wanted = (frame.select(EXACT_SUMS) for frame in (found, wanted))
            if contract is SummedValues:
                # Numbers are given once, and a value that nobody has any more keeps its own.
                assert set(wanted["value"]) <= set(found["value"])
                continue
            key = Table(contract).key
            assert_frame_equal(found.sort(key), wanted.sort(key), abs_tol=2e-9)
            assert booked(self.warehouse, contract) == (hashes(self.warehouse, contract) or {None: (0, 0)}), contract


def crowd(day: int) -> list[Event]:
    """Return a day of everybody: so many that those of another day are few."""
    return [(day, name, number % 5, number % 3) for number, name in enumerate(VISITORS)]
