"""Damaged work heals: no damaged bytes of staging give a row, and verifying sees what a look cannot."""

import os
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.ingest.files.staging import kept_facts
from dmp_assets.ingest.kinds import EVENT_KINDS
from dmp_assets.ingest.landing.days import statements_that_do_not_count
from dmp_assets.ingest.landing.ledger import Verification, landing_files_frame, ledger_changes, read_landing
from dmp_assets.ingest.landing.reading import LandingFile, Reading
from dmp_assets.ingest.landing.staged import staged_files
from dmp_assets_tests.support.factories import DAY, land, shop, shop_files

NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 - instants are naive UTC throughout
EMPTY = landing_files_frame([])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = shop(tmp_path)
    land(settings, shop_files())
    return settings


def read(
    settings: Settings, ledger: pl.DataFrame = EMPTY, now: datetime = NOON, verification: Verification | None = None
) -> pl.DataFrame:
    readings = read_landing(settings, settings.sources, ledger, now, verification=verification)
    return landing_files_frame(readings)


def flip(file: Path, place: int) -> None:
    """Flip a bit and leave size and time as they were."""
    stat = file.stat()
    data = bytearray(file.read_bytes())
    data[place % len(data)] ^= 1 << place % 8
    file.write_bytes(data)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_flipped_bit_of_a_staged_reading_gives_no_other_row_and_the_file_is_named(settings: Settings) -> None:
    ledger = read(settings)
    paths = [path for _, path in staged_files(settings, settings.sources, ledger, EVENT_KINDS)]
    before = {path: pl.read_parquet(path) for path in paths}
    numbers = random.Random(7)
    for _ in range(40):
        told: list[str] = []
        damaged = numbers.choice(paths)
        flip(damaged, numbers.randrange(10**6))
        found = staged_files(settings, settings.sources, ledger, EVENT_KINDS, tell=told.append)
        assert all(pl.read_parquet(path).equals(before[path]) for _, path in found)
        (line,) = told
        row = ledger.filter(pl.col("reading_id") == damaged.stem)
        assert line == f"{row['path'].item()}: its staged records are missing or damaged, and are made again"


def test_damaged_facts_of_a_reading_are_not_believed(settings: Settings) -> None:
    ledger = read(settings)
    (_, staged) = staged_files(settings, settings.sources, ledger, ["orders"])[0]
    note = staged.with_suffix(".json")
    records = kept_facts(staged)["records"]
    note.write_text(note.read_text().replace(f'"records": {records}', f'"records": {records + 1}'))
    assert kept_facts(staged) is None
    assert read(settings, ledger).equals(ledger)


def test_a_damaged_summary_of_statements_is_made_again(settings: Settings) -> None:
    readings = read_landing(settings, settings.sources, EMPTY, NOON)
    before = statements_that_do_not_count(readings, settings.sources, 30)
    summaries = sorted((settings.staging_dir / "readings").glob("*.stated"))
    assert summaries
    for summary in summaries:
        flip(summary, 400)
    assert statements_that_do_not_count(readings, settings.sources, 30).equals(before)


def test_no_summary_is_made_of_damaged_staged_records(settings: Settings) -> None:
    readings = read_landing(settings, settings.sources, EMPTY, NOON)
    (one, *_) = [reading for reading in readings if reading.source == "orders"]
    flip(one.staged, 400)
    with pytest.raises(ValueError, match=r"orders/.*: its staged records are damaged; run again"):
        statements_that_do_not_count(readings, settings.sources, 30)
    assert not statements_that_do_not_count(
        read_landing(settings, settings.sources, EMPTY, NOON), settings.sources, 30
    ).is_empty()


def test_other_bytes_of_the_same_size_and_time_are_seen_at_the_next_look(settings: Settings) -> None:
    ledger = read(settings)
    assert not ledger_changes(settings, settings.sources, ledger, NOON)
    flip(settings.landing_dir / "items" / "a.csv", 3)
    assert str(ledger_changes(settings, settings.sources, ledger, NOON)) == "1 files new or changed"
    again = read(settings, ledger)
    assert again.filter(pl.col("file_id") != ledger["file_id"])["path"].to_list() == ["items/a.csv"]


