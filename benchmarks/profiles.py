"""What profiles cost: ``python -m benchmarks.profiles [--days 365] [--folder FOLDER]``.

Makes days of a shop, then prints what all profile tables of them cost through the platform's own transforms, and in one
hand-written script of SQL that makes the same tables (``profiles.sql``; the values are compared); and what a further
day costs, after 90 days, a year and three. CPU seconds count, as other work may share the machine.
"""

import argparse
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import polars as pl

from benchmarks.profile_days import JOINED_COOKIES, TABLES, day_of, make_catalogue, make_day, make_visitors
from dmp_assets.events.assets import EVENT_COLUMNS
from dmp_assets.events.assets import LINE_COLUMNS as ROLLED_COLUMNS
from dmp_assets.events.daily_activity import build_daily_activity
from dmp_assets.events.schema import DailyActivity
from dmp_assets.persons import of_persons
from dmp_assets.profiles.affinities import build_affinities
from dmp_assets.profiles.assets import CONTENT_COLUMNS, LINE_COLUMNS, VISIT_COLUMNS
from dmp_assets.profiles.engagement import ENGAGEMENT_WINDOW_DAYS, SOCIAL_EVENTS, build_engagement
from dmp_assets.profiles.history import build_profile_history
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.moved import moved_people
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.running import Behaviour, Sums, added, sum_up
from dmp_assets.profiles.transform import CRM_COLUMNS, build_profiles
from dmp_assets.warehouse.contract import conform, to_engine
from dmp_assets.warehouse.tables import Table

MAX_RATIO_TO_SQL, MAX_INCREMENT = 1.5, 0.05
HALF_LIFE, WINDOW_DAYS = 90.0, 28
EVENTS_PER_DAY = 27_400
HISTORIES = (90, 365, 1_095)
CHUNK = 390
"""Days whose rows are in memory at once; the sums of longer histories go on from those of the days before."""
WHOLE = ("profiles", "engagement", "lifecycle")
"""Tables in which everybody's row changes with the day."""
BY_PERSON = ("affinities", "preferences")
CUSTOMERS = pl.DataFrame(schema=dict.fromkeys(("person_id", *CRM_COLUMNS), pl.String))


@dataclass
class Laps:
    """CPU and wall seconds of the steps of a process, and its peak memory."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: float = 0.0
    gib: float = 0.0
    """Peak memory."""
    _since: tuple[float, float] = field(default_factory=lambda: (time.process_time(), time.monotonic()))

    def end(self, name: str) -> None:
        """Book what has passed since the last step under this name."""
        now = time.process_time(), time.monotonic()
        self.cpu[name] = self.cpu.get(name, 0.0) + now[0] - self._since[0]
        self.wall += now[1] - self._since[1]
        self._since = now
        self.gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

    def skip(self) -> None:
        """Book what has passed since the last step nowhere."""
        self._since = time.process_time(), time.monotonic()

    def __str__(self) -> str:
        steps = ", ".join(f"{name} {seconds:.2f}" for name, seconds in self.cpu.items())
        return f"{sum(self.cpu.values()):6.2f} s CPU, {self.wall:6.2f} s wall, peak {self.gib:.2f} GiB ({steps})"


def roll_up(folder: Path, days: range) -> pl.DataFrame:
    """Return the daily activity of some days."""
    stored = {name: pl.scan_parquet([_file(folder, name, day) for day in days]) for name in TABLES[:2]}
    events = nw.from_native(to_engine(stored["cleaned_events"].select(EVENT_COLUMNS)))
    lines = nw.from_native(to_engine(stored["event_items"].select(ROLLED_COLUMNS)))
    categories = nw.from_native(make_catalogue().lazy().select("item_id", "item_category"))
    rolled = nw.to_native(build_daily_activity(events, lines, categories))
    return conform(rolled, Table(DailyActivity)).collect(engine="streaming").sort("event_date")


def behaviour_of(tables: dict[str, pl.LazyFrame], visitors: pl.DataFrame) -> Behaviour:
    """Return what people did, of the tables of events."""
    contents = tables["cleaned_events"].select(CONTENT_COLUMNS).filter(pl.col("content_group").is_not_null())
    return Behaviour(
        of_persons(tables["daily_activity"], visitors, "first_event_at").collect(engine="streaming").lazy(),
        of_persons(tables["sessions"].select(VISIT_COLUMNS), visitors, "started_at"),
        of_persons(tables["event_items"].select(LINE_COLUMNS), visitors, "event_at"),
        of_persons(contents, visitors, "event_at"),
    )


def tables_of(sums: Sums, did: Behaviour, day: date, part: Sums) -> dict[str, pl.DataFrame]:
    """Return the tables: of everybody where everybody's row changes with the day, else of the people in ``part``."""
    facts = sums.facts.lazy()
    return {
        "profiles": build_profiles(sums.facts, CUSTOMERS, day),
        "affinities": build_affinities(part.interest_sums.lazy()),
        "preferences": build_preferences(part.favourite_sums.lazy()),
        "engagement": build_engagement(facts, did.visits, did.activity, day, HALF_LIFE),
        "lifecycle": build_lifecycle(facts, day),
    }


