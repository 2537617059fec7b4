"""Which day a value without a time of day is, and which instant one with a time of day."""

# ruff: noqa: DTZ001 -- instants are naive UTC, and local times are naive, too

from datetime import date, datetime

import polars as pl
import pytest

from dmp_assets.ingest.values.times import read_days, read_instants

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


@pytest.mark.parametrize("source_zone", ["UTC", BERLIN, NEW_YORK, "Asia/Tokyo"])
@pytest.mark.parametrize(
    ("value", "formats"),
    [
        ("2026-10-05", ()),
        (date(2026, 10, 5), ()),
        ("05.10.2026", ("%d.%m.%Y",)),
        ("5/10/26", ("%d/%m/%y",)),
        ("20261005", ("%Y%m%d",)),
        ("5 Oct 2026", ("%d %b %Y",)),
    ],
)
def test_a_day_is_a_day_of_the_business_whatever_the_zone_of_the_source(
    value: str | date, formats: tuple[str, ...], source_zone: str
) -> None:
    values = pl.Series([value])
    assert read_instants(values, source_zone, formats)[0] == datetime(2026, 10, 5)
    assert read_instants(values, source_zone, formats, BERLIN)[0] == datetime(2026, 10, 4, 22)
    assert read_instants(values, source_zone, formats, NEW_YORK)[0] == datetime(2026, 10, 5, 4)


@pytest.mark.parametrize(
    ("value", "formats"),
    [
        ("2026-10-08 00:00:00", ()),
        ("2026-10-08 00:00", ()),
        (datetime(2026, 10, 8), ()),
        ("08.10.2026 00:00", ("%d.%m.%Y %H:%M",)),
        ("08.10.2026 12:00 AM", ("%d.%m.%Y %I:%M %p",)),
        ("2026-10-08T00:00:00", ("%FT%T",)),
    ],
)
def test_a_midnight_is_a_time_of_day_in_the_zone_of_the_source(value: str | datetime, formats: tuple[str, ...]) -> None:
    assert read_instants(pl.Series([value]), NEW_YORK, formats, BERLIN)[0] == datetime(2026, 10, 8, 4)


def test_days_and_times_may_stand_in_one_column() -> None:
    values = pl.Series(["2026-10-05", "2026-10-05 00:00:00", None, "2026-10-05T00:00:00Z", "no time"])
    assert read_instants(values, NEW_YORK, (), BERLIN).to_list() == [
        datetime(2026, 10, 4, 22),
        datetime(2026, 10, 5, 4),
        None,
        datetime(2026, 10, 5),
        None,
    ]


def test_what_names_its_zone_is_an_instant_in_any_business() -> None:
    for value in ("2026-10-05T00:00:00Z", "2026-10-05T00:00:00.000Z", "2026-10-05T02:00:00+02:00"):
        assert read_instants(pl.Series([value]), NEW_YORK, (), BERLIN)[0] == datetime(2026, 10, 5)
    spelled = pl.Series(["2026-10-05 00:00:00 UTC"])
    assert read_instants(spelled, NEW_YORK, ("%Y-%m-%d %H:%M:%S%.f UTC",), BERLIN)[0] == datetime(2026, 10, 5)
    epoch = pl.Series([1_791_158_400])
    assert read_instants(epoch, NEW_YORK, ("epoch_s",), BERLIN)[0] == datetime(2026, 10, 5)
    assert read_instants(epoch.cast(pl.String), NEW_YORK, ("epoch_s",), BERLIN)[0] == datetime(2026, 10, 5)


def test_a_day_whose_midnight_the_clocks_skip_begins_an_hour_later() -> None:
    days = pl.Series(["2024-04-25", "2024-04-26"])
    assert read_instants(days, "UTC", (), "Africa/Cairo").to_list() == [
        datetime(2024, 4, 24, 22),
        datetime(2024, 4, 25, 22),
    ]


def test_a_day_of_a_report_is_the_day_as_written_and_an_instant_the_day_of_its_source() -> None:
    # Samoa skipped this day: a report that has it has it.
    assert read_days(pl.Series(["2011-12-30"]), "Pacific/Apia", ())[0] == date(2011, 12, 30)
    for value in ("2026-10-05", "2026-10-05 23:30", datetime(2026, 10, 5, 23, 30), date(2026, 10, 5)):
        assert read_days(pl.Series([value]), "America/Los_Angeles", ())[0] == date(2026, 10, 5)
    assert read_days(pl.Series(["05.10.2026"]), "Asia/Tokyo", ("%d.%m.%Y",))[0] == date(2026, 10, 5)
    instants = pl.Series(["2026-10-05T07:00:00Z", "2026-10-06T06:59:59Z", "2026-10-06T07:00:00Z"])
    assert [day.day for day in read_days(instants, "America/Los_Angeles", ())] == [5, 5, 6]
    aware = pl.Series([datetime(2026, 10, 5, 7)]).dt.replace_time_zone("UTC")
    assert read_days(aware, "America/Los_Angeles", ())[0] == date(2026, 10, 5)
    assert read_days(pl.Series([1_791_183_600]), "America/Los_Angeles", ("epoch_s",))[0] == date(2026, 10, 5)
