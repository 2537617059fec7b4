"""The batching event log stores what upstream stores."""

import inspect
import os
import random
import re
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import ASSET_CHECK_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage

from dmp_assets.foundation.values.days import PLANNED_DAYS
from dmp_assets.operations.event_log import BatchingSqliteEventLogStorage

DAYS = 12
RUN_ID = "5d1ef7e6-8d9a-4b6c-9a53-0c9c8f6f0b6e"  # the same in both homes: data versions are made from it
daily = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")


def _partitioned(name: str, observed: bool = False) -> dg.AssetsDefinition:
    spec = dg.AssetCheckSpec("contract", asset=name, partitions_def=daily)

    @dg.asset(name=name, partitions_def=daily, backfill_policy=dg.BackfillPolicy.single_run(), check_specs=[spec])
    def build(context: dg.AssetExecutionContext) -> Iterator[Any]:
        if observed:
            context.log_event(dg.AssetObservation(name, partition=context.partition_keys[0], metadata={"seen": 1}))
        yield dg.AssetCheckResult(passed=True, check_name="contract")
        yield dg.MaterializeResult(metadata={"dagster/row_count": 5})

    return build


@dg.asset(deps=["first"], partitions_def=daily, backfill_policy=dg.BackfillPolicy.single_run())
def failing() -> None:
    raise ValueError("as planned")


@dg.asset
def snapshot() -> int:
    return 1


job = dg.define_asset_job("daily", selection="*", executor_def=dg.in_process_executor)
definitions = dg.Definitions(
    assets=[_partitioned("first"), _partitioned("second", observed=True), snapshot, failing],
    jobs=[job],
    resources={"io_manager": dg.mem_io_manager},
)


def _run(home: Path, storage: str, **more_tags: str) -> dg.DagsterInstance:
    module, name = storage.rsplit(".", 1)
    home.mkdir()
    (home / "dagster.yaml").write_text(
        f"telemetry: {{enabled: false}}\n"
        f"event_log_storage: {{module: {module}, class: {name}, config: {{base_dir: {home / 'events'}}}}}\n"
        f"run_storage: {{module: dagster._core.storage.runs, class: SqliteRunStorage, config: {{base_dir: {home}}}}}\n"
        "schedule_storage: {module: dagster._core.storage.schedules, class: SqliteScheduleStorage,"
        f" config: {{base_dir: {home}}}}}\n"
    )
    instance = dg.DagsterInstance.from_config(str(home))
    tags = {
        "dagster/asset_partition_range_start": "2026-01-01",
        "dagster/asset_partition_range_end": f"2026-01-{DAYS:02d}",
        **more_tags,
    }
    daily_job = definitions.resolve_job_def("daily")
    daily_job.execute_in_process(instance=instance, tags=tags, run_id=RUN_ID, raise_on_error=False)
    return instance


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dg.DagsterInstance, dg.DagsterInstance]]:
    folder = tmp_path_factory.mktemp("event_log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")
        upstream = _run(folder / "upstream", "dagster._core.storage.event_log.SqliteEventLogStorage")
        patch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
        ours = _run(folder / "ours", "dmp_assets.operations.event_log.BatchingSqliteEventLogStorage")
        yield upstream, ours
    upstream.dispose()
    ours.dispose()


def _rows(instance: dg.DagsterInstance, shard: str, table: str) -> list[tuple[Any, ...]]:
    """Return the table's rows in order, without what differs from one run of a job to the next."""
    with sqlite3.connect(Path(instance.root_directory) / "events" / f"{shard}.db") as connection:
        columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
        kept = [column for column in columns if "timestamp" not in column]
        rows = connection.execute(f"select {', '.join(kept)} from {table} order by id").fetchall()
    return [tuple(_settled(value) if isinstance(value, str) else value for value in row) for row in rows]


def _settled(text: str) -> str:
    text = re.sub(r'("\w*timestamp\w*": |_time": |"pid\W+)"?[\d.]+"?', r"\1T", text)
    text = re.sub(r"\(pid: \d+\)|\b[\d.]+m?s\b", "X", text)
    text = re.sub(r"(upstream|ours)(?=/)", "HOME", text)
    text = re.sub(r'"log_key": \[.*?\]|"file_key": "\w+"|"step_keys?": "\w+\.\w+"', "K", text)
    return re.sub(r"(at 0x)[0-9a-f]+", r"\1", text)


