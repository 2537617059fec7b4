"""The report as Dagster makes it: rows, verdict, and asset checks of the severity that the worst check has."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from dmp_assets.events.schema import CleanedEvents, EventLedger, QuarantinedEvents
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles
from dmp_assets.orchestration.partitions import daily_partitions
from dmp_assets.orders.schema import OrderReports
from dmp_assets.quality.assets import assets as quality_assets
from dmp_assets.quality.assets import judge_dimensions
from dmp_assets.quality.schema import DIMENSIONS, ColumnProfiles, Quality
from dmp_assets_tests.quality.support.factories import typed
from dmp_assets_tests.support.places import SQL

CHECKS = SQL / "checks"
FIRST, LAST = date(2024, 4, 1), date(2024, 5, 29)
INPUTS = (LandingFiles, LandingDays, RawEvents, CleanedEvents, OrderReports, QuarantinedEvents, EventLedger)


def made(folder: Path, duplicates: int = 0, quarantined: int = 0) -> tuple[dg.ExecuteInProcessResult, Warehouse]:
    """Return the run that makes both tables on a shop with 100 clicks a day, and its warehouse."""
    settings = Settings(start_date=FIRST, end_date=LAST, sources={}, data_dir=folder / "data")
    settings.data_dir.mkdir()
    warehouse = Warehouse(database=str(settings.warehouse_path))
    services = WarehouseIOManager(warehouse, (*INPUTS, ColumnProfiles, Quality), folder / "run", 1000)
    services.create_tables()
    with warehouse.get_connection() as connection:
        days = f"FROM generate_series(DATE '{FIRST}', DATE '{LAST}', INTERVAL 1 DAY) AS d(day)"
        connection.execute(
            "INSERT INTO events.event_ledger BY NAME SELECT day::DATE AS event_date, 'clicks' AS source, "
            f"100 AS records, {100 - duplicates - quarantined} AS kept, {duplicates} AS duplicates, "
            f"{quarantined} AS quarantined {days}"
        )
        for table in ("events.event_ledger", "ingest.raw_events"):
            connection.execute(
                "INSERT INTO ops.commits BY NAME SELECT row_number() OVER () + (SELECT count(*) FROM ops.commits) AS "
                f"commit_id, '{table}' AS table_name, day::DATE AS partition, 1 AS rows, 'i' AS input_id {days}"
            )
        connection.execute(
            "INSERT INTO events.cleaned_events BY NAME SELECT day::DATE AS event_date, 'clicks' AS source, "
            f"'view_item' AS event_name, 'p' AS user_id, 1.0 AS quantity {days}, range(100)"
        )
        connection.execute(
            "INSERT INTO orders.order_reports BY NAME SELECT day::DATE AS event_date, 'clicks' AS source, "
            f"'sale' AS report_kind, true AS is_standing, true AS is_numbered, 5 AS line_sales {days}"
        )
    assets = quality_assets(Site(settings, daily_partitions(settings)))
    inputs = [dg.AssetSpec(Table(model).asset_key) for model in INPUTS]
    tags = {"dagster/asset_partition_range_start": str(FIRST), "dagster/asset_partition_range_end": str(LAST)}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [*assets, *inputs], resources={"io_manager": services}, instance=instance, tags=tags, raise_on_error=True
        )
    return result, warehouse


def rows(warehouse: Warehouse, sql: str) -> list[tuple]:
    with warehouse.get_connection(read_only=True) as connection:
        return connection.sql(sql).fetchall()


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> tuple[dg.ExecuteInProcessResult, Warehouse]:
    """Return a run whose shares of duplicates and quarantined records reach their thresholds and do not pass them."""
    return made(tmp_path_factory.mktemp("fine"), duplicates=5, quarantined=1)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> tuple[dg.ExecuteInProcessResult, Warehouse]:
    """Return a run with a warning (duplicates) and an error (quarantined)."""
    return made(tmp_path_factory.mktemp("bad"), duplicates=6, quarantined=11)


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    key = dg.AssetKey(["quality", "quality"])
    return {check.check_name: check for check in result.get_asset_check_evaluations() if check.asset_key == key}


def test_there_is_a_check_per_dimension_and_none_fails_at_the_thresholds(fine) -> None:
    checks = checks_of(fine[0])
    assert set(checks) == {"contract", *DIMENSIONS}
    assert [name for name, check in checks.items() if not check.passed] == []


def test_a_dimension_fails_with_the_severity_of_its_worst_check(bad) -> None:
    failed = {name: check for name, check in checks_of(bad[0]).items() if not check.passed}
    assert {name: check.severity for name, check in failed.items()} == {
        "uniqueness": dg.AssetCheckSeverity.WARN,
        "validity": dg.AssetCheckSeverity.ERROR,
    }
    words = ["clicks: 42 of 700 records since 2024-05-22 are exact duplicates (6.0%)."]
    assert failed["uniqueness"].metadata["messages"].value == words
    assert failed["uniqueness"].metadata["warn"].value == 1


def test_the_table_is_of_the_last_day_that_is_over_and_the_asset_says_its_verdict_and_names_the_page(bad) -> None:
    result, warehouse = bad
    assert rows(warehouse, "SELECT DISTINCT measured_date FROM quality.quality") == [(date(2024, 5, 28),)]
    found = dict(rows(warehouse, "SELECT dimension, status FROM quality.quality WHERE status IN ('warn', 'error')"))
    assert found == {"uniqueness": "warn", "validity": "error"}
    (made_rows,) = result.asset_materializations_for_node("quality")
    assert str(made_rows.metadata["verdict"].value).startswith("Do not rely on all data up to 28 May 2024 yet")
    assert made_rows.metadata["page"].value == str(warehouse.path.parent / "reports" / "quality.html")


def test_the_counts_of_each_day_are_kept_with_what_they_were_made_from(fine) -> None:
    _, warehouse = fine
    commits = [one for one in current_commits(warehouse) if one.table_name == "quality.column_profiles"]
    assert len(commits) == (LAST - FIRST).days + 1
    assert {one.input_id for one in commits} == {"i"}
    assert rows(warehouse, "SELECT DISTINCT rows FROM quality.column_profiles WHERE bucket = 'view_item'") == [(100,)]


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("quality.quality", "DELETE FROM events.event_ledger WHERE event_date = DATE '2024-05-23'"),
        ("quality.quality", "DELETE FROM quality.quality WHERE dimension = 'uniqueness'"),
        (
            "quality.column_profiles",
            "DELETE FROM quality.column_profiles WHERE event_date = DATE '2024-05-02' AND column_name = 'event_name'",
        ),
        (
            "quality.column_profiles",
            "DELETE FROM quality.column_profiles WHERE event_date = DATE '2024-05-02' AND column_name = 'revenue'",
        ),
    ],
)
def test_a_lost_row_is_found(fine, name: str, loss: str) -> None:
    query = next(file.query for file in read_sql_files(CHECKS) if file.name == f"{name}.conservation")
    with fine[1].get_connection() as connection:
        connection.execute("BEGIN")
        assert connection.sql(query).fetchall() == []
        connection.execute(loss)
        assert len(connection.sql(query).fetchall()) == 1
        connection.execute("ROLLBACK")


def test_an_empty_table_passes_every_check_and_says_that_it_judged_nothing() -> None:
    found = list(judge_dimensions(typed(Quality, [])))
    assert [result.passed for result in found] == [True] * len(DIMENSIONS)
    assert {result.metadata["checks"].value for result in found} == {0}
