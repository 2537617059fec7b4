"""Partitions are the days of the business's calendar, each once, also where clocks change."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from dmp_assets.foundation.values.calendar import today
from dmp_assets.orchestration.partitions import daily_partitions
from dmp_assets_tests.support.factories import CONFIGURATION, shop

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana")


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_have_no_gap_and_no_repetition(tmp_path: Path, zone: str) -> None:
    first, last = date(2024, 1, 1), date(2025, 12, 31)
    days = CONFIGURATION.replace("2024-05-04", str(last)).replace("2024-05-01", str(first))
    keys = daily_partitions(shop(tmp_path, f"time_zone: {zone}\n{days}")).get_partition_keys()
    assert keys == [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_last_partition_of_live_data_is_the_businesss_today(tmp_path: Path, zone: str) -> None:
    settings = shop(tmp_path, f"time_zone: {zone}\n" + CONFIGURATION.replace("end_date: 2024-05-04\n", ""))
    before, newest, after = today(zone), daily_partitions(settings).get_partition_keys()[-1], today(zone)
    assert newest in {str(before), str(after)}
    assert settings.last_day() in {before, after, today(zone)}
