"""Which files are there, what makes a day stale, and how stale days become runs."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.ingest.landing.days import day_fingerprints, day_ranges, landing_days_frame, stale_days
from dmp_assets.ingest.landing.ledger import (
    landing_files_frame,
    ledger_changes,
    read_landing,
)
from dmp_assets.ingest.landing.staged import staged_files
from dmp_assets.ingest.records.amounts import NO_AMOUNT
from dmp_assets_tests.support.factories import DAY, land, shop, shop_files

NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 - instants are naive UTC throughout
DAYS = [DAY + timedelta(days=place) for place in range(8)]
EMPTY = landing_files_frame([])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = shop(tmp_path)
    land(settings, shop_files())
    return settings


def read(settings: Settings, ledger: pl.DataFrame = EMPTY, now: datetime = NOON) -> tuple[pl.DataFrame, list[str]]:
    """Return the ledger, and the lines that were told of new files."""
    told: list[str] = []
    readings = read_landing(settings, settings.sources, ledger, now, told.append)
    return landing_files_frame(readings), told


def test_bytes_that_were_seen_before_keep_their_arrival_and_are_not_told_again(settings: Settings) -> None:
    first, told = read(settings)
    assert len(told) == first.height == len(shop_files())
    second, told = read(settings, first, NOON + timedelta(days=3))
    assert told == []
    assert second.equals(first)


def test_a_touched_file_keeps_its_arrival_and_new_bytes_get_a_new_one(settings: Settings) -> None:
    first, _ = read(settings)
    os.utime(settings.landing_dir / "items" / "a.csv", (5, 5))
    land(settings, {"customers/a.csv": "person,age\np1,45-54\n"})
    later = NOON + timedelta(days=3)
    second, told = read(settings, first, later)
    arrivals = dict(second.select("path", "arrived_at").iter_rows())
    assert (arrivals["items/a.csv"], arrivals["customers/a.csv"]) == (NOON, later)
    assert [line.split(":")[0] for line in told] == ["customers/a.csv"]


def test_every_file_of_orders_without_any_amount_says_so_until_another_source_brings_them(settings: Settings) -> None:
    orders = settings.sources["orders"]
    bare = {ours: theirs for ours, theirs in orders.columns.items() if ours != "item_revenue"}
    sources = dict(settings.sources) | {"orders": orders.model_copy(update={"columns": bare})}
    readings = {reading.path: reading for reading in read_landing(settings, sources, EMPTY, NOON)}
    told = {path for path, reading in readings.items() if NO_AMOUNT in reading.remarks}
    assert told == {"orders/a.csv", "orders/b.csv"}
    lines = Source(kind="order_lines", order_space="orders", columns={"transaction_id": "no"})
    again = {reading.path: reading for reading in read_landing(settings, sources | {"lines": lines}, EMPTY, NOON)}
    assert not any(NO_AMOUNT in reading.remarks for reading in again.values())
    assert {path: one.reading_id for path, one in again.items()} == {p: one.reading_id for p, one in readings.items()}


def test_a_file_outside_every_source_is_in_the_ledger_as_failed(settings: Settings) -> None:
    land(settings, {"loose.csv": "a\n1\n", "nowhere/x.csv": "a\n1\n"})
    rows = {row["path"]: row for row in read(settings)[0].iter_rows(named=True)}
    assert {rows[path]["status"] for path in ("loose.csv", "nowhere/x.csv")} == {"failed"}
    assert "no source 'nowhere' in dmp.yaml" in rows["nowhere/x.csv"]["message"]


def test_the_ledger_is_current_until_a_file_a_time_or_a_mapping_changes(settings: Settings) -> None:
    ledger, _ = read(settings)
    assert not ledger_changes(settings, settings.sources, ledger)
    assert ledger_changes(settings, settings.sources, ledger.head(-1))
    items = settings.sources["items"]
    mapped = dict(settings.sources) | {"items": items.model_copy(update={"delimiter": ";"})}
    assert ledger_changes(settings, mapped, ledger)
    assert ledger_changes(settings.model_copy(update={"start_date": DAYS[1]}), settings.sources, ledger)
    os.utime(settings.landing_dir / "items" / "a.csv", (5, 5))
    assert ledger_changes(settings, settings.sources, ledger)


def test_a_reading_that_was_deleted_is_made_again_and_a_changed_file_is_refused(settings: Settings) -> None:
    ledger, _ = read(settings)
    ((_, staged),) = staged_files(settings, settings.sources, ledger, ["items"])
    before = pl.read_parquet(staged)
    staged.unlink()
    assert staged_files(settings, settings.sources, ledger, ["items"]) == [("items", staged)]
    assert pl.read_parquet(staged).equals(before)
    staged.unlink()
    land(settings, {"items/a.csv": "item,category\ni1,MEAT\n"})
    with pytest.raises(ValueError, match="is not what the ledger has; materialise ingest/landing_files"):
        staged_files(settings, settings.sources, ledger, ["items"])


def test_the_fingerprint_of_a_day_depends_on_its_files_and_not_on_their_order(settings: Settings) -> None:
    days = landing_days_frame(read_landing(settings, settings.sources, EMPTY, NOON))
    fingerprints = day_fingerprints(days)
    assert set(fingerprints) == {DAYS[0], DAYS[1], DAYS[3]}
    assert day_fingerprints(days.reverse()) == fingerprints
    fewer = day_fingerprints(days.filter(pl.col("path") != "clicks/b.ndjson"))
    assert {day for day in fingerprints if fingerprints[day] != fewer[day]} == {DAYS[1], DAYS[3]}


def test_a_day_is_stale_when_its_files_changed_or_went_and_not_when_it_was_empty_before() -> None:
    wanted = {DAYS[0]: "a", DAYS[1]: "b", DAYS[2]: "c"}
    built = {DAYS[0]: "a", DAYS[1]: "x", DAYS[3]: "gone", DAYS[4]: None}
    assert stale_days(wanted, [built]) == [DAYS[1], DAYS[2], DAYS[3]]
    assert stale_days(wanted, [wanted, wanted]) == []
    assert stale_days({}, []) == []


@given(st.sets(st.sampled_from(DAYS)), st.sets(st.sampled_from(DAYS)))
def test_ranges_hold_every_stale_day_and_no_built_day_that_is_not(stale: set[date], built: set[date]) -> None:
    ranges = day_ranges(stale, built - stale)
    covered = [day for day in DAYS for first, last in ranges if first <= day <= last]
    assert len(covered) == len(set(covered))
    assert stale <= set(covered)
    assert not set(covered) & (built - stale)
    assert ranges == sorted(ranges)
    assert all(first in stale and last in stale for first, last in ranges)


def test_a_gap_is_closed_over_days_that_were_never_built_and_only_over_those() -> None:
    stale = [DAYS[0], DAYS[3]]
    assert day_ranges(stale) == [(DAYS[0], DAYS[3])]
    assert day_ranges(stale, [DAYS[1]]) == [(DAYS[0], DAYS[0]), (DAYS[3], DAYS[3])]
    assert day_ranges(stale, [DAYS[0], DAYS[3]]) == [(DAYS[0], DAYS[3])]
    assert day_ranges([]) == []
