"""The business's calendar in a whole warehouse: a sale after midnight, ranges and single days, a change of zone."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from dmp_assets.domains import STEPS
from dmp_assets.foundation.incremental import update
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.orchestration.staleness import LANDING, REFRESH, day_tags
from dmp_assets.recommendations import update as keeping
from dmp_assets.recommendations.inputs import OTHER_RULES
from dmp_assets_tests.support.factories import DAILY_KEYS, land, platform, query, shop, stored_rows
from dmp_assets_tests.support.places import SQL

CONFIGURATION = """\
start_date: 2026-10-24
end_date: 2026-11-01
time_zone: ZONE
base_currency: EUR
holdout_days: 1
sources:
  web:
    kind: events
    columns:
      {event_at: at, event_name: name, user_id: person, anonymous_id: browser, transaction_id: order, item_id: item,
       item_revenue: paid}
  ads:
    kind: ad_spend
    columns: {date: day, campaign_id: campaign, spend: spend}
    constants: {platform: google_ads, account_id: a, level: campaign, currency: EUR}
  crm: {kind: customers, columns: {user_id: person, country: land, updated_at: at}}
  choices: {kind: consents, columns: {user_id: person, purpose: purpose, status: status, changed_at: at}}
"""

SALES = {
    # 00:30 in Berlin, on the day of 25 hours and on the first of a month.
    "o1": ("2026-10-24T22:30:00Z", "p1", "10.00"),
    "o2": ("2026-10-31T23:30:00Z", "p2", "20.00"),
    # Before and after the hour that comes twice, and the last second of that day.
    "o3": ("2026-10-25T00:30:00Z", "p1", "1.00"),
    "o4": ("2026-10-25T01:30:00Z", "p1", "1.00"),
    "o5": ("2026-10-25T22:59:59Z", "p3", "1.00"),
    "o6": ("2026-10-25T23:00:00Z", "p3", "1.00"),
}


def event(at: str, name: str, person: str, order: str | None = None, paid: str | None = None) -> str:
    row = {"at": at, "name": name, "person": person, "browser": f"b-{person}", "order": order, "paid": paid}
    return json.dumps(row | {"item": "tea" if order else None})


def files() -> dict[str, str]:
    looks = [
        event("2026-10-24T21:50:00Z", "page_view", "p1"),
        event("2026-10-24T22:10:00Z", "page_view", "p1"),
        event("2026-10-31T23:10:00Z", "page_view", "p2"),
    ]
    sales = [event(at, "purchase", person, order, paid) for order, (at, person, paid) in SALES.items()]
    return {
        "web/a.ndjson": "\n".join([*looks, *sales]) + "\n",
        "ads/a.csv": "day,campaign,spend\n2026-10-25,c1,5.00\n2026-11-01,c1,7.00\n",
        "crm/a.csv": "person,land,at\np1,DE,2026-10-24\np2,DE,2026-11-01 23:30:00\n",
        "choices/a.csv": "person,purpose,status,at\np1,ads,granted,2026-10-24\np2,ads,granted,2026-11-01 23:30:00\n",
    }


def business(folder: Path, zone: str) -> Settings:
    settings = shop(folder, CONFIGURATION.replace("ZONE", zone))
    land(settings, files())
    return settings


@pytest.fixture(scope="module")
def berlin(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = business(tmp_path_factory.mktemp("berlin"), "Europe/Berlin")
    with platform(settings) as built:
        built.bring_up_to_date()
        assert not built.failed_checks
    return settings


def published(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_a_sale_half_an_hour_after_midnight_is_in_all_tables_of_its_day(berlin: Settings) -> None:
    sunday, november = date(2026, 10, 25), date(2026, 11, 1)
    partition = "SELECT transaction_id, event_date FROM events.cleaned_events WHERE transaction_id IN ('o1', 'o2')"
    assert dict(published(berlin, partition)) == {"o1": sunday, "o2": november}
    sessions = (
        "SELECT event_date, started_at::VARCHAR, events FROM events.sessions WHERE visitor_id = 'user_id:p1' "
        "ORDER BY started_at"
    )
    # The visit goes on over midnight: it is two sessions, and the second has the look of 00:10 and the sale.
    assert published(berlin, sessions)[:2] == [
        (date(2026, 10, 24), "2026-10-24 21:50:00", 1),
        (sunday, "2026-10-24 22:10:00", 2),
    ]
    kpis = "SELECT event_date, orders, revenue::DOUBLE FROM daily_kpis WHERE orders > 0 ORDER BY 1"
    assert published(berlin, kpis) == [(sunday, 4, 13.0), (date(2026, 10, 26), 1, 1.0), (november, 1, 20.0)]
    months = (SQL / "recipes" / "monthly_trend.sql").read_text()
    assert [(row[0], row[2]) for row in published(berlin, months)] == [(date(2026, 10, 1), 5), (date(2026, 11, 1), 1)]
    history = "SELECT as_of_date, orders FROM profiles.profile_history ORDER BY ALL"
    assert published(berlin, history) == [(date(2026, 10, 31), 2), (date(2026, 10, 31), 3)]
    cohorts = (SQL / "recipes" / "retention_cohorts.sql").read_text()
    assert {row[0] for row in published(berlin, cohorts)} == {date(2026, 10, 1), date(2026, 11, 1)}
    spend = (
        "SELECT s.date, s.spend::DOUBLE, k.orders FROM ingest.raw_ad_spend AS s "
        "JOIN daily_kpis AS k ON k.event_date = s.date ORDER BY 1"
    )
    assert published(berlin, spend) == [(sunday, 5.0, 4), (november, 7.0, 1)]


def test_a_day_of_25_hours_has_all_its_sales_once(berlin: Settings) -> None:
    found = "SELECT transaction_id, event_date::VARCHAR FROM events.cleaned_events WHERE transaction_id IS NOT NULL"
    days = {"o1": "2026-10-25", "o2": "2026-11-01", "o3": "2026-10-25", "o4": "2026-10-25", "o5": "2026-10-25"}
    assert dict(published(berlin, found)) == days | {"o6": "2026-10-26"}
    across = "SELECT count(*) FROM events.sessions WHERE visitor_id = 'user_id:p3'"
    assert published(berlin, across) == [(2,)]


def test_what_is_said_of_people_ends_with_the_businesss_day(berlin: Settings) -> None:
    # 2026-11-01 is the last day with an event: 23:30 of it counts, though it is 22:30 in UTC.
    assert published(berlin, "SELECT count(*) FROM profiles.consent") == [(2,)]


def test_single_days_give_the_tables_of_the_range(tmp_path: Path, berlin: Settings) -> None:
    settings = business(tmp_path, "Europe/Berlin")
    with platform(settings) as built:
        built.run(LANDING)
        for (day,) in query(settings, "SELECT DISTINCT event_date FROM ingest.landing_days ORDER BY 1 DESC"):
            built.run(REFRESH, day_tags(day, day), DAILY_KEYS)
    daily = {table.qualified_name for step in STEPS if step.is_daily for table in step.tables}
    assert daily.isdisjoint(differing(settings, berlin))


MADE_THEN = ("arrived_at", "moved_at", "modified_at", "verified_at", "first_seen_at", "judged_at")
"""Columns that say when something was made, and not what."""


def differing(one: Settings, other: Settings) -> list[str]:
    names = [table.qualified_name for step in STEPS for table in step.tables]
    return [name for name in names if _rows(one, name) != _rows(other, name)]


def _rows(settings: Settings, name: str) -> list[tuple[object, ...]]:
    columns = {row[0] for row in query(settings, f"SELECT column_name FROM (DESCRIBE {name})")}
    return stored_rows(settings, name, sorted(columns & {*MADE_THEN, "reading_id", "made_by", "fingerprint"}))


def test_another_zone_makes_every_table_again_and_gives_those_of_a_new_folder(
    tmp_path: Path, berlin: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = business(tmp_path, "UTC")
    with platform(settings) as built:
        built.bring_up_to_date()
    before = dict(query(settings, NEWEST))
    assert differing(settings, berlin)
    told: list[str] = []
    reasons: list[str | None] = []
    _note(monkeypatch, update, "plan_update", lambda plan: reasons.append(f"{plan.reason}"))
    _note(monkeypatch, keeping, "_reason", reasons.append)
    changed = shop(tmp_path, CONFIGURATION.replace("ZONE", "Europe/Berlin"))
    with platform(changed, told.append) as built:
        built.bring_up_to_date()
        assert not built.failed_checks
        assert built.pending().is_nothing
    # Nothing that is usually updated or kept is built on days of another calendar: orders, persons, profiles; the
    # choice of models, related items, lists.
    assert reasons == [OTHER_RULES] * 6
    assert differing(changed, berlin) == []
    after = dict(query(settings, NEWEST))
    assert {name for name in before if after[name] == before[name]} == set()
    reason = "time_zone changed from UTC to Europe/Berlin"
    assert told[0].startswith("ingest.landing_files: 4 files read again")
    # A day that only the new calendar has was never made.
    why = [line for line in told if line.endswith(" rows)")]
    assert [line for line in why if reason not in line and "never made" not in line] == []


def _note(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, note: Callable[[Any], object]) -> None:
    """Have every result of a function noted."""
    usual = getattr(module, name)

    def noted(*given: Any, **named: Any) -> Any:
        found = usual(*given, **named)
        note(found)
        return found

    monkeypatch.setattr(module, name, noted)


NEWEST = "SELECT table_name, max(commit_id) FROM ops.commits GROUP BY 1"
