"""The checks of ``sql/checks``: silent on an empty warehouse and on a coherent one, loud when a row is lost."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dmp_assets.definitions import MODELS, SQL_DIR
from dmp_assets.warehouse.checks import sql_checks
from dmp_assets.warehouse.connection import Warehouse
from dmp_assets.warehouse.io_manager import WarehouseIOManager
from dmp_assets.warehouse.tables import Table
from dmp_assets.warehouse.views import SqlFile, read_sql_files
from dmp_assets_tests.warehouse.factories import new_warehouse

FILES = read_sql_files(SQL_DIR / "checks")
DAY = "DATE '2026-03-01' AS event_date"
OF_PERSON = "'p' AS person_id"

WORLD = [
    *(
        f"INSERT INTO ingest.landing_files BY NAME SELECT '{kind}' AS path, '{kind}' AS kind, 'r' AS reading_id, "
        f"{accepted + rejected} AS records, {accepted} AS accepted, {rejected} AS rejected"
        for kind, accepted, rejected in [
            ("orders", 3, 0),
            ("customers", 1, 1),
            ("items", 1, 0),
            ("campaigns", 1, 0),
            ("campaign_audiences", 1, 0),
            ("ad_spend", 1, 0),
            ("consents", 1, 0),
            ("survey", 1, 0),
            ("third_party", 1, 0),
            ("rates", 1, 0),
        ]
    ),
    f"INSERT INTO ingest.landing_days BY NAME SELECT 'orders' AS path, 'r' AS reading_id, {DAY}, 3 AS records",
    f"INSERT INTO ingest.raw_events BY NAME SELECT {DAY}, 's' AS source, 0 AS part FROM range(3)",
    (
        "INSERT INTO ops.commits BY NAME SELECT unnest(['ingest.raw_events', 'events.event_ledger']) AS table_name, "
        "DATE '2026-03-01' AS partition, unnest([3, 1]) AS rows, 1 AS commit_id"
    ),
    "INSERT INTO ingest.raw_customers BY NAME SELECT 'p' AS user_id",
    "INSERT INTO ingest.raw_items BY NAME SELECT 'i' AS item_id",
    "INSERT INTO ingest.raw_campaigns BY NAME SELECT 'c' AS campaign_id",
    "INSERT INTO ingest.raw_campaign_audiences BY NAME SELECT 'c' AS campaign_id, 'p' AS user_id",
    "INSERT INTO ingest.rejected_records BY NAME SELECT 'customers' AS path",
    (
        f"INSERT INTO events.cleaned_events BY NAME SELECT {DAY}, 's' AS source, {OF_PERSON}, 'e' AS event_id, "
        "'purchase' AS event_name, 1 AS items, 1 AS records, 5 AS revenue"
    ),
    f"INSERT INTO events.event_items BY NAME SELECT {DAY}, 'e' AS event_id, 5 AS item_revenue",
    f"INSERT INTO events.quarantined_events BY NAME SELECT {DAY}, 's' AS source",
    (
        f"INSERT INTO events.event_ledger BY NAME SELECT {DAY}, 's' AS source, 3 AS records, 1 AS kept, "
        "1 AS duplicates, 1 AS quarantined"
    ),
    f"INSERT INTO events.sessions BY NAME SELECT {DAY}, {OF_PERSON}, 1 AS events, 5 AS revenue",
    (
        f"INSERT INTO events.daily_activity BY NAME SELECT {DAY}, {OF_PERSON}, 'purchase' AS event_name, 1 AS events, "
        "5 AS revenue"
    ),
    f"INSERT INTO profiles.profiles BY NAME SELECT {OF_PERSON}, DATE '2026-03-01' AS as_of_date, 5 AS revenue",
    "INSERT INTO segments.segments BY NAME SELECT 'rfm_a' AS segment_id, 'ok' AS status, 1 AS people, 'rfm' AS kind",
    f"INSERT INTO segments.memberships BY NAME SELECT 'rfm_a' AS segment_id, {OF_PERSON}, 'rfm' AS kind",
    (
        f"INSERT INTO recommendations.recommendations BY NAME SELECT {OF_PERSON}, unnest([1, 2]) AS rank, "
        "unnest(['i', 'j']) AS item_id"
    ),
    (
        "INSERT INTO recommendations.recommendation_metrics BY NAME "
        "SELECT unnest(['item_item', 'popularity']) AS model, "
        "'recall' AS metric, 10 AS k, 1 AS people"
    ),
    (
        f"INSERT INTO reporting.column_profiles BY NAME SELECT {DAY}, 's' AS source, 'event_name' AS column_name, "
        "1 AS rows"
    ),
    (
        "INSERT INTO reporting.quality BY NAME SELECT 'uniqueness' AS dimension, 's' AS source, "
        "DATE '2026-03-01' AS first_date, DATE '2026-03-01' AS measured_date, 3 AS rows"
    ),
    "INSERT INTO ingest.raw_consents BY NAME SELECT 'p' AS user_id",
    "INSERT INTO ingest.raw_survey_answers BY NAME SELECT 'p' AS user_id",
    "INSERT INTO ingest.raw_third_party_attributes BY NAME SELECT 'p' AS user_id",
    "INSERT INTO ingest.raw_exchange_rates BY NAME SELECT 'GBP' AS currency",
    "INSERT INTO ingest.raw_ad_spend BY NAME SELECT 'ad_spend' AS path, 1 AS records, 'campaign' AS level",
    "INSERT INTO campaigns.campaign_roi BY NAME SELECT 'c' AS campaign_id, 5 AS revenue",
]
"""One day of a shop: three records, of which one became an order, one was a duplicate and one was refused."""

LOST = {
    "campaigns.campaign_roi.conservation": "DELETE FROM campaigns.campaign_roi",
    "events.cleaned_events.conservation": "DELETE FROM events.cleaned_events",
    "events.daily_activity.conservation": "DELETE FROM events.daily_activity",
    "events.event_items.conservation": "DELETE FROM events.event_items",
    "events.event_ledger.conservation": "DELETE FROM events.quarantined_events",
    "events.quarantined_events.conservation": "DELETE FROM events.quarantined_events",
    "events.sessions.conservation": "DELETE FROM events.sessions",
    "ingest.landing_days.conservation": "DELETE FROM ingest.landing_files WHERE path = 'orders'",
    "ingest.landing_files.conservation": "DELETE FROM ingest.landing_days",
    "ingest.raw_campaign_audiences.conservation": "DELETE FROM ingest.raw_campaign_audiences",
    "ingest.raw_campaigns.conservation": "DELETE FROM ingest.raw_campaigns",
    "ingest.raw_customers.conservation": "DELETE FROM ingest.raw_customers",
    "ingest.raw_events.conservation": "UPDATE ops.commits SET rows = 2 WHERE table_name = 'ingest.raw_events'",
    "ingest.raw_items.conservation": "DELETE FROM ingest.raw_items",
    "ingest.raw_ad_spend.conservation": "DELETE FROM ingest.raw_ad_spend",
    "ingest.raw_ad_spend.distinct_lines": "UPDATE ingest.raw_ad_spend SET records = 2",
    "ingest.raw_ad_spend.plausible_units": "UPDATE ingest.raw_ad_spend SET platform = 'google_ads', currency = 'USD', "
    "impressions = 1000, clicks = 100, spend = 50000000",
    "ingest.raw_consents.all_read": "UPDATE ingest.landing_files SET rejected = 1 WHERE kind = 'consents'",
    "ingest.raw_consents.conservation": "DELETE FROM ingest.raw_consents",
    "ingest.raw_exchange_rates.conservation": "DELETE FROM ingest.raw_exchange_rates",
    "ingest.raw_survey_answers.conservation": "DELETE FROM ingest.raw_survey_answers",
    "ingest.raw_third_party_attributes.conservation": "DELETE FROM ingest.raw_third_party_attributes",
    "reporting.column_profiles.conservation": "DELETE FROM reporting.column_profiles",
    "reporting.quality.conservation": "UPDATE reporting.quality SET rows = 2",
    "ingest.rejected_records.conservation": "DELETE FROM ingest.rejected_records",
    "profiles.profiles.conservation": "UPDATE profiles.profiles SET revenue = 4",
    "recommendations.recommendation_metrics.conservation": "DELETE FROM recommendations.recommendation_metrics "
    "WHERE model = 'popularity'",
    "recommendations.recommendations.conservation": "DELETE FROM recommendations.recommendations WHERE rank = 1",
    "segments.memberships.conservation": "DELETE FROM segments.memberships",
    "segments.segments.conservation": "DELETE FROM segments.memberships",
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Return a warehouse with every table and no row."""
    empty = new_warehouse(tmp_path_factory.mktemp("checks"))
    services(empty).create_tables()
    return empty


