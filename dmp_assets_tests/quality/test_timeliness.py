"""What is late: by reception where it is known, by arrival of the file where it is not."""

from datetime import date, timedelta

import polars as pl
import pytest

from dmp_assets.quality.timeliness import check_timeliness, late_records
from dmp_assets_tests.quality.support.factories import DEFAULTS, LAST, WINDOW, counts, landing, only, outcome, profiles

NO_PROFILES = profiles()
LONG_AGO = LAST - timedelta(days=90)


def check(table: pl.DataFrame, files: tuple[pl.DataFrame, pl.DataFrame] | None = None) -> pl.DataFrame:
    return check_timeliness(late_records(table, *(files or landing()), DEFAULTS), WINDOW, DEFAULTS)


@pytest.mark.parametrize(("hours", "late"), [(0.0, 0.0), (24.0, 0.0), (25.0, 0.3)])
def test_a_record_is_late_after_the_hours_that_it_may_take(hours: float, late: float) -> None:
    table = profiles(
        counts("received_at", "number", 30, 99, lower_bound=hours),
        counts("received_at", "number", 70, 0, lower_bound=1.0),
    )
    row = only(check(table))
    assert (row["value"], row["rows"], row["column_name"]) == (late, 100, "received_at")


@pytest.mark.parametrize(("late", "status"), [(5, "ok"), (6, "warn"), (25, "warn"), (26, "error")])
def test_a_share_of_late_records_may_reach_its_threshold_and_not_pass_it(late: int, status: str) -> None:
    table = profiles(
        counts("received_at", "number", late, 0, lower_bound=745.0),
        counts("received_at", "number", 100 - late, 0, lower_bound=0.0),
        counts("received_at", "missing", 500, 0),
    )
    assert outcome(check(table)) == (status, late / 100)


@pytest.mark.parametrize(("days", "value"), [(0, 0.0), (1, 0.0), (2, 1.0)])
def test_without_reception_the_arrival_of_the_file_counts(days: int, value: float) -> None:
    day = LAST - timedelta(days=2)
    files = landing(("first", LONG_AGO, {LONG_AGO: 5}), ("file", day + timedelta(days=days), {day: 200}))
    row = only(check(NO_PROFILES, files))
    assert (row["value"], row["rows"], row["column_name"]) == (value, 200, None)


@pytest.mark.parametrize(("first_arrival", "rows"), [(LAST, 0), (LAST - timedelta(days=2), 200)])
def test_days_before_the_first_arrival_are_history_and_not_late(first_arrival: date, rows: int) -> None:
    day = LAST - timedelta(days=2)
    files = landing(("a", first_arrival, {date(2024, 1, 1): 7}), ("b", LAST, {day: 200}))
    row = only(check(NO_PROFILES, files))
    assert (row["rows"], row["status"]) == (rows, "error" if rows else "not_enough_data")


def test_a_source_is_judged_one_way_only() -> None:
    table = profiles(counts("received_at", "number", 100, 0, lower_bound=1.0))
    assert outcome(check(table, landing(("first", LONG_AGO, {}), ("file", LAST, {WINDOW.first_date: 500})))) == (
        "ok",
        0.0,
    )


@pytest.mark.parametrize(("zone", "value"), [("UTC", 0.0), ("Europe/Berlin", 1.0)])
def test_the_day_of_arrival_is_the_businesss(zone: str, value: float) -> None:
    day = LAST - timedelta(days=2)
    files, days = landing(("first", LONG_AGO, {LONG_AGO: 5}), ("file", day + timedelta(days=1), {day: 200}))
    late_evening = files.with_columns(arrived_at=pl.col("arrived_at").dt.truncate("1d") + pl.duration(hours=23))
    late = late_records(NO_PROFILES, late_evening, days, DEFAULTS, zone)
    assert only(check_timeliness(late, WINDOW, DEFAULTS))["value"] == value
