"""Computed traits as an asset: it reads events and orders that the traits name, and of the days that they look at."""

from datetime import date, datetime, time
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from dmp_assets.events.schema import CleanedEvents, EventItems
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, write
from dmp_assets.identity.schema.persons import Visitors
from dmp_assets.orders.schema import OrderItems, Orders, Reversals
from dmp_assets.profiles.schema.activity import Lifecycle
from dmp_assets.profiles.schema.statements import ComputedTraits
from dmp_assets.profiles.traits.assets import assets as traits_assets
from dmp_assets_tests.foundation.warehouse.support.factories import new_warehouse
from dmp_assets_tests.profiles.support.factories import shaped

FIRST, LAST = date(2026, 5, 1), date(2026, 5, 31)
SOURCES: tuple[Contract, ...] = (CleanedEvents, EventItems, Orders, OrderItems, Reversals, Visitors, Lifecycle)
TRAITS = """
version: 1
traits:
  orders: {kind: count, event: purchase}
  orders_7d: {kind: count, event: purchase, window_days: 7}
  tea: {kind: sum, event: purchase, property: items.quantity,
        filters: [{column: items.item_brand, op: eq, value: tea}]}
  net: {kind: sum, event: [purchase, refund], property: revenue}
  reversals: {kind: count, event: refund}
  channels: {kind: unique_count, event: purchase, property: channel_group}
  wanted: {kind: sum, event: [purchase, view_item], property: items.quantity}
"""


@pytest.fixture
def services(tmp_path: Path) -> WarehouseIOManager:
    """A warehouse in which ann ordered twice, as browser and server tell, and bob only looked."""
    told = [("ann", FIRST, "purchase"), ("ann", LAST, "purchase"), ("ann", LAST, "purchase"), ("ann", LAST, "refund")]
    events = [
        {
            "visitor_id": f"user_id:{who}",
            "event_date": day,
            "event_at": datetime.combine(day, time()),
            "event_id": f"e{place}",
            "event_name": name,
        }
        for place, (who, day, name) in enumerate([*told, ("bob", LAST, "view_item")])
    ]
    lines = [{**row, "line": 1, "item_id": "i", "item_brand": "tea", "quantity": 2.0} for row in events]
    orders = [
        {
            "visitor_id": "user_id:ann",
            "order_id": f"shop:{place}",
            "order_date": day,
            "ordered_at": datetime.combine(day, time()),
            "counts": counts,
            "net_sales": 10 * int(counts),
            "channel_group": channel,
        }
        for place, (day, counts, channel) in enumerate(
            [(FIRST, True, "Email"), (LAST, True, "Direct"), (LAST, False, "Organic Search")]
        )
    ]
    bought = [
        {**row, "line": 1, "item_id": "i", "item_brand": "tea", "quantity": 3.0} for row in orders if row["counts"]
    ]
    taken_back = [
        {
            "visitor_id": "user_id:ann",
            "reversal_id": "r",
            "reversal_date": LAST,
            "reversed_at": datetime.combine(LAST, time()),
            "sales_reversals": 4,
        }
    ]
    people = [{"visitor_id": f"user_id:{who}", "person_id": f"user_id:{who}"} for who in ("ann", "bob")]
    warehouse = new_warehouse(tmp_path)
    made = WarehouseIOManager(warehouse, (*SOURCES, ComputedTraits), tmp_path / "run", 1000)
    made.create_tables()
    tables = (events, lines, orders, bought, taken_back, people, people)
    for contract, rows in zip(SOURCES, tables, strict=True):
        write(
            warehouse,
            Table(contract),
            Rows(frame=shaped(pl.DataFrame(rows), contract)),
            Days(FIRST, LAST),
            Stamp("made"),
        )
    return made


def made_of(services: WarehouseIOManager, traits: Path) -> list[tuple[object, ...]]:
    settings = Settings(start_date=FIRST, sources={}, traits=traits)
    (asset,) = traits_assets(Site(settings, dg.DailyPartitionsDefinition(str(FIRST))))
    parents = [dg.AssetSpec(Table(contract).asset_key) for contract in SOURCES]
    assert dg.materialize([asset, *parents], selection=[asset], resources={"io_manager": services}).success
    table = services.stored(*Table(ComputedTraits).asset_key).frame()
    return table.sort("person_id", "trait").select("person_id", "trait", "number").rows()


def test_amounts_are_of_everybody_with_a_lifecycle_and_orders_count_once(
    services: WarehouseIOManager, tmp_path: Path
) -> None:
    (tmp_path / "traits.yaml").write_text(TRAITS, encoding="utf-8")
    found = {
        (person.removeprefix("user_id:"), trait): n for person, trait, n in made_of(services, tmp_path / "traits.yaml")
    }
    assert {trait: number for (person, trait), number in found.items() if person == "ann"} == {
        "channels": 2.0, "net": 16.0, "orders": 2.0, "orders_7d": 1.0, "reversals": 1.0, "tea": 6.0, "wanted": 6.0,
    }  # fmt: skip
    bob = {trait: number for (person, trait), number in found.items() if person == "bob"}
    assert bob == {**dict.fromkeys(["channels", "net", "orders", "orders_7d", "reversals", "tea"], 0.0), "wanted": 2.0}


@pytest.mark.parametrize(
    ("trait", "tables"),
    [
        (
            "{kind: count, event: [purchase, view_item], window_days: 7}",
            {"cleaned_events": ["view_item"], "orders": [LAST, LAST]},
        ),
        ("{kind: sum, event: refund, property: revenue, window_days: 7}", {"cleaned_events": [], "reversals": [LAST]}),
        (
            "{kind: sum, event: purchase, property: items.quantity}",
            {"cleaned_events": [], "orders": [FIRST, LAST, LAST], "order_items": [FIRST, LAST]},
        ),
        ("{kind: count, event: view_item}", {"cleaned_events": ["view_item"]}),
    ],
)
def test_only_what_is_named_of_the_days_is_read(
    services: WarehouseIOManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trait: str, tables: dict
) -> None:
    read: dict[str, list[object]] = {}
    usual = StoredTable.lazy

    def lazy(self: StoredTable, *given: object, **named: object) -> pl.LazyFrame:
        frame = usual(self, *given, **named).collect()  # type: ignore[arg-type]
        day = next((name for name in ("event_name", "order_date", "reversal_date") if name in frame.columns), None)
        if day is not None:
            read[self.table.name] = sorted(frame[day].to_list())
        return frame.lazy()

    monkeypatch.setattr(StoredTable, "lazy", lazy)
    (tmp_path / "traits.yaml").write_text(f"version: 1\ntraits: {{t: {trait}}}", encoding="utf-8")
    made_of(services, tmp_path / "traits.yaml")
    assert read == tables


def test_without_traits_nothing_is_made(services: WarehouseIOManager, tmp_path: Path) -> None:
    assert made_of(services, tmp_path / "there is none.yaml") == []