def test_a_run_that_plans_some_days_of_its_range_logs_plans_of_those_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    storage = "dmp_assets.operations.event_log.BatchingSqliteEventLogStorage"
    tags = {PLANNED_DAYS: "2026-01-02..2026-01-03 2026-01-09..2026-01-09"}
    with _run(tmp_path / "ours", storage, **tags) as instance:
        plans = instance.get_records_for_run(RUN_ID, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED).records
        events = [record.event_log_entry.get_dagster_event() for record in plans]
        checks = _rows(instance, "index", "asset_check_executions")
    of_first = {event.partition for event in events if event.asset_key == dg.AssetKey("first")}
    assert of_first == {"2026-01-02", "2026-01-03", "2026-01-09"}
    assert len([event for event in events if event.asset_key == dg.AssetKey("snapshot")]) == 1
    assert {row[-1] for row in checks if row[1] == '["first"]'} <= {None, *of_first}


@pytest.mark.parametrize("table", ["event_logs", "asset_event_tags", "asset_keys", "asset_check_executions"])
def test_index_equals_upstream(both: tuple[dg.DagsterInstance, dg.DagsterInstance], table: str) -> None:
    upstream, ours = (_rows(instance, "index", table) for instance in both)
    assert len(ours) >= 2
    assert ours == upstream


def test_run_file_equals_upstream(both: tuple[dg.DagsterInstance, dg.DagsterInstance]) -> None:
    upstream, ours = ([row[:2] + row[3:] for row in _rows(instance, RUN_ID, "event_logs")] for instance in both)
    assert len(ours) > 5 * DAYS
    assert ours == upstream


def test_what_the_instance_says_equals_upstream(both: tuple[dg.DagsterInstance, dg.DagsterInstance]) -> None:
    answers = []
    for instance in both:
        keys = [dg.AssetKey("first"), dg.AssetKey("second"), dg.AssetKey("snapshot"), dg.AssetKey("failing")]
        latest = [instance.get_latest_materialization_event(key) for key in keys]
        materializations = [event.asset_materialization if event else None for event in latest]
        partitions = [sorted(instance.get_materialized_partitions(key)) for key in keys]
        run = instance.get_run_by_id(RUN_ID)
        answers.append((partitions, materializations, run.status if run else None))
    assert answers[1] == answers[0]
    assert [len(days) for days in answers[1][0]] == [DAYS, DAYS, 0, 0]


class FailsOnce(BatchingSqliteEventLogStorage):
    """Breaks off in the middle of the first batch, after rows of both files have been written."""

    failures = 1

    def _store_asset_event(self, conn: Any, event: EventLogEntry, event_id: int) -> None:
        super()._store_asset_event(conn, event, event_id)
        batch = self._batch
        if batch is not None and len(batch.tagged) == DAYS // 2 and FailsOnce.failures:
            FailsOnce.failures = 0
            raise OSError("disk full, as planned")


