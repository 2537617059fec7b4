"""What profiles cost: ``python -m benchmarks.profiles [--days 365] [--histories 90 365 1095] [--folder FOLDER]``.

Makes days of a shop and a warehouse of them, then prints what the asset of behaviour costs: all days, beside one
hand-written script of SQL that makes the same tables of the same file (``profiles.sql``; the values are compared); and
what all assets of profiles cost for a further day, after 90 days, a year and three, whose tables are compared with
those of a full refresh. CPU seconds count, as other work may share the machine.
"""

import argparse
import logging
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import narwhals.stable.v2 as nw
import polars as pl

from benchmarks.profile_days import (
    GUESTS,
    JOINED_COOKIES,
    START,
    TABLES,
    day_of,
    make_catalogue,
    make_day,
    make_visitors,
)
from dmp_assets.events.assets import EVENT_COLUMNS
from dmp_assets.events.assets import LINE_COLUMNS as ROLLED_COLUMNS
from dmp_assets.events.daily_activity import build_daily_activity
from dmp_assets.events.schema import CleanedEvents, DailyActivity, EventItems, Sessions
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.bundled import PROJECT_DIR
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.contract import conform, to_engine
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, write
from dmp_assets.identity.schema.persons import PersonIdentifiers, Visitors
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.ingest.schema.people import RawConsents, RawCustomers, RawSurveyAnswers, RawThirdPartyAttributes
from dmp_assets.orders.schema import OrderItems, Orders, Reversals
from dmp_assets.profiles.assets import assets as profiles_assets
from dmp_assets.profiles.schema.statements import ComputedTraits
from dmp_assets.profiles.schema.sums import RunningSums, SummedInputs, SummedValues
from dmp_assets.profiles.steps import DESCRIBE_PEOPLE, DESCRIBE_PROFILES

