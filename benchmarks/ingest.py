"""Landing files to cleaned events, beside plain DuckDB that reads the same files and inserts them.

``python -m benchmarks.ingest [--people 25000 --days 100]`` simulates a world, reads its web, app and shop
files with everything on (presets, clocks, web context, rates, flags, judging), and prints CPU and wall seconds, their
ratio next to its bound, and the peak memory of the process that did it. Plain DuckDB runs ``read_json`` and
``read_csv`` into tables, one per source, and nothing else.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import polars as pl

from dmp_assets.events.accounts import shared_numbers, with_accounts
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.contract import to_engine
from dmp_assets.foundation.warehouse.read import windows
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import EVENT_KINDS
from dmp_assets.ingest.landing.days import landing_days_frame, rates_of_days
from dmp_assets.ingest.landing.ledger import landing_files_frame, read_landing
from dmp_assets.ingest.landing.staged import staged_files
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.records.raw_tables import newest_records, records_of_days
from dmp_assets.ingest.schema.landing import LandingFiles
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.simulation.run import simulate

MAX_RATIO = 4.0
TABLES = ("cleaned_events", "event_items", "order_details", "quarantined_events", "event_ledger")
SOURCES = {"web": "json", "app": "json", "shop": "csv", "shop_uk": "csv"}


def platform(world: Path, target: Path) -> int:
    """Read the landing files and store the cleaned events; return the number of records."""
    settings = load_settings(world / "dmp.yaml")
    sources = {name: source for name, source in check_sources(settings.sources).items() if name in {*SOURCES, "rates"}}
    nothing = pl.DataFrame(schema=Table(LandingFiles).polars_schema)
    now = datetime.now(UTC).replace(tzinfo=None)
    readings = [reading for reading in read_landing(settings, sources, nothing, now) if reading.source in sources]
    ledger, days = landing_files_frame(readings), landing_days_frame(readings)
    paths = [path for _, path in staged_files(settings, sources, ledger, ("rates",))]
    rates = newest_records(paths, RawExchangeRates, Table(RawExchangeRates).key).collect()
    daily = rates_of_days(settings, rates, days)
    records = dict(days.group_by("event_date").agg(pl.col("records").sum()).iter_rows())
    span = Days(min(records), max(records))
    # As a run does it: windows wait in Parquet, and every table is one insert.
    folder = target.with_suffix("")
    folder.mkdir()
    for part in windows(span, records, settings.window_records):
        touched = days.filter(pl.col("event_date").is_between(part.first, part.last))["path"].unique()
        files = ledger.filter(pl.col("path").is_in(touched.implode()))
        staged = [path for _, path in staged_files(settings, sources, files, EVENT_KINDS)]
        raw = records_of_days(staged, part, daily, settings.base_currency)
        judged = nw.to_native(judge_records(nw.from_native(to_engine(raw)))).collect(engine="streaming")
        whole = nw.from_native(judged.lazy())
        if nw.to_native(shared_numbers(whole)).collect(engine="streaming").height:
            whole = nw.from_native(nw.to_native(with_accounts(whole)).collect(engine="streaming").lazy())
        cleaned = clean_records(whole)
        frames = pl.collect_all([nw.to_native(getattr(cleaned, name)) for name in TABLES], engine="streaming")
        for name, frame in zip(TABLES, frames, strict=True):
            frame.write_parquet(folder / f"{name}-{part.first}.parquet", compression="lz4")
    with duckdb.connect(str(target), config={"preserve_insertion_order": False}) as connection:
        for name in TABLES:
            rows = f"FROM read_parquet('{folder}/{name}-*.parquet')"
            connection.execute(f"CREATE TABLE {name} AS {rows} LIMIT 0")
            connection.execute(f"INSERT INTO {name} {rows}")
    return sum(records.values())


def plain(world: Path, target: Path) -> int:
    """Insert the same files into tables of DuckDB; return the number of rows."""
    rows = 0
    with duckdb.connect(str(target), config={"preserve_insertion_order": False}) as connection:
        for source, kind in SOURCES.items():
            files = f"{world}/landing/{source}/*"
            options = "format='newline_delimited', union_by_name=true" if kind == "json" else "union_by_name=true"
            reader = "read_json" if kind == "json" else "read_csv"
            connection.execute(f"CREATE TABLE {source} AS FROM {reader}('{files}', ignore_errors=true, {options})")
            rows += connection.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    return rows


def _measured(work: Callable[[Path, Path], int], world: Path, target: Path) -> tuple[int, float, float, float]:
    started = time.monotonic()
    rows = work(world, target)
    wall = time.monotonic() - started
    # Processes that read files side by side count too; their peaks are added as if they were at one moment.
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(part.ru_utime + part.ru_stime for part in used)
    return rows, cpu, wall, sum(part.ru_maxrss for part in used) / 2**20


def measure(work: Callable[[Path, Path], int], world: Path, target: Path) -> tuple[int, float, float, float]:
    """Return rows, CPU seconds, wall seconds and peak GiB of the work in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, work, world, target).result()


def main() -> int:
    """Print the figures and return 0 where the bound holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=25_000)
    parser.add_argument("--days", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmp-ingest-") as folder:
        world = Path(folder) / "world"
        start = datetime.now(UTC).date() - timedelta(days=options.days + 30)
        simulate(options.people, options.days, 1, world, start=start)
        costs = {}
        for name, work in (("duckdb", plain), ("platform", platform)):
            costs[name] = measure(work, world, Path(folder) / f"{name}.duckdb")
            rows, cpu, wall, peak = costs[name]
            print(f"{name:<9} {rows:>10,} records {cpu:7.1f} s CPU {wall:7.1f} s wall {peak:.2f} GiB", flush=True)
        wall = costs["platform"][2] / costs["duckdb"][2]
        cpu = costs["platform"][1] / costs["duckdb"][1]
    print(f"CPU  ratio {cpu:.2f}\nwall ratio {wall:.2f} (bound {MAX_RATIO})")
    return 0 if wall <= MAX_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
