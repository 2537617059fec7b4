"""What dead processes left is removed, and what a living one works on stays."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.operations.leftovers import remove_leftovers
from dmp_assets.operations.liveness import is_run_alive
from dmp_assets_tests.operations.support.servers import environment
from dmp_assets_tests.support.factories import shop

LEFT = (
    ".reports.17.new/index.html",
    ".dmp.duckdb.17.new",
    ".dmp.duckdb.17.new.wal",
    ".warehouse.duckdb.17.new",
    "staging/runs/a-run/tmp1/part.parquet",
    "staging/work/tmp2/plain.txt",
    "dagster_home/dagster.yaml.17",
)
KEPT = ("dmp.duckdb", "warehouse.duckdb", "warehouse.duckdb.wal", "staging/readings/r.parquet", "landing/web/a.csv")

HOLD_RUN = "from dmp_assets.operations.liveness import hold_run_lock as hold; hold(pathlib.Path(sys.argv[1]), 'a-run');"
HOLD_FILE = "import fcntl; f = open(sys.argv[1] + '/{}', 'a'); fcntl.flock(f, fcntl.LOCK_SH);"


def files_of(data: Path) -> set[str]:
    return {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}


def left_behind(tmp_path: Path) -> Settings:
    settings = shop(tmp_path)
    for name in (*LEFT, *KEPT):
        file = settings.data_dir / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return settings


@contextmanager
def another_process(data: Path, holds: str) -> Iterator[None]:
    code = f"import pathlib, sys; {holds} print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(data)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()


def test_what_the_dead_left_is_removed_and_all_else_stays(tmp_path: Path) -> None:
    settings = left_behind(tmp_path)
    remove_leftovers(settings)
    seen = files_of(settings.data_dir)
    assert not set(LEFT) & seen
    assert set(KEPT) <= seen


def test_what_a_living_run_works_on_stays(tmp_path: Path) -> None:
    settings = left_behind(tmp_path)
    with another_process(settings.data_dir, HOLD_RUN):
        assert is_run_alive(settings.data_dir, "a-run")
        remove_leftovers(settings)
        assert set(LEFT[4:]) <= files_of(settings.data_dir)
    remove_leftovers(settings)
    assert not set(LEFT) & files_of(settings.data_dir)


def test_copies_stay_while_somebody_publishes_or_opens_the_warehouse(tmp_path: Path) -> None:
    settings = left_behind(tmp_path)
    with another_process(
        settings.data_dir,
        HOLD_FILE.format("dmp.lock") + HOLD_FILE.format("warehouse.lock").replace("f =", "g =").replace("(f,", "(g,"),
    ):
        remove_leftovers(settings)
        assert set(LEFT[:4]) <= files_of(settings.data_dir)
