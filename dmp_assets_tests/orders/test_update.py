"""Stored orders updated with their reports: whatever arrives in whatever order, they are those of all reports."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.events.schema import EventItems
from dmp_assets.foundation.incremental.update import Update, update
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.values.days import ALL_DAYS, Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.contract import check_contract, conform
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write, write_all
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets.orders.inputs import Reported
from dmp_assets.orders.schema import OrderReports, Orders, Reversals
from dmp_assets.orders.steps import MAKE_ORDERS
from dmp_assets.orders.update import OrdersStep
from dmp_assets_tests.foundation.warehouse.support.factories import OpenWarehouse, booked
from dmp_assets_tests.foundation.warehouse.support.factories import stored as hashes
from dmp_assets_tests.orders.support.reports import Report, folded, frame_of, lines_of, older, shop, web
from dmp_assets_tests.orders.support.worlds import world

CONTRACTS = (OrderReports, EventItems, RawOrderLines, *MAKE_ORDERS.makes)
SALES = pl.DataFrame({"event_name": ["purchase"]})


class Store:
    """A warehouse with reports of days and the orders made of them."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = OpenWarehouse(database=str(folder / "warehouse.duckdb"))
        self.services = WarehouseIOManager(self.warehouse, CONTRACTS, folder / "run", 1000)
        self.services.create_tables()
        self.runs = 0
        self.apart = pl.DataFrame(schema=Table(RawOrderLines).polars_schema)
        write(self.warehouse, Table(RawOrderLines), Rows(frame=self.apart), None, Stamp("lines"))

    def table(self, contract: Contract) -> StoredTable:
        return self.services.stored(*Table(contract).asset_key)

    def put(self, reports: Sequence[Report], *days: date) -> None:
        """Store all reports of some days, of which others are not touched."""
        for day in days:
            own = [report for report in reports if report.row["event_date"] == day]
            for contract, rows in ((OrderReports, frame_of(own)), (EventItems, lines_of(own))):
                write(self.warehouse, Table(contract), Rows(frame=rows), Days(day, day), Stamp("day"))

    def put_lines(self, *lines: tuple[str, str, float]) -> None:
        """Store the lines that come apart: number, item and what was paid."""
        table = Table(RawOrderLines)
        rows = [
            {"source": "lines", "order_space": "shop", "path": "l.csv", "line_number": place, "transaction_id": number,
             "item_id": item, "item_revenue": paid}
            for place, (number, item, paid) in enumerate(lines, start=1)
        ]  # fmt: skip
        self.apart = pl.DataFrame(
            [{name: row.get(name) for name in table.polars_schema} for row in rows], schema=table.polars_schema
        )
        write(self.warehouse, table, Rows(frame=self.apart), None, Stamp("lines"))

    def update(self, made_by: str = "code") -> Update:
        reported = Reported(
            reports=self.table(OrderReports), lines=self.table(EventItems), lines_apart=self.table(RawOrderLines),
            event_names=SALES, rules=FoldRules(), made_by=made_by,
        )  # fmt: skip
        done = update(OrdersStep(reported, {contract: self.table(contract) for contract in MAKE_ORDERS.makes}))
        self.runs += 1
        stamp, writes = Stamp(f"run {self.runs}"), []
        assert set(done.tables) == set(MAKE_ORDERS.makes)
        for contract, made in done.tables.items():
            table = Table(contract)
            rows = conform(made.rows.lazy(), table).collect()
            assert all(one.violations == 0 for one in check_contract(rows, table))
            days = ALL_DAYS if table.partition_by and made.replaced is None else None
            writes.append(Write(table, Rows(rows, replaced=made.replaced), days, stamp))
        write_all(self.warehouse, writes)
        return done

    def assert_is(self, reports: Sequence[Report]) -> None:
        """Hold every table to the fold of all reports, and the books to the tables."""
        wanted = folded(*reports, apart=self.apart)
        names = {"orders": "orders", "order_items": "items", "reversals": "reversals", "order_visitors": "visitors"}
        with self.warehouse.get_connection(read_only=True):
            for contract in MAKE_ORDERS.makes:
                table = Table(contract)
                if table.name in names:
                    made = getattr(wanted, names[table.name])
                    assert_frame_equal(self.table(contract).frame(), made, check_row_order=False)
                now = {day: found for day, found in booked(self.warehouse, contract).items() if found[0]}
                assert now == hashes(self.warehouse, contract), contract


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def days_of(reports: Sequence[Report]) -> list[date]:
    return sorted({report.row["event_date"] for report in reports})


