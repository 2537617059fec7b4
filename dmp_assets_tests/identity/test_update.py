"""Stored persons updated with their days: in either mode the tables are those of a resolution of everything."""

from datetime import date, timedelta
from pathlib import Path
from random import Random

import dagster as dg
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.foundation.incremental.plan import Mode
from dmp_assets.foundation.incremental.update import Update, update
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.contract import check_contract
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write, write_all
from dmp_assets.identity.assets import assets as identity_assets
from dmp_assets.identity.inputs import RESOLVED, Observed
from dmp_assets.identity.observation import aggregate_edges, crm_edges
from dmp_assets.identity.resolution import Resolution, resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import DailyEdges, PersonIdentifiers
from dmp_assets.identity.schema.resolution import Inputs
from dmp_assets.identity.steps import RESOLVE_PERSONS
from dmp_assets.identity.update import PersonsStep, by_contract
from dmp_assets.ingest.schema.people import RawCustomers
from dmp_assets.orders.schema import OrderVisitors
from dmp_assets_tests.foundation.warehouse.support.factories import OpenWarehouse, booked, query
from dmp_assets_tests.foundation.warehouse.support.factories import stored as hashes
from dmp_assets_tests.identity.support.factories import RULES, START, edge, history, order, order_visitors
from dmp_assets_tests.identity.support.worlds import TIGHT, days, everything, family_observation, family_order

CONTRACTS = (DailyEdges, OrderVisitors, RawCustomers, *RESOLVE_PERSONS.makes)
FIRST = START.date()
EVER = Days(FIRST, FIRST + timedelta(days=30))


class Store:
    """A warehouse with pairs of days and the persons made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = OpenWarehouse(database=str(folder / "warehouse.duckdb"))
        self.services = WarehouseIOManager(self.warehouse, CONTRACTS, folder / "run", 1000)
        self.services.create_tables()
        self.runs = 0

    def table(self, contract: Contract) -> StoredTable:
        return self.services.stored(*Table(contract).asset_key)

    def put(self, pairs: pl.DataFrame, window: Days = EVER) -> None:
        """Store the days of a window."""
        rows = pairs.filter(pl.col("event_date").is_between(window.first, window.last))
        write(self.warehouse, Table(DailyEdges), Rows(frame=rows), window, Stamp("days"))

    def put_day(self, pairs: pl.DataFrame, day: date) -> None:
        self.put(pairs, Days(day, day))

    def put_orders(self, orders: pl.DataFrame) -> None:
        """Store the visitors of orders in place of all others, booked by the orders' days."""
        write(self.warehouse, Table(OrderVisitors), Rows(frame=orders), EVER, Stamp("orders"))

    def put_customers(self, *customers: tuple[str, str | None]) -> None:
        table = Table(RawCustomers)
        row = {"source": "crm", "path": "crm.csv", "line_number": 1, "updated_at": START}
        rows = [{**row, "user_id": user, "email": email} for user, email in customers]
        frame = pl.DataFrame(rows, schema=table.polars_schema)
        write(self.warehouse, table, Rows(frame=frame), None, Stamp("customers"))

    def update(
        self,
        rules: IdentityRules = TIGHT,
        as_of: date = EVER.last,
        made_by: str = "code",
        time_zone: str = "UTC",
    ) -> Update:
        """Bring the persons up to date."""
        observed = Observed(
            pairs=self.table(DailyEdges), order_visitors=self.table(OrderVisitors), as_of_date=as_of,
            customers=self.table(RawCustomers), known_since=START, rules=rules, made_by=made_by, time_zone=time_zone,
        )  # fmt: skip
        done = update(PersonsStep(observed, {contract: self.table(contract) for contract in (*RESOLVED, Inputs)}))
        self.runs += 1
        stamp, writes = Stamp(f"run {self.runs}"), []
        assert list(done.tables) == [*RESOLVED, Inputs]
        for contract, made in done.tables.items():
            assert all(one.violations == 0 for one in check_contract(made.rows, Table(contract)))
            writes.append(Write(Table(contract), Rows(made.rows, replaced=made.replaced), None, stamp))
        write_all(self.warehouse, writes)
        return done

    def assert_is(self, wanted: Resolution) -> None:
        """Hold every table to what it should be, and the books to the tables."""
        # Opened once: each look of its own costs more than what it finds.
        with self.warehouse.get_connection(read_only=True):
            for contract, rows in by_contract(wanted).items():
                assert_frame_equal(self.table(contract).frame(), rows, check_row_order=False)
                stored_rows = hashes(self.warehouse, contract) or {None: (0, 0)}
                assert booked(self.warehouse, contract) == stored_rows, contract


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


