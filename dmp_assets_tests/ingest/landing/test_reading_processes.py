"""Processes read what one would have read; a file that ends its process costs itself, and none outlives its parent."""

import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.ingest.landing import reading_processes
from dmp_assets.ingest.landing.reading import LandingFile, file_hash
from dmp_assets.ingest.landing.reading_processes import StartError, read_together
from dmp_assets.ingest.records.mapping import check_source
from dmp_assets_tests.ingest.support.landing import ARRIVED_AT, ORDERS, Landing, order_file
from dmp_assets_tests.ingest.support.poison import Endless, poison

needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks /proc about a process")


def landing_files(landing: Landing, staging: str, number: int = 6) -> list[LandingFile]:
    files = [landing.put(f"day{place}.csv", order_file(50 + place)) for place in range(number)]
    return [
        LandingFile(
            path=file.relative_to(landing.root / "landing").as_posix(),
            file_id=file_hash(file),
            source_name="shop",
            source=check_source("shop", ORDERS),
            landing_dir=landing.root / "landing",
            staging_dir=landing.root / staging,
            first_day=date(2024, 1, 1),
            last_day=None,
            arrived_at=ARRIVED_AT,
        )
        for file in files
    ]


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes even for small files on a machine with one core."""
    monkeypatch.setattr(reading_processes, "MIN_SHARE_BYTES", 1)
    monkeypatch.setattr(reading_processes, "_cores", lambda: 2)


def test_processes_read_what_one_would(landing: Landing, eager: None) -> None:
    together, alone = landing_files(landing, "together"), landing_files(landing, "alone")
    found = read_together(together)
    assert [reading.path for reading in found] == [file.path for file in together]
    for one, other in zip(found, alone, strict=True):
        expected = other.read()
        assert replace(one, staged=expected.staged) == expected
        assert pl.read_parquet(one.staged).equals(pl.read_parquet(expected.staged))


def test_known_readings_start_no_process(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    files = landing_files(landing, "staging")
    expected = [file.read() for file in files]
    monkeypatch.setattr(sys, "executable", "/bin/false")
    nowhere = replace(files[0], source=None, source_name="nobody")
    assert read_together([*files, nowhere])[:-1] == expected


@needs_proc
def test_a_file_that_ends_its_process_costs_itself_alone(landing: Landing, eager: None) -> None:
    good = landing_files(landing, "staging", 7)
    (landing.root / "staging").mkdir()
    limits = Limits(seconds=2, seconds_per_mb=0, memory_mb=600)
    harms = {
        "signal": "the process that read it was ended by signal 11",
        "time": "took longer than 2 s (limits.seconds)",
        "memory": "needed more than 600 MB (limits.memory_mb)",
        "no memory": "needed more memory than there is",
    }
    files = [replace(file, limits=limits) for file in good]
    files[: len(harms)] = [poison(file, harm, limits) for file, harm in zip(good, harms, strict=False)]
    found = read_together(files)
    assert [reading.message for reading in found[:4]] == [
        f"{file.path}: {words}" for file, words in zip(good, harms.values(), strict=False)
    ]
    assert {(reading.status, reading.records) for reading in found[:4]} == {("failed", 0)}
    assert [(reading.status, reading.records) for reading in found[4:]] == [("ok", 50 + place) for place in range(4, 7)]
    tries = [line.rsplit(" ", 1) for line in (landing.root / "staging" / "tries").read_text().splitlines()]
    assert {harm: sum(one == harm for one, _ in tries) for harm in harms} == dict.fromkeys(harms, 2)
    # Each second try is in a process of its own, and nothing half-finished is left.
    assert len({process for _, process in tries[-4:]}) == 4
    assert list((landing.root / "staging" / "work").iterdir()) == []
    assert read_together(files) == found
    assert len((landing.root / "staging" / "tries").read_text().splitlines()) == len(tries)


def test_a_raised_limit_reads_a_refused_file_again_and_no_other(landing: Landing) -> None:
    one, other = landing_files(landing, "staging", 2)
    narrow, wide = Limits(columns=3), Limits(columns=5)
    refused = replace(one, limits=narrow).read()
    assert (refused.status, refused.records) == ("failed", 0)
    assert refused.message == f"{one.path}: line 1: the header has 5 columns, more than 3 (limits.columns)"
    assert replace(one, limits=narrow).reading_id == refused.reading_id
    assert replace(one, limits=wide).reading_id != refused.reading_id
    read = replace(one, limits=wide).read()
    assert (read.status, read.records) == ("ok", 50)
    # What is read is the same whatever was allowed, so no day is made again for a limit that nothing was over.
    assert replace(other, limits=narrow).reading_id == replace(other, limits=wide).reading_id
    assert replace(one, limits=narrow).reading_id == read.reading_id


def test_processes_that_cannot_start_stop_all(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    files = landing_files(landing, "staging")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(StartError, match=r"could not start: .* exit code 1"):
        read_together(files)


def test_a_file_that_cannot_be_staged_stops_all(landing: Landing, eager: None) -> None:
    files = landing_files(landing, "staging")
    (landing.root / "staging").write_text("in the way")
    with pytest.raises(OSError, match="staging"):
        read_together(files)


@needs_proc
def test_a_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(pickle.dumps(Endless()))
    program = (
        "import pickle, sys, time; from pathlib import Path; from dmp_assets.ingest.landing import reading_processes;"
        "child = reading_processes._Worker(); child.connection.recv();"
        "child.connection.send(pickle.loads(Path(sys.argv[1]).read_bytes())); print(child.process.pid, flush=True);"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "file")], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _lives(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and _lives(child):
        time.sleep(0.1)
    assert not _lives(child)


def _lives(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
