"""The simulation from a seed to files: people, then for each day what happens and what is recorded."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from dmp_assets.simulation.bots import BOT_NUMBERS, bot_events
from dmp_assets.simulation.campaigns import Campaigns, make_campaigns
from dmp_assets.simulation.catalogue import Catalogue, make_catalogue, make_tastes
from dmp_assets.simulation.events import PURCHASE, Happened, unroll
from dmp_assets.simulation.files.configuration import configuration
from dmp_assets.simulation.files.delivery import Delivery
from dmp_assets.simulation.files.faults import with_faults
from dmp_assets.simulation.files.ga4_lines import ga4_lines
from dmp_assets.simulation.files.orders_truth import online_orders, store_orders
from dmp_assets.simulation.files.references import write_references
from dmp_assets.simulation.files.segment_lines import segment_lines
from dmp_assets.simulation.files.session_truth import write_sessions
from dmp_assets.simulation.files.spend_files import AdActivity
from dmp_assets.simulation.files.store_files import TILLS, till_lines
from dmp_assets.simulation.files.truth import identifier_table, model_tables, people_tables, write_truth
from dmp_assets.simulation.files.web_records import with_servers
from dmp_assets.simulation.habits.sources import ENTRIES, EVENT_SOURCES, ORDER_SOURCES, write_habits
from dmp_assets.simulation.parameters import BLOCK, PLAIN, Faults, Habits
from dmp_assets.simulation.sessions import Sessions, draw_sessions, viewed_items
from dmp_assets.simulation.stores import store_lines
from dmp_assets.simulation.touches import TouchHistory
from dmp_assets.simulation.world import DAY_US, World, make_world

START = date(2024, 1, 1)
NAMES = {
    "web": "web/%Y-%m-%d.ndjson.gz",
    "app": "app/events_%Y%m%d.ndjson.gz",
    "shop": "shop/orders-%Y-%m-%d.csv",
    "shop_uk": "shop_uk/sales-%Y-%m-%d.csv",
}


class SimulationError(ValueError):
    """The world cannot be made; the message names the value seen and the values allowed."""


@dataclass(frozen=True)
class WorldReport:
    """What was written."""

    out: Path
    people: int
    days: int
    records: int
    """Records of web, app and stores."""
    orders: int
    totals: pl.DataFrame


def simulate(people: int, days: int, seed: int, out: Path, start: date = START, habits: Habits = PLAIN) -> WorldReport:
    """Write a world's landing files, its truth and its ``dmp.yaml``, and return what was written.

    Args:
        people: Persons, 1 to 100 million.
        days: Days on which things happen; late records arrive up to nine days after the last.
        seed: Any number from 0; the same one gives the same bytes.
        out: A folder that does not exist or is empty.
        start: The first day (UTC).
        habits: What exports and servers do beside the main sources' files.

    Raises:
        SimulationError: A number out of range, or a folder with something in it.
    """
    _check(people, days, seed, out)
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(people, days, seed, out, start, habits)
    try:
        for day in range(days):
            run.day(day)
        day = days
        while day <= run.delivery.last_day():
            run.delivery.begin(day)
            run.delivery.end()
            day += 1
    except BaseException:
        shutil.rmtree(out / "truth", ignore_errors=True)
        raise
    finally:
        run.delivery.close()
    return run.finish()


def _check(people: int, days: int, seed: int, out: Path) -> None:
    for name, value, low, high in (("people", people, 1, 10**8), ("days", days, 1, 4_000), ("seed", seed, 0, 2**31)):
        if not low <= value <= high:
            raise SimulationError(f"{name}: {value}; allowed: {low} to {high}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SimulationError(f"{out}: exists and is not empty; allowed: a new or empty folder")


class _Run:
    """State that goes from day to day."""

    def __init__(self, people: int, days: int, seed: int, out: Path, start: date, habits: Habits) -> None:
        self.days, self.out, self.start, self.habits = days, out, start, habits
        self.world: World = make_world(seed, people, days)
        self.catalogue: Catalogue = make_catalogue(seed, people)
        self.goods = self.catalogue.frame()
        self.tastes = make_tastes(seed, people)
        self.campaigns: Campaigns = make_campaigns(self.world, days)
        self.history = TouchHistory.empty(people)
        self.activity = AdActivity(days)
        self.delivery = Delivery(out, start, NAMES, {till.source: till.header for till in TILLS})
        self.sightings: pl.DataFrame | None = None
        self.faults = Faults()
        self.orders = 0
        self.epoch_us = (start - date(1970, 1, 1)).days * DAY_US

    def day(self, day: int) -> None:
        """Simulate a day and write its files."""
        self.delivery.begin(day)
        for first in range(0, self.world.people, BLOCK):
            self._block(day, first)
        self._record(bot_events(self.world, self.catalogue, day), self._no_orders, (day, BOT_NUMBERS // 4096))
        self.delivery.end()

    def _block(self, day: int, first: int) -> None:
        weekday = (self.start + timedelta(days=day)).weekday()
        place = (day, first)
        sessions = draw_sessions(self.world, self.campaigns, self.history, day, weekday, first)
        self.activity.record(day, sessions)
        items = viewed_items(sessions, self.catalogue, self.tastes, self.world.seed, place)
        happened = unroll(self.world, sessions, items, self.goods, place, self.days - 1)
        self._note(sessions, day)
        lines = store_lines(self.world, self.catalogue, self.tastes, place, self.days - 1)
        self._write_orders(sessions, happened, lines, place)
        self._record(happened.events, happened.orders, place)
        for till, british in zip(TILLS, (False, True), strict=True):
            rows = lines.filter(pl.col("british") == british)
            spoiled = with_faults(rows, self.faults, self.world.seed, till.source, place, whole=("order", "refund"))
            self.delivery.add(till.source, day, till_lines(spoiled, till, self.epoch_us))

    @property
    def _no_orders(self) -> pl.DataFrame:
        types: dict[str, pl.DataType] = {"session": pl.Int64(), "cents": pl.Int64(), "units": pl.UInt32()}
        texts = dict.fromkeys(("products", "items", "transaction_id"), pl.String())
        return pl.DataFrame(schema={**types, **texts})

    def _record(self, events: pl.DataFrame, orders: pl.DataFrame, place: tuple[int, int]) -> None:
        """Write web and app events; times of the web are cut to milliseconds first, as its format has no more."""
        seed, faults = self.world.seed, self.faults
        web = events.filter(~pl.col("in_app")).with_columns(at_us=pl.col("at_us") // 1000 * 1000)
        web = with_servers(web, self.habits.server_purchases, seed)
        spoiled = with_faults(web, faults, seed, "web", place, conflicts=True)
        self.delivery.add("web", place[0], segment_lines(spoiled, orders, self.goods, self.world, self.epoch_us))
        app = events.filter("in_app")
        spoiled = with_faults(app, faults, seed, "app", place)
        self.delivery.add("app", place[0], ga4_lines(spoiled, orders, self.goods, self.world, self.epoch_us))

    def _note(self, sessions: Sessions, day: int) -> None:
        days = np.full(len(sessions.device), day)
        seen = pl.DataFrame(
            {
                "person": sessions.person.astype(np.int32),
                "device": sessions.device.astype(np.int32),
                "cookie": np.where(sessions.in_app, -1, self.world.cookies(sessions.device, days)),
                "in_app": sessions.in_app,
            }
        )
        self.sightings = seen if self.sightings is None else pl.concat([self.sightings, seen])
        # Repetitions are removed once a week, so that what is kept grows with devices and not with sessions.
        if day % 7 == 6 or day == self.days - 1:
            self.sightings = self.sightings.unique().sort("person", "device", "cookie", "in_app")

    def _write_orders(
        self, sessions: Sessions, happened: Happened, lines: pl.DataFrame, place: tuple[int, int]
    ) -> None:
        online, contributions = online_orders(
            sessions, happened.events, happened.orders, self.world, self.start, PURCHASE
        )
        conversions = pl.concat([online, store_orders(lines, self.start)])
        self.orders += conversions.height
        name = f"{self.start + timedelta(days=place[0])}-{place[1] // BLOCK:03d}.parquet"
        for table, rows in (("conversions", conversions), ("contributions", contributions)):
            folder = self.out / "truth" / table
            folder.mkdir(parents=True, exist_ok=True)
            rows.write_parquet(folder / name, compression="zstd", compression_level=1)

    def finish(self) -> WorldReport:
        """Write what is written once and return the report."""
        reference = write_references(self.world, self.catalogue, self.campaigns, self.activity, self.out, self.start)
        totals = pl.DataFrame(
            [(*key, count) for key, count in self.delivery.counts.items()],
            schema={"source": pl.String, "fate": pl.String, "violation": pl.String, "bot": pl.String,
                    "late": pl.Boolean, "records": pl.Int64},
            orient="row",
        )  # fmt: skip
        exports = write_habits(self.habits, self.world.seed, self.world.people, self.out, self.start, self.days)
        totals = pl.concat([totals, reference.totals, exports.totals]).sort(pl.all())
        seen = self.sightings if self.sightings is not None else pl.DataFrame()
        write_truth(
            self.out,
            people_tables(self.world, self.tastes, self.start, self.days)
            | model_tables(self.campaigns, self.catalogue, self.world, self.start)
            | {"identifiers": identifier_table(self.world, seen.unique(maintain_order=True)), "totals": totals}
            | reference.tables
            | exports.tables,
        )
        write_sessions(
            self.out, ("web", "app", *EVENT_SOURCES), ("shop", "shop_uk", *ORDER_SOURCES),
            per_day=int(totals["records"].sum()) / self.days,
        )  # fmt: skip
        entries = {source: ENTRIES[source] for source in self.habits.sources}
        (self.out / "dmp.yaml").write_text(configuration(self.start, entries), encoding="utf-8")
        records = int(totals.filter(pl.col("source").is_in(list(NAMES)))["records"].sum())
        return WorldReport(self.out, self.world.people, self.days, records, self.orders, totals)