ADDED_DAYS, COMPARED, EVERYTHING = "added days", "compared pairs", "everything"


def way(done: Update) -> str:
    """Return what was resolved: everything, else the added days or the pairs that a comparison of all shows."""
    assert done.metadata["mode"] == ("full refresh" if done.is_full_refresh else "incremental")
    assert done.is_full_refresh == all(made.replaced is None for made in done.tables.values())
    if done.is_full_refresh:
        return EVERYTHING
    return ADDED_DAYS if done.plan.only_adds else COMPARED


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


MANY = [edge(f"u{n} a{n}", n, 1439) for n in range(9)]
"""So many pairs of the first day that those of another day are a small share."""


@settings(max_examples=2, deadline=None)
@given(st.randoms(use_true_random=False))
def test_days_that_arrive_in_any_order_lead_to_what_everything_gives(tmp_path_factory, chance: Random) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    pairs = days([family_observation(chance) for _ in range(50)])
    arrived = days([edge(f"u9{n} a9{n}", 5 * 1440 + n) for n in range(99)])
    store.put_day(arrived, on(5))
    assert way(store.update()) == EVERYTHING
    for day in chance.sample([on(0), on(1), on(2)], 3):
        arrived = pl.concat([arrived, pairs.filter(event_date=day)])
        store.put_day(arrived, day)
        assert way(store.update()) == ADDED_DAYS
        store.assert_is(everything(arrived))


def test_nothing_new_writes_nothing(store: Store) -> None:
    store.put(days(MANY))
    store.update()
    before = query(store.warehouse, "SELECT table_name, rows, row_hash FROM ops.current_commits ORDER BY ALL")
    done = store.update()
    assert (way(done), done.metadata["persons touched"]) == (ADDED_DAYS, 0)
    after = query(store.warehouse, "SELECT table_name, rows, row_hash FROM ops.current_commits ORDER BY ALL")
    assert after == before
    store.assert_is(everything(days(MANY)))


def test_an_added_day_is_an_increment_of_the_persons_it_touches(store: Store) -> None:
    store.put(days(MANY))
    store.update()
    pairs = days([*MANY, edge("u1 e1", 1440)])
    store.put_day(pairs, on(1))
    done = store.update()
    assert (way(done), done.metadata["persons touched"]) == (ADDED_DAYS, 1)
    assert done.metadata["because"] == "1 days added, 0 changed"
    store.assert_is(everything(pairs))


def test_a_day_before_the_first_one_can_only_add_too(store: Store) -> None:
    rows = [edge(f"u{n} a{n}", 1440 + n) for n in range(9)]
    store.put(days(rows))
    store.update()
    pairs = days([*rows, edge("a1", 0)])
    store.put_day(pairs, on(0))
    assert way(store.update()) == ADDED_DAYS
    store.assert_is(everything(pairs))


@settings(max_examples=2, deadline=None)
@given(st.randoms(use_true_random=False))
def test_orders_that_come_and_change_and_go_lead_to_what_everything_gives(tmp_path_factory, chance: Random) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    many = [edge(f"u9{n} a9{n}", 5 * 1440 + n) for n in range(99)]
    rows = [*many, *(family_observation(chance) for _ in range(40))]
    store.put(days(rows))
    orders = {number: family_order(chance, number) for number in range(6)}
    ways = set()
    for number in range(6, 10):
        store.put_orders(order_visitors(*orders.values()))
        ways.add(way(store.update()))
        store.assert_is(everything(days(rows, list(orders.values()))))
        del orders[chance.choice(list(orders))]
        orders |= {chance.choice(list(orders)): family_order(chance, number), number: family_order(chance, number)}
    assert ways == {EVERYTHING, COMPARED}


