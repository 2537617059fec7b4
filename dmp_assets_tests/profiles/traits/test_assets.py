"""Computed traits as an asset: it reads the events that the traits name, and of the days that they look at."""

from datetime import date, datetime, time
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from dmp_assets.events.schema import CleanedEvents, EventItems
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Days, Rows, write
from dmp_assets.identity.schema.persons import Visitors
from dmp_assets.profiles.schema.activity import Lifecycle
from dmp_assets.profiles.schema.statements import ComputedTraits
from dmp_assets.profiles.traits.assets import assets as traits_assets
from dmp_assets_tests.foundation.warehouse.support.factories import new_warehouse
from dmp_assets_tests.profiles.support.factories import shaped

FIRST, LAST = date(2026, 5, 1), date(2026, 5, 31)
SOURCES: tuple[Contract, ...] = (CleanedEvents, EventItems, Visitors, Lifecycle)
TRAITS = """
version: 1
traits:
  orders: {kind: count, event: purchase}
  orders_7d: {kind: count, event: purchase, window_days: 7}
  tea: {kind: sum, event: purchase, property: items.quantity,
        filters: [{column: items.item_brand, op: eq, value: tea}]}
"""


@pytest.fixture
def services(tmp_path: Path) -> WarehouseIOManager:
    """A warehouse in which ann ordered twice, and bob only looked."""
    done = [("ann", FIRST, "purchase"), ("ann", LAST, "purchase"), ("ann", LAST, "refund"), ("bob", LAST, "view_item")]
    events = [
        {
            "visitor_id": f"user_id:{who}",
            "event_date": day,
            "event_at": datetime.combine(day, time()),
            "event_id": f"e{place}",
            "event_name": name,
        }
        for place, (who, day, name) in enumerate(done)
    ]
    lines = [{**row, "line": 1, "item_id": "i", "item_brand": "tea", "quantity": 2.0} for row in events]
    people = [{"visitor_id": f"user_id:{who}", "person_id": f"user_id:{who}"} for who in ("ann", "bob")]
    warehouse = new_warehouse(tmp_path)
    made = WarehouseIOManager(warehouse, (*SOURCES, ComputedTraits), tmp_path / "run", 1000)
    made.create_tables()
    for contract, rows in zip(SOURCES, (events, lines, people, people), strict=True):
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


def test_amounts_are_of_everybody_with_a_lifecycle(services: WarehouseIOManager, tmp_path: Path) -> None:
    (tmp_path / "traits.yaml").write_text(TRAITS, encoding="utf-8")
    assert made_of(services, tmp_path / "traits.yaml") == [
        ("user_id:ann", "orders", 2.0),
        ("user_id:ann", "orders_7d", 1.0),
        ("user_id:ann", "tea", 4.0),
        ("user_id:bob", "orders", 0.0),
        ("user_id:bob", "orders_7d", 0.0),
        ("user_id:bob", "tea", 0.0),
    ]


def test_only_named_events_of_the_days_are_read(
    services: WarehouseIOManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, list[str], list[date]]] = []
    usual = StoredTable.lazy

    def lazy(self: StoredTable, *given: object, **named: object) -> pl.LazyFrame:
        frame = usual(self, *given, **named).collect()  # type: ignore[arg-type]
        if "event_name" in frame.columns:
            read.append((self.table.name, frame["event_name"].to_list(), frame["event_date"].to_list()))
        return frame.lazy()

    monkeypatch.setattr(StoredTable, "lazy", lazy)
    (tmp_path / "traits.yaml").write_text(
        "version: 1\ntraits: {orders_7d: {kind: count, event: purchase, window_days: 7}}", encoding="utf-8"
    )
    made_of(services, tmp_path / "traits.yaml")
    assert read == [("cleaned_events", ["purchase"], [LAST])]


def test_without_traits_nothing_is_made(services: WarehouseIOManager, tmp_path: Path) -> None:
    assert made_of(services, tmp_path / "there is none.yaml") == []
