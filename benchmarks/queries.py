"""Time of every view and every recipe on a published file, beside the bound of one second.

``python -m benchmarks.queries [FILE]``; by default the analysts' file of the settings. A query is timed as DuckDB makes
its whole result in memory: the best of three, and of wall clock and CPU the smaller, because on a busy machine the wall
clock measures the others. The file of a query above the bound says why in a line ``-- Slow because ...`` of its head;
one that does not makes the benchmark fail.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import load_settings

BOUND_SECONDS = 1.0
ROUNDS = 3
_SLOW = "-- Slow because "


class Timed(NamedTuple):
    """What one query took."""

    name: str
    rows: int
    seconds: float
    reason: str | None
    """Why it may be slow, by its file."""

    def __str__(self) -> str:
        verdict = (
            "" if self.seconds <= BOUND_SECONDS else f"  above the bound because {self.reason or 'NO REASON GIVEN'}"
        )
        return f"{self.name:36}{self.rows:>11,}{self.seconds:>9.2f} s{verdict}"


def queries(folder: Path) -> Iterator[tuple[str, str, str | None]]:
    """Yield name, SQL and reason for slowness of every view and recipe."""
    for kind in ("views", "recipes"):
        for path in sorted((folder / kind).glob("*.sql")):
            text = path.read_text(encoding="utf-8")
            reasons = [line.removeprefix(_SLOW) for line in text.splitlines() if line.startswith(_SLOW)]
            sql = f'FROM "{path.stem}"' if kind == "views" else text.rstrip().rstrip(";")
            yield f"{kind}/{path.stem}", sql, reasons[0] if reasons else None


def timed(connection: duckdb.DuckDBPyConnection, name: str, sql: str, reason: str | None) -> Timed:
    """Return the best of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        connection.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {sql}")
        seconds.append(min(time.perf_counter() - wall, time.process_time() - cpu))
    return Timed(name, len(connection.table("answer")), min(seconds), reason)


def main(arguments: list[str]) -> int:
    """Print the times, and return 1 where a query is above the bound and does not say why."""
    published = Path(arguments[0]) if arguments else load_settings().published_path
    with duckdb.connect(str(published), read_only=True) as connection:
        found = [timed(connection, *query) for query in queries(bundled("sql"))]
    for one in found:
        print(one)
    slow = [one for one in found if one.seconds > BOUND_SECONDS]
    in_all = sum(one.seconds for one in found)
    print(f"{len(found)} queries, {len(slow)} above {BOUND_SECONDS:.0f} s, {in_all:.1f} s in all")
    return int(any(one.reason is None for one in slow))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
