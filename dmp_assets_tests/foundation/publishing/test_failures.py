"""No exception's text reaches Dagster's event log, whoever calls the code that raises it."""

import warnings
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandera.polars as pa
import polars as pl
import pytest

from dmp_assets.foundation.publishing.failures import guarded
from dmp_assets.foundation.publishing.publish import PublishEvents
from dmp_assets.foundation.publishing.step_work import AllWork
from dmp_assets.foundation.publishing.table_assets import Site, table_asset
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets_tests.foundation.warehouse.support.factories import Orders, Stores

CANARY = "zq7canary"
SITE = Site(Settings(start_date=date(2026, 1, 1), sources={}), dg.DailyPartitionsDefinition("2026-01-01"))


def _polars() -> None:
    pl.Series([CANARY]).cast(pl.Int64)


def _database() -> None:
    duckdb.sql(f"SELECT '{CANARY}'::INTEGER").fetchall()


def _pandera() -> None:
    pa.DataFrameSchema({"email": pa.Column(pl.String, pa.Check.isin(["a"]))}).validate(pl.DataFrame({"email": CANARY}))


def _chained() -> None:
    try:
        _polars()
    except pl.exceptions.PolarsError as error:
        raise KeyError(CANARY) from error


def _within_a_handler() -> None:
    try:
        _polars()
    except pl.exceptions.PolarsError:
        raise dg.Failure("the number cannot be read", allow_retries=False)  # noqa: B904


def _panic() -> None:
    raise type("PanicException", (BaseException,), {})(CANARY)


RAISING = [_polars, _database, _pandera, _chained, _within_a_handler, _panic]


class Services(dg.InMemoryIOManager):
    """What a step needs of its run, without a warehouse."""

    work = AllWork()


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def run(assets: dg.AssetsDefinition, folder: Path, **options: Any) -> tuple[dg.ExecuteInProcessResult, bytes]:
    with warnings.catch_warnings(), dg.DagsterInstance.local_temp(str(folder)) as instance:
        result = dg.materialize(
            [assets],
            instance=instance,
            raise_on_error=False,
            resources={"io_manager": Services()},
            **options,
        )
    return result, bytes_of(folder)


@pytest.mark.parametrize("raising", RAISING)
def test_a_step_that_fails_leaves_type_step_and_tables_in_the_event_log_and_no_value(
    raising: Callable[[], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    @table_asset(Step(name="stores", makes=(Stores,)), SITE)
    def stores(context: dg.AssetExecutionContext) -> PublishEvents:
        raising()
        yield from ()

    result, logged = run(stores, tmp_path)
    assert not result.success
    assert (b"the number cannot be read" if raising is _within_a_handler else b"step stores (shop.stores): ") in logged
    assert CANARY.encode() not in logged
    written = "".join(capfd.readouterr())
    assert CANARY not in written


def test_the_days_of_a_daily_step_are_named(tmp_path: Path) -> None:
    @table_asset(Step(name="orders", makes=(Orders,)), SITE)
    def orders(context: dg.AssetExecutionContext) -> PublishEvents:
        _polars()
        yield from ()

    _, logged = run(orders, tmp_path, partition_key="2026-03-01")
    assert b"step orders (shop.orders, 2026-03-01 to 2026-03-01): InvalidOperationError of polars" in logged


def test_what_would_fail_again_is_not_tried_again_and_a_full_disk_is() -> None:
    attempts: list[type[Exception]] = []

    def failing_with(error: Exception) -> bool:
        @guarded(lambda: "here")
        def work() -> None:
            attempts.append(type(error))
            raise error

        with pytest.raises(dg.Failure) as caught:
            work()
        return caught.value.allow_retries

    assert failing_with(OSError(28, "full"))
    assert not failing_with(ValueError(CANARY))
    assert attempts == [OSError, ValueError]


def test_a_failure_has_neither_cause_nor_context() -> None:
    @guarded(lambda: "here")
    def work() -> None:
        _chained()

    @guarded(lambda: "here")
    def pieces() -> Iterator[int]:
        yield 1
        _chained()

    with pytest.raises(dg.Failure) as plain:
        work()
    with pytest.raises(dg.Failure) as drawn:
        list(pieces())
    assert [one.value.__cause__ for one in (plain, drawn)] == [None, None]
    assert [one.value.__context__ for one in (plain, drawn)] == [None, None]


def test_an_interrupt_goes_on_as_it_is() -> None:
    @guarded(lambda: "here")
    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
