"""What the sensor and the schedule request, and when they request nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData

from dmp_assets.definitions import build_definitions
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.orchestration.schedules import daily_schedule
from dmp_assets.orchestration.sensors import AT_WORK
from dmp_assets.orchestration.staleness import LANDING, REFRESH, SNAPSHOTS, day_tags
from dmp_assets_tests.support.factories import CONFIGURATION, LAST_DAY, built_shop, land, shop

LATE = "at,order,person,item,n,paid\n2024-05-02 12:00:00,o9,p1,i1,1,1.00\n2024-05-04 12:00:00,o8,p2,i1,1,1.00\n"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def tick(settings: Settings, instance: dg.DagsterInstance) -> SensorExecutionData:
    """Return what the landing sensor answers now."""
    (sensor,) = build_definitions(settings).sensors or []
    assert isinstance(sensor, dg.SensorDefinition)
    return sensor.evaluate_tick(dg.build_sensor_context(instance=instance))


def requested(found: SensorExecutionData) -> list[tuple[str | None, dict[str, str]]]:
    """Return job and range of each run that is requested."""
    range_tags = day_tags(LAST_DAY, LAST_DAY)
    return [
        (request.job_name, {name: value for name, value in request.tags.items() if name in range_tags})
        for request in found.run_requests or []
    ]


def test_nothing_to_do_is_said_and_requests_nothing(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    found = tick(built_shop(tmp_path), instance)
    assert (requested(found), found.skip_message) == (
        [],
        "Every table is what the landing files, the settings and the code say.",
    )


def test_a_new_file_asks_for_the_ledger_and_then_for_exactly_the_days_it_touches(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    settings = built_shop(tmp_path)
    land(settings, {"orders/late.csv": LATE})
    first, again = tick(settings, instance), tick(settings, instance)
    assert requested(first) == [(LANDING, {})]
    assert [request.run_key for request in first.run_requests or []] == [
        request.run_key for request in again.run_requests or []
    ]
    job = build_definitions(settings).resolve_job_def(LANDING)
    assert job.execute_in_process(instance=instance).success
    second = tick(settings, instance)
    day = date(2024, 5, 2)
    assert requested(second) == [(REFRESH, day_tags(day, LAST_DAY))]


def test_changed_model_settings_ask_for_the_snapshots_only(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    settings = built_shop(tmp_path, CONFIGURATION.replace("default: 0.5", "default: 0.6"))
    assert requested(tick(settings, instance)) == [(SNAPSHOTS, {})]


def test_a_changed_mapping_asks_for_the_ledger_again_although_no_file_changed(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    """The sensor never asks twice under one key: a key of files alone would leave them unread for ever."""
    keys = []
    for column in ("income_range", "home_ownership"):
        settings = built_shop(tmp_path, CONFIGURATION.replace("age_range: age", f"{column}: age"))
        found = tick(settings, instance)
        assert requested(found) == [(LANDING, {})]
        keys += [request.run_key for request in found.run_requests or []]
    assert len(set(keys)) == 2


def test_another_setting_after_a_failed_run_is_asked_for_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    keys = []
    for cost in ("0.6", "0.7"):
        settings = built_shop(tmp_path, CONFIGURATION.replace("default: 0.5", f"default: {cost}"))
        keys += [request.run_key for request in tick(settings, instance).run_requests or []]
    assert len(keys) == len(set(keys)) == 2


# Dagster lets nobody make a queued run without a remote origin.
@pytest.mark.parametrize(
    "status", [status for status in AT_WORK if status.value != "QUEUED"], ids=lambda status: status.value
)
def test_while_a_run_is_at_work_nothing_is_requested(
    tmp_path: Path, instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    instance.add_run(dg.DagsterRun(job_name=REFRESH, run_id=status.value, status=status))
    settings = shop(tmp_path)
    land(settings, {"orders/late.csv": LATE})
    found = tick(settings, instance)
    assert dg.DagsterRunStatus.QUEUED in AT_WORK
    assert requested(found) == []
    assert found.skip_message == "A run is at work; what is open afterwards is requested then."


def test_a_run_that_has_ended_does_not_hold_the_sensor_back(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        instance.add_run(dg.DagsterRun(job_name=REFRESH, run_id=status.value, status=status))
    settings = shop(tmp_path)
    land(settings, {"orders/late.csv": LATE})
    assert requested(tick(settings, instance)) == [(LANDING, {})]


def test_a_busy_warehouse_is_a_reason_to_wait(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dmp_assets.foundation.warehouse.connection import WarehouseBusyError

    @contextmanager
    def busy(*_: object, **__: object) -> Iterator[None]:
        raise WarehouseBusyError("warehouse.duckdb is held by process 7")
        yield

    settings = built_shop(tmp_path)
    monkeypatch.setattr(Warehouse, "get_connection", busy)
    found = tick(settings, instance)
    assert (requested(found), found.skip_message) == ([], "warehouse.duckdb is held by process 7")


def at(folder: Path, day: date, end_date: str = "2024-05-04") -> dg.RunRequest | dg.SkipReason:
    """Return what the schedule answers at 03:15 of a day."""
    settings = shop(folder, CONFIGURATION.replace("2024-05-04", end_date))
    moment = datetime(day.year, day.month, day.day, 3, 15, tzinfo=UTC)
    return daily_schedule(settings)(dg.build_schedule_context(scheduled_execution_time=moment))


def test_the_schedule_asks_for_yesterday(tmp_path: Path) -> None:
    found = at(tmp_path, date(2024, 5, 3))
    assert isinstance(found, dg.RunRequest)
    assert (found.partition_key, found.run_key) == ("2024-05-02", "2024-05-02")


def test_the_schedule_starts_with_the_first_day_and_ends_with_the_last(tmp_path: Path) -> None:
    assert isinstance(at(tmp_path, date(2024, 5, 2)), dg.RunRequest)
    assert isinstance(at(tmp_path, date(2024, 5, 5)), dg.RunRequest)
    early, late = at(tmp_path, date(2024, 5, 1)), at(tmp_path, date(2024, 5, 6))
    assert isinstance(early, dg.SkipReason)
    assert early.skip_message == "2024-04-30 is before start_date 2024-05-01 in dmp.yaml"
    assert isinstance(late, dg.SkipReason)
    assert late.skip_message == "2024-05-05 is after end_date 2024-05-04 in dmp.yaml: the data set is closed"
