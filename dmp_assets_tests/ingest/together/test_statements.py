"""Orders that are delivered again: corrected, shortened, moved to another day, split over files."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import json
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets_tests.support.landed import Landed, landed

FIRST = date(2026, 10, 5)
DAYS = [FIRST + timedelta(days=days) for days in range(4)]
HEADER = "ordered_at,order_no,sku,line_total,changed_at"
CONFIGURATION = """
start_date: 2026-10-05
base_currency: EUR
sources:
  shop:
    kind: orders
    order_files: {order_files}
    {more}
    columns: {{event_at: ordered_at, transaction_id: order_no, item_id: sku, item_revenue: line_total{updated}}}
"""


@dataclass(frozen=True)
class Statement:
    """One order as one file states it."""

    order: int
    day: int
    lines: tuple[tuple[str, int], ...]
    changed: int

    def texts(self) -> list[str]:
        """Return its lines in CSV."""
        at = f"{DAYS[self.day]} {8 + self.order:02d}:00:00"
        return [f"{at},{self.order},{sku},{paid}.00,2026-11-{self.changed:02d}" for sku, paid in self.lines]


Files = dict[str, list[Statement]]

LINES = st.lists(st.tuples(st.sampled_from(["tea", "mug"]), st.integers(1, 2)), min_size=1, max_size=3)


@st.composite
def deliveries(draw: st.DrawFn) -> Files:
    """Return files with statements of few orders, each changed under its own number; some files come again."""
    files: Files = {}
    for number in draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True)):
        orders = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True))
        files[f"export-{number}.csv"] = [
            Statement(order, draw(st.integers(0, 3)), tuple(sorted(draw(LINES))), number) for order in orders
        ]
    again = draw(st.lists(st.sampled_from(sorted(files)), max_size=2, unique=True))
    return files | {f"again/{name}": files[name] for name in again}


def tables(
    files: dict[str, Sequence[str]], *, updated: bool, order_files: str = "whole", more: str = "", **options: Any
) -> Landed:
    """Return the tables made of files of CSV lines."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, lines in files.items():
            file = root / "data" / "landing" / "shop" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join([HEADER, *lines]) + "\n")
        mapped = ", updated_at: changed_at" if updated else ""
        text = CONFIGURATION.format(order_files=order_files, updated=mapped, more=more)
        (root / "dmp.yaml").write_text(text)
        return landed(root / "dmp.yaml", datetime(2026, 12, 1), **options)


def texts(files: Files) -> dict[str, Sequence[str]]:
    """Return the lines of the files."""
    return {name: [line for one in statements for line in one.texts()] for name, statements in files.items()}


