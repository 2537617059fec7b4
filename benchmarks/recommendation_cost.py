"""What recommendations cost: ``python -m benchmarks.recommendation_cost [--case NAME] [--kept] [--items N ...]``.

Makes lines of people with tastes over a catalogue of power-law popularity, 200,000 people and 20,000 items, and does
the work of a day on them as a run does, each case in a process of its own: the choice and its proof (or a choice that
is kept), neighbours and pairs of items, everybody's lists, and the write into a warehouse. Prints CPU seconds (all
threads) and the peak of memory up to the end of each piece, and their sums next to their bounds.

- ``lines``: 10 M lines; ``pairs``: 3.3 M pairs of a person and an item.
- ``--kept``: only with a choice that is kept; ``--chosen``: only with one that is made.
- ``--items 20000 65000 100000``: growth with the catalogue instead, for 50,000 people, with a choice that is kept.
- ``--share 0.1``: that share of people and lines, for a quick look; no bound is held against it.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from dmp_assets.foundation.publishing.rows_to_write import check_rows
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Write, write_all
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.profiles.schema.statements import ConsentState, Demographics
from dmp_assets.recommendations.build import Sources, Tables, choose, relate, serve, usable_lines
from dmp_assets.recommendations.choice.stored import restored_choices
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.models.families import GRAPH_FILTER, PERSONAL, RP3BETA, Member
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.schema.choice import ModelChoice
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT

MAX_GIB = 4.0
NEXT_SECONDS = 60.0
"""What the list *next* may take: its choice, its proof and everybody's lists."""

TASTES = 50
GROWTH_PEOPLE, LINES_PER_PERSON = 50_000, 50
FIRST_DATE, DAYS = date(2024, 1, 1), 365
AS_OF = date(2024, 12, 30)
DAY_US = 86_400_000_000

KEPT = {
    REPEAT: Choice(
        REPEAT,
        (Member(PERSONAL, profile=Profile(half_life_days=60.0)), Member(RP3BETA, (("neighbours", 500),))),
        (0.8, 0.2),
        "for the benchmark",
    ),
    DISCOVER: Choice(
        DISCOVER,
        (Member(GRAPH_FILTER, (("neighbours", 500), ("tastes", 256))), Member(RP3BETA, (("neighbours", 2_000),))),
        (0.5, 0.5),
        "for the benchmark",
    ),
}
"""What such data are served with, of the families that cost most."""


@dataclass(frozen=True)
class Case:
    """One size, and the CPU seconds that it may take with a choice that is kept and with one that is made."""

    name: str
    people: int
    items: int
    lines: int
    kept_seconds: float | None = None
    chosen_seconds: float | None = None

    def __str__(self) -> str:
        """Return the size in words."""
        return f"{self.name}: {self.people:,} people x {self.items:,} items, {self.lines:,} lines"


CASES = (
    # What is chosen on such lines has three lists, what is kept two.
    Case("lines", 200_000, 20_000, 10_000_000, 200.0, 320.0 + NEXT_SECONDS),
    # 3.3 M pairs: some lines are of what the person has already.
    Case("pairs", 200_000, 20_000, 3_940_000, 150.0, 220.0 + NEXT_SECONDS),
)


