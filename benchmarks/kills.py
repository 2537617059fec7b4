"""Kill a process in the middle of a write, again and again, and look at what is left of the warehouse.

``python -m benchmarks.kills --tries 200``
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, Money
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.refusals import WriteRefusedError
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, Write, day_hashes, write_all

FIRST = date(2026, 1, 1)
WINDOW = Days(FIRST + timedelta(days=1), FIRST + timedelta(days=10))
"""The days that are rewritten; the day before and the day after must never change."""

STAGES = ("before BEGIN", "after BEGIN", "after DELETE", "after INSERT", "before COMMIT", "after COMMIT")
TIMED_WRITES = 3

# A forked server keeps the imports, 2 s of them, and has never started a thread, so its children start in 20 ms.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["dmp_assets.foundation.warehouse.write"])

Tables = tuple[Table, ...]

State = dict[tuple[str, date | None], tuple[int, int]]
"""Table and day -> rows and hash."""


class KilledEvents(
    TableContract, table="trial.events", key=("event_id",), days="event_date", unique=(), subject="none"
):
    """One row per event, by days."""

    event_date: pl.Date = pa.Field(description="UTC day.")
    event_id: str = pa.Field(description="Event.")
    event_at: Instant = pa.Field(description="When (UTC).")
    revenue: Money = pa.Field(description="Paid.")


class KilledCopies(KilledEvents, table="trial.copies", key=("event_id",), unique=(), subject="none"):
    """One row per event, not split into days."""


class KilledDays(
    KilledEvents, table="trial.keyed_days", key=("event_id",), days="event_date", unique=(), subject="none"
):
    """One row per event, by days, replaced by keys."""


BY_DAYS, BY_KEYS, DAYS_BY_KEYS = (Table(KilledEvents),), (Table(KilledCopies),), (Table(KilledDays),)
TOGETHER = BY_DAYS + BY_KEYS + DAYS_BY_KEYS
"""What is killed: a write that replaces days, one that replaces rows by keys, of a whole table or of one with days, and
all as one."""


@dataclass(frozen=True)
class Trial:
    """A warehouse before a write, the rows of the write, and the two states that may be found after a kill."""

    folder: Path
    tables: Tables
    old: State
    new: State
    seconds: float

    @property
    def base(self) -> Path:
        """The warehouse before the write."""
        return self.folder / "base.duckdb"


@dataclass(frozen=True)
class Found:
    """What one kill left: ``old``, ``new``, ``neither`` or ``corrupt``, and whether a rerun made it whole."""

    moment: str
    was_in_time: bool
    state: str
    is_rerun_equal: bool


def events(days: Days, rows_per_day: int, marker: str) -> pl.DataFrame:
    """Return events of each day; another marker gives other rows, and the days differ in size."""
    parts = [
        pl.select(number=pl.int_range(rows_per_day + place)).select(
            event_date=pl.lit(days.first + timedelta(days=place)),
            event_id=pl.format("{}-{}-{}", pl.lit(marker), pl.lit(place), "number"),
            event_at=pl.col("number").cast(pl.Datetime("us")),
            revenue=pl.col("number").cast(pl.Decimal(18, 4)),
        )
        for place in range((days.last - days.first).days + 1)
    ]
    return pl.concat(parts)


def prepare(folder: Path, tables: Tables = TOGETHER, rows_per_day: int = 12_000) -> Trial:
    """Return a trial whose undisturbed write has been timed."""
    outer = Days(WINDOW.first - timedelta(days=1), WINDOW.last + timedelta(days=1))
    base = Warehouse(database=str(folder / "base.duckdb"))
    stored = events(outer, rows_per_day, "old")
    write_all(
        base,
        [Write(table, Rows(frame=stored), outer if table.partition_by else None, Stamp("old")) for table in tables],
    )
    added = events(WINDOW, rows_per_day + 7, "new")
    added.write_parquet(folder / "rows.parquet")
    removed = stored.filter(pl.col("event_date").is_between(WINDOW.first, WINDOW.last))
    # The new ones too, so that the write may be run again.
    pl.concat([removed, added]).select("event_id").write_parquet(folder / "keys.parquet")
    old, _ = states(base, tables)
    if Path(f"{base.path}.wal").exists():
        print("note: closing the warehouse left a .wal beside it")
    undisturbed = folder / "undisturbed.duckdb"
    seconds = []
    for _ in range(TIMED_WRITES):
        _copy(base.path, undisturbed)
        process, started = _start(undisturbed, folder, tables, None, is_protected=True)
        started.recv()
        began = time.monotonic()
        process.join()
        seconds.append(time.monotonic() - began)
    new, _ = states(Warehouse(database=str(undisturbed)), tables)
    # The fastest: moments drawn from a slow one would lie after the end of most writes.
    return Trial(folder, tables, old, new, min(seconds))


def moments(tries: int, seconds: float, seed: int) -> list[float | str]:
    """Return when to kill: in a third of the tries a named stage in turn, else a moment of the write."""
    chance = random.Random(seed)  # noqa: S311  # a seeded draw that can be repeated, not a secret
    named = tries // 3
    stages: list[float | str] = [STAGES[place % len(STAGES)] for place in range(named)]
    return stages + [chance.uniform(0, seconds) for _ in range(tries - named)]


def kill_once(trial: Trial, moment: float | str, *, is_protected: bool = True) -> Found:
    """Start a write on a fresh copy, kill it, and return what is left.

    Args:
        trial: The warehouse and the write.
        moment: Seconds after the start of the write, or one of ``STAGES``.
        is_protected: False leaves out the transaction, to show that the trial can fail.
    """
    path = trial.folder / "killed.duckdb"
    _copy(trial.base, path)
    stage = moment if isinstance(moment, str) else None
    process, started = _start(path, trial.folder, trial.tables, stage, is_protected=is_protected)
    started.recv()
    if stage is None:
        time.sleep(float(moment))
        process.kill()
    process.join()
    warehouse = Warehouse(database=str(path))
    was_in_time = process.exitcode == -signal.SIGKILL
    return Found(str(moment), was_in_time, _judge(trial, warehouse), _is_rerun_equal(trial, warehouse))


def states(warehouse: Warehouse, tables: Tables) -> tuple[State, State]:
    """Return rows and hash of every table and day: as stored, and as the books have them."""
    with warehouse.get_connection(read_only=True) as connection:
        stored = {
            (table.qualified_name, day): (rows, row_hash)
            for table in tables
            for day, rows, row_hash in day_hashes(connection, table, table.sql_name)
        }
        booked = connection.sql("SELECT table_name, partition, rows, row_hash FROM ops.current_commits").fetchall()
    return stored, {(name, day): (rows, row_hash) for name, day, rows, row_hash in booked}


def _copy(source: Path, target: Path) -> None:
    """Copy a database that nobody has open, with its ``.wal`` if closing it left one."""
    for suffix in ("", ".wal"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
        if Path(f"{source}{suffix}").exists():
            shutil.copyfile(f"{source}{suffix}", f"{target}{suffix}")


def _judge(trial: Trial, warehouse: Warehouse) -> str:
    try:
        stored, booked = states(warehouse, trial.tables)
    except (duckdb.Error, OSError):
        return "corrupt"
    if stored != booked:
        return "neither"
    return "old" if stored == trial.old else "new" if stored == trial.new else "neither"


def _is_rerun_equal(trial: Trial, warehouse: Warehouse) -> bool:
    try:
        _write(warehouse, trial.folder, trial.tables)
        return states(warehouse, trial.tables) == (trial.new, trial.new)
    except (duckdb.Error, OSError, WriteRefusedError):
        return False


def _start(
    path: Path, folder: Path, tables: Tables, stage: str | None, *, is_protected: bool
) -> tuple[Any, Connection]:
    ours, theirs = PROCESSES.Pipe(duplex=False)
    arguments = (str(path), folder, [table.contract for table in tables], stage, is_protected, theirs)
    process = PROCESSES.Process(target=_write_in_child, args=arguments)
    process.start()
    theirs.close()
    return process, ours


def _write_in_child(
    path: str, folder: Path, contracts: list[Contract], stage: str | None, is_protected: bool, started: Connection
) -> None:
    warehouse = _StagedWarehouse(database=path)
    warehouse._stage, warehouse._is_protected = stage, is_protected
    started.send("writing")
    _write(warehouse, folder, tuple(map(Table, contracts)))


def _write(warehouse: Warehouse, folder: Path, tables: Tables) -> None:
    """Write the new rows of a trial."""
    files, keys = (folder / "rows.parquet",), pl.read_parquet(folder / "keys.parquet")
    new = Stamp("new")
    write_all(
        warehouse,
        [
            Write(table, Rows(files=files), WINDOW, new)
            if table in BY_DAYS
            else Write(table, Rows(files=files, replaced=keys), None, new)
            for table in tables
        ],
    )


class _StagedWarehouse(Warehouse):
    """A warehouse whose connections end their process at a stage."""

    _stage: str | None = None
    _is_protected: bool = True

    @contextmanager
    def get_connection(self, read_only: bool = False) -> Iterator[Any]:
        with super().get_connection(read_only) as connection:
            yield _StagedConnection(connection, self._stage, self._is_protected)


class _StagedConnection:
    def __init__(self, connection: duckdb.DuckDBPyConnection, stage: str | None, is_protected: bool) -> None:
        self._connection = connection
        self._stage = stage
        self._is_protected = is_protected

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, parameters: object = None) -> Any:
        word = statement.split()[0]
        self._kill_at(f"before {word}")
        if self._is_protected or word not in ("BEGIN", "COMMIT"):
            self._connection.execute(statement, parameters)
        self._kill_at(f"after {word}")
        return self._connection

    def _kill_at(self, stage: str) -> None:
        if stage == self._stage:
            os.kill(os.getpid(), signal.SIGKILL)


def report(found: list[Found]) -> str:
    """Return the table and its bound."""
    counts = Counter(one.state for one in found)
    equal = sum(one.is_rerun_equal for one in found)
    in_time = sum(one.was_in_time for one in found)
    line = [len(found), in_time, *(counts[state] for state in ("old", "new", "neither", "corrupt")), equal]
    titles = ["tries", "killed before their end", "old", "new", "neither", "corrupt", "reruns equal"]
    return "\n".join(
        [
            "| " + " | ".join(titles) + " |",
            "|" + "---|" * len(titles),
            "| " + " | ".join(map(str, line)) + " |",
            "",
            f"Bound: neither = corrupt = 0 and every rerun equal: {'held' if is_held(found) else 'BROKEN'}.",
        ]
    )


def is_held(found: list[Found]) -> bool:
    """Return whether every kill left the old or the new days, and every rerun made the new ones."""
    return all(one.state in ("old", "new") and one.is_rerun_equal for one in found)


def main() -> None:
    """Print a table for each kind of write; end with an error where the bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    held = []
    for words, tables in (
        ("days replaced", BY_DAYS),
        ("rows replaced by their keys", BY_KEYS),
        ("rows of days replaced by their keys", DAYS_BY_KEYS),
        ("all as one", TOGETHER),
    ):
        with tempfile.TemporaryDirectory() as folder:
            trial = prepare(Path(folder), tables)
            rows = sum(rows for rows, _ in trial.new.values())
            print(f"{words}: an undisturbed write takes {trial.seconds:.2f} s, {rows:,} rows then")
            found = [kill_once(trial, moment) for moment in moments(arguments.tries, trial.seconds, arguments.seed)]
        print(report(found))
        held.append(is_held(found))
    raise SystemExit(not all(held))


if __name__ == "__main__":
    main()
