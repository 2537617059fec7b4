"""What the report costs: its pages from nothing, from an edition with one order more, and from one that is the same.

Run on a finished data folder (``dmp demo``), of which only the published file is read. One order more changes a day of
the orders, and with it the tables that are made from them: the books of a copy are marked so, and the pages are made
again of the same rows. Each making is a process of its own, as a run is. CPU seconds are of all of it, and seconds of
the making alone, since a run has most of the libraries loaded by then.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

MAX_CPU, MAX_MEGABYTES, MAX_SECONDS = 8.0, 6.0, 2.0

MAKE = """
import sys, time
from pathlib import Path
import duckdb
from dmp_assets.pages import PAGES
from dmp_assets.report.site import Site, make_site
file, folder, last = map(Path, sys.argv[1:])
with duckdb.connect(str(file), read_only=True) as connection:
    began = time.perf_counter()
    pages = make_site(connection, Site(PAGES, "benchmark"), folder, last)
    print(time.perf_counter() - began, *pages)
"""

ONE_ORDER = """INSERT INTO ops.commits (commit_id, table_name, partition, rows, row_hash)
    SELECT (SELECT max(commit_id) FROM ops.commits) + row_number() OVER (), table_name, partition, rows, row_hash + 1
    FROM (SELECT table_name, max(partition) AS partition FROM ops.current_commits
          WHERE split_part(table_name, '.', 1) NOT IN ('recommendations', 'quality', 'campaigns')
          GROUP BY table_name) JOIN ops.current_commits USING (table_name, partition)"""
"""What a run after one order more writes, without what is made on other days: lists, campaigns and quality."""


def main() -> int:
    """Print the figures, and return 0 where all bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("data"), help="a finished data folder")
    file = parser.parse_args().data / "dmp.duckdb"
    with tempfile.TemporaryDirectory(prefix="dmp-report-") as folder:
        first, second, third = (Path(folder) / name for name in ("first", "second", "third"))
        changed = Path(folder) / "changed.duckdb"
        whole_cpu, _, pages = _make(file, first, Path(folder) / "none")
        megabytes = sum(path.stat().st_size for path in first.rglob("*") if path.is_file()) / 1e6
        shutil.copyfile(file, changed)
        with duckdb.connect(str(changed)) as connection:
            connection.execute(ONE_ORDER)
        order_cpu, order_seconds, again = _make(changed, second, first)
        same_cpu, same_seconds, none = _make(changed, third, second)
    print(f"{len(pages)} pages from nothing: {whole_cpu:.1f} s CPU, bound {MAX_CPU:.0f}")
    print(f"the whole report: {megabytes:.1f} MB, bound {MAX_MEGABYTES:.0f}")
    print(f"one order more, {len(again)} pages: {order_seconds:.1f} s, bound {MAX_SECONDS:.0f}; {order_cpu:.1f} s CPU")
    print(f"nothing new, {len(none)} pages: {same_seconds:.1f} s; {same_cpu:.1f} s CPU")
    return 0 if whole_cpu < MAX_CPU and megabytes < MAX_MEGABYTES and order_seconds <= MAX_SECONDS else 1


def _make(file: Path, folder: Path, last: Path) -> tuple[float, float, list[str]]:
    """Return CPU seconds of a process that makes a site, seconds of the making, and the pages that it made."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(file), str(folder), str(last)], capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds, *pages = done.stdout.split()
    return cpu, float(seconds), pages


if __name__ == "__main__":
    sys.exit(main())