MANY = [shop(f"m{number}", f"2026-10-01T08:00:{number:02}") for number in range(40)]
"""So many orders that another few are a small share."""


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**9))
def test_days_in_any_order_changed_and_removed_lead_to_what_all_reports_give(tmp_path_factory, seed: int) -> None:
    chance = Random(seed)
    store, reports = Store(tmp_path_factory.mktemp("store")), world(chance, 60)
    days = days_of(reports)
    arrived: list[Report] = []
    for day in chance.sample(days, len(days)):
        arrived += [report for report in reports if report.row["event_date"] == day]
        store.put(arrived, day)
        if chance.random() < 0.3:
            store.update()
    store.update()
    store.assert_is(arrived)
    for _ in range(4):
        day = chance.choice(days)
        kept = [one for one in arrived if one.row["event_date"] != day or chance.random() < 0.7]
        others = [one for one in world(chance, 20) if one.row["event_date"] == day]
        fresh = {(one.row["event_date"], one.row["report_id"]): one for one in [*kept, *others]}
        arrived = list(fresh.values())
        store.put(arrived, day)
        store.update()
        store.assert_is(arrived)


def test_a_web_report_of_a_later_day_changes_the_order_it_names_and_no_other(store: Store) -> None:
    reports = [*MANY, shop("1", "2026-10-05T10:00:00", user_id="7")]
    store.put(reports, *days_of(reports))
    store.update()
    before = booked(store.warehouse, Orders)
    reports.append(web("1", "2026-10-09T10:00:00", anonymous_id="c1", channel_group="Paid Search"))
    store.put(reports, date(2026, 10, 9))
    done = store.update()
    assert done.metadata["numbers folded"] == 1
    store.assert_is(reports)
    after = booked(store.warehouse, Orders)
    assert {day for day in after if after[day] != before.get(day)} == {date(2026, 10, 5)}


def test_a_number_that_the_web_writes_differently_is_folded_with_the_shops_whichever_comes_first(store: Store) -> None:
    reports = [*MANY, web("#1", "2026-10-05T10:00:00", anonymous_id="c1")]
    store.put(reports, *days_of(reports))
    store.update()
    reports.append(shop("1", "2026-10-06T10:00:00", user_id="7"))
    store.put(reports, date(2026, 10, 6))
    assert store.update().metadata["numbers folded"] == 2
    store.assert_is(reports)
    reports.append(web("#1", "2026-10-07T10:00:00", anonymous_id="c2"))
    store.put(reports, date(2026, 10, 7))
    store.update()
    store.assert_is(reports)


def test_a_thank_you_page_that_is_loaded_again_after_200_days_changes_no_order(store: Store) -> None:
    reports = [*MANY, shop("1", "2026-10-05T10:00:00", user_id="7"), web("1", "2026-10-05T10:00:01", anonymous_id="c1")]
    store.put(reports, *days_of(reports))
    store.update()
    before = {contract: booked(store.warehouse, contract) for contract in MAKE_ORDERS.makes[:4]}
    reports.append(web("1", "2027-04-23T10:00:00", anonymous_id="c7"))
    store.put(reports, date(2027, 4, 23))
    store.update()
    store.assert_is(reports)
    assert {contract: booked(store.warehouse, contract) for contract in MAKE_ORDERS.makes[:4]} == before


def test_a_refund_after_a_month_changes_its_own_day_alone(store: Store) -> None:
    reports = [*MANY, shop("1", "2026-10-05T10:00:00", user_id="7")]
    store.put(reports, *days_of(reports))
    store.update()
    before = booked(store.warehouse, Orders)
    reports.append(shop("1", "2026-11-20T10:00:00", report_kind="refund"))
    store.put(reports, date(2026, 11, 20))
    store.update()
    store.assert_is(reports)
    assert booked(store.warehouse, Orders) == before
    assert set(booked(store.warehouse, Reversals)) == {date(2026, 11, 20)}


def test_a_month_that_is_exported_again_folds_the_changed_orders_alone(store: Store) -> None:
    reports = [*MANY]
    store.put(reports, *days_of(reports))
    store.update()
    changed = shop("m3", "2026-10-01T08:00:03", [("tea", 8.0)], updated_at=datetime(2026, 10, 3))  # noqa: DTZ001
    again = [changed if one.row["order_number"] == "m3" else one for one in reports] + [older(reports[3])]
    store.put(again, *days_of(again))
    done = store.update()
    assert (done.is_full_refresh, done.metadata["numbers folded"]) == (False, 1)
    store.assert_is(again)


def test_lines_that_come_apart_change_the_orders_that_they_name(store: Store) -> None:
    reports = [*MANY, shop("1", "2026-10-05T10:00:00", []), shop("2", "2026-10-05T10:00:00", [])]
    store.put(reports, *days_of(reports))
    store.update()
    store.put_lines(("1", "tea", 4.0), ("1", "mug", 6.0), ("9", "tea", 1.0))
    assert store.update().metadata["numbers folded"] == 2
    store.assert_is(reports)
    store.put_lines(("2", "tea", 4.0))
    assert store.update().metadata["numbers folded"] == 3
    store.assert_is(reports)


def test_other_code_or_settings_fold_everything(store: Store) -> None:
    store.put(MANY, *days_of(MANY))
    store.update()
    assert store.update().metadata["numbers folded"] == 0
    assert store.update(made_by="other code").is_full_refresh