def make_lines(case: Case, file: Path, seed: int = 1) -> None:
    """Write lines of people who take two thirds from the items of their taste, popular ones first."""
    chance = np.random.default_rng(seed)
    activity = chance.lognormal(0, 1, case.people)
    person = np.repeat(np.arange(case.people), chance.multinomial(case.lines, activity / activity.sum()))
    share = 1 / (np.arange(case.items) + 10) ** 0.9
    place = np.searchsorted(np.cumsum(share / share.sum()), chance.random(case.lines)).clip(max=case.items - 1)
    taste = chance.integers(0, TASTES, case.people)[person]
    item = np.where(chance.random(case.lines) < 0.67, place // TASTES * TASTES + taste, place) % case.items
    at = chance.integers(0, DAYS * DAY_US, case.lines)
    frame = pl.DataFrame({"person": person, "item": item, "at": at, "kind": chance.integers(0, 10, case.lines)})
    is_bought = pl.col("kind") >= 7
    frame.select(
        person_id=_person("person"),
        item_id=pl.format("{}", pl.col("item") + 800_000),
        is_bought=is_bought,
        event_name=pl.when(~is_bought).then(pl.lit("view_item")),
        # What a person buys on one day is one order.
        order_id=pl.when(is_bought).then(pl.format("shop:{}-{}", "person", pl.col("at") // DAY_US)),
        event_at=pl.lit(FIRST_DATE).cast(pl.Datetime("us")) + pl.col("at").cast(pl.Duration("us")),
    ).with_columns(event_date=pl.col("event_at").dt.date()).write_parquet(file)


def measure(case: Case, file: Path, *, is_kept: bool) -> tuple[float, float]:
    """Print CPU seconds and the peak of each piece of work; return their sum and the peak of this process."""
    spent: list[float] = []

    @contextmanager
    def piece(name: str) -> Iterator[None]:
        before = time.process_time()
        yield
        spent.append(time.process_time() - before)
        print(f"  {name:>10}: {spent[-1]:6.1f} s, peak so far {_peak_gib():.2f} GiB", flush=True)

    choices, rules = KEPT, RecommendationSettings()
    with piece("read"):
        sources = _sources(case, file)
        lines = usable_lines(sources.lines, pl.Series("person_id", [], pl.String), AS_OF)
    warehouse = Warehouse(database=str(file.with_suffix(".duckdb")))
    if not is_kept:
        with piece("choice"):
            chosen = choose(lines, AS_OF, 28)
        choices = restored_choices(chosen[ModelChoice])
        with piece("written"):
            _write(warehouse, chosen)
        del chosen
    for task, choice in choices.items():
        print(f"  {task}: {choice}", flush=True)
    with piece("relations"):
        related = relate(lines, AS_OF, sources.items)
    with piece("written"):
        _write(warehouse, related)
    del related, lines  # each step of a run reads the lines for itself
    with piece("lists"):
        served = serve(sources, choices, AS_OF, rules)
    with piece("written"):
        _write(warehouse, served)
    return sum(spent), _peak_gib()


def main() -> int:
    """Print the figures and return 0 where the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=[case.name for case in CASES])
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--chosen", action="store_true")
    parser.add_argument("--items", type=int, nargs="*", default=[])
    parser.add_argument("--share", type=float, default=1.0)
    options = parser.parse_args()
    ways = [True] if options.kept or options.items else [False] if options.chosen else [True, False]
    cases = [case for case in CASES if options.case in (None, case.name)]
    if options.items:
        lines = GROWTH_PEOPLE * LINES_PER_PERSON
        cases = [Case("growth", GROWTH_PEOPLE, items, lines) for items in options.items]
    return max(_run(case, options.share, is_kept=is_kept) for case in cases for is_kept in ways)


def _run(case: Case, share: float, *, is_kept: bool) -> int:
    """Print what a case costs and return 0 where its bounds hold, or where it has none."""
    if share != 1:
        people, lines = (round(share * count) for count in (case.people, case.lines))
        case = Case(case.name, people, case.items, lines)
    print(f"{case}; the choice is {'kept' if is_kept else 'made'}", flush=True)
    with tempfile.TemporaryDirectory(prefix="dmp-recommendations-") as folder:
        file = Path(folder) / "lines.parquet"
        make_lines(case, file)
        # In a process of its own, whose peak is of nothing else.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            seconds, gib = pool.submit(measure, case, file, is_kept=is_kept).result()
    bound = case.kept_seconds if is_kept else case.chosen_seconds
    if bound is None:
        print(f"  in all: {seconds:.1f} s CPU, {gib:.2f} GiB", flush=True)
        return 0
    print(f"  in all: {seconds:.1f} s CPU, bound {bound:.0f} s; {gib:.2f} GiB, bound {MAX_GIB:.0f} GiB", flush=True)
    return 0 if seconds <= bound and gib <= MAX_GIB else 1


def _person(number: str) -> pl.Expr:
    """Return person ids as long as those of identity."""
    return pl.format("p{}", pl.col(number).cast(pl.String).str.zfill(16))


def _sources(case: Case, file: Path) -> Sources:
    """Return what lists are made from: a hundredth of the people have no line, and a tenth said how old they are."""
    numbers = pl.DataFrame({"number": np.arange(case.people + case.people // 100)})
    ages = pl.format("{}0-{}9", pl.col("number") % 5 + 2, pl.col("number") % 5 + 2)
    stated = numbers.filter(pl.col("number") % 10 == 0).select(
        person_id=_person("number"), field=pl.lit("age_range"), value=ages
    )
    items = pl.DataFrame({"item": np.arange(case.items)}).select(
        item_id=pl.format("{}", pl.col("item") + 800_000),
        item_name=pl.format("THING NUMBER {}", "item"),
        item_category=pl.format("CATEGORY {}", pl.col("item") % 300),
        item_category2=pl.format("FINE CATEGORY {}", pl.col("item") % 2_000),
        item_department=pl.format("DEPARTMENT {}", pl.col("item") % 20),
    )
    catalogue = pl.concat([_none_of(RawItems), items], how="diagonal")
    return Sources(
        pl.scan_parquet(file),
        numbers.select(_person("number").alias("person_id")).to_series(),
        _none_of(ConsentState),
        catalogue,
        pl.concat([_none_of(Demographics), stated], how="diagonal_relaxed"),
        catalogue,
    )


def _none_of(contract: Contract) -> pl.DataFrame:
    return pl.DataFrame(schema=Table(contract).polars_schema)


def _write(warehouse: Warehouse, tables: Tables) -> None:
    """Check and write as ``publish_tables`` does.

    Raises:
        RuntimeError: A table breaks its contract.
    """
    writes = []
    for contract, made in tables.items():
        rows, checked = check_rows(TableRows(made), Table(contract), Path(warehouse.database).parent)
        broken = "; ".join(outcome.message for outcome in checked if outcome.message)
        if broken:
            raise RuntimeError(f"{contract.__name__}: {broken}")
        writes.append(Write(Table(contract), rows, None, Stamp("benchmark")))
    write_all(warehouse, writes)


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    sys.exit(main())
