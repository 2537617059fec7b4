"""Days of landing records: plain dates, days of 23 and 25 hours, the first day, the last day and the arrival day."""

# ruff: noqa: DTZ001 -- instants are naive UTC, and local times are naive, too

import json
import random
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Settings, Source, load_settings
from dmp_assets.foundation.values.calendar import begin_of
from dmp_assets.ingest.landing.ledger import landing_files_frame, read_landing
from dmp_assets.ingest.landing.reading import Reading
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets_tests.ingest.support.landing import ORDERS, Landing, order_file, order_line
from dmp_assets_tests.support.places import CASES

CASE = CASES / "plain-dates"
EMPTY = landing_files_frame([])
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


def days_of_case(folder: Path, replaced: str = "", by: str = "") -> dict[str, list[tuple[date, str | None]]]:
    """Return source -> days and rules of the case's records, in order of lines."""
    shutil.copytree(CASE / "landing", folder / "data" / "landing")
    (folder / "dmp.yaml").write_text((CASE / "dmp.yaml").read_text().replace(replaced, by), encoding="utf-8")
    settings: Settings = load_settings(folder / "dmp.yaml")
    readings = read_landing(settings, check_sources(settings.sources), EMPTY, datetime(2026, 11, 20))
    return {
        reading.source: pl.read_parquet(reading.staged).select("event_date", "violation_code").rows()
        for reading in readings
    }


DAYS_OF_CASE = {
    "dates": [(date(2026, 10, 5), None), (date(2026, 10, 6), None), (date(2026, 11, 1), None)],
    "dates_first": [(date(2026, 10, 1), None), (date(2026, 10, 2), None)],
    "mixed": [(date(2026, 10, 8), None), (date(2026, 10, 9), None)],
}


def test_a_plain_date_is_that_day_and_the_first_day_is_in(tmp_path: Path) -> None:
    assert days_of_case(tmp_path) == DAYS_OF_CASE


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"])
def test_a_plain_date_is_that_day_in_every_business(tmp_path: Path, zone: str) -> None:
    found = days_of_case(tmp_path, "base_currency: EUR", f"base_currency: EUR\ntime_zone: {zone}")
    dates = {name: days for name, days in DAYS_OF_CASE.items() if name != "mixed"}
    assert {name: found[name] for name in dates} == dates


def test_a_source_without_a_zone_has_that_of_the_business(tmp_path: Path) -> None:
    # 00:00:00 of New York is 12:00 of the same day in Shanghai, and noon of New York midnight: the day after.
    here = days_of_case(tmp_path / "a", "base_currency: EUR", "base_currency: EUR\ntime_zone: Asia/Shanghai")
    assert here["mixed"] == [(date(2026, 10, 8), None), (date(2026, 10, 10), None)]
    text = (CASE / "dmp.yaml").read_text()
    inherited = days_of_case(
        tmp_path / "b",
        text,
        text.replace("    time_zone: America/New_York\n", "").replace(
            "start_date", "time_zone: Asia/Shanghai\nstart_date"
        ),
    )
    assert inherited["mixed"] == DAYS_OF_CASE["mixed"]


def in_zone(zone: str, **changes: object) -> Source:
    return ORDERS.model_copy(update=changes).in_business(zone)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_typed_days_and_days_of_json_are_those_of_csv(landing: Landing, zone: str) -> None:
    days = [date(2026, 10, 25), date(2026, 10, 26), date(2026, 11, 1)]
    rows = [{"at": str(day), "order": f"o{day}", "item": "i", "paid": "1", "n": "1"} for day in days]
    frame = pl.DataFrame(rows).with_columns(at=pl.Series(days))
    parquet = landing.root / "landing" / "shop" / "a.parquet"
    parquet.parent.mkdir(parents=True)
    frame.write_parquet(parquet)
    ndjson = landing.put("a.ndjson", [json.dumps(row) for row in rows])
    csv = landing.put("a.csv", [",".join(rows[0]), *(",".join(row.values()) for row in rows)])
    for file in (parquet, ndjson, csv):
        _, staged = landing.read(file, in_zone(zone), arrived_at=datetime(2026, 11, 5))
        assert staged["event_date"].to_list() == days
        assert staged["event_at"].to_list() == [begin_of(day, zone) for day in days]
        assert not staged["violation_code"].count()


CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Asia/Shanghai", date(2026, 3, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
]