def build_all(folder: Path, days: int, target: Path, *, joined: bool) -> Laps:
    """Make every profile table and the sums of the first days anew, and store them."""
    laps = Laps()
    for first in range(0, days, 30):
        part = roll_up(folder, range(first, min(first + 30, days)))
        part.write_parquet(_file(folder, "daily_activity", first), compression="lz4")
    laps.end("daily_activity")
    visitors = make_visitors(joined=joined)
    coded = visitors.with_columns(pl.col("person_id").cast(pl.Enum(visitors["person_id"].unique().sort())))
    sums = None
    for first in range(0, days, CHUNK):
        last = min(first + CHUNK, days)
        tables = {name: pl.scan_parquet([_file(folder, name, day) for day in range(first, last)]) for name in TABLES}
        rolled = [_file(folder, "daily_activity", day) for day in range(first, last, 30)]
        did, day = behaviour_of(tables | {"daily_activity": pl.scan_parquet(rolled)}, coded), day_of(last - 1)
        laps.end("activity of persons")
        sums = sum_up(did, make_catalogue(), day, HALF_LIFE, WINDOW_DAYS, sums)
        laps.end("sums")
    if sums is None:
        raise ValueError("no days")
    found = tables_of(sums, did, day, sums)
    found["touches"] = sums.touches
    found["profile_history"] = build_profile_history(sums.months, day)
    laps.end("tables")
    with _connect(target) as connection:
        for name, frame in {**found, **{f"sum_{name}": frame for name, frame in vars(sums).items()}}.items():
            connection.register("rows", _uncoded(frame).to_arrow())
            connection.execute(f"CREATE TABLE {name} AS FROM rows")
        laps.end("storing")
        connection.register("rows", visitors.to_arrow())
        connection.execute("CREATE TABLE sum_visitors AS FROM rows")
    return laps


def store_events(folder: Path, days: int, target: Path) -> None:
    """Store the tables of events of the first days, as the warehouse does, for people who moved."""
    with _connect(target) as connection:
        columns = {"sessions": VISIT_COLUMNS, "event_items": LINE_COLUMNS, "cleaned_events": CONTENT_COLUMNS}
        for name, wanted in columns.items():
            files = [str(_file(folder, name, day)) for day in range(days)]
            connection.execute(f"CREATE TABLE {name} AS SELECT {', '.join(wanted)} FROM read_parquet({files})")
        files = [str(_file(folder, "daily_activity", day)) for day in range(0, days, 30)]
        connection.execute(f"CREATE TABLE daily_activity AS FROM read_parquet({files})")


def add_day(folder: Path, days: int, target: Path, *, joined: bool) -> Laps:
    """Add the day after the first days to the sums, and make the tables of that day of them."""
    laps = Laps()
    rolled = roll_up(folder, range(days, days + 1))
    laps.end("daily_activity")
    new = {name: pl.scan_parquet(_file(folder, name, days)) for name in TABLES} | {"daily_activity": rolled.lazy()}
    visitors, day = make_visitors(joined=joined), day_of(days)
    laps.skip()
    with _connect(target) as connection:
        moved = moved_people(
            connection.table("sum_visitors").pl(), visitors, pl.DataFrame(schema={"visitor_id": pl.String})
        )
        laps.end("moved people")
        theirs = visitors.filter(pl.col("person_id").is_in(moved.implode())).select("visitor_id").unique()
        names = (*TABLES, "daily_activity")
        past = {name: _matching(connection, name, theirs).lazy() for name in names} if theirs.height else None
        laps.end("their past")
        did = behaviour_of(new, visitors)
        if past is not None:
            did = added(did, behaviour_of(past, visitors), moved)
        touched = did.people()
        people = touched.filter(~touched.is_in(moved.implode())).to_frame()
        before = Sums(**{name: _matching(connection, f"sum_{name}", people) for name in Sums.__dataclass_fields__})
        laps.end("sums read")
        part = sum_up(did, make_catalogue(), day, HALF_LIFE, WINDOW_DAYS, before)
        part = Sums(**{name: _uncoded(frame) for name, frame in vars(part).items()})
        laps.end("sums")
        gone = pl.concat([touched, moved]).unique().to_frame()
        for name, frame in vars(part).items():
            _replace(connection, f"sum_{name}", frame, gone)
        laps.end("sums stored")
        everybody = Sums(connection.sql("SELECT * EXCLUDE order_dates FROM sum_facts").pl(), *(pl.DataFrame(),) * 4)
        found = tables_of(everybody, _recent(connection, new, visitors, day), day, part)
        # People who moved bought under another name in months that are over, whose snapshots compare everybody.
        moved_months = _matching(connection, "sum_months", moved.to_frame()).height
        history = build_profile_history(
            connection.table("sum_months").pl(), day, None if moved_months else day_of(days - 1)
        )
        laps.end("tables")
        for name in WHOLE:
            _replace(connection, name, found[name], None)
        for name in BY_PERSON:
            _replace(connection, name, found[name], gone)
        _replace(connection, "touches", part.touches, gone)
        if moved_months:
            _replace(connection, "profile_history", history, None)
        else:
            _append(connection, "profile_history", history)
        laps.end("tables stored")
    return laps


