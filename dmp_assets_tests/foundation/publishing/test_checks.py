"""The checks of ``sql/checks``: silent on an empty warehouse and on a coherent one, loud when a row is lost."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.publishing.checks import _shown, sql_checks
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import SqlFile, read_sql_files
from dmp_assets.orchestration.publication import SQL_DIR
from dmp_assets_tests.foundation.warehouse.support.factories import new_warehouse

FILES = read_sql_files(SQL_DIR / "checks")
DAY_VALUE = "DATE '2026-03-01'"
DAY = f"{DAY_VALUE} AS event_date"
OF_ORDER = f"'shop:1' AS order_id, {DAY_VALUE} AS order_date"
OF_PERSON = "'p' AS person_id"
OF_VISITOR = "'user_id:u' AS visitor_id"
OF_ACCOUNT = f"{OF_VISITOR}, 'u' AS user_id"
OF_EDGE = "'user_id' AS type_a, 'u' AS value_a, '' AS type_b, '' AS value_b"
NOON = "TIMESTAMP '2026-03-01 12:00'"

WORLD = [
    *(
        f"INSERT INTO ingest.landing_files BY NAME SELECT '{kind}' AS path, '{kind}' AS kind, 'r' AS reading_id, "
        f"{accepted + rejected} AS records, {accepted} AS accepted, {rejected} AS rejected"
        for kind, accepted, rejected in [
            ("orders", 3, 0),
            ("customers", 1, 1),
            ("items", 1, 0),
            ("order_lines", 1, 0),
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
    (
        f"INSERT INTO ingest.repeated_statements BY NAME SELECT 'orders' AS path, {DAY}, 'orders' AS counted_path, "
        "1 AS records, 'duplicate' AS fate"
    ),
    f"INSERT INTO ingest.raw_events BY NAME SELECT {DAY}, 's' AS source, 0 AS part FROM range(3)",
    (
        "INSERT INTO ops.commits BY NAME SELECT unnest(['ingest.raw_events', 'events.event_ledger']) AS table_name, "
        "DATE '2026-03-01' AS partition, unnest([3, 1]) AS rows, 1 AS commit_id"
    ),
    "INSERT INTO ingest.raw_customers BY NAME SELECT 'u' AS user_id, 'DE' AS country",
    "INSERT INTO ingest.raw_items BY NAME SELECT 'i' AS item_id, 'a' AS item_brand",
    "INSERT INTO ingest.raw_order_lines BY NAME SELECT 's' AS source, 'shop' AS order_space, '7' AS transaction_id",
    "INSERT INTO ingest.raw_campaigns BY NAME SELECT 'c' AS campaign_id",
    "INSERT INTO ingest.raw_campaign_audiences BY NAME SELECT 'c' AS campaign_id, 'p' AS user_id",
    "INSERT INTO ingest.rejected_records BY NAME SELECT 'customers' AS path",
    (
        f"INSERT INTO events.cleaned_events BY NAME SELECT {DAY}, 's' AS source, {OF_ACCOUNT}, 'e' AS event_id, "
        f"'purchase' AS event_name, 1 AS items, 1 AS records, 5 AS revenue, {NOON} AS event_at, 'NO' AS country"
    ),
    f"INSERT INTO events.event_items BY NAME SELECT {DAY}, 'e' AS event_id, 5 AS item_revenue",
    f"INSERT INTO events.quarantined_events BY NAME SELECT {DAY}, 's' AS source",
    (
        f"INSERT INTO events.event_ledger BY NAME SELECT {DAY}, 's' AS source, 3 AS records, 1 AS kept, "
        "1 AS duplicates, 0 AS superseded, 1 AS quarantined, 0 AS alike"
    ),
    (
        f"INSERT INTO events.sessions BY NAME SELECT {DAY}, {OF_ACCOUNT}, 1 AS events, "
        f"{NOON} AS started_at, {NOON} AS ended_at, 'session' AS kind, false AS is_server_side, "
        "'Direct' AS channel_group"
    ),
    (
        f"INSERT INTO events.daily_activity BY NAME SELECT {DAY}, {OF_VISITOR}, 'purchase' AS event_name, 1 AS events, "
        f"1 AS items, {NOON} AS first_event_at"
    ),
    (
        f"INSERT INTO orders.order_reports BY NAME SELECT {DAY}, 'e' AS report_id, 's' AS source, true AS is_standing, "
        "'sale' AS report_kind, '7' AS order_number"
    ),
    (
        f"INSERT INTO orders.orders BY NAME SELECT {OF_ORDER}, 'shop' AS order_space, '7' AS order_number, "
        f"{NOON} AS ordered_at, {OF_ACCOUNT}, 's' AS source, "
        "'shop' AS record, true AS counts, 6 AS gross_sales, 1 AS discounts, 5 AS net_sales, 2 AS shipping, "
        "1 AS taxes, 8 AS total_sales, 0 AS coupon_discounts, 5 AS stated_sales, 1 AS items, 1.0 AS quantity"
    ),
    (
        f"INSERT INTO orders.order_items BY NAME SELECT {OF_ORDER}, 1 AS line, {NOON} AS ordered_at, {OF_VISITOR}, "
        "'i' AS item_id, 6 AS gross_sales, 1 AS discounts, 5 AS net_sales, 1.0 AS quantity"
    ),
    (
        f"INSERT INTO orders.reversals BY NAME SELECT {OF_ORDER}, 'shop:1 1' AS reversal_id, "
        "DATE '2026-03-02' AS reversal_date, 0 AS sales_reversals, 2 AS shipping, 0 AS taxes, 2 AS total_reversals"
    ),
    f"INSERT INTO orders.folded_reports BY NAME SELECT unnest([{DAY_VALUE}, null]) AS event_date, '7' AS order_number",
    f"INSERT INTO orders.order_inputs BY NAME SELECT 'day' AS input, {DAY}, 1 AS rows, '' AS fingerprint",
    f"INSERT INTO identity.daily_edges BY NAME SELECT {DAY}, {OF_EDGE}, 1 AS events",
    f"INSERT INTO identity.edges BY NAME SELECT {OF_EDGE}, 1 AS events, {NOON} AS last_seen_at",
    (
        f"INSERT INTO orders.order_visitors BY NAME SELECT {OF_ORDER}, "
        "unnest(['user_id:u', 'anonymous_id:c']) AS visitor_id, TIMESTAMP '2026-03-01 09:00' AS first_seen_at"
    ),
    (
        "INSERT INTO identity.edges BY NAME SELECT 'user_id' AS type_a, 'u' AS value_a, 'anonymous_id' AS type_b, "
        f"'c' AS value_b, 'order' AS rule, 0 AS events, {NOON} AS last_seen_at"
    ),
    (
        "INSERT INTO identity.identifiers BY NAME SELECT 'anonymous_id' AS identifier_type, 'c' AS identifier, "
        f"{OF_PERSON}, 'linked' AS verdict"
    ),
    (
        "INSERT INTO identity.person_history BY NAME SELECT 'anonymous_id' AS identifier_type, 'c' AS identifier, "
        f"{OF_PERSON}, true AS is_current"
    ),
    f"INSERT INTO identity.visitors BY NAME SELECT 'anonymous_id:c' AS visitor_id, {OF_PERSON}",
    (
        "INSERT INTO identity.identifiers BY NAME SELECT 'user_id' AS identifier_type, 'u' AS identifier, "
        f"{OF_PERSON}, 'alone' AS verdict"
    ),
    f"INSERT INTO identity.persons BY NAME SELECT {OF_PERSON}, 'u' AS user_id",
    (
        "INSERT INTO identity.person_history BY NAME SELECT 'user_id' AS identifier_type, 'u' AS identifier, "
        f"{OF_PERSON}, true AS is_current"
    ),
    "INSERT INTO identity.merges BY NAME SELECT 'older' AS into_person_id, 'q' AS person_id",
    f"INSERT INTO identity.inputs BY NAME SELECT 'day' AS input, {DAY}, 3 AS rows, '' AS fingerprint",
    f"INSERT INTO identity.visitors BY NAME SELECT {OF_VISITOR}, {OF_PERSON}",
    (
        "INSERT INTO identity.moves BY NAME SELECT 'user_id' AS identifier_type, 'u' AS identifier, "
        f"{NOON} AS moved_at, 'q' AS from_person_id, 'p' AS to_person_id"
    ),
    (
        f"INSERT INTO profiles.profiles BY NAME SELECT {OF_PERSON}, DATE '2026-03-01' AS as_of_date, 5 AS revenue, "
        "1 AS orders"
    ),
    (
        f"INSERT INTO profiles.affinities BY NAME SELECT {OF_PERSON}, 'brand' AS attribute, "
        "unnest(['a', 'b']) AS value, unnest([0.75, 0.25]) AS affinity"
    ),
    *(f"INSERT INTO profiles.{table} BY NAME SELECT {OF_PERSON}" for table in ("preferences", "engagement", "touches")),
    (
        f"INSERT INTO profiles.places BY NAME SELECT {OF_PERSON}, 'country' AS field, 'NO' AS value, 's' AS source, "
        f"{NOON} AS observed_at"
    ),
    (
        f"INSERT INTO profiles.running_sums BY NAME SELECT {OF_PERSON}, 1 AS active_days, 1 AS orders, "
        "5.00 AS revenue, [1] AS interest_value_id, [1] AS favourite_value_id"
    ),
    "INSERT INTO profiles.summed_values BY NAME SELECT 1 AS value_id, 'brand' AS attribute, 'a' AS value",
    f"INSERT INTO profiles.summed_visitors BY NAME SELECT {OF_VISITOR}, {OF_PERSON}",
    f"INSERT INTO profiles.summed_visitors BY NAME SELECT 'anonymous_id:c' AS visitor_id, {OF_PERSON}",
    "INSERT INTO profiles.summed_items BY NAME SELECT 'i' AS item_id, 'a' AS item_brand",
    f"INSERT INTO profiles.summed_inputs BY NAME SELECT 'day' AS input, {DAY}, 6 AS rows, '' AS fingerprint",
    (
        f"INSERT INTO profiles.orders_of_persons BY NAME SELECT 'shop:1' AS order_id, {OF_PERSON}, "
        f"DATE '2026-03-01' AS order_date, {NOON} AS ordered_at, 1 AS order_number, true AS is_first_order, "
        "5 AS net_sales"
    ),
    f"INSERT INTO profiles.lifecycle BY NAME SELECT {OF_PERSON}, 1 AS orders",
    f"INSERT INTO profiles.demographics BY NAME SELECT {OF_PERSON}, 'country' AS field",
    f"INSERT INTO profiles.psychographics BY NAME SELECT {OF_PERSON}, 'calm' AS trait, 's' AS source",
    f"INSERT INTO profiles.consent BY NAME SELECT {OF_PERSON}, 'advertising' AS purpose",
    f"INSERT INTO profiles.computed_traits BY NAME SELECT {OF_PERSON}, 'orders' AS trait, 1.0 AS number",
    f"INSERT INTO profiles.profile_history BY NAME SELECT {OF_PERSON}, DATE '2026-03-31' AS as_of_date, 1 AS orders",
    "INSERT INTO segments.segments BY NAME SELECT 'rfm_a' AS segment_id, 'ok' AS status, 1 AS people, 'rfm' AS kind",
    f"INSERT INTO segments.memberships BY NAME SELECT 'rfm_a' AS segment_id, {OF_PERSON}, 'rfm' AS kind",
    (
        f"INSERT INTO recommendations.recommendations BY NAME SELECT {OF_PERSON}, 'repeat' AS task, "
        "unnest([1, 2]) AS rank, unnest(['i', 'j']) AS item_id"
    ),
    (
        f"INSERT INTO recommendations.recommendation_candidates BY NAME SELECT {OF_PERSON}, 'repeat' AS task, "
        "unnest([1, 2, null]) AS rank, unnest(['i', 'j', 'k']) AS item_id, "
        "unnest([null, null, 'out_of_stock']) AS excluded_by"
    ),
    (
        "INSERT INTO recommendations.serving_paths BY NAME SELECT 'repeat' AS task, "
        "unnest(['blend', 'none']) AS served_by, 1 AS people, unnest([2, 0]) AS places, "
        "DATE '2026-03-01' AS as_of_date"
    ),
    (
        "INSERT INTO recommendations.model_choice BY NAME SELECT 'repeat' AS task, "
        "unnest(['blend', 'ease']) AS candidate, unnest([true, false]) AS is_chosen, unnest(['best', null]) AS reason"
    ),
    (
        "INSERT INTO recommendations.recommendation_metrics BY NAME SELECT 'repeat' AS task, "
        "unnest(['personal', 'popularity']) AS model, 'recall' AS metric, 10 AS k, 1 AS people"
    ),
    "INSERT INTO recommendations.serving_inputs BY NAME SELECT 'as_of' AS input, '2026-03-01' AS fingerprint",
    "INSERT INTO recommendations.relation_inputs BY NAME SELECT 'as_of' AS input, '2026-03-01' AS fingerprint",
    (
        "INSERT INTO recommendations.item_neighbours BY NAME SELECT 'i' AS item_id, unnest([1, 2]) AS rank, "
        "unnest(['j', 'k']) AS similar_item_id, 2 AS people_together, 'people' AS likeness, "
        "DATE '2026-03-01' AS as_of_date"
    ),
    (
        "INSERT INTO recommendations.bought_together BY NAME SELECT 'i' AS item_id, unnest([1, 2]) AS rank, "
        "unnest(['j', 'k']) AS other_item_id, 5 AS orders_together, 5 AS item_orders, 6 AS other_item_orders, "
        "9 AS orders, DATE '2026-03-01' AS as_of_date"
    ),
    (
        f"INSERT INTO quality.column_profiles BY NAME SELECT {DAY}, 's' AS source, "
        "unnest(['event_name', 'revenue']) AS column_name, 1 AS rows"
    ),
    (
        "INSERT INTO quality.quality BY NAME SELECT 'uniqueness' AS dimension, 's' AS source, "
        "DATE '2026-03-01' AS first_date, DATE '2026-03-01' AS measured_date, 3 AS rows"
    ),
    (f"INSERT INTO ingest.raw_consents BY NAME SELECT 'u' AS user_id, 'advertising' AS purpose, {NOON} AS changed_at"),
    "INSERT INTO ingest.raw_survey_answers BY NAME SELECT 'u' AS user_id, 'calm' AS question, 's' AS source",
    "INSERT INTO ingest.raw_third_party_attributes BY NAME SELECT 'p' AS user_id",
    "INSERT INTO ingest.raw_exchange_rates BY NAME SELECT 'GBP' AS currency",
    (
        "INSERT INTO ingest.raw_ad_spend BY NAME SELECT 'ad_spend' AS path, 1 AS records, 'campaign' AS level, "
        f"'p' AS platform, {DAY_VALUE} AS date"
    ),
    f"INSERT INTO campaigns.campaign_roi BY NAME SELECT 'c' AS campaign_id, 0 AS revenue, {DAY_VALUE} AS as_of_date",
    "INSERT INTO analytics.items BY NAME SELECT 'i' AS item_id",
    f"INSERT INTO analytics.daily_ad_spend BY NAME SELECT 'p' AS platform, {DAY}",
    (
        "INSERT INTO activation.deliveries BY NAME SELECT unnest(['d', 'e']) AS delivery_id, "
        "unnest([null, 'd']) AS previous_id, unnest([2, 1]) AS people_in, 1 AS people_out, "
        "unnest([0, 1]) AS people_removed"
    ),
    (
        "INSERT INTO activation.delivered_people BY NAME SELECT unnest(['d', 'd', 'd', 'e', 'e', 'e']) AS delivery_id, "
        "unnest(['p', 'q', 'r', 'p', 'q', 'r']) AS person_id, "
        "unnest(['in', 'in', 'out', 'in', 'removed', 'out']) AS status, "
        "unnest([null, null, 'denied', null, 'suppressed', 'denied']) AS reason"
    ),
    f"INSERT INTO activation.held_identifiers BY NAME SELECT 'e' AS delivery_id, {OF_PERSON}",
]
"""One day of a shop: three records, of which one became an order, one was a duplicate and one was refused."""

LOST = {
    "analytics.items.conservation": "DELETE FROM analytics.items",
    "analytics.daily_ad_spend.conservation": "DELETE FROM analytics.daily_ad_spend",
    "activation.deliveries.conservation": "DELETE FROM activation.delivered_people WHERE delivery_id = 'd'",
    "activation.delivered_people.conservation": "UPDATE activation.delivered_people SET reason = null",
    "activation.held_identifiers.conservation": "UPDATE activation.held_identifiers SET person_id = 'q'",
    "campaigns.campaign_roi.conservation": "DELETE FROM campaigns.campaign_roi",
    "orders.order_reports.conservation": "DELETE FROM orders.order_reports",
    "orders.orders.conservation": "DELETE FROM orders.order_items",
    "orders.orders.apart": "UPDATE orders.orders SET record = 'web', flags = 'no_number, no_shop_order'",
    "orders.orders.never_met": "INSERT INTO orders.orders BY NAME SELECT * REPLACE ('@web' AS order_space, "
    "'web' AS record, '@web:id-9' AS order_id, 'id-9' AS order_number) FROM orders.orders",
    "orders.orders.doubtful": "UPDATE orders.orders SET flags = 'no_number'",
    "orders.order_items.conservation": "DELETE FROM orders.orders",
    "orders.reversals.conservation": "UPDATE orders.reversals SET sales_reversals = 6, total_reversals = 8",
    "orders.order_visitors.conservation": "DELETE FROM orders.order_visitors WHERE visitor_id = 'user_id:u'",
    "orders.folded_reports.conservation": "DELETE FROM orders.folded_reports WHERE event_date IS NOT NULL",
    "orders.order_inputs.conservation": "UPDATE orders.order_inputs SET rows = 2",
    "events.cleaned_events.conservation": "DELETE FROM events.cleaned_events",
    "events.daily_activity.conservation": "DELETE FROM events.daily_activity",
    "events.event_items.conservation": "DELETE FROM events.event_items",
    "events.event_ledger.alike": "UPDATE events.event_ledger SET alike = 2; "
    "INSERT INTO ingest.landing_files BY NAME SELECT 's' AS source, 'events' AS kind, ['note'] AS distinguishing",
    "events.event_ledger.conservation": "DELETE FROM events.quarantined_events",
    "events.quarantined_events.conservation": "DELETE FROM events.quarantined_events",
    "events.sessions.apart": "INSERT INTO events.sessions BY NAME SELECT * REPLACE (0 AS events, "
    "NULL AS visitor_id, started_at + INTERVAL 30 MINUTE AS started_at) FROM events.sessions",
    "events.sessions.conservation": "DELETE FROM events.sessions",
    "identity.daily_edges.conservation": "DELETE FROM identity.daily_edges",
    "identity.edges.conservation": "UPDATE identity.edges SET events = 2",
    "events.cleaned_events.ids_on_one_day": "INSERT INTO events.cleaned_events BY NAME "
    "SELECT DATE '2026-03-02' AS event_date, 's' AS source, 'e' AS event_id",
    "identity.identifiers.conservation": "DELETE FROM identity.identifiers",
    "identity.inputs.conservation": "UPDATE identity.inputs SET rows = 2",
    "identity.merges.conservation": "UPDATE identity.merges SET person_id = 'p'",
    "identity.moves.conservation": "UPDATE identity.moves SET to_person_id = 'q'",
    "identity.suggested_edges.conservation": "INSERT INTO identity.suggested_edges BY NAME "
    "SELECT 'user_id' AS type_a, 'u' AS value_a, 'user_id' AS type_b, 'unknown' AS value_b",
    "identity.person_history.conservation": "DELETE FROM identity.person_history",
    "identity.persons.conservation": "DELETE FROM identity.persons",
    "identity.verdicts.conservation": "UPDATE identity.identifiers SET verdict = 'blocked'",
    "identity.visitors.conservation": "DELETE FROM identity.visitors",
    "profiles.affinities.conservation": "DELETE FROM profiles.affinities WHERE value = 'b'",
    "profiles.computed_traits.conservation": "UPDATE profiles.computed_traits SET text = 'x'",
    "profiles.consent.conservation": "DELETE FROM profiles.consent",
    "profiles.demographics.conservation": "DELETE FROM profiles.demographics",
    "profiles.engagement.conservation": "DELETE FROM profiles.engagement",
    "profiles.lifecycle.conservation": "DELETE FROM profiles.lifecycle",
    "profiles.preferences.conservation": "DELETE FROM profiles.preferences",
    "profiles.profile_history.conservation": "UPDATE profiles.profile_history SET orders = 2",
    "profiles.psychographics.conservation": "DELETE FROM ingest.raw_survey_answers",
    "profiles.running_sums.conservation": "UPDATE profiles.running_sums SET revenue = 6",
    "profiles.summed_values.conservation": "UPDATE profiles.summed_values SET value_id = 2",
    "profiles.summed_visitors.conservation": "DELETE FROM profiles.summed_visitors WHERE visitor_id = 'user_id:u'",
    "profiles.summed_items.conservation": "UPDATE profiles.summed_items SET item_brand = 'b'",
    "profiles.summed_inputs.conservation": "UPDATE profiles.summed_inputs SET rows = 5",
    "profiles.orders_of_persons.conservation": "DELETE FROM profiles.orders_of_persons",
    "profiles.touches.conservation": "DELETE FROM profiles.touches",
    "profiles.places.conservation": "DELETE FROM profiles.places",
    "ingest.landing_days.conservation": "DELETE FROM ingest.landing_files WHERE path = 'orders'",
    "ingest.landing_files.conservation": "DELETE FROM ingest.landing_days",
    "ingest.repeated_statements.conservation": "UPDATE ingest.repeated_statements SET records = 4",
    "ingest.raw_campaign_audiences.conservation": "DELETE FROM ingest.raw_campaign_audiences",
    "ingest.raw_campaigns.conservation": "DELETE FROM ingest.raw_campaigns",
    "events.order_details.conservation": f"INSERT INTO events.order_details BY NAME SELECT {DAY}, 'gone' AS event_id",
    "ingest.raw_order_lines.conservation": "DELETE FROM ingest.raw_order_lines",
    "ingest.raw_order_lines.without_order": "UPDATE ingest.raw_order_lines SET transaction_id = '8'",
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
    "quality.column_profiles.conservation": "DELETE FROM quality.column_profiles WHERE column_name = 'revenue'",
    "quality.quality.conservation": "UPDATE quality.quality SET rows = 2",
    "ingest.rejected_records.conservation": "DELETE FROM ingest.rejected_records",
    "profiles.profiles.conservation": "UPDATE profiles.profiles SET revenue = 4",
    "recommendations.recommendation_candidates.conservation": "DELETE FROM recommendations.recommendations "
    "WHERE rank = 2",
    "recommendations.serving_paths.conservation": "DELETE FROM recommendations.serving_paths",
    "recommendations.model_choice.conservation": "DELETE FROM recommendations.model_choice WHERE is_chosen",
    "recommendations.model_choice.named": "UPDATE recommendations.model_choice SET touches_left_out_rate = 0.0101",
    "recommendations.recommendation_metrics.conservation": "DELETE FROM recommendations.recommendation_metrics "
    "WHERE model = 'personal'",
    "recommendations.item_neighbours.conservation": "DELETE FROM recommendations.item_neighbours WHERE rank = 1",
    "recommendations.item_neighbours.likeness": "UPDATE recommendations.item_neighbours SET likeness = 'content'",
    "recommendations.relation_inputs.conservation": "DELETE FROM recommendations.relation_inputs",
    "recommendations.serving_inputs.conservation": "DELETE FROM recommendations.serving_inputs",
    "recommendations.bought_together.conservation": "DELETE FROM recommendations.bought_together WHERE rank = 1",
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
    return WarehouseIOManager(warehouse, CONTRACTS, warehouse.path.parent / "run", 1000)


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
    tables = {Table(model).qualified_name for model in CONTRACTS}
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


@pytest.mark.parametrize(
    ("visitors", "unpaired"),
    [
        (["email:e", "anonymous_id:c"], 2),
        (["user_id:v", "email:e", "anonymous_id:c"], 3),
        (["user_id:u", "anonymous_id:c", "email:e"], 1),
        (["user_id:u", "user_id:v", "email:e"], 0),
        (["user_id:u", "user_id:w", "email:e"], 2),
    ],
)
def test_visitors_of_an_order_that_no_edge_joins_are_found(
    empty: duckdb.DuckDBPyConnection, visitors: list[str], unpaired: int
) -> None:
    """Account u has edges to c and to v. An order of two accounts is to pair these alone."""
    make_world(empty)
    empty.execute(f"CREATE TEMP TABLE named AS SELECT unnest({visitors}) AS visitor_id")
    empty.execute(
        "INSERT INTO orders.order_visitors BY NAME SELECT 'other' AS order_id, DATE '2026-03-01' AS order_date, "
        "visitor_id, TIMESTAMP '2026-03-01 09:00' AS first_seen_at FROM named"
    )
    empty.execute(
        "INSERT INTO identity.edges BY NAME SELECT 'user_id' AS type_a, 'u' AS value_a, 'user_id' AS type_b, "
        "'v' AS value_b, 0 AS events"
    )
    (check,) = [file for file in FILES if file.name == "identity.edges.conservation"]
    assert [row[-1] for row in empty.sql(check.query).fetchall()] == ([unpaired] if unpaired else [])


def make_world(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in WORLD:
        connection.execute(statement)


def test_dagster_reports_the_check_of_a_lost_row_as_failed_and_the_others_as_passed(tmp_path: Path) -> None:
    broken = new_warehouse(tmp_path)
    services(broken).create_tables()
    with broken.get_connection() as connection:
        make_world(connection)
        connection.execute(LOST["events.sessions.conservation"])
        connection.execute(LOST["events.cleaned_events.ids_on_one_day"])
    job = dg.Definitions(
        asset_checks=[sql_checks(SQL_DIR / "checks")], resources={"io_manager": services(broken)}
    ).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(raise_on_error=False)
    outcomes = {".".join([*one.asset_key.path, one.check_name]): one for one in result.get_asset_check_evaluations()}
    told = {"events.sessions.conservation", "profiles.summed_inputs.conservation"}
    told |= {"events.cleaned_events.ids_on_one_day", "quality.column_profiles.conservation"}
    assert {name for name, one in outcomes.items() if not one.passed} == told
    assert len(outcomes) == len(FILES)
    assert outcomes["events.cleaned_events.ids_on_one_day"].severity == dg.AssetCheckSeverity.WARN
    assert outcomes["events.sessions.conservation"].severity == dg.AssetCheckSeverity.ERROR
    first = outcomes["events.sessions.conservation"].metadata["first"].value
    assert first == [{"event_date": "2026-03-01", "events": "1", "in_sessions": "0"}]


def test_rows_with_a_name_of_the_data_show_their_place_and_the_query() -> None:
    file = SqlFile("profiles.summed_visitors.conservation", "", {}, "")
    row = {"path": "a.csv", "event_date": date(2026, 3, 1), "visitor_id": "email:ann@shop.example", "revenue": 12.5}
    shown = _shown(pl.DataFrame([row]), file)
    assert shown["first"].value == [{"path": "a.csv", "event_date": "2026-03-01"}]
    assert shown["all of it"].value == "the query sql/checks/profiles/summed_visitors.conservation.sql"
    assert set(_shown(pl.DataFrame([{"person_id": "p", "revenue": 1}]), file)) == {"all of it"}
    assert _shown(pl.DataFrame([{"source": "shop", "rows": 1}]), file)["first"].value == [
        {"source": "shop", "rows": "1"}
    ]
    assert _shown(pl.DataFrame(schema={"person_id": pl.String}), file) == {}