def test_an_added_day_with_its_orders_is_an_increment_of_the_persons_it_touches(store: Store) -> None:
    store.put(days(MANY))
    store.put_orders(order_visitors(order("o1", u1=1, e1=2)))
    store.update()
    orders = [order("o1", u1=1, e1=2), order("o2", u2=1441, e2=1442)]
    pairs = days([*MANY, edge("u2 d2", 1440)], orders)
    store.put_day(days([*MANY, edge("u2 d2", 1440)]), on(1))
    store.put_orders(order_visitors(*orders))
    done = store.update()
    assert (way(done), done.metadata["persons touched"]) == (ADDED_DAYS, 1)
    store.assert_is(everything(pairs))


def test_an_order_of_an_earlier_day_that_names_somebody_else_is_compared(store: Store) -> None:
    store.put(days(MANY))
    for named in ({"u1": 1, "e1": 2}, {"u1": 1, "e2": 2}, {"u1": 1, "u2": 2}):
        orders = order("o1", **named)
        store.put_orders(orders)
        found = store.update()
        assert way(found) in (EVERYTHING, COMPARED)
        store.assert_is(everything(days(MANY, [orders])))


def test_an_account_on_an_order_of_a_shared_browser_is_a_sighting_of_it(store: Store) -> None:
    rows = [*MANY, edge("u1 d1", 10), edge("u2 d1", 20)]
    orders = [order("o1", u1=1441, d1=1445)]
    store.put(days(rows))
    store.update()
    store.put_orders(order_visitors(*orders))
    store.update()
    wanted = everything(days(rows, orders))
    store.assert_is(wanted)
    assert history(wanted, "d1") == [("u1", 10, 20, "created"), ("u2", 20, 1445, "reassigned"),
                                     ("u1", 1445, None, "reassigned")]  # fmt: skip


def test_an_order_between_two_sightings_of_others_is_known_by_its_day(store: Store) -> None:
    """First and last sighting of each account do not tell of it: the day's pair alone does."""
    rows = [*MANY, edge("u1 d1", 10), edge("u2 d1", 20), edge("u2 d1", 2880), edge("u1 d1", 4320)]
    store.put(days(rows))
    store.update()
    orders = [order("o1", u1=1441, d1=1445)]
    store.put_orders(order_visitors(*orders))
    assert way(store.update()) != EVERYTHING
    wanted = everything(days(rows, orders))
    store.assert_is(wanted)
    assert [(who, when) for who, when, *_ in history(wanted, "d1")][2] == ("u1", 1445)


def test_a_report_after_the_day_says_nothing_of_the_day(store: Store) -> None:
    store.put(days([*MANY, edge("a9", 1440)]))
    store.put_orders(order_visitors(order("o1", u1=5, e1=(6, 1500)), order("o2", 0, u2=7, e2=1500)))
    store.update(as_of=on(0))
    store.assert_is(everything(days(MANY, [order("o1", u1=5, e1=6)])))
    assert way(store.update()) != ADDED_DAYS
    whole = [order("o1", u1=5, e1=(6, 1500)), order("o2", 0, u2=7, e2=1500)]
    store.assert_is(everything(days([*MANY, edge("a9", 1440)], whole)))


def test_days_end_where_the_business_says(store: Store) -> None:
    """At 22:30 UTC of the first day it is the second in Berlin."""
    store.put(days(MANY))
    store.put_orders(order_visitors(order("o1", u1=5, e1=22 * 60 + 30)))
    store.update(time_zone="Europe/Berlin", as_of=on(0))
    store.assert_is(everything(days(MANY)))


@pytest.mark.parametrize("now", [[], [edge("u1 e1", 1500), edge("u2 e1", 1501)]])
def test_a_day_that_was_built_again_is_compared(store: Store, now: list[dict]) -> None:
    store.put(days([*MANY, edge("u1 e1", 1440)]))
    store.update()
    pairs = days([*MANY, *now])
    store.put_day(pairs, on(1))
    assert way(store.update()) == COMPARED
    store.assert_is(everything(pairs))


def test_an_earlier_day_is_described_without_the_later_ones(store: Store) -> None:
    pairs = days([*MANY, edge("u1 e1", 1440)])
    store.put(pairs)
    store.update()
    assert way(store.update(as_of=on(0))) == COMPARED
    store.assert_is(everything(days(MANY)))
    assert way(store.update()) == ADDED_DAYS
    store.assert_is(everything(pairs))


