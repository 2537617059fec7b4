"""Stored profiles updated with their days: in either mode the tables are those of all days at once."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.events.schema import CleanedEvents, DailyActivity, EventItems, Sessions
from dmp_assets.foundation.incremental.plan import Mode
from dmp_assets.foundation.incremental.update import Update, update
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.contract import check_contract, conform
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Days, Rows, Write, write, write_all
from dmp_assets.identity.schema.persons import PersonIdentifiers
from dmp_assets.profiles.assets import attention_of_everybody
from dmp_assets.profiles.charts import category_attention
from dmp_assets.profiles.schema.activity import ProfileHistory
from dmp_assets.profiles.schema.interests import Affinities
from dmp_assets.profiles.schema.sums import RunningSums, SummedValues
from dmp_assets.profiles.steps import DESCRIBE_PROFILES
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.event_tables import EventTables
from dmp_assets.profiles.sums.sum_up import PersonEvents
from dmp_assets.profiles.tables import ProfilesStep
from dmp_assets_tests.foundation.warehouse.support.factories import OpenWarehouse, booked, query
from dmp_assets_tests.foundation.warehouse.support.factories import stored as hashes
from dmp_assets_tests.profiles.support.factories import MONEY, customers, shaped

FIRST = date(2024, 1, 20)
NAMES = ("purchase", "view_item", "refund", "review", "page_view")
VISITORS = tuple("abcdefghijklmnop")
EVENT_TABLES = (DailyActivity, Sessions, EventItems, CleanedEvents)

Event = tuple[int, str, int, int]
"""Day, visitor, number of the event name, number of the value."""

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
    sign = pl.when(name == "purchase").then(1).when(name == "refund").then(-1).otherwise(0)
    paid = (sign * (pl.col("value") + 1)).cast(MONEY)
    at = pl.lit(noon(-10)).cast(pl.Datetime("us")) + pl.duration(days=pl.col("day") + 10, hours=3 * pl.col("value"))
    value = pl.format("v{}", "value")
    place = pl.int_range(pl.len())
    said = frame.select(
        "visitor_id", event_date=at.dt.date(), event_name=name, event_at=at, started_at=at, value=value,
        item_category=value, item_brand=value, content_group=value, country=value,
        source=name, channel_group=value, platform=name, mkt_source=name,
        item_id=pl.format("i{}", "value"), item_revenue=paid, revenue=paid, price=paid,
        discount=(pl.col("value") % 2).cast(MONEY), quantity=pl.lit(1.0), events=pl.lit(2, pl.Int64),
        page_views=pl.lit(1, pl.Int64), event_id=pl.format("e{}", place), session_id=pl.format("s{}", place),
        line=pl.lit(1, pl.Int64), kind=pl.lit("session"), is_server_side=pl.lit(value=False),
    )  # fmt: skip
    key = ["event_date", "visitor_id", "event_name", "item_category"]
    activity = said.group_by(key).agg(
        pl.len().cast(pl.Int64).alias("events"),
        pl.len().cast(pl.Int64).alias("items"),
        pl.col("revenue", "discount").sum().cast(MONEY),
        first_event_at=pl.col("event_at").min(),
        last_event_at=pl.col("event_at").max(),
    )
    frames = (activity, said, said, said)
    return {contract: shaped(frame, contract) for contract, frame in zip(EVENT_TABLES, frames, strict=True)}


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


class Store:
    """A warehouse with tables of events and the profiles made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = OpenWarehouse(database=str(folder / "warehouse.duckdb"))
        contracts = (*EVENT_TABLES, PersonIdentifiers, *DESCRIBE_PROFILES.makes)
        self.services = WarehouseIOManager(self.warehouse, contracts, folder / "run", 1000)
        self.services.create_tables()
        self.events: list[Event] = []
        self.people: Whose = USUAL
        self.brands = {"i0": "acme", "i1": None}
        self.settings = "settings"
        self.runs = 0

    def table(self, contract: Contract) -> StoredTable:
        return self.services.stored(*Table(contract).asset_key)

    def put_day(self, day: int, events: list[Event]) -> None:
        """Store these events in place of those of the day."""
        assert {event[0] for event in events} <= {day}
        self.events = [event for event in self.events if event[0] != day] + events
        tables = event_rows([(d, f"user_id:{visitor}", *more) for d, visitor, *more in events])
        for contract, frame in tables.items():
            write(self.warehouse, Table(contract), Rows(frame=frame), Days(on(day), on(day)), Stamp("days"))
        seen = {visitor: min(d for d, v, *_ in self.events if v == visitor) for _, visitor, *_ in self.events}
        rows = [("user_id", visitor, noon(first)) for visitor, first in seen.items()]
        names = ["identifier_type", "identifier", "first_seen_at"]
        known = shaped(pl.DataFrame(rows, schema=names, orient="row"), PersonIdentifiers)
        write(self.warehouse, Table(PersonIdentifiers), Rows(frame=known), None, Stamp("identity"))

    def basis(self, as_of: date) -> Basis:
        items = pl.DataFrame(
            list(self.brands.items()), schema={"item_id": pl.String, "item_brand": pl.String}, orient="row"
        )
        return Basis(
            events=EventTables(*(self.table(contract) for contract in EVENT_TABLES)), as_of_date=as_of,
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


EXACT_SUMS = (
    "person_id",
    "active_dates",
    "events",
    "orders",
    "revenue",
    "order_dates",
    "first_seen_at",
    "last_seen_at",
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def mode(done: Update) -> Mode:
    assert done.metadata["mode"] == done.plan.mode
    assert done.is_full_refresh == all(made.replaced is None for made in done.tables.values())
    return done.plan.mode


def crowd(day: int) -> list[Event]:
    """Return a day of everybody: so many that those of another day are few."""
    return [(day, name, number % 5, number % 3) for number, name in enumerate(VISITORS)]


def begun(store: Store, *days: int) -> None:
    """Store days of everybody and make the profiles."""
    for day in days:
        store.put_day(day, crowd(day))
    assert mode(store.update(days[-1])) == Mode.FULL_REFRESH
    store.assert_is_refreshed(days[-1])


def test_attention_of_everybody_is_known_where_some_peoples_affinities_are_replaced(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(6, [(6, "a", 0, 1), (6, "a", 1, 2)])
    made = update(store.step(6)).tables[Affinities]
    assert made.replaced is not None
    found = attention_of_everybody(made, store.table(Affinities))
    store.update(6)
    affinities = store.table(Affinities).frame()
    wanted = category_attention(affinities)
    assert wanted["people"].sum() == affinities.filter(pl.col("attribute") == "item_category")["person_id"].n_unique()
    assert_frame_equal(found, wanted, check_row_order=False)


def test_a_further_day_is_added_to_the_sums_of_those_who_did_something(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(6, [(6, "a", 0, 1), (6, "a", 4, 2)])
    done = store.update(6)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    assert done.metadata["because"] == "1 days added, 0 changed"
    store.assert_is_refreshed(6)


@pytest.mark.parametrize("most_rows", [1, 150])
def test_all_days_are_summed_in_periods_of_so_many_rows(
    store: Store, most_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (0, 1, 5, 20, 45):
        store.put_day(day, crowd(day))
    store.put_day(46, [(46, "a", 0, 1)])
    summed: list[Days] = []
    of_days = EventTables.of_days

    def of_period(self: EventTables, visitors: pl.DataFrame, days: Days) -> PersonEvents:
        summed.append(days)
        return of_days(self, visitors, days)

    with monkeypatch.context() as patch:
        patch.setattr("dmp_assets.profiles.sums.basis.MOST_ROWS", most_rows)
        patch.setattr(EventTables, "of_days", of_period)
        assert mode(store.update(45)) == Mode.FULL_REFRESH
    assert len(summed) > 2
    assert (summed[0].first, summed[-1].last) == (on(0), on(45))
    store.assert_is_refreshed(45)


def test_nothing_new_changes_nothing(store: Store) -> None:
    begun(store, 0, 5)
    books = "SELECT table_name, rows, row_hash FROM ops.current_commits WHERE table_name LIKE 'profiles%' ORDER BY ALL"
    before = query(store.warehouse, books)
    done = store.update(5)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 0)
    assert query(store.warehouse, books) == before


def test_a_month_that_ends_gets_its_snapshot_and_the_others_stay(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(20, [(20, "a", 0, 1)])
    assert mode(store.update(20)) == Mode.INCREMENTAL
    store.assert_is_refreshed(20)
    assert store.table(ProfileHistory).frame()["as_of_date"].unique().to_list() == [date(2024, 1, 31)]
    store.update(45)
    store.assert_is_refreshed(45)
    assert store.table(ProfileHistory).frame()["as_of_date"].n_unique() == 2


def test_an_earlier_day_that_changed_or_was_removed_recomputes_those_of_that_day(store: Store) -> None:
    begun(store, 0, 1, 2, 20)
    store.put_day(3, [(3, "b", 0, 2)])
    done = store.update(20)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    store.assert_is_refreshed(20)
    store.put_day(3, [(3, "c", 0, 1)])
    assert store.update(20).metadata["people summed"] == 2
    store.assert_is_refreshed(20)
    store.put_day(3, [])
    assert store.update(20).metadata["people summed"] == 1
    store.assert_is_refreshed(20)


def test_who_gains_or_loses_an_identifier_with_a_past_is_recomputed(store: Store) -> None:
    begun(store, 0, 5, 20)
    store.people = {**USUAL, "b": "pa"}
    done = store.update(20)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 2)
    store.assert_is_refreshed(20)
    store.people = {**USUAL, "b": [(None, "pb"), (3, "pa")]}
    assert store.update(20).metadata["people summed"] == 2
    store.assert_is_refreshed(20)


def test_who_moves_and_does_something_new_in_one_update_is_summed_once(store: Store) -> None:
    begun(store, 0, 5, 20)
    store.people = {**USUAL, "b": "pa"}
    store.put_day(21, [(21, "b", 0, 1), (21, "c", 0, 2)])
    done = store.update(21)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 3)
    store.assert_is_refreshed(21)


def test_a_new_identifier_of_somebody_known_is_added_without_the_past(store: Store) -> None:
    begun(store, 0, 5)
    store.people = {**USUAL, "z": "pa"}
    store.put_day(6, [(6, "z", 0, 1)])
    past = store.table(DailyActivity)
    done = store.update(6)
    assert done.metadata["people summed"] == 1
    assert past.frame().height > done.tables[RunningSums].rows.height
    store.assert_is_refreshed(6)


def test_another_brand_in_the_catalogue_recomputes_those_of_the_item(store: Store) -> None:
    for day in (0, 5):
        store.put_day(day, [(day, name, 0, 1) for name in VISITORS[1:]] + [(day, "a", 0, 2)])
    store.update(5)
    store.brands = {**store.brands, "i2": "umbrella", "i9": "nobody bought this"}
    done = store.update(5)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    assert "umbrella" in store.table(Affinities).frame()["value"].to_list()
    store.assert_is_refreshed(5)


def test_changes_of_many_people_are_a_full_refresh(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(6, crowd(6))
    done = store.update(6)
    assert (mode(done), done.metadata["because"]) == (Mode.FULL_REFRESH, "it concerns more than 25% of the people")
    store.people = {**USUAL, **dict.fromkeys("abcdef", "q")}
    assert mode(store.update(6)) == Mode.FULL_REFRESH
    store.assert_is_refreshed(6)


def test_other_settings_and_an_earlier_day_are_a_full_refresh(store: Store) -> None:
    begun(store, 0, 5)
    store.settings = "others"
    assert store.update(5).metadata["because"] == "the settings, the code or the layout of the tables changed"
    assert store.update(0).metadata["because"] == f"the stored tables count a later day, {on(5)}"
    store.assert_is_refreshed(0)
    assert store.update(0, full_refresh=True).metadata["because"] == "asked for"


@settings(max_examples=4, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whatever_happens_the_tables_are_those_of_all_days(tmp_path_factory, chance: Random) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    begun(store, 0, 3)
    modes, day = [], 3
    for _ in range(6):
        what = chance.choice(["day", "day", "late", "people", "brand", "later"])
        names = chance.sample(VISITORS, 2)
        if what == "day":
            day += chance.randint(1, 9)
            store.put_day(day, [(day, name, chance.randint(0, 4), chance.randint(0, 2)) for name in names])
        elif what == "late":
            late = chance.randint(1, day)
            store.put_day(late, [(late, name, chance.randint(0, 4), chance.randint(0, 2)) for name in names[:1]])
        elif what == "people":
            one = chance.choice([None, "q", [(None, "q"), (2, "r")]])
            store.people = {**store.people, names[0]: one}
        elif what == "brand":
            store.brands = {**store.brands, f"i{chance.randint(0, 2)}": chance.choice(["acme", "globex", None])}
        else:
            day += 12
        modes.append(mode(store.update(day)))
        store.assert_is_refreshed(day)
