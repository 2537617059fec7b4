"""Every record and every session of a simulated world ends as the truth says, whatever its files come in."""

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from dmp_assets.events.judging import judge_records
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.contract import to_engine
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import RejectedRecords
from dmp_assets.orchestration.staleness import LANDING, REFRESH
from dmp_assets.simulation.habits.sources import EVENT_SOURCES, ORDER_SOURCES
from dmp_assets.simulation.run import simulate
from dmp_assets_tests.end_to_end.conftest import START
from dmp_assets_tests.end_to_end.support.habits import ARE_READ, HABITS, WHY
from dmp_assets_tests.end_to_end.support.savings import make_snapshots
from dmp_assets_tests.support.factories import DAILY_KEYS, platform, query, stored_rows

pytestmark = pytest.mark.xdist_group("simulated world")
habits_are_read = pytest.mark.skipif(not ARE_READ, reason=WHY)

SOURCES = ("web", "app", "shop", "shop_uk", *EVENT_SOURCES, *ORDER_SOURCES)
PLACE = ["path", "line_number"]
FATES = {
    "kept": "good", "duplicate": "duplicate", "conflict": "conflict", "refused": "malformed",
    "superseded": "superseded",
}  # fmt: skip
"""Fate in the platform -> in the truth; what is left out is no record of it."""

ORDERS = "SELECT transaction_id, i.item_id, i.quantity, i.item_revenue FROM events.event_items AS i JOIN "
ORDERS += "events.cleaned_events AS e USING (event_date, event_id) WHERE source IN ('marketplace', 'wholesale')"
SESSION = "event_date, kind, is_server_side, anonymous_id, user_id, has_several_accounts, started_at, ended_at, "
SESSION += "events, mkt_campaign, is_bot"
EQUAL_TABLES = ("cleaned_events", "event_items", "quarantined_events", "event_ledger", "sessions", "daily_activity")


NOWHERE = ("no file of the truth", 0)