def _recent(
    connection: duckdb.DuckDBPyConnection, new: dict[str, pl.LazyFrame], visitors: pl.DataFrame, day: date
) -> Behaviour:
    """Return visits and social events of the days that engagement looks back on."""
    since = f"event_date > DATE '{day}' - {ENGAGEMENT_WINDOW_DAYS}"
    visits = connection.sql(f"SELECT {', '.join(VISIT_COLUMNS)} FROM sessions WHERE {since}").pl().lazy()
    social = connection.sql(f"FROM daily_activity WHERE {since} AND event_name IN {SOCIAL_EVENTS}").pl().lazy()
    nothing = pl.LazyFrame()
    return Behaviour(
        of_persons(pl.concat([social, new["daily_activity"]]), visitors, "first_event_at"),
        of_persons(pl.concat([visits, new["sessions"].select(VISIT_COLUMNS)]), visitors, "started_at"),
        nothing,
        nothing,
    )


def _matching(connection: duckdb.DuckDBPyConnection, name: str, keys: pl.DataFrame) -> pl.DataFrame:
    connection.register("keys", keys.to_arrow())
    return connection.sql(f"FROM {name} SEMI JOIN keys USING ({', '.join(keys.columns)})").pl()


def _replace(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, gone: pl.DataFrame | None) -> None:
    connection.register("rows", frame.to_arrow())
    if gone is None:
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM rows")
        return
    connection.register("gone", gone.to_arrow())
    connection.execute(f"DELETE FROM {name} WHERE person_id IN (FROM gone)")
    connection.execute(f"INSERT INTO {name} BY NAME FROM rows")


