"""The code location as the UI loads it: complete, described, and one asset per table."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from dmp_assets.definitions import build_definitions
from dmp_assets.domains import CONTRACTS, STEPS, TABLES
from dmp_assets.domains import DAILY as DAILY_CONTRACTS
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.orchestration.partitions import daily_partitions
from dmp_assets.orchestration.staleness import LANDING, REFRESH, SNAPSHOTS
from dmp_assets_tests.support.factories import CONFIGURATION, shop
from dmp_assets_tests.support.places import SQL

DAILY = [Table(contract) for contract in DAILY_CONTRACTS]
INTERNAL = {contract for step in STEPS for contract in step.internal}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(shop(tmp_path_factory.mktemp("shop")))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions):
    return definitions.resolve_asset_graph()


def name_of(contract: Contract) -> str:
    return Table(contract).qualified_name


def checks_of(graph, table: Table) -> set[str]:
    return {check.name for check in graph.asset_check_keys if check.asset_key == dg.AssetKey(table.asset_key)}


def test_everything_loads_the_way_the_ui_loads_it(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)
    definitions.get_repository_def().load_all_definitions()


def test_the_assets_are_the_models_and_no_two_tables_share_a_name(graph) -> None:
    assert {tuple(key.path) for key in graph.materializable_asset_keys} == {tuple(table.asset_key) for table in TABLES}
    assert [name for name, count in Counter(table.name for table in TABLES).items() if count > 1] == []
    assert graph.external_asset_keys == set()


def test_a_step_stands_after_those_that_it_reads_from() -> None:
    made: set[Contract] = set()
    for step in STEPS:
        assert set(step.reads) <= made, step.name
        made |= set(step.makes)


def test_lineage_in_the_ui_is_what_the_steps_say(graph) -> None:
    for step in STEPS:
        for table in step.tables:
            shown = {tuple(key.path) for key in graph.get(dg.AssetKey(table.asset_key)).parent_keys}
            assert shown == {tuple(Table(parent).asset_key) for parent in step.reads}, table.qualified_name


@pytest.mark.parametrize("contract", CONTRACTS, ids=name_of)
def test_a_table_is_checked_described_owned_and_watched(graph, contract: Contract) -> None:
    table = Table(contract)
    node = graph.get(dg.AssetKey(table.asset_key))
    assert {"contract", "conservation"} <= checks_of(graph, table)
    assert node.description == table.description != ""
    assert node.owners == ["team:data-engineering"]
    assert set(node.kinds) == {"polars", "duckdb"}
    assert node.group_name == (f"{table.schema}_internal" if contract in INTERNAL else table.schema)
    assert node.freshness_policy is not None
    assert node.code_version


@pytest.mark.parametrize("contract", CONTRACTS, ids=name_of)
def test_the_first_sentence_of_a_table_says_what_it_is_for_without_words_of_the_code(contract: Contract) -> None:
    """The UI shows it in lists and on the boxes of the graph, where marketers read it."""
    first = Table(contract).description.split(". ")[0]
    assert not first.startswith("One row")
    assert len(first) < 100
    assert not re.search(r"[`_]", first), first
    assert first.startswith("Internal: ") == (contract in INTERNAL)


@pytest.mark.parametrize("contract", CONTRACTS, ids=name_of)
def test_every_column_is_shown_with_type_and_words(graph, contract: Contract) -> None:
    shown = graph.get(dg.AssetKey(Table(contract).asset_key)).metadata["dagster/column_schema"].columns
    assert [column.name for column in shown] == list(Table(contract).polars_schema)
    assert [column.name for column in shown if not column.description or not column.type] == []


def test_no_view_and_no_recipe_reads_a_table_that_the_graph_calls_internal() -> None:
    """What analysts read is theirs to find, so it stands in its domain's group."""
    assert INTERNAL
    internal = re.compile("|".join(rf"\b{re.escape(Table(contract).qualified_name)}\b" for contract in INTERNAL))
    queries = [path for folder in ("views", "recipes") for path in sorted((SQL / folder).glob("*.sql"))]
    assert {path.name: found for path in queries if (found := internal.findall(path.read_text()))} == {}


def test_tables_have_the_owners_of_dmp_yaml(tmp_path: Path) -> None:
    owners = 'owners: {default: "team:data", segments: ana@shop.example}\n'
    graph = build_definitions(shop(tmp_path, CONFIGURATION + owners)).resolve_asset_graph()
    found = {key.path[0]: graph.get(key).owners for key in graph.materializable_asset_keys}
    assert found["segments"] == ["ana@shop.example"]
    assert {tuple(found[domain]) for domain in found if domain != "segments"} == {("team:data",)}


def test_the_code_location_has_the_name_of_the_project() -> None:
    (loaded,) = yaml.safe_load(bundled("workspace.yaml").read_text())["load_from"]
    assert loaded["python_module"]["location_name"] == "dmp_assets"


def test_a_range_that_is_chosen_for_a_job_is_one_run_too(definitions: dg.Definitions) -> None:
    """Dagster cuts the days of a job's page by this policy, and those of the page of assets by that of each asset."""
    assert definitions.resolve_job_def(REFRESH).backfill_policy == dg.BackfillPolicy.single_run()


@pytest.mark.parametrize("table", DAILY, ids=lambda table: table.qualified_name)
def test_a_daily_table_is_backfilled_in_one_run_and_its_newest_day_is_watched(graph, table: Table) -> None:
    node = graph.get(dg.AssetKey(table.asset_key))
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    assert node.partitions_def is not None
    assert node.metadata["partition_expr"] == table.partition_by == "event_date"
    assert "newest_day_exists" in checks_of(graph, table)


def test_only_daily_tables_have_days(graph) -> None:
    split = {tuple(key.path) for key in graph.materializable_asset_keys if graph.get(key).partitions_def is not None}
    assert split == {tuple(table.asset_key) for table in DAILY}


def test_every_job_resolves_to_the_tables_it_is_for(definitions: dg.Definitions) -> None:
    ledger = {"ingest/landing_files", "ingest/landing_days", "ingest/repeated_statements"}
    daily = {"/".join(table.asset_key) for table in DAILY}
    every = {"/".join(table.asset_key) for table in TABLES}
    wanted = {LANDING: ledger, REFRESH: every, SNAPSHOTS: every - daily - ledger}
    for name, tables in wanted.items():
        selected = definitions.resolve_job_def(name).asset_layer.selected_asset_keys
        assert {key.to_user_string() for key in selected} == tables, name


def test_sensor_and_daily_schedule_run_unless_somebody_stops_them_and_the_backfill_waits_to_be_started(
    definitions: dg.Definitions,
) -> None:
    (sensor,) = definitions.sensors or []
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    found = {schedule.name: schedule.default_status for schedule in definitions.schedules or []}
    assert found == {"daily": dg.DefaultScheduleStatus.RUNNING, "weekly_backfill": dg.DefaultScheduleStatus.STOPPED}


def test_closed_data_end_with_their_last_day_and_live_data_with_today(tmp_path: Path) -> None:
    closed = shop(tmp_path / "closed")
    keys = daily_partitions(closed).get_partition_keys()
    assert (keys[0], keys[-1], closed.last_day()) == ("2024-05-01", "2024-05-04", date(2024, 5, 4))
    live = shop(tmp_path / "live", CONFIGURATION.replace("end_date: 2024-05-04\n", ""))
    today = datetime.now(UTC).date()
    newest = daily_partitions(live).get_partition_keys()[-1]
    assert date.fromisoformat(newest) in (today, today + timedelta(days=1))
