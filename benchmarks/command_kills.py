"""Kill ``dmp run`` again and again over a simulated world, run it once more, and look at what is left.

A third of the kills is aimed at publishing, a third at writes; the others at processes that read landing files, at the
gap between the run of the ledger and the run of all that is stale, and at any moment. What is aimed at is seen from
outside: by files of the folder, by child processes, and by Dagster's books.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.killed_scene import OVER, Scene, children, outlived
from dmp_assets.foundation.warehouse.tables import quote
from dmp_assets.simulation.run import START

PEOPLE, DAYS, PORTIONS = 20, 20, 16
POLL_SECONDS = 0.002

AIMS = (
    ("reading", "writing", "writing", "publishing", "publishing"),
    ("between runs", "writing", "writing", "any moment", "publishing", "publishing"),
)
"""What the kills of one delivery are aimed at, in turn: in the order of a run, for what is done is not done again."""

# A delivery has some ten writes; a kill at one of the first few leaves work for those after it.
MOST_SKIPPED = 5

# From the first byte of the copy until it is booked; on a busy machine twice as long.
PUBLISHING_SECONDS = 1.0

# Columns and tables that tell when something was done, or by which run; all others must be equal.
CLOCKS = frozenset({"arrived_at", "first_seen_at", "judged_at", "verified_at", "run_id", "moved_at"})
NOT_COMPARED = re.compile(r"^(ops|meta)\.")


@dataclass(frozen=True)
class Killed:
    """One kill: what it was aimed at, what the process was at when it came, and what outlived it."""

    aim: str
    at: str
    """Empty where the process had ended before the kill came."""
    outlived: int = 0
    """Child processes that were still there ten seconds later."""


@dataclass(frozen=True)
class Left:
    """What a rerun after all kills left, against a folder whose run nobody killed."""

    kills: list[Killed]
    different_tables: list[str]
    stray_files: list[str]
    open_runs: int
    exit_code: int

    @property
    def in_time(self) -> list[Killed]:
        """The kills that met a process at work."""
        return [killed for killed in self.kills if killed.at]

    @property
    def is_clean(self) -> bool:
        """Whether a kill has left no trace."""
        outlived = sum(killed.outlived for killed in self.kills)
        return not (self.different_tables or self.stray_files or self.open_runs or self.exit_code or outlived)


def kill_often(
    folder: Path,
    tries: int,
    seed: int = 1,
    *,
    people: int = PEOPLE,
    days: int = DAYS,
    portions: int = PORTIONS,
    tell: Callable[[str], object] = lambda _: None,
) -> Left:
    """Return what ``tries`` kills and one rerun leave in a world of ``people`` and ``days`` below ``folder``.

    The files arrive in portions, so that there is work for every kill. After the last portion, what the kills before
    left is judged, and the folder begins anew where more kills are asked for.
    """
    chance = random.Random(seed)  # noqa: S311  # a seeded draw that can be repeated, not a secret
    world = folder / "world"
    _dmp("simulate", "--people", str(people), "--days", str(days), "--out", str(world))
    # Records without a time of their own belong to the day of their arrival, which is years after this world.
    with (world / "dmp.yaml").open("a", encoding="utf-8") as config:
        config.write(f"end_date: {START + timedelta(days=days - 1)}\n")
    calm, seconds = folder / "calm", 0.0
    for _ in _portions(world, calm, portions):
        seconds = max(seconds, _timed_run(calm))
    tell(f"a calm folder is built; the longest of its {portions} runs took {seconds:.0f} s")
    left = Left([], [], [], open_runs=0, exit_code=0)
    while len(left.in_time) < tries and left.is_clean:
        left = _kill_and_judge(folder, portions, tries, left.kills, chance, seconds, tell)
    return left


def _kill_and_judge(
    folder: Path,
    portions: int,
    tries: int,
    kills: list[Killed],
    chance: random.Random,
    seconds: float,
    tell: Callable[[str], object],
) -> Left:
    trial, exit_code = folder / "killed", 0
    shutil.rmtree(trial, ignore_errors=True)
    for number in _portions(folder / "world", trial, portions):
        for aim in AIMS[number % len(AIMS)]:
            if sum(bool(killed.at) for killed in kills) == tries:
                break
            kills.append(_kill_once(trial, aim, chance, seconds))
            tell(f"{len(kills)}: aimed at {aim}, hit {kills[-1].at or 'nobody'}")
            if not kills[-1].at:
                break
        else:
            continue  # what the kills left open meets the next delivery
        exit_code |= _run(trial).wait()
    exit_code |= _run(trial).wait()
    left = _judge(folder / "calm", trial, kills, exit_code)
    tell(report(left))
    return left


def _portions(world: Path, target: Path, portions: int) -> Iterator[int]:
    """Yield after each portion of the landing files was delivered, with the times that they have in the world."""
    landing = sorted(path for path in (world / "landing").rglob("*") if path.is_file())
    target.mkdir(exist_ok=True)
    shutil.copy2(world / "dmp.yaml", target)
    for number in range(portions):
        for path in landing[number::portions]:
            copy = target / path.relative_to(world)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        yield number


def _kill_once(trial: Path, aim: str, chance: random.Random, seconds: float) -> Killed:
    """Start a run, kill it with -9 where it is aimed at, and return where that came and what outlived it."""
    process = _run(trial)
    scene = Scene(trial, process.pid)
    deadline = time.monotonic() + (chance.uniform(1, seconds) if aim == "any moment" else 3600)
    skipped = chance.randrange(MOST_SKIPPED) if aim == "writing" else 0
    was_there = False
    while process.poll() is None and time.monotonic() < deadline:
        seen = scene.is_at(aim)
        if seen and not was_there:
            if not skipped:
                time.sleep(chance.uniform(0, PUBLISHING_SECONDS if aim == "publishing" else 0.05))
                break
            skipped -= 1
        was_there = seen
        time.sleep(POLL_SECONDS)
    below = children(process.pid)
    at = scene.stage() if process.poll() is None else ""
    process.kill()
    process.wait()
    return Killed(aim, at, outlived(below))


def _judge(calm: Path, trial: Path, kills: list[Killed], exit_code: int) -> Left:
    expected, seen = _hashes(calm), _hashes(trial)
    return Left(
        kills,
        sorted(name for name in expected.keys() | seen.keys() if expected.get(name) != seen.get(name)),
        sorted(_files(trial) - _files(calm)),
        sum(status not in OVER for _, status in Scene(trial, 0).known),
        exit_code,
    )


def _hashes(folder: Path) -> dict[str, tuple[int, int]]:
    """Return rows and hash of each published table, without what tells of clocks and runs."""
    with duckdb.connect(str(folder / "dmp.duckdb"), read_only=True) as connection:
        columns: dict[str, list[str]] = {}
        for schema, table, column in connection.sql(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() "
            "USING (schema_name, table_name) WHERE NOT duckdb_columns.internal ORDER BY ALL"
        ).fetchall():
            if column not in CLOCKS and not NOT_COMPARED.match(f"{schema}."):
                columns.setdefault(f"{quote(schema)}.{quote(table)}", []).append(quote(column))
        found = {}
        for table, names in columns.items():
            query = f"SELECT count(*), coalesce(bit_xor(hash({', '.join(names)})), 0) FROM {table}"
            rows, value = connection.sql(query).fetchall()[0]
            found[table] = (rows, value)
    return found


def _files(folder: Path) -> set[str]:
    """Return the files and folders of a data folder by their names, without the numbers of runs and steps."""
    names = (str(path.relative_to(folder)) for path in folder.rglob("*"))
    return {
        re.sub(
            r"compute_logs/[a-z]{8}\.",
            "compute_logs/STEP.",
            re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "RUN", name),
        )
        for name in names
    }


def _run(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        _command("run"), env=_environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _timed_run(folder: Path) -> float:
    started = time.monotonic()
    if _run(folder).wait():
        raise RuntimeError("the run that nobody killed failed")
    return time.monotonic() - started


def _dmp(*arguments: str) -> None:
    subprocess.run(_command(*arguments), check=True, stdout=subprocess.DEVNULL, env=os.environ)


def _command(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "dmp_assets", *arguments]


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "DMP_CONFIG": str(folder / "dmp.yaml"), "DMP_DATA_DIR": str(folder)}


def report(left: Left) -> str:
    """Return the lines of the report: each figure with its bound."""
    aims = Counter(killed.aim for killed in left.in_time)
    stages = Counter(killed.at for killed in left.in_time)
    outlived = sum(killed.outlived for killed in left.kills)
    return "\n".join(
        [
            f"{len(left.in_time)} kills of the command at work ({len(left.kills) - len(left.in_time)} came too late)",
            f"aimed at: {_counted(aims)}",
            f"met: {_counted(stages)}",
            f"tables that differ from a folder that nobody killed: {len(left.different_tables)} (bound 0)",
            f"runs marked as alive: {left.open_runs} (bound 0)",
            f"files left behind: {len(left.stray_files)} (bound 0)",
            f"child processes that outlived their parent by 10 s: {outlived} (bound 0)",
            f"exit code of the reruns: {left.exit_code} (bound 0)",
            *left.different_tables,
            *left.stray_files[:20],
        ]
    )


def figures(left: Left) -> dict[str, object]:
    """Return the figures of the report by their names."""
    return {
        "kills": len(left.in_time),
        "aimed_at": Counter(killed.aim for killed in left.in_time),
        "met": Counter(killed.at for killed in left.in_time),
        "different_tables": len(left.different_tables),
        "open_runs": left.open_runs,
        "stray_files": len(left.stray_files),
        "outlived": sum(killed.outlived for killed in left.kills),
    }


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


def main() -> None:
    """Run the trial, print the report, and exit with 1 where a kill left a trace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="file to write the figures to, as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        left = kill_often(Path(folder), arguments.tries, arguments.seed, tell=partial(print, flush=True))
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(figures(left), indent=2) + "\n", encoding="utf-8")
    raise SystemExit(not left.is_clean)


if __name__ == "__main__":
    main()
