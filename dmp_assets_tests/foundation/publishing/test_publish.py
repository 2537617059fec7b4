"""``publish`` checks first: a broken contract fails the run, is logged, and leaves every stored row as it was."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pandera.polars as pa
import polars as pl
import pytest

from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.publish import (
    Frames,
    PublishEvents,
    publish,
    publish_days,
    publish_tables,
)
from dmp_assets.foundation.publishing.table_assets import Site, table_asset
from dmp_assets.foundation.publishing.warehouse_resource import WarehouseResource
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import DayInput
from dmp_assets.foundation.warehouse.steps import MadeBy, Step
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.orchestration.resources import warehouse_io_manager
from dmp_assets_tests.foundation.warehouse.support.factories import (
    DAY,
    Orders,
    Stores,
    booked,
    days,
    new_warehouse,
    orders,
    put,
    query,
    stored,
    stores,
)

DAILY = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-12-31")
SITE = Site(Settings(start_date=DAY, sources={}), DAILY)
MADE_BY = MadeBy("code", "settings")
QUALITY_LOG = "SELECT partition, passed, rows, violations FROM ops.quality_log ORDER BY checked_at, partition"


def whole(contract: Contract, frame: pl.DataFrame | pl.LazyFrame) -> dg.AssetsDefinition:
    @table_asset(Step(name="made", makes=(contract,)), SITE)
    def made(context: dg.AssetExecutionContext) -> PublishEvents:
        yield from publish(context, contract, frame)

    return made


def by_days(build: Callable[[Days], pl.DataFrame], window: Days) -> dg.AssetsDefinition:
    inputs = {window.first + timedelta(days=place): DayInput(1, f"input {place}") for place in range(3)}

    step = Step(name="made", makes=(Orders,))

    @table_asset(step, SITE)
    def made(context: dg.AssetExecutionContext) -> PublishEvents:
        def frames(part: Days) -> Frames:
            return {Orders: build(part).lazy()}

        yield from publish_days(context, step, frames, inputs)

    return made


def run(
    asset: dg.AssetsDefinition,
    warehouse: Warehouse,
    window: Days | None = None,
    contracts: Sequence[Contract] = (Orders, Stores),
) -> dg.ExecuteInProcessResult:
    """Materialise one asset, one window per day."""
    run_dir = warehouse.path.parent / "run"
    services = WarehouseIOManager(warehouse, contracts, run_dir, 1, dict.fromkeys(map(Table, contracts), MADE_BY))
    tags = {}
    if window is not None:
        tags = {
            "dagster/asset_partition_range_start": str(window.first),
            "dagster/asset_partition_range_end": str(window.last),
        }
    return dg.materialize([asset], resources={"io_manager": services}, tags=tags, raise_on_error=False)


def bad(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(units=pl.lit(-1, pl.Int64))


def checks(result: dg.ExecuteInProcessResult) -> list[bool]:
    return [evaluation.passed for evaluation in result.get_asset_check_evaluations()]


def retries(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY for event in result.all_events)


@pytest.mark.parametrize("is_lazy", [False, True])
def test_a_broken_whole_table_fails_the_run_without_retry_and_changes_nothing(tmp_path: Path, is_lazy: bool) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, stores("a", "b"), contract=Stores)
    before = stored(warehouse, Stores)
    broken = stores("c", "d", "e", year=12)
    result = run(whole(Stores, broken.lazy() if is_lazy else broken), warehouse)
    assert not result.success
    assert (checks(result), retries(result)) == ([False], 0)
    assert stored(warehouse, Stores) == booked(warehouse, Stores) == before
    assert query(warehouse, QUALITY_LOG) == [(None, False, 3, 3)]


def test_a_good_whole_table_is_written_and_logged(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    result = run(whole(Stores, stores("a", "b")), warehouse)
    assert result.success
    assert checks(result) == [True]
    assert query(warehouse, QUALITY_LOG) == [(None, True, 2, 0)]
    assert query(warehouse, "SELECT count(*) FROM shop.stores") == [(2,)]
    (made,) = result.get_asset_materialization_events()
    assert made.materialization.metadata["dagster/row_count"].value == 2


@pytest.mark.parametrize(
    "broken",
    [
        stores("a").drop("opened_year"),
        stores("a").drop("store_id"),
        stores("a").with_columns(opened_year=pl.lit("x")),
        stores("a").with_columns(more=1),
    ],
    ids=["missing", "missing key", "type", "more"],
)
def test_a_frame_of_the_wrong_shape_is_a_broken_contract_too(tmp_path: Path, broken: pl.DataFrame) -> None:
    warehouse = new_warehouse(tmp_path)
    result = run(whole(Stores, broken), warehouse)
    assert not result.success
    assert (checks(result), retries(result)) == ([False], 0)
    assert query(warehouse, "SELECT passed FROM ops.quality_log") == [(False,)]


def test_good_days_are_written_with_one_log_row_and_one_fingerprint_each(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    result = run(by_days(orders, days()), warehouse, days())
    assert result.success
    each = [DAY + timedelta(days=place) for place in range(3)]
    assert query(warehouse, QUALITY_LOG) == [(day, True, 2, 0) for day in each]
    assert query(warehouse, "SELECT partition, input_id FROM ops.current_commits ORDER BY 1") == [
        (day, f"input {place}") for place, day in enumerate(each)
    ]
    assert stored(warehouse) == booked(warehouse)


def test_a_range_whose_last_window_breaks_leaves_every_day_as_it_was(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    before = stored(warehouse)
    seen = []

    def build(part: Days) -> pl.DataFrame:
        seen.append(part.first)
        frame = orders(part, marker="b")
        return bad(frame) if part.last == days().last else frame

    result = run(by_days(build, days()), warehouse, days())
    assert not result.success
    assert (checks(result), retries(result), len(seen)) == ([False], 0, 3)
    assert stored(warehouse) == booked(warehouse) == before
    assert query(warehouse, QUALITY_LOG) == [
        (DAY, True, 2, 0),
        (DAY + timedelta(days=1), True, 2, 0),
        (DAY + timedelta(days=2), False, 2, 2),
    ]


def test_a_range_in_windows_is_the_range_in_one_go(tmp_path: Path) -> None:
    in_windows, in_one = new_warehouse(tmp_path / "windows"), new_warehouse(tmp_path / "one")
    assert run(by_days(orders, days()), in_windows, days()).success
    put(in_one, orders())
    assert stored(in_windows) == stored(in_one)


def test_no_value_of_a_broken_row_reaches_the_events_of_the_run(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    secret = "jane.roe"
    broken = orders().with_columns(email=pl.lit(secret))
    result = run(by_days(lambda part: broken.filter(pl.col("order_date") == part.first), days()), warehouse, days())
    assert not result.success
    assert not [event for event in result.all_events if secret in repr(event)]
    assert secret not in repr(query(warehouse, "FROM ops.quality_log"))


class Towns(TableContract, table="shop.towns", key=("town",), subject="none"):
    """One row per town."""

    town: str = pa.Field(description="Town.")


def publish_several(folder: Path, *towns: str) -> tuple[Warehouse, dg.ExecuteInProcessResult]:
    """Publish two tables that one asset makes, beside what is stored of the first already."""

    @table_asset(Step(name="several", makes=(Stores, Towns)), SITE)
    def several(context: dg.AssetExecutionContext) -> PublishEvents:
        made = TableRows(stores("c"), stores("a").select("store_id"), {"why": "for the test"})
        yield from publish_tables(context, {Stores: made, Towns: TableRows(pl.DataFrame({"town": towns}))}, "input")

    warehouse = new_warehouse(folder, lock_wait_seconds=0.3)
    put(warehouse, stores("a", "b"), contract=Stores)
    return warehouse, run(several, warehouse, contracts=(Stores, Towns))


def test_several_tables_are_one_commit_and_say_how_many_rows_they_have(tmp_path: Path) -> None:
    warehouse, result = publish_several(tmp_path, "x", "y")
    assert checks(result) == [True, True]
    told = {made.asset_key.path[-1]: made.metadata for made in result.asset_materializations_for_node("several")}
    assert {name: made["dagster/row_count"].value for name, made in told.items()} == {"stores": 2, "towns": 2}
    assert told["stores"]["why"].value == "for the test"
    assert query(warehouse, "SELECT store_id FROM shop.stores ORDER BY ALL") == [("b",), ("c",)]
    booked_as = "SELECT DISTINCT run_id, input_id, code_version, settings_id FROM ops.commits WHERE run_id != 'run'"
    assert query(warehouse, booked_as) == [(result.run_id, "input", "code", "settings")]
    assert stored(warehouse, Stores) == booked(warehouse, Stores)


def test_of_several_tables_none_is_written_if_one_is_broken_and_the_file_is_free_again(tmp_path: Path) -> None:
    warehouse, result = publish_several(tmp_path, "x", "x")
    assert not result.success
    assert checks(result) == [True, False]
    assert result.asset_materializations_for_node("several") == []
    assert query(warehouse, "SELECT store_id FROM shop.stores ORDER BY ALL") == [("a",), ("b",)]
    assert stored(warehouse, Stores) == booked(warehouse, Stores)
    assert query(warehouse, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'towns'") == [(0,)]


def test_rows_that_nobody_has_checked_are_refused(tmp_path: Path) -> None:
    @table_asset(Step(name="made", makes=(Stores,)), SITE)
    def made(context: dg.AssetExecutionContext) -> PublishEvents:
        yield dg.AssetCheckResult(passed=True, check_name="contract", asset_key=Table(Stores).asset_key)
        yield dg.MaterializeResult(value=stores("a"), asset_key=Table(Stores).asset_key)

    warehouse = new_warehouse(tmp_path)
    result = run(made, warehouse)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "shop/stores gave DataFrame; assets of the warehouse yield from publish" in repr(failure.event_specific_data)


@pytest.mark.parametrize("is_good", [True, False])
def test_the_folder_of_the_run_is_gone_when_the_run_has_ended(tmp_path: Path, is_good: bool) -> None:
    settings = Settings(start_date=DAY, sources={}, data_dir=tmp_path)
    warehouse = WarehouseResource(database=str(settings.warehouse_path))
    row = {"item_id": "a", "source": "shop", "path": "a.csv", "line_number": 1 if is_good else 0}
    seen: list[bool] = []

    @table_asset(Step(name="made", makes=(RawItems,)), SITE)
    def made(context: dg.AssetExecutionContext) -> PublishEvents:
        run_dir = context.resources.io_manager.run_dir
        run_dir.mkdir(parents=True)
        (run_dir / "half-finished").touch()
        seen.append(run_dir.is_relative_to(tmp_path))
        optional = dict.fromkeys(set(RawItems.to_schema().columns) - set(row))
        yield from publish(context, RawItems, pl.DataFrame([{**row, **optional}]))

    resources = {"warehouse": warehouse, "io_manager": warehouse_io_manager(settings, {})}
    result = dg.materialize([made], resources=resources, raise_on_error=False)
    assert (result.success, seen) == (is_good, [True])
    assert list((tmp_path / "staging" / "runs").iterdir()) == []
    assert settings.published_path.exists()


def orders_as_tables(made: TableRows) -> dg.AssetsDefinition:
    @table_asset(Step(name="made_of_orders", makes=(Orders,)), SITE)
    def made_of_orders(context: dg.AssetExecutionContext) -> PublishEvents:
        yield from publish_tables(context, {Orders: made}, "made of a")

    return made_of_orders


def test_a_table_with_days_is_published_whole_or_by_keys(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    assert run(orders_as_tables(TableRows(orders())), warehouse).success
    assert booked(warehouse) == stored(warehouse)
    middle = orders(days(1, 1))
    removed = middle.select("order_date")
    result = run(orders_as_tables(TableRows(orders(days(4, 4), per_day=1), removed)), warehouse)
    assert result.success
    assert booked(warehouse) == {**stored(warehouse), DAY + timedelta(days=1): (0, 0)}
    assert query(warehouse, "SELECT DISTINCT input_id FROM ops.commits") == [("made of a",)]
    (made,) = result.get_asset_materialization_events()
    assert made.materialization.metadata["dagster/row_count"].value == 5
    assert run(orders_as_tables(TableRows(orders(days(2, 2)))), warehouse).success
    assert {day: rows for day, (rows, _) in booked(warehouse).items() if rows} == {DAY + timedelta(days=2): 2}


def test_rows_that_break_the_contract_replace_nothing_in_a_table_with_days(tmp_path: Path) -> None:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders())
    before = stored(warehouse)
    assert not run(orders_as_tables(TableRows(bad(orders()), orders().select("order_id"))), warehouse).success
    assert stored(warehouse) == booked(warehouse) == before
