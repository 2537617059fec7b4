"""``table_asset`` refuses a function that is not the step's, and a step that is none, when the code is loaded."""

from datetime import date

import dagster as dg
import polars as pl
import pytest

from dmp_assets.foundation.publishing.publish import PublishEvents
from dmp_assets.foundation.publishing.table_assets import Site, table_asset
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.steps import Step, with_descendants
from dmp_assets_tests.foundation.warehouse.support.factories import Orders, Stores

SITE = Site(Settings(start_date=date(2026, 1, 1), sources={}), dg.DailyPartitionsDefinition("2026-01-01"))
COUNT = Step(name="count_orders", makes=(Stores,), reads=(Orders,))


def test_an_input_is_named_as_its_table() -> None:
    @table_asset(COUNT, SITE)
    def count_orders(context: dg.AssetExecutionContext, orders: pl.DataFrame) -> PublishEvents:
        yield from ()

    assert count_orders.keys == {dg.AssetKey(["shop", "stores"])}
    assert count_orders.keys_by_input_name == {"orders": dg.AssetKey(["shop", "orders"])}
    assert count_orders.partitions_def is None


def test_a_function_of_another_name_or_with_other_inputs_is_refused_and_both_are_named() -> None:
    def count_orders(context: dg.AssetExecutionContext, sales: pl.DataFrame) -> PublishEvents:
        yield from ()

    def count(context: dg.AssetExecutionContext, orders: pl.DataFrame) -> PublishEvents:
        yield from ()

    with pytest.raises(TypeError, match=r"count_orders\(sales\) is not step count_orders\(orders\)"):
        table_asset(COUNT, SITE)(count_orders)
    with pytest.raises(TypeError, match=r"count\(orders\) is not step count_orders\(orders\)"):
        table_asset(COUNT, SITE)(count)


def test_a_function_that_returns_rows_is_refused_for_no_contract_check_would_see_them() -> None:
    def count_orders(context: dg.AssetExecutionContext, orders: pl.DataFrame) -> pl.DataFrame:
        return orders

    with pytest.raises(TypeError, match="count_orders is no generator; assets of the warehouse yield from publish"):
        table_asset(COUNT, SITE)(count_orders)


def test_a_step_makes_tables_of_one_kind() -> None:
    with pytest.raises(TypeError, match=r"shop.orders, shop.stores: one domain's tables, all by day or none"):
        Step(name="both", makes=(Orders, Stores))
    with pytest.raises(TypeError, match="makes nothing"):
        Step(name="none", makes=())


def test_descendants_are_those_that_read_and_those_that_read_from_them() -> None:
    first = Step(name="first", makes=(Orders,))
    other = Step(name="other", makes=(Stores,))
    assert with_descendants([first, COUNT], [first]) == [first, COUNT]
    assert with_descendants([first, other], [first]) == [first]
    assert with_descendants([first, COUNT], [COUNT]) == [COUNT]
