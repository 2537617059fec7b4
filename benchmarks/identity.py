"""What identity costs, and one more day of it: ``python -m benchmarks.identity [--events 10000000]``.

Makes visits of people with an account, e-mail, devices and cookies, some devices shared, and prints for a tenth, a
third and all of the events, next to the bounds for all: what the pairs of all days, their sum and the persons cost; and
what the last day costs a warehouse that holds the others, as a share of a full refresh of identity.
"""

import argparse
import logging
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl

from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, write
from dmp_assets.identity.assets import assets as identity_assets
from dmp_assets.identity.observation import EDGE_COLUMNS, aggregate_edges, daily_edges
from dmp_assets.identity.resolution import resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import DailyEdges
from dmp_assets.identity.steps import RESOLVE_PERSONS
from dmp_assets.ingest.schema.people import RawCustomers
from dmp_assets.orders.schema import OrderVisitors

MAX_SECONDS, MAX_GIB, MAX_SHARE = 60.0, 4.0, 0.1
EVENTS_PER_PERSON = 32
EVENTS_PER_VISIT = 8
DAYS = 100
START = date(2024, 1, 1)
SHARED_DEVICE_RATE = 0.02


def make_events(events: int, folder: Path, seed: int = 1) -> None:
    """Write two Parquet files per day: the columns of ``cleaned_events`` and of ``sessions`` that identity reads."""
    chance = np.random.default_rng(seed)
    people, visits = events // EVENTS_PER_PERSON, events // DAYS // EVENTS_PER_VISIT
    per_day = visits * EVENTS_PER_VISIT
    household = np.where(chance.random(people) < SHARED_DEVICE_RATE, np.arange(people) // 2, people + np.arange(people))
    for day in range(DAYS):
        person = np.repeat(chance.integers(0, people, visits), EVENTS_PER_VISIT)
        known = np.repeat(chance.random(visits) < 0.5, EVENTS_PER_VISIT)
        on_app = np.repeat(chance.random(visits) < 0.4, EVENTS_PER_VISIT)
        cookie = np.repeat(chance.integers(0, 2, visits), EVENTS_PER_VISIT)
        seconds = np.sort(chance.integers(0, 86_400_000_000, per_day))
        frame = pl.DataFrame(
            {
                "person": person,
                "known": known,
                "on_app": on_app,
                "device": household[person],
                "cookie": person * 2 + cookie,
                "mailed": known & (chance.random(per_day) < 0.2),
                "at": seconds,
            }
        )
        at = datetime.combine(START, datetime.min.time()) + timedelta(days=day)
        none = pl.lit(None, pl.String)
        frame.select(
            event_date=pl.lit(START + timedelta(days=day)),
            event_at=pl.lit(at).cast(pl.Datetime("us")) + pl.col("at").cast(pl.Duration("us")),
            event_id=pl.format("e{}-{}", pl.lit(day), pl.int_range(pl.len())),
            source=pl.lit("web"),
            bot_rule=none,
            user_id=pl.when("known").then(pl.format("u{}", "person")),
            email=pl.when("mailed").then(pl.format("u{}@example.com", "person")),
            phone=none,
            device_id=pl.when("on_app").then(pl.format("d{}", "device")),
            anonymous_id=pl.when(~pl.col("on_app")).then(pl.format("c{}", "cookie")),
            mkt_clickid=none,
        ).write_parquet(folder / f"{day:03}.parquet")
        by_browser = pl.scan_parquet(folder / f"{day:03}.parquet").group_by("event_date", "anonymous_id")
        begun = by_browser.agg(
            started_at=pl.col("event_at").min(), first_user_id=pl.col("user_id").drop_nulls().first()
        )
        begun.collect().write_parquet(sessions_of(folder / f"{day:03}.parquet"))


def sessions_of(file: Path) -> Path:
    """Return the file of the sessions of a day, given that of its events; a browser's day is one session here."""
    return file.with_name(f"sessions-{file.name}")


def pairs_of(file: Path) -> pl.DataFrame:
    """Return the pairs of a day, given the file of its events."""
    sessions = pl.scan_parquet(sessions_of(file))
    return daily_edges(pl.scan_parquet(file), sessions, IdentityRules()).collect(engine="streaming")


def measure(folder: Path) -> dict[str, float]:
    """Return seconds of each step, identifiers, edges, persons and peak GiB of this process."""
    rules = IdentityRules()
    found: dict[str, float] = {}
    pairs_folder = folder / "pairs"
    pairs_folder.mkdir()

    def lap(name: str, started: float) -> None:
        found[name] = time.monotonic() - started

    started = time.monotonic()
    for file in sorted(folder.glob("[0-9]*.parquet")):
        pairs_of(file).write_parquet(pairs_folder / file.name)
    lap("days", started)
    started = time.monotonic()
    daily = pl.scan_parquet(pairs_folder / "*.parquet")
    edges = aggregate_edges(daily.select(EDGE_COLUMNS)).collect(engine="streaming")
    lap("sum", started)
    started = time.monotonic()
    persons = resolve(edges, rules, daily)
    lap("persons", started)
    sizes = {"edges": edges.height, "identifiers": persons.identifiers.height, "people": persons.persons.height}
    return found | sizes | {"gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


@dataclass(frozen=True)
class Cost:
    """Seconds of a piece of work."""

    cpu: float
    wall: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu + other.cpu, self.wall + other.wall)


def timed(work: Callable[[], object]) -> Cost:
    """Do the work and return what it cost."""
    cpu, wall = time.process_time(), time.monotonic()
    work()
    return Cost(time.process_time() - cpu, time.monotonic() - wall)


class Platform:
    """A warehouse with the pairs of days, and the asset that makes the persons."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        contracts: tuple[Contract, ...] = (DailyEdges, OrderVisitors, RawCustomers, *RESOLVE_PERSONS.makes)
        self.warehouse = Warehouse(database=str(folder / "warehouse.duckdb"))
        self.services = WarehouseIOManager(self.warehouse, contracts, folder / "run", window_records=1_000_000)
        self.services.create_tables()
        settings = Settings(start_date=START, sources={}, data_dir=folder)
        made = identity_assets(Site(settings, dg.DailyPartitionsDefinition(START.isoformat())))
        (self.persons,) = [asset for asset in made if asset.op.name == "resolve_persons"]
        self.parents = [
            dg.AssetSpec(Table(contract).asset_key) for contract in (DailyEdges, OrderVisitors, RawCustomers)
        ]

    def add_days(self, first: int, last: int) -> None:
        """Make and store the pairs of days."""
        files = []
        for day in range(first, last + 1):
            files.append(self.folder / f"pairs-{day:03}.parquet")
            pairs_of(self.folder / f"{day:03}.parquet").write_parquet(files[-1])
        window = Days(START + timedelta(days=first), START + timedelta(days=last))
        write(self.warehouse, Table(DailyEdges), Rows(files=tuple(files)), window, Stamp("days"))

    def resolve(self, *, full_refresh: bool) -> str:
        """Make the persons and return its mode."""
        result = dg.materialize(
            [self.persons, *self.parents],
            selection=[self.persons],
            resources={"io_manager": self.services},
            run_config={"ops": {"resolve_persons": {"config": {"full_refresh": full_refresh}}}},
        )
        metadata = result.asset_materializations_for_node("resolve_persons")[-1].metadata
        return f"{metadata['mode'].value}, {metadata['persons touched'].value:,} persons touched"


def measure_day(folder: Path) -> tuple[Cost, Cost, Cost, str]:
    """Return the cost of a full refresh of days and persons, of the persons alone, of the last day; and its mode."""
    logging.disable(logging.INFO)
    platform = Platform(folder)
    days = timed(lambda: platform.add_days(0, DAYS - 2))
    platform.resolve(full_refresh=True)
    mode: list[str] = []
    pairs_of_day = timed(lambda: platform.add_days(DAYS - 1, DAYS - 1))
    day = pairs_of_day + timed(lambda: mode.append(platform.resolve(full_refresh=False)))
    persons = timed(lambda: platform.resolve(full_refresh=True))
    return days + pairs_of_day + persons, persons, day, mode[0]


def main() -> int:
    """Print the figures and return 0 where the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    events = parser.parse_args().events
    total = peak = share = 0.0
    for part in (events // 10, events // 3, events):
        with tempfile.TemporaryDirectory(prefix="dmp-identity-") as folder:
            make_events(part, Path(folder))
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                cost = pool.submit(measure, Path(folder)).result()
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                everything, persons, day, mode = pool.submit(measure_day, Path(folder)).result()
        total, peak = cost["days"] + cost["sum"] + cost["persons"], cost["gib"]
        print(
            f"{part:>10,} events {cost['identifiers']:>9,} identifiers {cost['edges']:>9,} edges: "
            f"{cost['days']:5.1f} s days + {cost['sum']:4.1f} s sum + {cost['persons']:5.1f} s persons "
            f"= {total:5.1f} s, {peak:.2f} GiB",
            flush=True,
        )
        share = day.cpu / everything.cpu
        print(
            f"{'':>10} one more day ({mode}): {day.cpu:.1f} s CPU ({day.wall:.1f} s), full refresh of days and persons "
            f"{everything.cpu:.1f} s CPU ({everything.wall:.1f} s): {share:.1%}; of the persons alone, "
            f"{persons.cpu:.1f} s CPU: {day.cpu / persons.cpu:.1%}",
            flush=True,
        )
    print(f"bounds for the last lines: {MAX_SECONDS:.0f} s, {MAX_GIB:.0f} GiB, {MAX_SHARE:.0%}")
    return 0 if total <= MAX_SECONDS and peak <= MAX_GIB and share <= MAX_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