def test_customer_records_that_changed_are_compared(store: Store) -> None:
    pairs = days(MANY)
    store.put(pairs)
    store.put_customers(("u1", "e1"))
    store.update()
    store.put_customers(("u1", "e2"))
    done = store.update()
    assert (way(done), done.metadata["because"]) == (COMPARED, "0 days added, 0 changed and customers")
    known = crm_edges(store.table(RawCustomers).frame(), START)
    edges = aggregate_edges(pl.concat([pairs.drop("event_date"), known], how="diagonal").lazy()).collect()
    store.assert_is(resolve(edges, TIGHT, pairs.lazy()))


def test_other_rules_resolve_everything(store: Store) -> None:
    store.put(days(MANY))
    store.update()
    blocking = IdentityRules(blocked=frozenset({("anonymous_id", "a1")}))
    assert way(store.update(blocking)) == EVERYTHING
    store.assert_is(everything(days(MANY), blocking))
    assert way(store.update(blocking)) == ADDED_DAYS


def test_other_settings_or_code_resolve_everything(store: Store) -> None:
    store.put(days(MANY))
    store.update()
    done = store.update(made_by="other code")
    assert done.metadata["because"] == "the settings, the code or the layout of the tables changed"
    assert way(store.update(made_by="other code")) == ADDED_DAYS
    store.assert_is(everything(days(MANY)))


@pytest.mark.parametrize(("rows", "wanted"), [(3, ADDED_DAYS), (4, EVERYTHING)])
def test_more_than_a_quarter_of_the_rows_is_everything(store: Store, rows: int, wanted: str) -> None:
    store.put(days(MANY))
    store.update()
    pairs = days([*MANY, *(edge(f"u{n} a{n}", 1440) for n in range(rows))])
    store.put_day(pairs, on(1))
    assert way(store.update()) == wanted
    store.assert_is(everything(pairs))


def test_the_run_says_its_mode_and_why(store: Store) -> None:
    settings = Settings(start_date=FIRST, sources={}, data_dir=store.folder)
    assets = identity_assets(Site(settings, dg.DailyPartitionsDefinition(str(FIRST))))
    (persons,) = [one for one in assets if one.op.name == "resolve_persons"]
    parents = [dg.AssetSpec(Table(contract).asset_key) for contract in (DailyEdges, OrderVisitors, RawCustomers)]

    def run(**config: object) -> dict[str, dict]:
        result = dg.materialize(
            [persons, *parents],
            selection=[persons],
            resources={"io_manager": store.services},
            run_config={"ops": {"resolve_persons": {"config": config}}},
        )
        made = [event.materialization for event in result.get_asset_materialization_events()]
        return {one.asset_key.path[-1]: {key: value.value for key, value in one.metadata.items()} for one in made}

    store.put(days(MANY))
    assert {one["mode"] for one in run().values()} == {Mode.FULL_REFRESH}
    pairs = days([*MANY, edge("u1 e1", 1440)])
    store.put_day(pairs, on(1))
    found = run()
    assert next(iter(found)) == "moves"
    assert {(one["mode"], one["persons touched"]) for one in found.values()} == {(Mode.INCREMENTAL, 1)}
    assert {one["because"] for one in found.values()} == {"1 days added, 0 changed"}
    assert (found["edges"]["dagster/row_count"], found["persons"]["dagster/row_count"]) == (10, 9)
    store.assert_is(everything(pairs, RULES))
    assert run(full_refresh=True)["edges"]["mode"] == Mode.FULL_REFRESH
    store.assert_is(everything(pairs, RULES))


def test_a_customer_record_counts_from_its_day_on(store: Store) -> None:
    store.put(days(MANY))
    store.put_customers(("u1", "later@example.com"))
    before = store.update(as_of=FIRST - timedelta(days=1))
    assert before.tables[PersonIdentifiers].rows.is_empty()
    assert way(store.update(as_of=FIRST)) == EVERYTHING
    assert "later@example.com" in store.table(PersonIdentifiers).frame()["identifier"]
