"""The update of stored tables, by a step that keeps orders by day: in either mode the tables are the same."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.incremental.inputs import DAY as DAY_INPUT
from dmp_assets.foundation.incremental.inputs import RULES, InputRows, InputState, input_table, rules_state
from dmp_assets.foundation.incremental.plan import Mode, Plan, is_too_large
from dmp_assets.foundation.incremental.update import Made, TooLarge, Update, update
from dmp_assets.foundation.values.days import ALL_DAYS
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write_all
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    STAMP,
    OpenWarehouse,
    Orders,
    Stores,
    booked,
    days,
    orders,
    put,
    stored,
    stores,
)


class OrderInputs(InputRows, table="shop.order_inputs", key=("input", "event_date"), subject="aggregate"):
    """One row per day of orders, and the rules."""


@dataclass
class OrdersStep:
    """Orders of which those with a mark above the limit count; a day's state is its marks."""

    warehouse: Warehouse
    folder: Path
    marks: dict[date, list[int]] = field(default_factory=dict)
    limit: int = 0
    counts: str = "orders made"

    @property
    def stored_inputs(self) -> StoredTable:
        return StoredTable(self.warehouse, Table(OrderInputs), self.folder)

    def inputs(self) -> pl.DataFrame:
        states = {day: InputState(len(marks), str(marks)) for day, marks in self.marks.items()}
        return input_table(states, {RULES: rules_state([Orders], str(self.limit))})

    def incremental(self, plan: Plan) -> Made | TooLarge:
        if is_too_large(plan.changed_rows, plan.all_rows):
            return TooLarge("too many rows")
        keys = pl.DataFrame({"order_date": plan.changed_days}, schema={"order_date": pl.Date})
        return self._made([day for day in plan.changed_days if day in self.marks], keys)

    def full_refresh(self) -> Made:
        # What takes long must not keep others from writing: this waits for whoever has the file open.
        put(self.warehouse, stores("written meanwhile"), contract=Stores)
        return self._made(list(self.marks), None)

    def _made(self, of_days: list[date], keys: pl.DataFrame | None) -> Made:
        one = orders(days(0, 0), per_day=1)
        rows = [
            one.with_columns(order_date=day, order_id=pl.lit(f"{day} {mark}"), units=pl.lit(mark, pl.Int64))
            for day in of_days
            for mark in self.marks[day]
            if mark >= self.limit
        ]
        frame = pl.concat([one.clear(), *rows])
        return Made(tables={Orders: TableRows(frame, keys)}, counted=frame.height)


def written(step: OrdersStep, *, full_refresh: bool = False) -> Update:
    """Update the tables as ``publish_tables`` writes them."""
    done = update(step, full_refresh=full_refresh)
    writes = []
    for contract, made in done.tables.items():
        table = Table(contract)
        window = ALL_DAYS if table.partition_by and made.replaced is None else None
        writes.append(Write(table, Rows(made.rows, replaced=made.replaced), window, STAMP))
    write_all(step.warehouse, writes)
    return done


def on(day: int) -> date:
    return DAY + timedelta(days=day)


@pytest.fixture
def step(tmp_path: Path) -> OrdersStep:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"), lock_wait_seconds=0.3)
    return OrdersStep(warehouse, tmp_path, {on(day): [1, 2, 3, 4] for day in range(5)})


def test_the_first_update_makes_everything_and_the_next_only_what_changed(step: OrdersStep) -> None:
    first = written(step)
    assert (first.is_full_refresh, first.plan.reason) == (True, "no stored tables to build on")
    step.marks[on(7)] = [5]
    second = written(step)
    assert not second.is_full_refresh
    assert second.metadata == {"mode": "incremental", "because": "1 days added, 0 changed", "orders made": 1}
    assert [made.metadata for made in second.tables.values()] == [second.metadata] * 2
    assert second.tables[Orders].rows["order_date"].to_list() == [on(7)]
    assert written(step, full_refresh=True).metadata["because"] == "asked for"


def test_an_increment_that_is_too_large_is_a_full_refresh_that_says_so(step: OrdersStep) -> None:
    written(step)
    step.marks |= {on(8): [1, 2, 3, 4], on(9): [1, 2, 3, 4]}
    found = written(step)
    assert (found.is_full_refresh, found.plan.reason) == (True, "too many rows")
    assert found.tables[Orders].rows.height == 28


def test_what_changes_while_the_rows_are_made_is_made_again_by_the_next_update(
    step: OrdersStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(step)
    incremental = OrdersStep.incremental

    def overtaken(self: OrdersStep, plan: Plan) -> Made | TooLarge:
        made = incremental(self, plan)
        self.marks[on(7)] = [5, 6]
        return made

    step.marks[on(7)] = [5]
    with monkeypatch.context() as patch:
        patch.setattr(OrdersStep, "incremental", overtaken)
        written(step)
    assert written(step).plan.changed_days == (on(7),)
    assert stored(step.warehouse)[on(7)][0] == 2


def test_other_rules_are_a_full_refresh_and_days_that_lose_all_rows_are_booked_empty(step: OrdersStep) -> None:
    written(step)
    step.marks[on(3)] = [1]
    step.limit = 2
    assert written(step).is_full_refresh
    assert booked(step.warehouse) == {**stored(step.warehouse), on(3): (0, 0)}


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_walks_of_days_give_what_a_full_refresh_gives_books_included(tmp_path_factory, chance: Random) -> None:
    folder = tmp_path_factory.mktemp("walk")
    kept, refreshed = (
        OrdersStep(OpenWarehouse(database=str(folder / f"{name}.duckdb")), folder) for name in ("kept", "refreshed")
    )
    modes = set()
    for _ in range(5):
        if not chance.randint(0, 6):
            kept.limit = 3 - kept.limit
        day = on(chance.randint(0, 9))
        kept.marks[day] = chance.sample(range(9), chance.randint(0, 4))
        refreshed.marks, refreshed.limit = dict(kept.marks), kept.limit
        modes.add(written(kept).plan.mode)
        written(refreshed, full_refresh=True)
        assert stored(kept.warehouse) == stored(refreshed.warehouse)
        assert booked(kept.warehouse) == booked(refreshed.warehouse)
        made_of = kept.stored_inputs.frame().filter(pl.col("input") == DAY_INPUT)
        assert set(made_of["event_date"]) == {day for day, marks in kept.marks.items() if marks}
    assert Mode.FULL_REFRESH in modes
