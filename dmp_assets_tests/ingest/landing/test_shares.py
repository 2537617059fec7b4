"""Several processes read what one would have read, and none of them outlives or fails the one that asked."""

import pickle
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.ingest.landing import shares
from dmp_assets.ingest.landing.reading import LandingFile, file_hash
from dmp_assets.ingest.records.mapping import check_source
from dmp_assets_tests.ingest.support.landing import ARRIVED_AT, ORDERS, Landing, order_file


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
    monkeypatch.setattr(shares, "MIN_SHARE_BYTES", 1)
    monkeypatch.setattr(shares, "_cores", lambda: 2)


def test_two_processes_stage_what_one_would(landing: Landing, eager: None) -> None:
    together, alone = landing_files(landing, "together"), landing_files(landing, "alone")
    shares.stage_together(together)
    assert all(file.staged.exists() for file in together)
    for one, other in zip(together, alone, strict=True):
        assert pl.read_parquet(one.staged).equals(pl.read_parquet(other.read().staged))


def test_little_work_is_not_shared(landing: Landing) -> None:
    files = landing_files(landing, "staging")
    shares.stage_together(files)
    assert not any(file.staged.exists() for file in files)


def test_a_process_that_dies_costs_only_time(landing: Landing, eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    files = landing_files(landing, "staging")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    shares.stage_together(files)
    assert 0 < sum(file.staged.exists() for file in files) < len(files)
    assert [file.read().records for file in files] == [50, 51, 52, 53, 54, 55]


def test_a_file_that_cannot_be_staged_stops_all(landing: Landing, eager: None, tmp_path: Path) -> None:
    files = landing_files(landing, "staging")
    (landing.root / "staging").write_text("in the way")
    with pytest.raises(OSError, match="staging"):
        shares.stage_together(files)


class Endless:
    """A landing file that nobody ever reads to its end."""

    def read(self) -> None:
        time.sleep(600)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc whether a process lives")
def test_a_share_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    (tmp_path / "share").write_bytes(pickle.dumps([Endless()]))
    program = (
        "import pickle, sys, time; from pathlib import Path; from dmp_assets.ingest.landing import shares;"
        "child = shares._start(pickle.loads(Path(sys.argv[1]).read_bytes())); print(child.pid, flush=True);"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "share")], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(3)
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