def test_failed_batch_leaves_nothing_behind(
    both: tuple[dg.DagsterInstance, dg.DagsterInstance],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    monkeypatch.setitem(sys.modules, "fails_once", sys.modules[__name__])
    FailsOnce.failures = 1
    with _run(tmp_path / "ours", "fails_once.FailsOnce") as instance:
        assert "disk full, as planned" in capsys.readouterr().err
        for table in ("event_logs", "asset_event_tags", "asset_check_executions"):
            assert _rows(instance, "index", table) == _rows(both[0], "index", table)
        assert [row[3] for row in _rows(instance, RUN_ID, "event_logs")] == [
            row[3] for row in _rows(both[0], RUN_ID, "event_logs")
        ]


def test_one_batch_is_one_transaction_for_each_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    opened: list[str] = []
    transaction = BatchingSqliteEventLogStorage._transaction
    store = BatchingSqliteEventLogStorage.store_event_batch

    def counted(self: BatchingSqliteEventLogStorage, shard: str) -> Any:
        opened.append(shard)
        return transaction(self, shard)

    sizes: list[tuple[int, int]] = []

    def measured(self: BatchingSqliteEventLogStorage, events: Sequence[EventLogEntry]) -> None:
        before = len(opened)
        store(self, events)
        sizes.append((len(events), len(opened) - before))

    monkeypatch.setattr(BatchingSqliteEventLogStorage, "_transaction", counted)
    monkeypatch.setattr(BatchingSqliteEventLogStorage, "store_event_batch", measured)
    _run(tmp_path / "ours", "dmp_assets.operations.event_log.BatchingSqliteEventLogStorage").dispose()
    assert max(sizes)[0] > 2 * DAYS
    assert {transactions for _, transactions in sizes} == {2}


def _dump(storage: SqliteEventLogStorage, run_ids: list[str]) -> list[tuple[Any, ...]]:
    dumped: list[tuple[Any, ...]] = []
    tables = ["event_logs", "asset_event_tags", "asset_keys", "asset_check_executions"]
    for shard, table in [*(("index", table) for table in tables), *((run_id, "event_logs") for run_id in run_ids)]:
        with sqlite3.connect(storage.path_for_shard(shard)) as connection:
            columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
            kept = ", ".join(column for column in columns if column != "create_timestamp" and (column, table) != KEY_ID)
            dumped += sorted(
                connection.execute(f"select '{shard}', '{table}', {kept} from {table}").fetchall(), key=repr
            )
    return dumped


KEY_ID = ("id", "asset_keys")  # the one difference: rows of new assets appear in the order of their newest events


@pytest.mark.parametrize("seed", range(2))
def test_any_mix_of_events_and_runs_equals_upstream(
    both: tuple[dg.DagsterInstance, dg.DagsterInstance], tmp_path: Path, seed: int
) -> None:
    logged = list(both[0].all_logs(RUN_ID))
    events = [event._replace(run_id=f"run-{number % 2}") for number, event in enumerate(logged)]
    # One evaluation and plan per run and check at most: upstream refuses others, alone as in a batch.
    events = [
        event for event in events if event.dagster_event_type not in ASSET_CHECK_EVENTS or event.run_id == "run-0"
    ]
    random.Random(seed).shuffle(events)  # an order that can be repeated, not a secret
    upstream, ours = SqliteEventLogStorage(str(tmp_path / "up")), BatchingSqliteEventLogStorage(str(tmp_path / "our"))
    for event in events:
        upstream.store_event(event)
    ours.store_event_batch(events[:40])
    ours.store_event_batch(events[40:])
    assert _dump(ours, ["run-0", "run-1"]) == _dump(upstream, ["run-0", "run-1"])


SURFACE = {
    "_connect": ["self", "shard"],
    "store_event": ["self", "event"],
    "store_event_batch": ["self", "events"],
    "_store_asset_event": ["self", "conn", "event", "event_id"],
    "_store_asset_event_tags": ["self", "conn", "events", "event_ids"],
    "from_config_value": ["inst_data", "config_value"],
}


@pytest.mark.parametrize("name", SURFACE)
def test_upstream_methods_are_those_the_storage_overrides(name: str) -> None:
    assert list(inspect.signature(getattr(SqliteEventLogStorage, name)).parameters) == SURFACE[name], (
        f"Dagster changed SqliteEventLogStorage.{name}, on which BatchingSqliteEventLogStorage rests. Read the new"
        " upstream code; if every write still goes through _connect, adapt the override and this list. Until then set"
        " event_log_storage in dagster.yaml to dagster._core.storage.event_log SqliteEventLogStorage: slower, right."
    )


def test_upstream_lock_is_where_the_storage_replaces_it(tmp_path: Path) -> None:
    assert hasattr(SqliteEventLogStorage(str(tmp_path)), "_db_lock"), (
        "Dagster no longer keeps its lock in _db_lock: a batch that opens the run's file and the index would wait for"
        " itself for ever. See BatchingSqliteEventLogStorage.__init__."
    )


def test_configured_storage_asks_dagster_for_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")  # recorded, so that the end of the test restores it
    monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    BatchingSqliteEventLogStorage.from_config_value(None, {"base_dir": "events"})
    assert os.environ["DAGSTER_EVENT_BATCH_SIZE"] == "1000"
    assert (tmp_path / "events" / "index.db").exists()
