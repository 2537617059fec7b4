"""What identity costs: ``python -m benchmarks.identity [--events 10000000]``.

Makes events of people with an account, e-mail, devices and cookies, some devices shared, and prints what the pairs of
all days, their sum and the persons cost, for a tenth, a third and all of the events, next to the bounds for all.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from dmp_assets.identity.observation import EDGE_COLUMNS, aggregate_edges, daily_edges
from dmp_assets.identity.resolution import resolve
from dmp_assets.identity.rules import IdentityRules

MAX_SECONDS, MAX_GIB = 60.0, 4.0
EVENTS_PER_PERSON = 40
DAYS = 100
START = date(2024, 1, 1)
SHARED_DEVICE_RATE = 0.02


def make_events(events: int, folder: Path, seed: int = 1) -> None:
    """Write one Parquet file per day: the columns of ``cleaned_events`` that identity reads."""
    chance = np.random.default_rng(seed)
    people, per_day = events // EVENTS_PER_PERSON, events // DAYS
    household = np.where(chance.random(people) < SHARED_DEVICE_RATE, np.arange(people) // 2, people + np.arange(people))
    for day in range(DAYS):
        person = chance.integers(0, people, per_day)
        known, on_app = chance.random(per_day) < 0.5, chance.random(per_day) < 0.4
        cookie, seconds = chance.integers(0, 2, per_day), np.sort(chance.integers(0, 86_400_000_000, per_day))
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


def measure(folder: Path) -> dict[str, float]:
    """Return seconds of each step, identifiers, edges, persons and peak GiB of this process."""
    rules = IdentityRules()
    found: dict[str, float] = {}
    pairs_folder = folder / "pairs"
    pairs_folder.mkdir()

    def lap(name: str, started: float) -> None:
        found[name] = time.monotonic() - started

    started = time.monotonic()
    for file in sorted(folder.glob("*.parquet")):
        pairs = daily_edges(pl.scan_parquet(file), rules).collect(engine="streaming")
        pairs.write_parquet(pairs_folder / file.name)
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


def main() -> int:
    """Print the figures and return 0 where the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    events = parser.parse_args().events
    total = peak = 0.0
    for part in (events // 10, events // 3, events):
        with tempfile.TemporaryDirectory(prefix="dmp-identity-") as folder:
            make_events(part, Path(folder))
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                cost = pool.submit(measure, Path(folder)).result()
        total, peak = cost["days"] + cost["sum"] + cost["persons"], cost["gib"]
        print(
            f"{part:>10,} events {cost['identifiers']:>9,} identifiers {cost['edges']:>9,} edges: "
            f"{cost['days']:5.1f} s days + {cost['sum']:4.1f} s sum + {cost['persons']:5.1f} s persons "
            f"= {total:5.1f} s, {peak:.2f} GiB",
            flush=True,
        )
    print(f"bounds for the last line: {MAX_SECONDS:.0f} s, {MAX_GIB:.0f} GiB")
    return 0 if total <= MAX_SECONDS and peak <= MAX_GIB else 1


if __name__ == "__main__":
    sys.exit(main())
