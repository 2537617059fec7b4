"""The daily tables through Dagster: a range is its days one by one, and a rerun changes nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from dmp_assets.activation.steps import KEEP_LEDGER
from dmp_assets.domains import CONTRACTS
from dmp_assets.domains import DAILY as DAILY_CONTRACTS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.orchestration.staleness import REFRESH, day_tags
from dmp_assets_tests.support.factories import DAILY_KEYS, FIRST_DAY, LAST_DAY, built_shop, platform, query, stored_rows

DAILY = [Table(contract).qualified_name for contract in DAILY_CONTRACTS]
COMMITS_OF_DAYS = f"""SELECT DISTINCT commits FROM (
    SELECT count(*) AS commits FROM ops.commits WHERE table_name IN {tuple(DAILY)} GROUP BY table_name, partition)"""
EVERY_DAY = [FIRST_DAY + timedelta(days=place) for place in range((LAST_DAY - FIRST_DAY).days + 1)]


def data(settings: Settings) -> dict[str, list]:
    return {name: stored_rows(settings, name) for name in DAILY}


def books(settings: Settings) -> dict[tuple[str, date], tuple[int, int]]:
    """Return rows and hash of every day of every daily table, as the newest commits have them."""
    found = query(
        settings, "SELECT table_name, partition, rows, row_hash FROM ops.current_commits WHERE partition IS NOT NULL"
    )
    return {(name, day): (rows, row_hash) for name, day, rows, row_hash in found}


def forget(settings: Settings, days: Sequence[date]) -> None:
    """Empty some days of the daily tables and of their books, as if they had never been built."""
    listed = ", ".join(f"DATE '{day}'" for day in days)
    with Warehouse(database=str(settings.warehouse_path)).get_connection() as connection:
        for name in DAILY:
            connection.execute(f"DELETE FROM {name} WHERE event_date IN ({listed})")
        names = ", ".join(f"'{name}'" for name in DAILY)
        connection.execute(f"DELETE FROM ops.commits WHERE partition IN ({listed}) AND table_name IN ({names})")


def test_a_range_in_one_run_equals_its_days_one_by_one_and_a_rerun_changes_no_hash(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    as_range = data(settings), books(settings)
    assert {day for _, day in as_range[1]} == set(EVERY_DAY)
    # No source of the shop says anything of a whole order.
    assert [name for name, rows in as_range[0].items() if not rows] == ["events.order_details"]
    forget(settings, EVERY_DAY[:2])
    with platform(settings) as shop:
        for day in reversed(EVERY_DAY[:2]):
            shop.run(REFRESH, day_tags(day, day), DAILY_KEYS)
        assert (data(settings), books(settings)) == as_range
        shop.run(REFRESH, day_tags(FIRST_DAY, LAST_DAY), DAILY_KEYS)
    assert (data(settings), books(settings)) == as_range
    assert query(settings, COMMITS_OF_DAYS) == [(2,)]


def test_the_shop_holds_every_fate_and_its_account_is_right(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    day = {source: counts for _, source, *counts in account(settings, FIRST_DAY)}
    assert day == {"clicks": [2, 2, 0, 0, 0], "orders": [6, 3, 3, 0, 0]}
    day = {source: counts for _, source, *counts in account(settings, date(2024, 5, 2))}
    assert day == {"clicks": [2, 1, 0, 0, 1], "orders": [5, 2, 0, 2, 1]}
    assert account(settings, date(2024, 5, 3)) == []
    unusable = {source: counts for _, source, *counts in account(settings, LAST_DAY)}
    assert unusable == {"clicks": [2, 1, 0, 0, 1], "orders": [2, 1, 0, 0, 1]}


def account(settings: Settings, day: date) -> list[tuple]:
    rows = f"SELECT * EXCLUDE alike FROM events.event_ledger WHERE event_date = DATE '{day}' ORDER BY source"
    return query(settings, rows)


def test_every_check_of_the_run_passed_but_the_one_that_tells_of_rejected_records(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    assert query(settings, "SELECT count(*) FROM ops.quality_log WHERE NOT passed") == [(0,)]
    # Deliveries write the ledger of audiences, and a run leaves it alone.
    made = len(CONTRACTS) - len(KEEP_LEDGER.makes)
    assert query(settings, "SELECT count(DISTINCT table_name) FROM ops.quality_log") == [(made,)]
