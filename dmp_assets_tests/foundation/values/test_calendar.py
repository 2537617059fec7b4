"""Days of a business's calendar, held against Python's own time zones."""

# ruff: noqa: DTZ001 -- instants are naive UTC, and local times are naive, too

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dmp_assets.foundation.values.calendar import begin_of, day_at, day_of, end_of, in_utc, on_clock, today

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")
NO_MIDNIGHT = (
    ("Africa/Cairo", date(2024, 4, 26)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Havana", date(2024, 3, 10)),
)
LENGTHS = (
    ("Europe/Berlin", date(2026, 3, 29), 23),
    ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("Asia/Shanghai", date(2026, 3, 29), 24),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
)
NEAR_A_CHANGE = st.one_of(
    st.datetimes(
        datetime.combine(day, datetime.min.time()) - timedelta(days=1), datetime(day.year, day.month, day.day, 23)
    )
    for _, day, _ in LENGTHS
)


def oracle(at: datetime, zone: str) -> datetime:
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
@given(at=st.one_of(st.datetimes(datetime(2000, 1, 1), datetime(2036, 12, 31)), NEAR_A_CHANGE))
@example(at=datetime(2026, 10, 24, 22))
@example(at=datetime(2026, 10, 24, 21, 59, 59, 999_999))
def test_an_instant_is_on_the_day_and_hour_that_the_clocks_show(zone: str, at: datetime) -> None:
    values = pl.Series([at, None], dtype=pl.Datetime("us"))
    wall = oracle(at, zone)
    assert day_of(values, zone).to_list() == [wall.date(), None]
    assert on_clock(values, zone).dt.hour().to_list() == [wall.hour, None]
    assert day_at(at, zone) == wall.date()
    assert begin_of(wall.date(), zone) <= at < end_of(wall.date(), zone)


@pytest.mark.parametrize(("zone", "day", "hours"), LENGTHS)
def test_a_day_has_the_hours_that_its_clocks_have(zone: str, day: date, hours: float) -> None:
    assert (end_of(day, zone) - begin_of(day, zone)) == timedelta(hours=hours)


@pytest.mark.parametrize(("zone", "day"), NO_MIDNIGHT)
def test_a_day_without_a_midnight_begins_with_the_first_time_that_the_clocks_show(zone: str, day: date) -> None:
    begin = begin_of(day, zone)
    assert oracle(begin, zone).replace(tzinfo=None) == datetime(day.year, day.month, day.day, 1)
    assert oracle(begin - timedelta(microseconds=1), zone).date() == day - timedelta(days=1)
    midnights = pl.Series([day, day - timedelta(days=1)]).cast(pl.Datetime("us"))
    assert in_utc(midnights, zone).to_list() == [begin, begin_of(day - timedelta(days=1), zone)]


@pytest.mark.parametrize("zone", [*ZONES, *(zone for zone, _ in NO_MIDNIGHT)])
def test_days_follow_each_other_without_gap_or_overlap(zone: str) -> None:
    days = [date(2016, 1, 1) + timedelta(days=place) for place in range(4_000)]
    assert all(begin_of(day, zone) < end_of(day, zone) == begin_of(day + timedelta(days=1), zone) for day in days)
    assert all(day_at(begin_of(day, zone), zone) == day for day in days)


def test_today_is_the_day_of_the_zone_and_not_of_the_machine() -> None:
    here = datetime.now(UTC)
    found = {today(zone) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")}
    # 14 hours before UTC and 11 behind: never on one day.
    assert len(found) == 2
    assert min(found) <= here.date() <= max(found)
