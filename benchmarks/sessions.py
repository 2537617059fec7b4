"""What sessions cost, beside an earlier release: ``python -m benchmarks.sessions --before CHECKOUT``.

Makes cleaned events of visits of browsers (``--events``, 10,000,000): most stay anonymous, some log in half-way, some
accounts log out and others in; purchases that a server reports without a browser, and orders of shops. Prints CPU, wall
and peak memory of ``build_sessions`` of this code and of the checkout, a process each and in turns (``--rounds``), and
the ratio next to its bound. A checkout is a folder with ``dmp_assets`` in it, such as a git worktree of 540af68.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

MAX_RATIO = 1.1
START = date(2026, 1, 1)
DAYS = 30
PAGES_OF_A_VISIT = 7
ORDER_LINES = {"server": 0.02, "shop": 0.08}
"""Shares of events without a browser: purchases by servers, and orders of shops."""
DAY_US = 86_400_000_000


def make_events(size: int, file: Path) -> None:
    """Write ``CleanedEvents`` in engine types, as far as sessions read them."""
    chance = np.random.default_rng(15)
    web = _web(chance, int(size * (1 - sum(ORDER_LINES.values()))))
    accounts = web.filter(pl.col("user_id").is_not_null())
    bought = accounts.sample(int(size * ORDER_LINES["server"]), seed=1, with_replacement=True)
    server = bought.select(
        "user_id", event_at=pl.col("event_at") + 5_000_000, kind=pl.lit("events"), event_name=pl.lit("purchase")
    )
    visits = int(size * ORDER_LINES["shop"])
    shop = pl.DataFrame(
        {"person": chance.integers(0, size // 40, visits), "event_at": chance.integers(0, DAYS * DAY_US, visits)}
    ).select(
        "event_at", user_id=pl.format("customer-{}", "person"), kind=pl.lit("orders"), event_name=pl.lit("purchase")
    )
    events = pl.concat([web, server, shop], how="diagonal").sample(fraction=1, shuffle=True, seed=2)
    days = pl.col("event_at") // DAY_US
    first_us = (START - date(1970, 1, 1)).days * DAY_US
    events.sort(days, maintain_order=True).select(
        pl.lit(START).dt.offset_by(pl.format("{}d", days)).alias("event_date"),
        pl.col("event_at") + first_us,
        pl.format("web:{}", pl.int_range(pl.len())).alias("event_id"),
        "event_name",
        "kind",
        "user_id",
        "anonymous_id",
        pl.when(pl.col("event_name") == "purchase").then(250_000).otherwise(0).cast(pl.Int64).alias("revenue"),
        "page_url",
        "page_path",
        pl.when("is_landing").then(pl.lit("www.google.com")).alias("referrer_host"),
        *(
            pl.when("is_landing").then(pl.lit(value)).alias(name)
            for name, value in (("mkt_source", "google"), ("mkt_medium", "cpc"), ("mkt_campaign", "autumn"))
        ),
        pl.when("is_landing").then(pl.lit("Paid Search")).alias("channel_group"),
        pl.when(pl.col("kind") == "events").then(pl.lit("DE")).alias("country"),
        pl.when(pl.col("page_url").is_not_null()).then(pl.lit("web")).alias("platform"),
        pl.lit(None, pl.String).alias("bot_rule"),
    ).write_parquet(file)


def _web(chance: np.random.Generator, size: int) -> pl.DataFrame:
    """Return events of browsers: visits of some pages, a third of them with an account from some page on."""
    visits = size // PAGES_OF_A_VISIT
    browser = (chance.power(0.7, visits) * visits / 3).astype(np.int64)
    pages = np.full(visits, PAGES_OF_A_VISIT)
    pages[: size - PAGES_OF_A_VISIT * visits] += 1
    visit = np.repeat(np.arange(visits), pages)
    page = np.arange(size) - np.repeat(np.cumsum(pages) - pages, pages)
    start = chance.integers(0, DAYS * DAY_US, visits)
    at = start[visit] + page * 45_000_000 + chance.integers(0, 30_000_000, size)
    logs_in = np.where(chance.random(visits) < 1 / 3, chance.integers(0, PAGES_OF_A_VISIT, visits), 99)
    # One visit in twenty of those with an account is somebody else's who uses the browser.
    account = browser // 2 + np.where(chance.random(visits) < 0.05, 1, 0)
    return pl.DataFrame(
        {
            "event_at": np.minimum(at, DAYS * DAY_US - 1),
            "browser": browser[visit],
            "account": account[visit],
            "known": page >= logs_in[visit],
            "page": page,
        }
    ).select(
        "event_at",
        pl.lit("events").alias("kind"),
        pl.when(pl.col("page") == PAGES_OF_A_VISIT - 1)
        .then(pl.when("known").then(pl.lit("purchase")).otherwise(pl.lit("scroll")))
        .otherwise(pl.lit("page_view"))
        .alias("event_name"),
        pl.when("known").then(pl.format("customer-{}", "account")).alias("user_id"),
        pl.format("b7c1-4e02-{}", "browser").alias("anonymous_id"),
        pl.format("https://shop.example/page/{}?ref=list", "page").alias("page_url"),
        pl.format("/page/{}", "page").alias("page_path"),
        (pl.col("page") == 0).alias("is_landing"),
    )


def measure(file: Path) -> None:
    """Print, as JSON, what the sessions of the imported code cost; and what they are."""
    nw = importlib.import_module("narwhals.stable.v2")
    build_sessions = importlib.import_module("dmp_assets.events.sessions").build_sessions
    columns = importlib.import_module("dmp_assets.events.assets").SESSION_COLUMNS
    cpu, wall = time.process_time(), time.monotonic()
    events = pl.scan_parquet(file).select(columns)
    made = nw.to_native(build_sessions(nw.from_native(events))).collect(engine="streaming")
    found = {
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - wall,
        "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "sessions": made.height,
        "events": int(made["events"].sum()),
    }
    print(json.dumps(found))


def measured(checkout: Path, file: Path) -> dict[str, float]:
    """Return what the code of a checkout costs, in a process of its own."""
    command = [sys.executable, "-P", __file__, "--measure", str(file)]
    # By its path: the environment may hold an installation of this code, which must not stand for the checkout.
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    done = subprocess.run(command, env=environment, cwd=checkout, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> int:
    """Print the figures and return 0 where the bound holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--before", type=Path, help="checkout of the earlier release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure is not None:
        measure(given.measure)
        return 0
    checkouts = {"now": Path(__file__).resolve().parent.parent}
    if given.before is not None:
        checkouts["before"] = given.before.resolve()
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory(prefix="dmp-sessions-") as folder:
        file = Path(folder) / "events.parquet"
        # In a process of its own: a child's peak memory begins with that of the process that starts it.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            pool.submit(make_events, given.events, file).result()
        for _ in range(given.rounds):
            for name, checkout in checkouts.items():
                one = measured(checkout, file)
                rounds[name].append(one)
                print(
                    f"{name:>6}: {one['events']:,.0f} events, {one['sessions']:,.0f} sessions, {one['cpu']:.1f} s CPU, "
                    f"{one['wall']:.1f} s, {one['gib']:.2f} GiB",
                    flush=True,
                )
    if "before" not in rounds:
        return 0
    # The best round of each: other work on the machine only ever adds.
    now, before = (min(one["cpu"] for one in rounds[name]) for name in ("now", "before"))
    print(f"{now / before:.2f} of the CPU before; bound {MAX_RATIO:.2f}")
    return 0 if now / before <= MAX_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
