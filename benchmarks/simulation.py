"""What it costs to simulate a world: ``python -m benchmarks.simulation [--people 225000] [--days 100]``.

Prints wall and CPU seconds and the peak memory of ``dmp simulate``, next to the bounds, which hold for ten million
records on two cores that have nothing else to do.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.overhead import measure

MAX_SECONDS = 300.0
MAX_GIB = 2.0
BOUND_RECORDS = 10_000_000


def main() -> int:
    """Print the figures and return 0 where they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=225_000)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmp-simulation-") as folder:
        out = Path(folder) / "world"
        values = {"--people": options.people, "--days": options.days, "--seed": options.seed, "--out": out}
        arguments = [str(part) for pair in values.items() for part in pair]
        command = [sys.executable, "-m", "dmp_assets", "simulate", *arguments]
        cost = measure(command, dict(os.environ), Path(folder) / "log.txt")
        totals = pl.read_parquet(out / "truth" / "totals.parquet")
        records = int(totals.filter(pl.col("source").is_in(["web", "app", "shop", "shop_uk"]))["records"].sum())
        size = sum(path.stat().st_size for path in (out / "landing").rglob("*") if path.is_file()) / 2**30
    allowed = MAX_SECONDS * records / BOUND_RECORDS
    print(f"{records:,} records, {size:.2f} GiB of landing files")
    print(f"wall {cost.wall_seconds:.0f} s (bound {allowed:.0f} s), CPU {cost.cpu_seconds:.0f} s")
    print(f"peak memory {cost.peak_gib:.2f} GiB (bound {MAX_GIB})")
    return 0 if cost.wall_seconds <= allowed and cost.peak_gib < MAX_GIB else 1


if __name__ == "__main__":
    sys.exit(main())
