"""What orders cost: ``python -m benchmarks.orders [--events 10000000]``.

Makes cleaned events of 100 days with an order per ten events, as a shop states them, beside the web's purchase of a
third of them, and prints next to their bounds what orders cost from nothing, what one more day costs, and what a
month costs that was exported again with a changed status of one order in a hundred.
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
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl

from dmp_assets.events.schema import CleanedEvents, EventItems, OrderDetails, Sessions
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.contract import conform
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, write
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets.orders.assets import assets
from dmp_assets.orders.steps import MAKE_ORDERS, REPORT_ORDERS

MAX_ALL, MAX_DAY, MAX_MONTH = 25.0, 3.0, 5.0
DAYS, MONTH = 100, 30
START = date(2026, 1, 1)
DAY_US = 86_400_000_000
CHANGED = 100
"""One order in so many has another status in the month that is exported again."""

INPUTS: tuple[Contract, ...] = (RawEvents, CleanedEvents, EventItems, OrderDetails, Sessions, RawOrderLines)


def tables_of_day(day: int, events: int, *, changed: bool = False) -> dict[Contract, pl.DataFrame]:
    """Return the tables of one day, with an order for ten events."""
    chance = np.random.default_rng(day)
    orders = events // 10
    at_us = ((START - date(1970, 1, 1)).days + day) * DAY_US
    stated = pl.DataFrame(
        {
            "number": day * orders + np.arange(orders),
            "is_web": np.zeros(orders, np.bool_),
            "at": at_us + chance.integers(0, DAY_US - 60_000_000, orders),
            "person": chance.integers(0, max(events * DAYS // 40, 1), orders),
            "lines": chance.integers(1, 4, orders),
            "cents": chance.integers(500, 9_000, orders),
        }
    )
    # The web tells of a third of the shop's orders too.
    seen_too = stated.filter(pl.col("number") % 3 == 0).with_columns(is_web=True, at=pl.col("at") + 2_000_000)
    base = pl.concat([stated, seen_too])
    sold = base.select(
        event_date=pl.lit(START + timedelta(days=day)),
        event_id=pl.when("is_web").then(pl.format("web:p{}", "number")).otherwise(pl.format("shop:{}", "number")),
        event_at=pl.col("at"),
        event_name=pl.lit("purchase"),
        source=pl.when("is_web").then(pl.lit("web")).otherwise(pl.lit("shop")),
        kind=pl.when("is_web").then(pl.lit("events")).otherwise(pl.lit("orders")),
        visitor_id=pl.format("user_id:u{}", "person"),
        user_id=pl.format("u{}", "person"),
        anonymous_id=pl.when("is_web").then(pl.format("c{}", "person")),
        transaction_id=pl.format("{}", "number"),
        items=pl.when("is_web").then(1).otherwise("lines").cast(pl.Int64),
        quantity=pl.lit(1.0),
        revenue=pl.col("cents") * 100,
        order_space=pl.when("is_web").then(None).otherwise(pl.lit("shop")),
    )
    seen = pl.DataFrame({"n": np.arange(events - base.height)}).select(
        event_date=pl.lit(START + timedelta(days=day)),
        event_id=pl.format("web:v{}-{}", pl.lit(day), "n"),
        event_at=pl.lit(at_us) + pl.col("n") * (DAY_US // events),
        event_name=pl.lit("page_view"),
        source=pl.lit("web"),
        kind=pl.lit("events"),
        anonymous_id=pl.format("c{}", pl.col("n") % (events // 20 + 1)),
        items=pl.lit(0, pl.Int64),
        quantity=pl.lit(0.0),
        revenue=pl.lit(0, pl.Int64),
    )
    lines = sold.with_columns(line=pl.int_ranges(1, pl.col("items") + 1)).explode("line")
    lines = lines.with_columns(
        item_revenue=pl.col("revenue") // pl.col("items"), item_id=pl.format("i{}", pl.col("line"))
    )
    is_other = pl.lit(changed) & (pl.col("transaction_id").cast(pl.Int64) % CHANGED == 0)
    details = sold.filter(pl.col("kind") == "orders").select(
        "event_date", "event_id", status=pl.when(is_other).then(pl.lit("cancelled")).otherwise(pl.lit("paid")),
        shipping=pl.lit(49_000),
    )  # fmt: skip
    visits = seen.group_by("anonymous_id").agg(
        pl.col("event_date").first(), started_at=pl.col("event_at").min(), ended_at=pl.col("event_at").max()
    )
    sessions = visits.with_columns(
        session_id=pl.col("anonymous_id") + "-" + pl.col("started_at").cast(pl.String), kind=pl.lit("session"),
        is_server_side=False, has_several_accounts=False, session_number=1, duration_seconds=0, events=1, page_views=1,
        is_bot=False, is_engaged=True,
    )  # fmt: skip
    made = {
        CleanedEvents: pl.concat([sold, seen], how="diagonal"),
        EventItems: lines,
        OrderDetails: details,
        Sessions: sessions,
    }
    return {contract: _of_contract(contract, rows) for contract, rows in made.items()}


def _of_contract(contract: Contract, rows: pl.DataFrame) -> pl.DataFrame:
    table = Table(contract)
    amounts = ("retail_discount", "coupon_discount", "coupon_match_discount", "records")
    zeros = {name: pl.lit(int(name == "records"), pl.Int64) for name in amounts if name in table.polars_schema}
    absent = {
        name: pl.lit(None, dtype) for name, dtype in table.polars_schema.items() if name not in {*rows.columns, *zeros}
    }
    whole = rows.with_columns(**zeros, **absent).select(table.polars_schema.names())
    return conform(whole.lazy(), table).collect().cast(pl.Schema(table.polars_schema))


class Platform:
    """A warehouse with the inputs of orders, and the assets that make them."""

    def __init__(self, folder: Path, events: int) -> None:
        self.folder, self.events = folder, events // DAYS
        self.warehouse = Warehouse(database=str(folder / "warehouse.duckdb"))
        contracts = (*INPUTS, *REPORT_ORDERS.makes, *MAKE_ORDERS.makes)
        self.services = WarehouseIOManager(self.warehouse, contracts, folder / "run", window_records=200_000)
        self.services.create_tables()
        lines = pl.DataFrame(schema=Table(RawOrderLines).polars_schema)
        write(self.warehouse, Table(RawOrderLines), Rows(frame=lines), None, Stamp("lines"))
        daily = dg.DailyPartitionsDefinition(START.isoformat(), end_date="2027-01-01")
        self.assets = assets(Site(Settings(start_date=START, sources={}, data_dir=folder), daily))
        self.parents = [dg.AssetSpec(Table(contract).asset_key) for contract in INPUTS]

    def put(self, first: int, last: int, *, changed: bool = False) -> None:
        """Store the inputs of some days."""
        files: dict[Contract, list[Path]] = {}
        for day in range(first, last + 1):
            for contract, rows in tables_of_day(day, self.events, changed=changed).items():
                files.setdefault(contract, []).append(self.folder / f"{Table(contract).name}-{day}.parquet")
                rows.write_parquet(files[contract][-1])
        window = Days(START + timedelta(days=first), START + timedelta(days=last))
        for contract, found in files.items():
            write(self.warehouse, Table(contract), Rows(files=tuple(found)), window, Stamp("days"))

    def make(self, first: int, last: int) -> str:
        """Make the reports of some days, and the orders; return how."""
        days = (START + timedelta(days=day) for day in (first, last))
        tags = dict(
            zip(
                ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end"),
                map(str, days),
                strict=True,
            )
        )
        reports, orders = self.assets
        resources = {"io_manager": self.services}
        dg.materialize([reports, *self.parents], selection=[reports], resources=resources, tags=tags)
        specs = [*self.parents, *(dg.AssetSpec(Table(contract).asset_key) for contract in REPORT_ORDERS.makes)]
        result = dg.materialize([orders, *specs], selection=[orders], resources=resources)
        metadata = result.asset_materializations_for_node("make_orders")[-1].metadata
        return f"{metadata['mode'].value}, {metadata['numbers folded'].value:,} folded"


def measure(folder: Path, events: int) -> list[tuple[str, float, float]]:
    """Return what was done, and its seconds of CPU and wall; the last has the peak memory in its place."""
    logging.disable(logging.INFO)
    platform = Platform(folder, events)
    found = []

    def timed(name: str, work: Callable[[], str]) -> None:
        cpu, wall = time.process_time(), time.monotonic()
        mode = work()
        found.append((f"{name} ({mode})", time.process_time() - cpu, time.monotonic() - wall))

    platform.put(0, DAYS - 2)
    timed("from nothing", lambda: platform.make(0, DAYS - 2))
    platform.put(DAYS - 1, DAYS - 1)
    timed("one more day", lambda: platform.make(DAYS - 1, DAYS - 1))
    platform.put(0, MONTH - 1, changed=True)
    timed("a month exported again", lambda: platform.make(0, MONTH - 1))
    return [*found, ("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 0.0)]


def main() -> int:
    """Print the figures and return 0 where the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    events = parser.parse_args().events
    with (
        tempfile.TemporaryDirectory(prefix="dmp-orders-") as folder,
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        *found, (_, peak, _) = pool.submit(measure, Path(folder), events).result()
    bounds = (MAX_ALL, MAX_DAY, MAX_MONTH)
    for (name, cpu, wall), bound in zip(found, bounds, strict=True):
        print(f"{name}: {cpu:.1f} s CPU ({wall:.1f} s), bound {bound:.0f} s")
    print(f"peak memory: {peak:.2f} GiB")
    return 0 if all(cpu <= bound for (_, cpu, _), bound in zip(found, bounds, strict=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