def newest(files: Files, *, updated: bool) -> dict[int, Statement]:
    """Return the statement of each order that is right, written down from the rules."""

    def rank(name: str, one: Statement) -> tuple:
        last = max(max(DAYS[other.day], date.min) for other in files[name])
        newest_hour = max((DAYS[other.day], other.order) for other in files[name])
        numbered = [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", f"shop/{name}")]
        return (one.changed if updated else 0, last, newest_hour, numbered)

    found: dict[int, tuple[tuple, Statement]] = {}
    for name, statements in files.items():
        for one in statements:
            ranked = (rank(name, one), one)
            if one.order not in found or ranked[0] > found[one.order][0]:
                found[one.order] = ranked
    return {order: one for order, (_, one) in found.items()}


def orders(made: Landed) -> dict[str, tuple[date, float, int]]:
    """Return day, amount and lines of each order."""
    rows = made["cleaned_events"].select("transaction_id", "event_date", "revenue", "items").rows()
    assert len({row[0] for row in rows}) == len(rows)
    return {order: (day, float(paid), lines) for order, day, paid, lines in rows}


@pytest.mark.parametrize("updated", [True, False])
@settings(max_examples=40, deadline=None)
@given(files=deliveries())
def test_each_order_is_as_its_newest_statement_says_and_every_record_is_accounted_for(
    updated: bool, files: Files
) -> None:
    made = tables(texts(files), updated=updated)
    right = newest(files, updated=updated)
    assert orders(made) == {
        str(order): (DAYS[one.day], float(sum(paid for _, paid in one.lines)), len(one.lines))
        for order, one in right.items()
    }
    fates = Counter()
    for statements in files.values():
        for one in statements:
            same = (one.day, one.lines) == (right[one.order].day, right[one.order].lines)
            same &= one.changed == right[one.order].changed
            fates["equal" if same else "superseded"] += len(one.lines)
    account = made["event_ledger"].select(pl.col("records", "kept", "duplicates", "superseded", "quarantined").sum())
    records, kept, duplicates, superseded, quarantined = account.row(0)
    assert (kept + duplicates, superseded, quarantined) == (fates["equal"], fates["superseded"], 0)
    assert records == sum(fates.values())
    one_by_one = tables(texts(files), updated=updated, days=DAYS)
    for name in ("raw_events", "cleaned_events", "event_items", "event_ledger"):
        assert made.rows(name, *made[name].columns) == one_by_one.rows(name, *made[name].columns)


@settings(max_examples=30, deadline=None)
@given(files=deliveries(), data=st.data())
def test_a_split_between_orders_changes_nothing_where_the_source_says_what_is_newer(files: Files, data: Any) -> None:
    split: Files = {}
    for name, statements in files.items():
        for place, one in enumerate(statements):
            part = data.draw(st.integers(0, 1), label=f"{name} {place}")
            split.setdefault(f"{part}/{name}", []).append(one)
    assert orders(tables(texts(files), updated=True)) == orders(tables(texts(split), updated=True))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_files_that_add_lines_may_be_split_anywhere_and_come_again(data: Any) -> None:
    everything = [
        Statement(order, order % 3, tuple((f"sku-{order}-{line}", line + 1) for line in range(3)), 1)
        for order in (1, 2)
    ]
    lines = [line for one in everything for line in one.texts()]
    split: dict[str, list[str]] = {}
    for line in lines:
        for part in data.draw(st.lists(st.integers(1, 11), min_size=1, max_size=2, unique=True)):
            split.setdefault(f"part-{part}.csv", []).append(line)
    whole = tables({"all.csv": lines}, updated=False, order_files="lines")
    made = tables(split, updated=False, order_files="lines")
    assert orders(made) == orders(whole) == {"1": (DAYS[1], 6.0, 3), "2": (DAYS[2], 6.0, 3)}
    account = made["event_ledger"].select(pl.col("records", "kept", "superseded").sum()).row(0)
    assert account == (sum(map(len, split.values())), 6, 0)


def test_a_file_that_adds_lines_is_no_new_statement() -> None:
    files = {"a.csv": ["2026-10-05 09:00:00,1,tea,1.00,"], "b.csv": ["2026-10-05 09:00:00,1,mug,2.00,"]}
    assert orders(tables(files, updated=False, order_files="lines"))["1"][1:] == (3.0, 2)
    assert orders(tables(files, updated=False))["1"][1:] == (2.0, 1)


def test_of_equal_lines_that_a_source_repeats_by_mistake_one_counts() -> None:
    line = "2026-10-05 09:00:00,1,tea,1.00,"
    files = {"a.csv": [line, line, "2026-10-05 09:00:00,1,mug,2.00,"]}
    assert orders(tables(files, updated=False))["1"][1:] == (4.0, 3)
    once = tables(files, updated=False, more="equal_lines: drop")
    assert orders(once)["1"][1:] == (3.0, 2)
    assert once["event_ledger"].select("kept", "duplicates").row(0) == (2, 1)


def test_a_final_table_of_ga4_replaces_the_intraday_table_whole(tmp_path: Path) -> None:
    landing = tmp_path / "data" / "landing" / "web"
    landing.mkdir(parents=True)
    stamps = {"events_intraday_20261005": (1, 2), "events_20261005": (1, 2, 3), "events_intraday_20261006": (86_400,)}
    for name, seconds in stamps.items():
        lines = [
            json.dumps(
                {
                    "event_date": name[-8:],
                    "event_timestamp": 1_791_190_800_000_000 + second * 1_000_000,
                    "event_name": "page_view",
                    "user_pseudo_id": "u",
                    "batch_event_index": 1,
                    "geo": {"city": None if "intraday" in name else "Ulm"},
                }
            )
            for second in seconds
        ]
        (landing / f"{name}.json").write_text("\n".join(lines))
    (tmp_path / "dmp.yaml").write_text("start_date: 2026-10-05\nsources:\n  web: {kind: events, preset: ga4}\n")
    made = landed(tmp_path / "dmp.yaml", datetime(2026, 12, 1))
    account = made["event_ledger"].sort("event_date").select("records", "kept", "superseded", "quarantined")
    assert account.rows() == [(5, 3, 2, 0), (1, 1, 0, 0)]
    assert made["cleaned_events"].sort("event_at")["city"].to_list() == ["Ulm", "Ulm", "Ulm", None]