def _append(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register("rows", frame.to_arrow())
    connection.execute(f"INSERT INTO {name} BY NAME FROM rows")


def run_sql(folder: Path, days: int, target: Path) -> Laps:
    """Make the same tables with one script of SQL."""
    script = (Path(__file__).parent / "profiles.sql").read_text(encoding="utf-8")
    given = {"$as_of": f"DATE '{day_of(days - 1)}'", "$half_life": str(HALF_LIFE), "$window_days": str(WINDOW_DAYS)}
    for name, value in given.items():
        script = script.replace(name, value)
    with _connect(target) as connection:
        connection.execute("SET preserve_insertion_order = false")
        for name in TABLES:
            files = [str(_file(folder, name, day)) for day in range(days)]
            connection.execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet({files})")
        files = [str(_file(folder, "daily_activity", day)) for day in range(0, days, 30)]
        connection.execute(f"CREATE TEMP VIEW daily_activity AS FROM read_parquet({files})")
        connection.register("items", make_catalogue().to_arrow())
        connection.register("visitors", make_visitors(joined=True).to_arrow())
        laps = Laps()
        for statement in script.split(";\n"):
            if "CREATE" in statement:
                connection.execute(statement)
                laps.end(statement.split("TABLE ")[1].split()[0])
    return laps


def difference(first: Path, second: Path) -> str:
    """Return how the tables of two files differ, in words; empty where they do not."""
    keys = dict.fromkeys((*WHOLE, "preferences", "touches"), "person_id") | {
        "affinities": "person_id, attribute, value",
        "profile_history": "as_of_date, person_id",
    }
    words = []
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{first}' AS a (READ_ONLY); ATTACH '{second}' AS b (READ_ONLY)")
        for name, key in keys.items():
            with suppress(duckdb.CatalogException):
                columns = connection.table(f"b.{name}").columns
                types = dict(
                    zip(
                        columns,
                        map(str, connection.table(f"a.{name}").select(*map(duckdb.ColumnExpression, columns)).types),
                        strict=True,
                    )
                )
                same = " AND ".join(
                    f"(x.{c} IS NOT DISTINCT FROM y.{c} OR abs(x.{c} - y.{c}) <= 1.5e-9)"
                    if types[c] == "DOUBLE"
                    else f"x.{c} IS NOT DISTINCT FROM y.{c}"
                    for c in columns
                )
                left, right, equal = connection.sql(
                    f"""SELECT (SELECT count(*) FROM a.{name}), (SELECT count(*) FROM b.{name}),
                    (SELECT count(*) FROM a.{name} AS x JOIN b.{name} AS y USING ({key}) WHERE {same})"""
                ).fetchall()[0]
                if not left == right == equal:
                    words.append(f"{name}: {left} and {right} rows, {equal} equal")
    return "; ".join(words)


def _connect(target: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(target), config={"threads": 2})
    connection.execute("SET enable_progress_bar = false")
    return connection


def _file(folder: Path, name: str, day: int) -> Path:
    return folder / name / f"{day:04}.parquet"


def _uncoded(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(name).cast(pl.String) for name in ("person_id", "value") if name in frame.columns)


def _apart(function: object, *given: object, **named: object) -> Laps:
    """Run in a process of its own, so that peaks are its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        laps: Laps = pool.submit(function, *given, **named).result()  # type: ignore[arg-type]
        return laps


def main() -> int:
    """Print the figures and return 0 where the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="days of the comparison with SQL")
    parser.add_argument("--histories", type=int, nargs="*", default=HISTORIES, help="days before the one that is added")
    parser.add_argument("--folder", type=Path, help="keep the made-up days here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dmp-profiles-") as made:
        folder = given.folder or Path(made)
        _make_days(folder, max(given.days, *given.histories, 0) + 1)
        held = given.days == 0 or compare(folder, given.days, Path(made))
        shares = [grow(folder, days, Path(made)) for days in given.histories]
    print(f"bounds: {MAX_RATIO_TO_SQL} of the SQL, {MAX_INCREMENT:.0%} of the full build at 365 days")
    return 0 if held and all(shares) else 1


def compare(folder: Path, days: int, made: Path) -> bool:
    """Print what the tables of the first days cost both ways, and return whether bound and values hold."""
    ours, theirs = made / "platform.duckdb", made / "sql.duckdb"
    platform = _apart(build_all, folder, days, ours, joined=True)
    events = pl.scan_parquet([_file(folder, "cleaned_events", day) for day in range(days)]).select(pl.len()).collect()
    print(f"{events.item():,} events of {days} days: platform {platform}", flush=True)
    sql = _apart(run_sql, folder, days, theirs)
    print(f"SQL {sql}", flush=True)
    cost = sum(platform.cpu.values()) - platform.cpu["daily_activity"]
    ratio = cost / sum(sql.cpu.values())
    words = difference(ours, theirs)
    print(f"ratio {ratio:.2f} (bound {MAX_RATIO_TO_SQL}); values: {words or 'equal'}", flush=True)
    return ratio <= MAX_RATIO_TO_SQL and not words


def grow(folder: Path, days: int, made: Path) -> bool:
    """Print what the day after ``days`` costs beside all days, and return whether bound and values hold."""
    whole, before, after = (made / f"{name}-{days}.duckdb" for name in ("whole", "before", "after"))
    _apart(build_all, folder, days, before, joined=False)
    _apart(store_events, folder, days, before)
    shutil.copy(before, after)
    alone = _apart(add_day, folder, days, before, joined=False)
    moving = _apart(add_day, folder, days, after, joined=True)
    full = _apart(build_all, folder, days + 1, whole, joined=True)
    share = sum(moving.cpu.values()) / sum(full.cpu.values())
    words = difference(after, whole)
    print(f"{days} days and one: all anew {full}")
    print(f"  one day, nobody moved {alone}")
    print(f"  one day, {JOINED_COOKIES} people with a past moved {moving}")
    print(f"  share {share:.1%}; values: {words or 'equal'}", flush=True)
    for file in (whole, before, after):
        file.unlink()
    return (share <= MAX_INCREMENT or days < 365) and not words


def _make_days(folder: Path, days: int) -> None:
    for name in (*TABLES, "daily_activity"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for day in range(days):
        if not _file(folder, TABLES[-1], day).exists():
            make_day(day, EVENTS_PER_DAY, folder)


if __name__ == "__main__":
    sys.exit(main())
