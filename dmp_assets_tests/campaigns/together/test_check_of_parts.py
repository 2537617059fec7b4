"""The check of campaign ROI, against what is built on random shops: silent on it, and loud where a part is wrong."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import duckdb
import polars as pl
import pytest

from dmp_assets.campaigns.campaign_roi import build_campaign_roi
from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets.events.schema import CleanedEvents
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.identity.schema.persons import Visitors
from dmp_assets.ingest.schema.campaigns import RawCampaigns
from dmp_assets.orders.schema import Orders, Reversals
from dmp_assets_tests.campaigns.support.factories import Row, audiences, campaigns, order, people, redeemed, reversal
from dmp_assets_tests.foundation.warehouse.support.factories import new_warehouse
from dmp_assets_tests.profiles.support.factories import shaped
from dmp_assets_tests.support.places import SQL

MONDAY, LAST = date(2026, 3, 2), date(2026, 3, 31)
TABLES = (RawCampaigns, CleanedEvents, Orders, Reversals, Visitors, CampaignRoi)
CHECK = next(file.query for file in read_sql_files(SQL / "checks") if file.name.startswith("campaigns.campaign_roi"))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a warehouse with the tables that the check reads."""
    folder = tmp_path_factory.mktemp("parts")
    empty = new_warehouse(folder)
    WarehouseIOManager(empty, TABLES, folder / "run", 1000).create_tables()
    with empty.get_connection() as connection:
        yield connection


def shop(chance: Random) -> tuple[list[Row], list[Row], list[Row]]:
    """Return redemptions, orders and reversals of four people, some of days after the last that counts."""
    days = [MONDAY, MONDAY + timedelta(days=1), LAST, LAST + timedelta(days=1)]
    someone = [None, "ann", "bob", "cat"]
    used = [redeemed(chance.choice(days), chance.choice(someone), chance.choice("abcé")) for _ in range(30)]
    orders = [
        order(
            chance.choice(days),
            chance.choice(someone),
            str(chance.randint(-5_000, 9_999) / 10_000),
            counts=place % 4 > 0,
        )
        for place in range(12)
    ]
    back = [
        reversal(chance.choice(days), chance.choice([None, *(f"o{n}" for n in range(12))]), str(n / 1_000))
        for n in range(8)
    ]
    return used, orders, back


def put(connection: duckdb.DuckDBPyConnection, contract: type, frame: pl.DataFrame) -> None:
    given = shaped(frame, contract).to_arrow()
    connection.register("given", given)
    connection.execute(f"DELETE FROM {Table(contract).sql_name}")
    connection.execute(f"INSERT INTO {Table(contract).sql_name} BY NAME FROM given")


def build(connection: duckdb.DuckDBPyConnection, seed: int, listed: str = "abz") -> pl.DataFrame:
    """Store a random shop and its campaign ROI, and return that."""
    did = people(*shop(Random(seed)))
    table = build_campaign_roi(
        campaigns([(name, None, MONDAY, LAST) for name in listed]), audiences([]), did, LAST, 0.5, {}
    )
    put(connection, RawCampaigns, pl.DataFrame({"campaign_id": list(listed)}))
    put(connection, CampaignRoi, table)
    put(connection, CleanedEvents, did.events.collect().rename({"person_id": "visitor_id"}))
    put(connection, Orders, did.orders.collect().rename({"person_id": "visitor_id"}))
    put(connection, Reversals, did.reversals.collect())
    put(connection, Visitors, pl.DataFrame({"visitor_id": ["ann", "bob", "cat"], "person_id": ["ann", "bob", "cat"]}))
    return table


def test_the_parts_of_every_campaign_are_found_again(warehouse: duckdb.DuckDBPyConnection) -> None:
    revenue = []
    for seed in range(30):
        table = build(warehouse, seed)
        assert warehouse.sql(CHECK).fetchall() == [], seed
        revenue += table["revenue"].to_list()
    assert min(revenue) < 0 < max(revenue), "both signs were tried"


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE campaigns.campaign_roi SET revenue = revenue + 0.0001 WHERE campaign_id = 'a'",
        "UPDATE campaigns.campaign_roi SET revenue = revenue - 0.0001 WHERE campaign_id = 'a'",
        "DELETE FROM campaigns.campaign_roi WHERE campaign_id = 'a'",
        "INSERT INTO campaigns.campaign_roi BY NAME SELECT 'new' AS campaign_id, 1 AS revenue",
    ],
)
def test_a_unit_more_or_less_and_a_lost_campaign_are_told_by_name(
    warehouse: duckdb.DuckDBPyConnection, wrong: str
) -> None:
    build(warehouse, 1)
    warehouse.execute(wrong)
    assert [row[0] for row in warehouse.sql(CHECK).fetchall()] == ["new" if "new" in wrong else "a"]


def test_without_campaigns_nothing_is_red(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Also where what was sold is less than what was taken back."""
    did = people([], [order(MONDAY, "ann", "-5")], [reversal(MONDAY, "o0", "7")])
    table = build_campaign_roi(campaigns([]), audiences([]), did, LAST, 0.5, {})
    build(warehouse, 1, listed="")
    put(warehouse, CampaignRoi, table)
    put(warehouse, CleanedEvents, pl.DataFrame({"event_id": []}))
    assert warehouse.sql(CHECK).fetchall() == []