def large(settings: Settings) -> tuple[Path, int]:
    """Land a file of items, and return it and the place of a byte that no look samples."""
    lines = "".join(f"i{number:06},MEAT\n" for number in range(40_000))
    land(settings, {"items/b.csv": f"item,category\n{lines}"})
    return settings.landing_dir / "items" / "b.csv", 250_007


def test_a_byte_that_no_look_samples_is_found_by_verifying(settings: Settings) -> None:
    file, place = large(settings)
    ledger = read(settings)
    flip(file, place)
    assert not ledger_changes(settings, settings.sources, ledger, NOON)
    assert read(settings, ledger).equals(ledger)
    later, found = NOON + timedelta(days=2), Verification(DAY)
    verified = read(settings, ledger, later, found)
    assert (found.files, found.differed, found.remade) == (ledger.height, ["items/b.csv"], [])
    changed = verified.filter(pl.col("reading_id") != ledger["reading_id"])
    assert changed["path"].to_list() == ["items/b.csv"]
    assert changed["arrived_at"].item() == later
    assert set(verified["verified_at"]) == {later}


def test_verifying_what_is_as_it_was_leaves_everything_alone(settings: Settings) -> None:
    ledger, found = read(settings), Verification(DAY)
    verified = read(settings, ledger, NOON + timedelta(days=2), found)
    assert verified.drop("verified_at").equals(ledger.drop("verified_at"))
    assert (found.files, found.differed, found.remade) == (ledger.height, [], [])


def test_verifying_makes_damaged_staged_records_again(settings: Settings) -> None:
    ledger, found = read(settings), Verification(DAY)
    (_, staged) = staged_files(settings, settings.sources, ledger, ["items"])[0]
    before = pl.read_parquet(staged)
    flip(staged, 300)
    assert read(settings, ledger, NOON, found)["reading_id"].equals(ledger["reading_id"])
    assert found.remade == ["items/a.csv"]
    assert pl.read_parquet(staged).equals(before)


def test_files_that_touch_no_day_since_the_first_are_not_verified(settings: Settings) -> None:
    ledger, found = read(settings), Verification(DAY + timedelta(days=3))
    read(settings, ledger, NOON, found)
    without_days = ledger["last_event_date"].null_count()
    late = ledger.filter(pl.col("last_event_date") >= found.first_day).height
    assert (found.files, ledger.height) == (without_days + late, 6)


def test_what_is_not_read_is_in_the_ledger_with_its_reason_and_its_first_time(settings: Settings) -> None:
    (settings.landing_dir / ".gitkeep").touch()
    (settings.landing_dir / "orders" / "out.csv").symlink_to("/etc/passwd")
    ledger = read(settings)
    rows = {row["path"]: row for row in ledger.iter_rows(named=True)}
    assert (rows[".gitkeep"]["status"], rows["orders/out.csv"]["status"]) == ("passed_over", "refused")
    assert rows["orders/out.csv"]["message"].startswith("orders/out.csv: a link, and links are not followed")
    assert rows["orders/out.csv"]["records"] == 0
    assert read(settings, ledger, NOON + timedelta(days=1)).equals(ledger)
    assert not ledger_changes(settings, settings.sources, ledger, NOON)
    # A temporary file of an upload must start no run; a link that leaves is told at once.
    (settings.landing_dir / "orders" / ".x.csv.k2j").touch()
    assert not ledger_changes(settings, settings.sources, ledger, NOON)
    (settings.landing_dir / "orders" / "out.csv").unlink()
    assert ledger_changes(settings, settings.sources, ledger, NOON).gone == 1


def test_a_file_that_goes_between_look_and_reading_was_not_there(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = settings.landing_dir / "items" / "a.csv"

    def read_without(files: Sequence[LandingFile]) -> list[Reading]:
        gone.unlink(missing_ok=True)
        return [file.read() for file in files]

    monkeypatch.setattr("dmp_assets.ingest.landing.ledger.read_together", read_without)
    assert "items/a.csv" not in read(settings)["path"].to_list()