def read_in_zone(landing: Landing, times: list[str], zone: str, day: date) -> tuple[Reading, pl.DataFrame]:
    """Return the reading of orders with these times, of a file that arrived nine days after the day."""
    lines = [order_line(number, at=at) for number, at in enumerate(times)]
    file = landing.put("a.csv", ["at,order,item,paid,n", *lines])
    arrived_at = datetime(day.year, day.month, day.day) + timedelta(9)
    return landing.read(file, in_zone(zone), first_day=date(2018, 1, 1), arrived_at=arrived_at)


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_a_day_on_which_the_clocks_change_has_all_its_records_once(landing: Landing, zone: str, day: date) -> None:
    seeded = random.Random(f"{zone} {day}")
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    moments = [start + timedelta(microseconds=seeded.randrange(3 * 86_400_000_000)) for _ in range(2_000)]
    edges = [begin_of(day + timedelta(days=n), zone).replace(tzinfo=UTC) for n in range(2)]
    moments += [edge + timedelta(microseconds=step) for edge in edges for step in (-1, 0, 1)]
    reading, staged = read_in_zone(landing, [moment.isoformat() for moment in moments], zone, day)
    wanted = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    assert staged["event_date"].to_list() == wanted
    assert reading.days == Counter(wanted)
    assert sum(reading.days.values()) == len(moments)


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_local_times_are_on_the_day_that_they_say(landing: Landing, zone: str, day: date) -> None:
    walls = [datetime(day.year, day.month, day.day) + timedelta(minutes=30 * n) for n in range(-48, 96)]
    _, staged = read_in_zone(landing, list(map(str, walls)), zone, day)
    assert staged["event_date"].to_list() == [wall.date() for wall in walls]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_first_and_last_day_are_days_of_the_business(landing: Landing, zone: str) -> None:
    begin, end = begin_of(OCTOBER, zone), begin_of(date(2026, 10, 3), zone)
    moments = [begin - timedelta(seconds=1), begin, end - timedelta(seconds=1), end]
    file = landing.put("a.csv", [order_file(0)[0], *(order_line(n, at=f"{at}Z") for n, at in enumerate(moments))])
    days = {"first_day": OCTOBER, "last_day": date(2026, 10, 2)}
    _, staged = landing.read(file, in_zone(zone), arrived_at=datetime(2026, 11, 5), **days)
    assert staged["violation_message"].to_list() == [
        "column 'at' (event_at): before 2026-10-01, the first day (start_date)",
        None,
        None,
        "column 'at' (event_at): after 2026-10-02, the last day (end_date)",
    ]
    assert staged["event_date"].to_list()[1:3] == [OCTOBER, date(2026, 10, 2)]


@pytest.mark.parametrize(
    ("zone", "arrival_day"),
    [("UTC", date(2026, 10, 24)), ("Europe/Berlin", date(2026, 10, 25)), ("America/New_York", date(2026, 10, 24))],
)
def test_a_record_without_a_time_belongs_to_the_businesss_day_of_arrival(
    landing: Landing, zone: str, arrival_day: date
) -> None:
    lines = [order_line(1, at="never"), order_line(2, at=f"{arrival_day + timedelta(days=1)}")]
    file = landing.put("a.csv", [order_file(0)[0], *lines, order_line(3, at=f"{arrival_day + timedelta(days=2)}")])
    _, staged = landing.read(file, in_zone(zone), arrived_at=datetime(2026, 10, 24, 22, 30))
    assert staged["event_date"].to_list() == [arrival_day, arrival_day + timedelta(days=1), arrival_day]
    assert staged["violation_code"].to_list() == ["Datatype-Mismatch", None, "Out-Of-Range"]


def test_another_zone_of_the_business_is_another_reading(landing: Landing) -> None:
    file = landing.put("a.csv", order_file(3))
    own = {"time_zone": "UTC"}
    ids = {
        landing.read(file, Source(**ORDERS.model_dump() | own).in_business(zone))[0].reading_id
        for zone in ("UTC", "Asia/Tokyo")
    }
    assert len(ids) == 2


def test_other_instants_with_plain_dates_follow_the_same_rule(landing: Landing) -> None:
    columns = {"user_id": "person", "purpose": "purpose", "status": "status", "changed_at": "at"}
    consents = Source(kind="consents", columns=columns, time_zone="America/New_York").in_business("Europe/Berlin")
    lines = ["person,purpose,status,at", "p1,ads,granted,2026-10-05", "p1,ads,denied,2026-10-05 00:00:00"]
    _, staged = landing.read(landing.put("a.csv", lines), consents)
    assert staged["changed_at"].to_list() == [datetime(2026, 10, 4, 22), datetime(2026, 10, 5, 4)]
