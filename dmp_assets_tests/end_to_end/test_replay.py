"""What was quarantined comes out by itself when its reason is gone, and the books say how many."""

import json
from pathlib import Path

import duckdb

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.schema.landing import RejectedRecords
from dmp_assets.orchestration.publication import publish_tables
from dmp_assets.orchestration.staleness import LANDING, REFRESH
from dmp_assets_tests.end_to_end.support.savings import make_snapshots
from dmp_assets_tests.support.factories import DAILY_KEYS, land, platform, query, shop

CONFIGURATION = """\
start_date: 2024-05-01
end_date: 2024-05-04
base_currency: EUR
sources:
  web:
    kind: events
    columns: {event_id: id, event_at: at, event_name: name, user_id: person, properties: facts}
  orders:
    kind: orders
    columns: {event_at: at, transaction_id: order, user_id: person, quantity: n, item_revenue: paid, currency: currency}
  rates: {kind: rates, preset: ecb}
"""
STRICT = "version: 1\nevents:\n  purchase: {properties: {order_id: {type: string, required: true}}}\n"
RELAXED = STRICT.replace("true", "false")
ORDERS = (
    "at,order,person,n,paid,currency\n"
    "2024-05-01 10:00,o1,p1,2,10.00,GBP\n2024-05-02 10:00,o2,p1,1,8.00,GBP\n2024-05-02 11:00,o3,p1,1,3.00,EUR\n"
)
REPLAYS = "SELECT event_date::VARCHAR, quarantined_before, quarantined_now, moved_out FROM quarantine_replays"


def event(number: int, **facts: str) -> str:
    at = f"2024-05-0{number} 12:00:00"
    return json.dumps({"id": f"e{number}", "at": at, "name": "purchase", "person": "p1", "facts": facts})


def build_days(settings: Settings) -> None:
    """Bring ledger, reference tables and stale days up to date, and publish; not what is made of all days."""
    with platform(settings) as stack:
        stack.run(LANDING)
        make_snapshots(stack, [*REFERENCE_TABLES.values(), RejectedRecords])
        for run in stack.pending().runs:
            stack.run(REFRESH, run.tags, DAILY_KEYS)
        publish_tables(settings, stack.warehouse)


def published(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_records_leave_the_quarantine_when_the_plan_is_mended(tmp_path: Path) -> None:
    settings = shop(tmp_path, CONFIGURATION)
    land(settings, {"web/a.ndjson": "\n".join([event(1, order_id="o1"), event(2), event(3, order_id="o3")]) + "\n"})
    (tmp_path / "tracking_plan.yaml").write_text(STRICT, encoding="utf-8")
    build_days(settings)
    refused = "SELECT event_date::VARCHAR, violation_code, violation_message, line_number, raw_record FROM quarantine"
    assert published(settings, refused) == [
        ("2024-05-02", "Required-Missing", "property 'order_id': required, but missing", 2, event(2))
    ]
    assert published(settings, REPLAYS) == []
    (tmp_path / "tracking_plan.yaml").write_text(RELAXED, encoding="utf-8")
    build_days(settings)
    assert published(settings, "FROM quarantine") == []
    assert published(settings, "SELECT count(*) FROM events.cleaned_events") == [(3,)]
    assert published(settings, REPLAYS) == [("2024-05-02", 1, 0, 1)]


def test_an_amount_waits_for_its_rate_and_is_never_converted_at_one(tmp_path: Path) -> None:
    settings = shop(tmp_path, CONFIGURATION)
    land(settings, {"orders/a.csv": ORDERS, "rates/a.csv": "Date,GBP,USD\n2024-05-02,0.80,1.10\n"})
    build_days(settings)
    codes = "SELECT event_date::VARCHAR, violation_code, line_number, raw_record FROM quarantine"
    assert published(settings, codes) == [("2024-05-01", "Rate-Missing", 2, "2024-05-01 10:00,o1,p1,2,10.00,GBP")]
    paid = (
        "SELECT transaction_id, revenue::DOUBLE, currency, exchange_rate, rate_date::VARCHAR "
        "FROM events.cleaned_events ORDER BY 1"
    )
    assert published(settings, paid) == [("o2", 10.0, "GBP", 1.25, "2024-05-02"), ("o3", 3.0, "EUR", None, None)]
    commits = (
        "SELECT max(commit_id) FROM ops.commits WHERE table_name = 'ingest.raw_events' AND partition = '2024-05-02'"
    )
    built = query(settings, commits)
    land(settings, {"rates/b.csv": "Date,GBP,USD\n2024-04-30,0.50,1.20\n"})
    with platform(settings) as stack:
        stack.bring_up_to_date()
    assert published(settings, paid)[0] == ("o1", 20.0, "GBP", 2.0, "2024-04-30")
    assert published(settings, REPLAYS) == [("2024-05-01", 1, 0, 1)]
    # The day whose rates did not change was left alone.
    assert query(settings, commits) == built
