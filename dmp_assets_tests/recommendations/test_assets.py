"""The assets of recommendations: three steps, of which the lists read the choice, and each says why it did what."""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.orders.schema import OrderItems
from dmp_assets.recommendations.assets import assets as recommendations_assets
from dmp_assets.recommendations.schema.choice import ModelChoice
from dmp_assets.recommendations.schema.lists import Recommendations
from dmp_assets.recommendations.schema.relations import ItemNeighbours
from dmp_assets.recommendations.steps import CHOOSE_MODELS, RECOMMEND_ITEMS, RELATE_ITEMS
from dmp_assets_tests.recommendations.support.factories import DAY, order_items, shoppers
from dmp_assets_tests.recommendations.support.store import MADE_FROM, Store

SETTINGS = Settings(start_date=date(2026, 1, 1), sources={})
STEPS = ("choose_models", "relate_items", "recommend_items")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.put_lines(shoppers(5))
    made.put_people({f"p{n:02}": f"p{n:02}" for n in range(5)})
    return made


def run(store: Store, *steps: str, **config: object) -> dg.ExecuteInProcessResult:
    assets = recommendations_assets(Site(SETTINGS, dg.DailyPartitionsDefinition("2026-01-01")))
    chosen = [asset for asset in assets if asset.op.name in (steps or STEPS)]
    sources = [dg.AssetSpec(Table(contract).asset_key) for contract in MADE_FROM]
    return dg.materialize(
        [*assets, *sources],
        selection=[key for asset in chosen for key in asset.keys],
        resources={"io_manager": store.services},
        run_config={"ops": {asset.op.name: {"config": config} for asset in chosen}},
        raise_on_error=False,
    )


def said(result: dg.ExecuteInProcessResult) -> dict[str, tuple[object, object]]:
    made = [event.materialization for event in result.get_asset_materialization_events()]
    return {
        one.asset_key.path[-1]: (one.metadata["mode"].value, one.metadata["because"].value)
        for one in made
        if one.asset_key.path[-1] in ("model_choice", "item_neighbours", "recommendations")
    }


def test_each_table_says_whether_it_was_kept_and_why(store: Store):
    first = said(run(store))
    assert set(first.values()) == {("made", "nothing stored yet")}
    assert {mode for mode, _ in said(run(store)).values()} == {"kept"}
    assert set(said(run(store, full_refresh=True)).values()) == {("made", "asked for")}


def test_a_kept_table_has_its_rows_told_and_its_contract_checked(store: Store):
    run(store)
    again = run(store)
    assert all(check.passed for check in again.get_asset_check_evaluations())
    (made,) = again.asset_materializations_for_node("relate_items")[:1]
    assert made.metadata["dagster/row_count"].value == store.commit(ItemNeighbours).rows > 0


def test_lists_of_a_day_before_the_choice_fail_without_retry(store: Store):
    run(store)
    day = (DAY - timedelta(days=1)).isoformat()
    result = run(store, "recommend_items", as_of_date=day)
    assert not result.success
    assert "choose first" in str(result.failure_data_for_node("recommend_items"))
    assert store.table(Recommendations).frame()["as_of_date"].unique().to_list() == [DAY]
    assert run(store, as_of_date=day).success


def test_lists_are_made_from_the_choice_and_the_choice_from_no_list():
    assert ModelChoice in RECOMMEND_ITEMS.reads
    assert not set(RECOMMEND_ITEMS.makes) & {*CHOOSE_MODELS.reads, *RELATE_ITEMS.reads}


def test_the_newest_day_is_that_of_orders_where_no_event_has_lines(tmp_path: Path):
    """Item lines of orders may come in a file of their own."""
    made = Store(tmp_path)
    made.put_people({"ann": "ann"})
    made.put_days(OrderItems, order_items([("ann", "tea", DAY)]))
    run(made)
    assert made.table(Recommendations).frame()["as_of_date"].unique().to_list() == [DAY]
