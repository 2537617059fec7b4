"""Which tables a page rests on is found through views, joins and names that a query gives itself."""

import duckdb
import pytest

from dmp_assets.report.asking import Asked, Sources, last_day_of
from dmp_assets_tests.support.editions import connected

BOOKED = "INSERT INTO ops.commits (commit_id, table_name, partition, rows, row_hash) VALUES (?, ?, ?, ?, ?)"


def booked() -> duckdb.DuckDBPyConnection:
    connection = connected({})
    connection.execute("CREATE SCHEMA meta; CREATE TABLE meta.tables AS SELECT 'segments.segments' AS table_name")
    return connection


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("SELECT * FROM orders.orders", ["orders.orders"]),
        ("SELECT * FROM orders.orders JOIN orders.reversals USING (order_id)", ["orders.orders", "orders.reversals"]),
        ("SELECT * FROM quarantine", ["events.quarantined_events", "ingest.landing_files"]),
        ("WITH orders AS (FROM segments.segments) SELECT * FROM orders", ["segments.segments"]),
        ("SELECT (SELECT max(event_date) FROM events.sessions) AS d, $first AS f", ["events.sessions"]),
        ("SELECT 1", []),
    ],
)
def test_tables_behind_a_query_are_found(query: str, tables: list[str]) -> None:
    assert Sources(booked()).tables_of([query]) == tables


def test_state_changes_with_any_day_of_any_table_and_with_nothing_else() -> None:
    connection = booked()
    connection.execute(BOOKED, [1, "orders.orders", "2026-01-01", 2, 7])
    connection.execute(BOOKED, [2, "orders.orders", "2026-01-02", 3, 8])

    def state(*tables: str) -> str | None:
        return Sources(connection).state_of(tables)

    before, empty = state("orders.orders"), state("segments.segments")
    assert empty is not None
    connection.execute(BOOKED, [3, "orders.reversals", "2026-01-02", 3, 8])
    assert state("orders.orders") == before
    connection.execute(BOOKED, [4, "orders.orders", "2026-01-01", 2, 7])  # written again as it was
    assert state("orders.orders") == before
    connection.execute(BOOKED, [5, "orders.orders", "2026-01-01", 2, 9])
    assert state("orders.orders") != before
    assert state("orders.orders", "meta.generation") is None, "a table that no book knows may have changed"


def test_page_asks_with_the_values_that_its_query_names() -> None:
    asked = Asked(connected({}))
    assert asked("SELECT $first AS day", first="2026-01-01", last="unused").item() == "2026-01-01"
    assert asked.queries == ["SELECT $first AS day"]


def test_last_day_is_the_one_that_was_judged_then_that_of_orders() -> None:
    ordered = {"orders.orders": [{"order_id": "a", "order_date": "2026-03-04"}]}
    judged = {"quality.quality": [{"check_id": "a", "measured_date": "2026-03-02"}]}
    assert str(last_day_of(connected(ordered))) == "2026-03-04"
    assert str(last_day_of(connected(ordered | judged))) == "2026-03-02"
    assert last_day_of(connected({})) is None