def truth(world: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(world / "truth" / f"{name}.parquet")


def true_records(world: Path) -> pl.DataFrame:
    known = truth(world, "records/*/*").with_columns(source=pl.col("path").str.split("/").list.first())
    return known.filter(pl.col("source").is_in(SOURCES)).unique(PLACE, keep="first", maintain_order=True)


def found_records(settings: Settings) -> pl.DataFrame:
    """Return path, line, fate and account of every record, as the platform has it."""
    schema = Table(RawEvents).polars_schema
    raw = pl.DataFrame(query(settings, "FROM ingest.raw_events WHERE part <= 1"), schema=schema, orient="row")
    judged = nw.to_native(judge_records(nw.from_native(to_engine(raw.lazy())))).collect()
    words = pl.col("fate").replace_strict(FATES, return_dtype=pl.String)
    return judged.select(*PLACE, "source", "user_id", ours=words)


def assert_equal(ours: Counter, true: Counter, places: dict[tuple, tuple[str, int]]) -> None:
    """Assert that precision and recall are 1; where not, name file and line of the first difference."""
    right = (ours & true).total()
    print(f"precision {right / max(ours.total(), 1):.4f}, recall {right / max(true.total(), 1):.4f} of {true.total()}")
    differing = [(places.get(row, NOWHERE), row) for row in ((ours - true) + (true - ours))]
    if not differing:
        return
    (path, line), row = min(differing, key=lambda one: (one[0] == NOWHERE, str(one)))
    whose = "the truth, not the platform" if row in true - ours else "the platform, not the truth"
    pytest.fail(f"{len(differing)} differ; the first is at {path}, line {line}: {whose}, has {row}")


@habits_are_read
def test_every_record_has_the_fate_of_the_truth(world: Path, built: Settings) -> None:
    true, ours = true_records(world), found_records(built)
    left = true.filter(pl.col("fate") == "left_out")
    assert {*true["fate"]} == {*FATES.values(), "left_out"}
    read = true.filter(pl.col("fate") != "left_out").select(*PLACE, "fate").rows()
    places = {row: (row[0], row[1]) for row in read}
    found = ours.select(*PLACE, "ours").rows()
    assert_equal(Counter(found), Counter(read), {row: (row[0], row[1]) for row in found} | places)
    counted = dict(query(built, "SELECT path, left_out FROM ingest.landing_files WHERE left_out > 0"))
    assert counted == dict(left.group_by("path").len().iter_rows())


@habits_are_read
def test_the_account_of_each_day_and_source_adds_up_to_the_truth(world: Path, built: Settings) -> None:
    booked = query(
        built, "SELECT source, sum(records), sum(kept), sum(duplicates), sum(superseded), sum(quarantined) "
        "FROM events.event_ledger GROUP BY source",
    )  # fmt: skip
    fates = true_records(world).filter(pl.col("fate") != "left_out").group_by("source", "fate").len()
    counts = {(source, fate): number for source, fate, number in fates.iter_rows()}
    for source, records, *parts in booked:
        one = {fate: counts.get((source, fate), 0) for fate in FATES.values()}
        wanted = [one["good"], one["duplicate"], one["superseded"], one["conflict"] + one["malformed"]]
        assert (source, records, parts) == (source, sum(wanted), wanted)
    assert {row[0] for row in booked} == set(SOURCES)


@habits_are_read
def test_every_kept_record_is_its_accounts_however_the_id_is_written(world: Path, built: Settings) -> None:
    kept = true_records(world).filter(pl.col("fate") == "good")
    true = kept.select(*PLACE, "account").rows()
    ours = found_records(built).filter(pl.col("ours") == "good").select(*PLACE, "user_id").rows()
    assert_equal(Counter(ours), Counter(true), {row: (row[0], row[1]) for row in (*ours, *true)})


@habits_are_read
def test_every_session_is_that_of_the_truth(world: Path, built: Settings) -> None:
    sessions = truth(world, "sessions/*").with_columns(
        # A platform knows an event of the web or an app, and a shop's; the first are a browser's or a server's.
        word=pl.when(pl.col("kind") == "shop_visit").then(pl.lit("shop_visit")).otherwise(pl.lit("session")),
        served=pl.col("kind") == "server_side",
    )
    rows = sessions.select(
        "event_date", "word", "served", "browser", "account", "has_several_accounts", "started_at", "ended_at",
        "events", "landing_campaign", "is_bot",
    ).rows()  # fmt: skip
    members = truth(world, "session_records/*").sort(PLACE).unique("session", keep="first", maintain_order=True)
    first = {session: (path, line) for path, line, session in members.select(*PLACE, "session").iter_rows()}
    places = dict(zip(rows, (first[session] for session in sessions["session"]), strict=True))
    assert {*sessions["kind"]} == {"browser", "server_side", "shop_visit"}
    ours = query(built, f"SELECT {SESSION} FROM events.sessions")
    assert_equal(Counter(map(tuple, ours)), Counter(rows), places)


@habits_are_read
def test_every_order_has_the_lines_and_the_amount_of_its_newest_statement(world: Path, built: Settings) -> None:
    lines = truth(world, "order_lines")
    true = Counter(
        (order, item, quantity, cents)
        for order, item, quantity, cents in lines.select("order_id", "item_id", "quantity", "cents").iter_rows()
    )
    ours = Counter((order, item, int(units), round(100 * paid)) for order, item, units, paid in query(built, ORDERS))
    kept = true_records(world).filter(pl.col("fate") == "good").sort(PLACE).unique("event_id", keep="first")
    place = {order: (path, line) for order, path, line in kept.select("event_id", *PLACE).iter_rows()}
    assert_equal(ours, true, {row: place[row[0]] for row in true})


def simulated(out: Path) -> dict[bool, list[Path]]:
    """Return the files of a small world below landing: whether they hold records of days, and their names, sorted."""
    simulate(60, 6, 3, out, START, HABITS)
    landing = out / "landing"
    files: dict[bool, list[Path]] = {True: [], False: []}
    for file in sorted(path.relative_to(landing) for path in landing.rglob("*") if path.is_file()):
        files[file.parts[0] in SOURCES].append(file)
    return files


def deliver(world: Path, files: list[Path], folder: Path) -> Settings:
    """Let files of a world arrive in a folder, read them, and build the days that they make stale."""
    for file in (Path("dmp.yaml"), *(Path("landing") / file for file in files)):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(world / file, folder / file)
    configuration = (world / "dmp.yaml").read_text(encoding="utf-8")
    (folder / "dmp.yaml").write_text(f"{configuration}end_date: {START + timedelta(days=5)}\n", encoding="utf-8")
    settings = load_settings(folder / "dmp.yaml")
    is_first = not settings.warehouse_path.exists()
    with platform(settings) as stack:
        stack.run(LANDING)
        if is_first:
            make_snapshots(stack, [*REFERENCE_TABLES.values(), RejectedRecords])
        for run in stack.pending().runs:
            if run.days is not None:
                stack.run(REFRESH, run.tags, DAILY_KEYS)
        assert not any(one.days for one in stack.pending().stale)
    return settings


def test_files_in_another_order_and_in_two_deliveries_make_equal_tables(tmp_path: Path) -> None:
    world, at_once, in_turns = (tmp_path / name for name in ("world", "at_once", "in_turns"))
    files = simulated(world)
    deliver(world, files[False], at_once)
    shutil.copytree(at_once, in_turns)
    # What is delivered first has the newest files of every source, whose older ones come afterwards.
    newest = [file for place, file in enumerate(reversed(files[True])) if place % 2 == 0]
    oldest = [file for file in files[True] if file not in newest]
    deliver(world, newest, in_turns)
    built = deliver(world, oldest, in_turns), deliver(world, files[True], at_once)
    for name in EQUAL_TABLES:
        ours, others = (stored_rows(settings, f"events.{name}") for settings in built)
        assert ours, name
        assert ours == others, name