TRAITS_PATH = PROJECT_DIR / "traits.yaml"
MAX_RATIO_TO_SQL, MAX_INCREMENT = 1.5, 0.05
EVENTS_PER_DAY = 27_400
HISTORIES = (90, 365, 1_095)
CHUNK = 30
"""Days that are written to the warehouse at once."""
EVENT_TABLES: tuple[Contract, ...] = (CleanedEvents, EventItems, Sessions, Orders, OrderItems, Reversals)
SAID: tuple[Contract, ...] = (RawCustomers, RawThirdPartyAttributes, RawSurveyAnswers, RawConsents)
SOURCES: tuple[Contract, ...] = (
    *EVENT_TABLES,
    DailyActivity,
    Visitors,
    PersonIdentifiers,
    RawItems,
    *SAID,
)
SUMS: tuple[Contract, ...] = (RunningSums, SummedValues, SummedInputs)
"""What the sums are kept by; it differs in last bits and in the days that sums are valued at."""
MADE: tuple[Contract, ...] = (
    *(contract for contract in DESCRIBE_PROFILES.makes if contract not in SUMS),
    *DESCRIBE_PEOPLE.makes,
    ComputedTraits,
)
"""The tables that are compared."""


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds of a piece of work, and the peak memory of its process by then."""

    cpu: float
    wall: float
    gib: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.gib, other.gib))

    def __str__(self) -> str:
        return f"{self.cpu:6.2f} s CPU, {self.wall:6.2f} s wall, peak {self.gib:.2f} GiB"


Parts = tuple[Cost, Cost]
"""What the tables of behaviour cost, and the others of profiles."""


def timed(work: Callable[[], object]) -> Cost:
    """Do the work and return what it cost."""
    cpu, wall = time.process_time(), time.monotonic()
    work()
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Cost(time.process_time() - cpu, time.monotonic() - wall, gib)


class Platform:
    """A warehouse with the tables of events and orders, and the asset that makes the profiles."""

    def __init__(self, made: Path, folder: Path) -> None:
        self.made = made
        self.warehouse = Warehouse(database=str(folder / "warehouse.duckdb"))
        contracts = (*SOURCES, *MADE, *SUMS)
        self.services = WarehouseIOManager(self.warehouse, contracts, folder / "run", window_records=1_000_000)
        self.services.create_tables()
        settings = Settings(start_date=START, sources={}, data_dir=folder, traits=TRAITS_PATH)
        site = Site(settings, dg.DailyPartitionsDefinition(START.isoformat()))
        self.behaviour, *self.statements = profiles_assets(site)
        self.parents = [dg.AssetSpec(Table(contract).asset_key) for contract in SOURCES]

    def add_days(self, first: int, last: int) -> None:
        """Store the events and orders of days, and roll the events up."""
        for begin in range(first, last + 1, CHUNK):
            end = min(begin + CHUNK - 1, last)
            window = Days(day_of(begin), day_of(end))
            for contract, name in zip(EVENT_TABLES, TABLES, strict=True):
                self._put(contract, pl.scan_parquet(_files(self.made, name, begin, end)), window)
            self._put(DailyActivity, roll_up(self.made, begin, end).lazy(), window)
            shutil.rmtree(self.services.run_dir, ignore_errors=True)

    def set_people(self, joined: int) -> None:
        """Store whose identifiers are, so many cookies having been joined to accounts, and the catalogue."""
        visitors = make_visitors(joined)
        parts = pl.col("visitor_id").str.splitn(":", 2)
        identifiers = visitors.select(
            identifier_type=parts.struct.field("field_0"),
            identifier=parts.struct.field("field_1"),
            first_seen_at=pl.lit(START).cast(pl.Datetime("us")),
        ).unique(["identifier_type", "identifier"])
        self._put(Visitors, visitors.lazy())
        self._put(PersonIdentifiers, identifiers.lazy())
        self._put(RawItems, make_catalogue().lazy())
        for contract in SAID:
            self._put(contract, pl.LazyFrame())

    def describe(self, *, full_refresh: bool) -> str:
        """Make the tables of behaviour and return its mode."""
        result = dg.materialize(
            [self.behaviour, *self.parents],
            selection=[self.behaviour],
            resources={"io_manager": self.services},
            run_config={"ops": {"describe_profiles": {"config": {"full_refresh": full_refresh}}}},
        )
        metadata = result.asset_materializations_for_node("describe_profiles")[-1].metadata
        return f"{metadata['mode'].value}, {metadata['people summed'].value:,} people"

    def state(self) -> None:
        """Make the other tables of profiles: what people and others say of them, and computed traits."""
        behaviour = [dg.AssetSpec(key) for key in self.behaviour.keys]
        dg.materialize(
            [*self.statements, *behaviour, *self.parents],
            selection=self.statements,
            resources={"io_manager": self.services},
        )

    def _put(self, contract: Contract, frame: pl.LazyFrame, days: Days | None = None) -> None:
        table = Table(contract)
        known = frame.collect_schema().names()
        rows = frame.select(
            pl.col(name).cast(dtype) if name in known else pl.lit(None, dtype).alias(name)
            for name, dtype in table.polars_schema.items()
        )
        write(self.warehouse, table, Rows(frame=rows.collect(engine="streaming")), days, Stamp("benchmark"))


def roll_up(folder: Path, first: int, last: int) -> pl.DataFrame:
    """Return the daily activity of some days."""
    stored = [pl.scan_parquet(_files(folder, name, first, last)) for name in TABLES[:2]]
    events = nw.from_native(to_engine(stored[0].select(EVENT_COLUMNS)))
    lines = nw.from_native(to_engine(stored[1].select(ROLLED_COLUMNS)))
    categories = nw.from_native(make_catalogue().lazy().select("item_id", "item_category"))
    rolled = nw.to_native(build_daily_activity(events, lines, categories))
    return conform(rolled, Table(DailyActivity)).collect(engine="streaming").sort("event_date")


def run_sql(source: Path, days: int, target: Path) -> Cost:
    """Make the same tables of the same file with one script of SQL."""
    script = (Path(__file__).parent / "profiles.sql").read_text(encoding="utf-8")
    usual = Settings(start_date=START, sources={})
    given = {
        "$as_of": f"DATE '{day_of(days - 1)}'",
        "$half_life": str(usual.interest_half_life_days),
        "$window_days": str(usual.affinity_window_days),
    }
    for name, value in given.items():
        script = script.replace(name, value)
    with duckdb.connect(str(target), config={"threads": 2}) as connection:
        connection.execute("SET enable_progress_bar = false; SET preserve_insertion_order = false")
        connection.execute(f"ATTACH '{source}' AS platform (READ_ONLY)")
        sources: tuple[Contract, ...] = (*EVENT_TABLES, DailyActivity, Visitors)
        views = {Table(contract).name: Table(contract).qualified_name for contract in sources}
        for name, stored in {**views, "items": "ingest.raw_items"}.items():
            connection.execute(f"CREATE TEMP VIEW {name} AS FROM platform.{stored}")
        return timed(lambda: connection.execute(script))


def difference(first: Path, second: Path, schema: str = "profiles") -> str:
    """Return how the tables of behaviour in two files differ, in words; empty where they do not.

    Args:
        first: A warehouse.
        second: Another one, or any file with such tables, whose columns are compared.
        schema: Where they lie in the second.
    """
    words = []
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{first}' AS a (READ_ONLY); ATTACH '{second}' AS b (READ_ONLY)")
        for table in map(Table, MADE):
            other = f"b.{schema}.{table.name}"
            there = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'b' AND schema_name = ? AND table_name = ?"
            if not connection.execute(there, [schema, table.name]).fetchall():
                continue
            same = " AND ".join(
                f"(x.{c} IS NOT DISTINCT FROM y.{c} OR abs(x.{c} - y.{c}) <= 1.5e-9)"
                if str(duckdb_type) == "DOUBLE"
                else f"x.{c} IS NOT DISTINCT FROM y.{c}"
                for c, duckdb_type in zip(*_columns(connection, other), strict=True)
            )
            key = " AND ".join(f"x.{name} IS NOT DISTINCT FROM y.{name}" for name in table.key)
            left, right, equal = connection.sql(
                f"""SELECT (SELECT count(*) FROM a.{table.qualified_name}), (SELECT count(*) FROM {other}),
                (SELECT count(*) FROM a.{table.qualified_name} AS x JOIN {other} AS y ON {key} WHERE {same})"""
            ).fetchall()[0]
            if not left == right == equal:
                words.append(f"{table.name}: {left} and {right} rows, {equal} equal")
    return "; ".join(words)


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[list[str], list[object]]:
    relation = connection.sql(f"FROM {name}")
    return relation.columns, list(relation.types)


def _files(folder: Path, name: str, first: int, last: int) -> list[Path]:
    return [folder / name / f"{day:04}.parquet" for day in range(first, last + 1)]


def compare(made: Path, days: int, folder: Path) -> tuple[Cost, Cost, str]:
    """Return what the tables of the first days cost by platform and by script, and how values differ."""
    logging.disable(logging.INFO)
    platform = Platform(made, folder)
    platform.add_days(0, days - 1)
    platform.set_people(JOINED_COOKIES)
    ours = timed(lambda: platform.describe(full_refresh=True))
    source, target = platform.warehouse.path, folder / "sql.duckdb"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        theirs = pool.submit(run_sql, source, days, target).result()
    return ours, theirs, difference(source, target, "main")


def grow(made: Path, days: int, folder: Path) -> tuple[Parts, list[tuple[str, Parts]], str]:
    """Return what all days cost, each kind of further day, and how they then differ from a full refresh."""
    logging.disable(logging.INFO)
    platform = Platform(made, folder)
    platform.add_days(0, days - 1)
    platform.set_people(0)
    _all_profiles(platform, full_refresh=True)
    further = {
        "nobody's identifiers moved": 0,
        f"{JOINED_COOKIES - GUESTS} people's did": JOINED_COOKIES - GUESTS,
        f"{GUESTS} who had ordered as somebody else did": JOINED_COOKIES,
    }
    costs = []
    for place, (words, joined) in enumerate(further.items()):
        platform.set_people(joined)
        platform.add_days(days + place, days + place)
        mode, parts = _all_profiles(platform, full_refresh=False)
        costs.append((f"{words} ({mode})", parts))
    kept = folder / "kept.duckdb"
    shutil.copy(platform.warehouse.path, kept)
    _, everything = _all_profiles(platform, full_refresh=True)
    return everything, costs, difference(kept, platform.warehouse.path)


def _all_profiles(platform: Platform, *, full_refresh: bool) -> tuple[str, Parts]:
    """Make every table of profiles, and return the mode of those of behaviour, what they and the others cost."""
    mode: list[str] = []
    behaviour = timed(lambda: mode.append(platform.describe(full_refresh=full_refresh)))
    return mode[0], (behaviour, timed(platform.state))


def main() -> int:
    """Print the figures and return 0 where the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="days of the comparison with SQL; 0: none")
    parser.add_argument("--histories", type=int, nargs="*", default=HISTORIES, help="days before those that are added")
    parser.add_argument("--folder", type=Path, help="keep the made-up days here")
    given = parser.parse_args()
    held = True
    with tempfile.TemporaryDirectory(prefix="dmp-profiles-") as temporary:
        made = given.folder or Path(temporary) / "days"
        _make_days(made, max(given.days, *(days + 3 for days in given.histories), 0))
        if given.days:
            ours, theirs, words = _apart(compare, made, given.days)
            ratio = ours.cpu / theirs.cpu
            print(f"{EVENTS_PER_DAY * given.days:,} events of {given.days} days: platform {ours}")
            print(
                f"  SQL {theirs}: ratio {ratio:.2f} (bound {MAX_RATIO_TO_SQL}); values: {words or 'equal'}", flush=True
            )
            held = ratio <= MAX_RATIO_TO_SQL and not words
        for days in given.histories:
            (behaviour, others), costs, words = _apart(grow, made, days)
            everything = behaviour + others
            print(f"{days} days: full refresh {everything} (behaviour {behaviour.cpu:.2f}); values: {words or 'equal'}")
            shares = []
            for name, (behaviour, others) in costs:
                cost = behaviour + others
                shares.append(cost.cpu / everything.cpu)
                print(f"  one more day, {name}: {cost} (behaviour {behaviour.cpu:.2f}): {shares[-1]:.1%}", flush=True)
            held = held and not words and (days != 365 or shares[1] <= MAX_INCREMENT)
    print(f"bounds: {MAX_RATIO_TO_SQL} of the SQL, {MAX_INCREMENT:.0%} of the full build at 365 days")
    return 0 if held else 1


def _apart(function: Callable[..., tuple[Any, Any, str]], made: Path, days: int) -> tuple[Any, Any, str]:
    """Run in a process of its own, so that peaks are its own, and a folder of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="dmp-profiles-") as folder,
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        return pool.submit(function, made, days, Path(folder)).result()


def _make_days(folder: Path, days: int) -> None:
    for name in TABLES:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for day in range(days):
        if not _files(folder, TABLES[-1], day, day)[0].exists():
            make_day(day, EVENTS_PER_DAY, folder)


if __name__ == "__main__":
    sys.exit(main())
