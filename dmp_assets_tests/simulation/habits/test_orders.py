"""Statements of orders, read with csv alone: which one counts, and what its lines are."""

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import polars as pl
import pytest

from dmp_assets.simulation.run import WorldReport
from dmp_assets_tests.simulation.conftest import by_line, truth

SOURCES = ("marketplace", "wholesale")


@dataclass
class Statement:
    """An order as one file states it."""

    path: str
    newest: datetime
    lines: list[tuple[str, ...]] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)

    @property
    def age(self) -> tuple[str, datetime, list[int]]:
        """What a newer statement has more of: time of change, newest order of the file, number of the file."""
        changed = self.lines[0][2] if self.path.startswith("marketplace/") else ""
        return changed, self.newest, [int(digits) for digits in re.findall(r"\d+", self.path)]


def statements(world: WorldReport, source: str) -> dict[str, list[Statement]]:
    """Return the statements of each order, by the number that its lines mean."""
    known = by_line(truth(world, f"records/{source}/*"))
    found: dict[str, dict[str, Statement]] = {}
    for path in (world.out / "landing" / source).iterdir():
        place = f"{source}/{path.name}"
        with path.open(encoding="utf-8") as stream:
            rows = list(csv.reader(stream))[1:]
        newest = max(datetime.fromisoformat(row[1]) for row in rows)
        for number, row in enumerate(rows, start=2):
            if known[place, number]["fate"] == "malformed":
                continue
            order = known[place, number]["event_id"]
            statement = found.setdefault(order, {}).setdefault(place, Statement(place, newest))
            statement.lines.append(tuple(row[:7] if source == "marketplace" else row))
            statement.places.append((place, number))
    return {order: sorted(stated.values(), key=lambda one: one.age) for order, stated in found.items()}


@pytest.mark.parametrize("source", SOURCES)
def test_the_newest_statement_counts_whole_and_its_lines_are_the_right_ones(exports: WorldReport, source: str) -> None:
    known = by_line(truth(exports, f"records/{source}/*"))
    right = truth(exports, "order_lines").filter(pl.col("source") == source).partition_by("order_id", as_dict=True)
    stated = statements(exports, source)
    assert {str(order) for (order,) in right} == set(stated)
    for order, several in stated.items():
        newest = Counter(several[-1].lines)
        kept = next(one for one in several if Counter(one.lines) == newest)
        for one in several:
            fates = {known[place]["fate"] for place in one.places}
            equal = Counter(one.lines) == newest
            assert fates == {"good" if one is kept else "duplicate" if equal else "superseded"}, (order, one.path)
        lines = Counter((line[-3], line[-2], round(100 * float(line[-1]))) for line in kept.lines)
        table = right[(order,)]
        true = table.select("item_id", pl.col("quantity").cast(pl.String), "cents").iter_rows()
        assert Counter(true) == lines
        assert {str(at) for at in table["event_at"]} == {line[1] for line in kept.lines}


@pytest.mark.parametrize("source", SOURCES)
def test_every_kind_of_correction_occurs(exports: WorldReport, source: str) -> None:
    seen, equal_lines = set(), 0
    for several in statements(exports, source).values():
        counts = [Counter(one.lines) for one in several]
        equal_lines += max(counts[-1].values()) > 1
        for before, after in pairwise(several):
            if Counter(before.lines) == Counter(after.lines):
                seen.add("repeated")
            elif before.lines[0][1] != after.lines[0][1]:
                seen.add("another day")
            else:
                sizes = len(before.lines), len(after.lines)
                seen.add("shorter" if sizes[0] > sizes[1] else "longer" if sizes[0] < sizes[1] else "amount")
    assert seen == {"repeated", "another day", "shorter", "longer", "amount"}
    assert equal_lines > 3


def test_some_orders_are_decided_by_the_number_of_their_file_alone(exports: WorldReport) -> None:
    last = [several[-2:] for several in statements(exports, "wholesale").values() if len(several) > 1]
    decided = {
        (before.path, after.path)
        for before, after in last
        if before.newest == after.newest and Counter(before.lines) != Counter(after.lines)
    }
    # As text, 10 comes before 9, and the order would be as it was stated first.
    assert ("wholesale/export 9.csv", "wholesale/export 10.csv") in decided


def test_ids_that_lost_digits_are_refused_in_every_file(exports: WorldReport) -> None:
    for source in SOURCES:
        known, lost = by_line(truth(exports, f"records/{source}/*")), 0
        for path in (exports.out / "landing" / source).iterdir():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], start=2):
                row = known[f"{source}/{path.name}", number]
                assert (row["fate"] == "malformed") == ("E+" in line)
                assert (row["violation"] == "lost_id") == ("E+" in line)
                lost += "E+" in line
        assert lost > 3
