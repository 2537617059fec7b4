"""What one more order in a file costs: a shop's export of 120 days, newest first, comes again with a line more.

The export touches nearly every day, and one of them has other rows. Printed are the cost beside that of everything from
nothing, the runs and the publications.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from dmp_assets.simulation.run import simulate

PEOPLE, DAYS = 350, 120
MAX_SHARE, MAX_RUNS, MAX_PUBLICATIONS = 0.5, 2, 1


def main() -> int:
    """Print the figures, and return 0 where all bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--days", type=int, default=DAYS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmp-one-more-order-") as folder:
        world = Path(folder) / "world"
        simulate(options.people, options.days, 1, world)
        lines = _one_export(world / "landing" / "shop")
        whole, _ = _run(world)
        editions = _editions(world)
        _write(world / "landing" / "shop", [_another(lines[0]), *lines])
        cost, runs = _run(world)
        publications = _editions(world) - editions
    share = cost / whole
    print(f"everything from nothing: {whole:.1f} s CPU")
    print(f"one order more: {cost:.1f} s CPU, {share:.2f} of everything, bound {MAX_SHARE}")
    print(f"runs: {runs}, bound {MAX_RUNS}; publications: {publications}, bound {MAX_PUBLICATIONS}")
    return 0 if share <= MAX_SHARE and runs <= MAX_RUNS and publications <= MAX_PUBLICATIONS else 1


def _one_export(folder: Path) -> list[str]:
    """Put all files of the shop into one, the newest line first, and return its lines."""
    lines, header = [], ""
    for file in sorted(folder.iterdir()):
        header, *rows = file.read_text(encoding="utf-8").splitlines()
        lines += rows
        file.unlink()
    (folder / "orders.csv").write_text(f"{header}\n", encoding="utf-8")
    _write(folder, lines[::-1])
    return lines[::-1]


def _write(folder: Path, lines: list[str]) -> None:
    file = folder / "orders.csv"
    header = file.read_text(encoding="utf-8").splitlines()[0]
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def _another(line: str) -> str:
    """Return the line as one of another order."""
    return re.sub(r"\d{4,}", r"9\g<0>9", line, count=1)


def _run(world: Path) -> tuple[float, int]:
    """Return CPU seconds and the number of runs of ``dmp run``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "DMP_CONFIG": str(world / "dmp.yaml")}
    environment.pop("DMP_DATA_DIR", None)
    done = subprocess.run(
        [sys.executable, "-m", "dmp_assets", "run"], check=False, capture_output=True, text=True, env=environment
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"(\d+) runs in", done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"dmp run ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(found[1])


def _editions(world: Path) -> int:
    (file,) = world.rglob("dmp.duckdb")
    with duckdb.connect(str(file), read_only=True) as connection:
        return int(connection.sql("SELECT generation FROM meta.generation").fetchall()[0][0])


if __name__ == "__main__":
    sys.exit(main())
