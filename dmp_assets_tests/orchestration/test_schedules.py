"""The schedule names the business's yesterday, every day of a year once."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from dmp_assets.orchestration.schedules import daily_schedule, weekly_backfill
from dmp_assets_tests.support.factories import CONFIGURATION, shop

# Athens skips 03:15 on one Sunday of March, and shows it twice on one of October.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Europe/Athens")
LIVE = CONFIGURATION.replace("end_date: 2024-05-04\n", "").replace("2024-05-01", "2025-12-01")


def schedule_of(folder: Path, zone: str) -> dg.ScheduleDefinition:
    return daily_schedule(shop(folder, f"time_zone: {zone}\n{LIVE}"))


def requested(schedule: dg.ScheduleDefinition, tick: datetime) -> str:
    """Return the partition that a tick asks for."""
    found = schedule(dg.build_schedule_context(scheduled_execution_time=tick))
    assert isinstance(found, dg.RunRequest)
    assert found.run_key == found.partition_key
    return str(found.partition_key)


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_a_year_is_asked_for_once_in_the_morning_after(tmp_path: Path, zone: str) -> None:
    schedule, here = schedule_of(tmp_path, zone), ZoneInfo(zone)
    assert schedule.execution_timezone == zone
    start = datetime(2026, 1, 1, tzinfo=here).timestamp()
    ticks = islice(schedule_execution_time_iterator(start, str(schedule.cron_schedule), zone), 730)
    found = [(requested(schedule, tick), tick) for tick in ticks]
    assert [day for day, _ in found] == [str(date(2025, 12, 31) + timedelta(days=n)) for n in range(730)]
    for day, tick in found:
        wall = tick.astimezone(here)
        assert wall.date() == date.fromisoformat(day) + timedelta(days=1)
        assert wall.strftime("%H:%M") in ("03:15", "04:00")


def test_a_tick_names_its_own_day_in_whatever_zone_it_is_given(tmp_path: Path) -> None:
    berlin = schedule_of(tmp_path, "Europe/Berlin")
    # 03:15 in Berlin on the day after a change of the clocks, written as UTC.
    assert requested(berlin, datetime(2026, 10, 26, 2, 15, tzinfo=UTC)) == "2026-10-25"
    assert requested(berlin, datetime(2026, 3, 30, 1, 15, tzinfo=UTC)) == "2026-03-29"
    shanghai = schedule_of(tmp_path, "Asia/Shanghai")
    assert requested(shanghai, datetime(2026, 3, 29, 19, 15, tzinfo=UTC)) == "2026-03-29"


def test_the_weekly_backfill_is_off_until_the_configuration_turns_it_on(tmp_path: Path) -> None:
    off = weekly_backfill(shop(tmp_path / "off"))
    assert off.default_status == dg.DefaultScheduleStatus.STOPPED
    own = "scheduled_backfill: {enabled: true, day: tuesday, hour: 2, days: 7}\ntime_zone: Europe/Berlin\n"
    on = weekly_backfill(shop(tmp_path / "on", own + LIVE))
    assert on.default_status == dg.DefaultScheduleStatus.RUNNING
    assert (on.cron_schedule, on.execution_timezone) == ("30 2 * * tue", "Europe/Berlin")


def test_the_weekly_backfill_verifies_the_newest_days(tmp_path: Path) -> None:
    tick = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
    open_end = weekly_backfill(shop(tmp_path / "open", f"scheduled_backfill: {{days: 7}}\n{LIVE}"))
    closed = weekly_backfill(shop(tmp_path / "closed", f"scheduled_backfill: {{days: 3}}\n{CONFIGURATION}"))
    first = [run.tags["dmp/verify"] for run in (asked(open_end, tick), asked(closed, tick))]
    assert first == ["2026-02-23", "2024-05-02"]
    assert asked(closed, tick).run_key == "verify 2026-03-01"


def asked(schedule: dg.ScheduleDefinition, tick: datetime) -> dg.RunRequest:
    found = schedule(dg.build_schedule_context(scheduled_execution_time=tick))
    assert isinstance(found, dg.RunRequest)
    return found
