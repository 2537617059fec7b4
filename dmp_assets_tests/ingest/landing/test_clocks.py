"""A clock that was wrong heals: what is kept depends on the files and on what the clock says last."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.ingest.landing.ledger import landing_files_frame, ledger_changes, read_landing
from dmp_assets.ingest.records.mapping import check_sources

START = datetime(2024, 5, 1, 12)
DAY = timedelta(days=1)
SOURCES = check_sources(
    {"web": Source(kind="events", columns={"event_id": "id", "event_at": "at", "event_name": "what", "user_id": "who"})}
)


class Look(NamedTuple):
    """A look at the folder: when it really is, what the clock says, and which file has come by then."""

    at: datetime
    clock: datetime
    file: str | None


class World(NamedTuple):
    """Files, by the days of their records from the day on which each comes; and the looks."""

    files: dict[str, tuple[list[int], list[int]]]
    """Name -> days of its good records, and of those that a device dated wrongly."""
    looks: list[Look]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    clocks = st.one_of(st.just(0), st.integers(-6, 6), st.integers(-5000, 5000))
    at, looks, files = START, [], {}
    for name in draw(st.permutations(["a", "b", "c"])):
        files[name] = (
            draw(st.lists(st.integers(-30, 0), min_size=3, max_size=5)),
            draw(st.lists(st.one_of(st.integers(1, 12), st.integers(13, 4000)), max_size=2)),
        )
        for file in (name, *[None] * draw(st.integers(0, 2))):
            at += draw(st.integers(0, 9)) * DAY
            looks.append(Look(at, at + draw(clocks) * DAY, file))
    at += draw(st.integers(0, 9)) * DAY
    return World(files, [*looks, Look(at, at, None)])


def lived(world: World, folder: Path, *, right: bool) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Return the ledger and the staged records after all looks, with the clock as it was, or right throughout."""
    own = Settings(start_date=date(2024, 1, 1), sources=SOURCES, data_dir=folder)
    ledger, readings, clock = landing_files_frame([]), [], START
    for look in world.looks:
        if look.file is not None:
            put(own.landing_dir / "web" / f"{look.file}.ndjson", *world.files[look.file], look.at)
        clock = look.at if right else look.clock
        readings = read_landing(own, SOURCES, ledger, clock)
        ledger = landing_files_frame(readings)
    assert not ledger_changes(own, SOURCES, ledger, clock)
    return ledger, {reading.path: pl.read_parquet(reading.staged) for reading in readings}


def put(file: Path, good: list[int], wrong: list[int], at: datetime) -> None:
    days = [at + days * DAY for days in (*good, *wrong)]
    rows = [{"id": f"{file.stem}{n}", "at": day.isoformat(), "what": "login", "who": "7"} for n, day in enumerate(days)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"id": "x", "at": "soon", "what": "login"}]))
    # Times of modification say nothing: files are moved in with those of another machine.
    os.utime(file, (5, 5))


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_any_clock_whose_last_look_is_right_keeps_what_a_right_clock_keeps(world: World) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        ledger, found = lived(world, Path(one), right=False)
        expected, wanted = lived(world, Path(other), right=True)
    last = world.looks[-1].at
    first = {f"web/{look.file}.ndjson": look for look in world.looks if look.file}
    kept = ["accepted", "rejected", "middle_event_date", "future_from", "status"]
    assert ledger.select("path", *kept).equals(expected.select("path", *kept))
    for row in ledger.iter_rows(named=True):
        mine, theirs = found[row["path"]], wanted[row["path"]]
        if first[row["path"]].clock == first[row["path"]].at:
            assert row["arrived_at"] == first[row["path"]].at
            assert mine.equals(theirs)
        # Else nobody knows when it arrived: not after now, and not before most of what is in it.
        assert row["middle_event_date"] - DAY <= row["arrived_at"].date() <= (last + DAY).date()
        of_day = pl.when(pl.col("violation_code").is_null()).then("event_date")
        assert mine.with_columns(event_date=of_day).equals(theirs.with_columns(event_date=of_day))


def history(folder: Path, *clocks: datetime) -> pl.DataFrame:
    own = Settings(start_date=date(2024, 1, 1), sources=SOURCES, data_dir=folder)
    put(own.landing_dir / "web" / "a.ndjson", [0, -1, -2], [], START)
    ledger = landing_files_frame([])
    for clock in clocks:
        ledger = landing_files_frame(read_landing(own, SOURCES, ledger, clock))
    return ledger


def test_events_that_were_refused_under_a_clock_of_years_ago_are_kept_at_the_next_look(tmp_path: Path) -> None:
    wrong = datetime(2000, 1, 1)
    assert history(tmp_path / "a", wrong).select("accepted", "rejected").row(0) == (0, 4)
    healed = history(tmp_path / "b", wrong, START + DAY)
    assert healed.select("accepted", "rejected").row(0) == (3, 1)
    assert healed.select("first_seen_at", "arrived_at", "judged_at").row(0) == (wrong, START + DAY, START + DAY)


def test_a_clock_that_is_behind_all_that_is_known_judges_nothing_again(tmp_path: Path) -> None:
    right = history(tmp_path / "a", START)
    behind = history(tmp_path / "b", START, datetime(2000, 1, 1))
    assert behind.drop("modified_at").equals(right.drop("modified_at"))


def test_a_wrong_arrival_in_between_does_not_replace_the_first(tmp_path: Path) -> None:
    ledger = history(tmp_path, START + 9 * DAY, START + 2 * DAY, START + 10 * DAY)
    assert ledger["arrived_at"].item() == START + 9 * DAY