def services(warehouse: Warehouse) -> WarehouseIOManager:
    return WarehouseIOManager(warehouse, MODELS, warehouse.path.parent / "run", 1000)


@pytest.fixture
def empty(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection whose changes are undone."""
    with warehouse.get_connection() as connection:
        connection.execute("BEGIN")
        yield connection
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_check_is_silent_without_rows_and_shows_the_columns_that_it_declares(
    empty: duckdb.DuckDBPyConnection, file: SqlFile
) -> None:
    found = empty.sql(file.query)
    assert found.columns == list(file.columns)
    assert found.fetchall() == []


def test_every_check_is_named_after_a_table_and_every_table_has_one() -> None:
    tables = {Table(model).qualified_name for model in MODELS}
    assert {file.name.rsplit(".", 1)[0] for file in FILES} == tables
    assert set(LOST) == {file.name for file in FILES}


def test_no_check_finds_fault_with_a_coherent_day(empty: duckdb.DuckDBPyConnection) -> None:
    make_world(empty)
    assert {file.name: found for file in FILES if (found := empty.sql(file.query).fetchall())} == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_lost_row_is_found(empty: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    make_world(empty)
    empty.execute(LOST[file.name])
    # A wrong unit is told for the file and for the account.
    rows = 2 if file.name == "ingest.raw_ad_spend.plausible_units" else 1
    assert len(empty.sql(file.query).fetchall()) == rows


def make_world(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in WORLD:
        connection.execute(statement)


def test_dagster_reports_the_check_of_a_lost_row_as_failed_and_the_others_as_passed(tmp_path: Path) -> None:
    broken = new_warehouse(tmp_path)
    services(broken).create_tables()
    with broken.get_connection() as connection:
        make_world(connection)
        connection.execute(LOST["events.sessions.conservation"])
    job = dg.Definitions(
        asset_checks=[sql_checks(SQL_DIR / "checks")], resources={"io_manager": services(broken)}
    ).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(raise_on_error=False)
    outcomes = {".".join([*one.asset_key.path, one.check_name]): one for one in result.get_asset_check_evaluations()}
    assert [name for name, one in outcomes.items() if not one.passed] == ["events.sessions.conservation"]
    assert len(outcomes) == len(FILES)
    first = outcomes["events.sessions.conservation"].metadata["first"].value
    assert first == [{"event_date": "2026-03-01", "events": "1", "in_sessions": "0"}]
