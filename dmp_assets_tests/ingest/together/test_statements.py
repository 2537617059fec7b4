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
HEADER = "ordered_at,order_no,sku,line_total,changed_at,buyer"
CONFIGURATION = """
start_date: 2026-10-05
base_currency: EUR
order_number_reused_after_days: 2
sources:
  shop:
    kind: orders
    order_files: {order_files}
    {more}
    columns: {{event_at: ordered_at, transaction_id: order_no, item_id: sku, item_revenue: line_total, user_id: buyer
      {updated}}}
"""


@dataclass(frozen=True)
class Statement:
    """One order as one file states it."""

    order: int
    day: int
    lines: tuple[tuple[str, int], ...]
    changed: int
    buyer: str = ""

    @property
    def at(self) -> tuple[int, int]:
        """Day and hour."""
        return self.day, 8 + self.order

    def texts(self) -> list[str]:
        """Return its lines in CSV."""
        at = f"{DAYS[self.day]} {8 + self.order:02d}:00:00"
        ending = f"2026-11-{self.changed:02d},{self.buyer}"
        return [f"{at},{self.order},{sku},{paid}.00,{ending}" for sku, paid in self.lines]


Files = dict[str, list[Statement]]

LINES = st.lists(st.tuples(st.sampled_from(["tea", "mug"]), st.integers(1, 2)), min_size=1, max_size=3)


@st.composite
def deliveries(draw: st.DrawFn, *, days: int = 2) -> Files:
    """Return files with statements of few orders, each changed under its own number; some files come again.

    A file has an order on as many days as ``days`` says, at most.
    """
    files: Files = {}
    for number in draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True)):
        orders = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True))
        files[f"export-{number}.csv"] = [
            Statement(order, day, tuple(sorted(draw(LINES))), number, draw(st.sampled_from(["", "", "b7", "b8"])))
            for order in orders
            for day in draw(st.lists(st.integers(0, 3), min_size=1, max_size=days, unique=True))
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


def newness(files: Files, name: str) -> tuple:
    """Return what makes a file the newer one."""
    numbered = [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", f"shop/{name}")]
    return max(one.at for one in files[name]), numbered


def are_one(files: Files, one: tuple[str, Statement], other: tuple[str, Statement]) -> bool:
    """Return whether two statements of one number are of one order, without looking at any third."""
    (name, left), (name_then, right) = one, other
    if left.day == right.day:
        return True
    if left.buyer == right.buyer != "" and abs(left.day - right.day) <= 2:
        return True
    having = [
        file for file, stated in files.items() if any(x.order == left.order and x.day == left.day for x in stated)
    ]
    is_last = name == max(having, key=lambda file: newness(files, file))
    reaches = min(x.at for x in files[name_then]) <= left.at
    is_newer = newness(files, name_then) > newness(files, name)
    return is_last and is_newer and reaches and left.lines == right.lines


def of_orders(files: Files, *, updated: bool) -> list[list[tuple[str, Statement]]]:
    """Return the statements, with their files, of each order."""
    found: list[list[tuple[str, Statement]]] = []
    for one in ((name, statement) for name, statements in files.items() for statement in statements):
        same = [
            group
            for group in found
            if group[0][1].order == one[1].order
            and (updated or any(are_one(files, one, x) or are_one(files, x, one) for x in group))
        ]
        found = [group for group in found if group not in same] + [[one, *(x for group in same for x in group)]]
    return found


def newest(files: Files, group: list[tuple[str, Statement]], *, updated: bool) -> list[Statement]:
    """Return what the newest of the statements of an order says."""
    name = max(
        (name for name, _ in group), key=lambda name: (files[name][0].changed if updated else 0, newness(files, name))
    )
    return [one for file, one in group if file == name]


def orders(made: Landed) -> dict[tuple[str, date], tuple[float, int]]:
    """Return amount and lines of each order and day."""
    rows = made["cleaned_events"].select("transaction_id", "event_date", "revenue", "items").rows()
    assert len({row[:2] for row in rows}) == len(rows)
    return {(order, day): (float(paid), lines) for order, day, paid, lines in rows}


@pytest.mark.parametrize("updated", [True, False])
@settings(max_examples=40, deadline=None)
@given(files=deliveries())
def test_each_order_is_as_its_newest_statement_says_and_every_record_is_accounted_for(
    updated: bool, files: Files
) -> None:
    made = tables(texts(files), updated=updated)
    right: dict[tuple[str, date], tuple[float, int]] = {}
    fates = Counter()
    for group in of_orders(files, updated=updated):
        standing = newest(files, group, updated=updated)
        for one in standing:
            right[str(one.order), DAYS[one.day]] = float(sum(paid for _, paid in one.lines)), len(one.lines)
        for name in {name for name, _ in group}:
            stated = [one for file, one in group if file == name]
            fate = "equal" if Counter(stated) == Counter(standing) else "superseded"
            fates[fate] += sum(len(one.lines) for one in stated)
    assert orders(made) == right
    account = made["event_ledger"].select(pl.col("records", "kept", "duplicates", "superseded", "quarantined").sum())
    records, kept, duplicates, superseded, quarantined = account.row(0)
    assert (kept + duplicates, superseded, quarantined) == (fates["equal"], fates["superseded"], 0)
    assert records == sum(fates.values())
    one_by_one = tables(texts(files), updated=updated, days=DAYS)
    for name in ("raw_events", "cleaned_events", "event_items", "event_ledger"):
        assert made.rows(name, *made[name].columns) == one_by_one.rows(name, *made[name].columns)


@settings(max_examples=30, deadline=None)
@given(files=deliveries(days=1), data=st.data())
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
    assert orders(made) == orders(whole) == {("1", DAYS[1]): (6.0, 3), ("2", DAYS[2]): (6.0, 3)}
    account = made["event_ledger"].select(pl.col("records", "kept", "superseded").sum()).row(0)
    assert account == (sum(map(len, split.values())), 6, 0)


def test_a_file_that_adds_lines_is_no_new_statement() -> None:
    files = {"a.csv": ["2026-10-05 09:00:00,1,tea,1.00,,"], "b.csv": ["2026-10-05 09:00:00,1,mug,2.00,,"]}
    assert orders(tables(files, updated=False, order_files="lines"))["1", FIRST] == (3.0, 2)
    assert orders(tables(files, updated=False))["1", FIRST] == (2.0, 1)


RECEIPTS = {
    "day-05.csv": ["2026-10-05 09:00:00,1,tea,2.50,,", "2026-10-05 10:00:00,2,mug,9.00,,b7"],
    "day-06.csv": ["2026-10-06 09:00:00,1,tea,2.50,,", "2026-10-06 11:00:00,2,tea,2.00,,b8"],
}
"""A till begins each day at 1; some buyers show a card. The first receipts of both days are equal but for the time."""


def receipts(files: dict[str, Sequence[str]]) -> list[tuple[object, ...]]:
    """Return number, day, money, customer and flags of the orders."""
    made = tables(files, updated=False)
    rows = made.rows("orders", "order_number", "order_date", "net_sales", "user_id", "flags")
    return [(number, day.day, float(money), user, flags) for number, day, money, user, flags in rows]


def test_all_receipts_of_a_till_that_begins_each_day_at_1_are_orders() -> None:
    again, cards = "number_used_again", "number_used_again,several_customers"
    right = [
        ("1", 5, 2.5, None, again), ("1", 6, 2.5, None, again), ("2", 5, 9.0, "b7", cards), ("2", 6, 2.0, "b8", cards),
    ]  # fmt: skip
    assert receipts(RECEIPTS) == right
    both = [line for lines in RECEIPTS.values() for line in lines]
    assert receipts({**RECEIPTS, "again/day-05.csv": RECEIPTS["day-05.csv"], "week.csv": both}) == right


def test_a_corrected_day_replaces_its_own_receipts_and_no_others() -> None:
    right = {"day-05b.csv": ["2026-10-05 09:00:00,1,tea,3.00,,", "2026-10-05 10:00:00,2,mug,8.00,,b7"]}
    assert [row[:3] for row in receipts(RECEIPTS | right)] == [
        ("1", 5, 3.0), ("1", 6, 2.5), ("2", 5, 8.0), ("2", 6, 2.0),
    ]  # fmt: skip


def test_a_file_of_two_days_counts_for_the_day_that_no_newer_one_corrects() -> None:
    both = [line for lines in RECEIPTS.values() for line in lines]
    newer = ["2026-10-06 09:00:00,1,tea,3.00,,", "2026-10-06 12:00:00,3,tea,1.00,,"]
    assert [row[:3] for row in receipts({"week.csv": both, "day-06.csv": newer})] == [
        ("1", 5, 2.5), ("1", 6, 3.0), ("2", 5, 9.0), ("2", 6, 2.0), ("3", 6, 1.0),
    ]  # fmt: skip


def test_an_order_that_changed_day_customer_and_lines_at_once_counts_twice_and_says_so() -> None:
    line = "2026-10-05 09:00:00,1,tea,2.50,,b7"
    moved = ["2026-10-05 08:00:00,3,tea,1.00,,", "2026-10-06 09:00:00,1,mug,4.00,,"]
    found = receipts({"a.csv": [line], "b.csv": moved})
    assert [row for row in found if row[0] == "1"] == [
        ("1", 5, 2.5, "b7", "number_used_again"), ("1", 6, 4.0, None, "number_used_again"),
    ]  # fmt: skip
    of_customer = receipts({"a.csv": [line], "b.csv": [moved[0], f"{moved[1]}b7"]})
    assert [row for row in of_customer if row[0] == "1"] == [("1", 6, 4.0, "b7", None)]


def test_of_equal_lines_that_a_source_repeats_by_mistake_one_counts() -> None:
    line = "2026-10-05 09:00:00,1,tea,1.00,,"
    files = {"a.csv": [line, line, "2026-10-05 09:00:00,1,mug,2.00,,"]}
    assert orders(tables(files, updated=False))["1", FIRST] == (4.0, 3)
    once = tables(files, updated=False, more="equal_lines: drop")
    assert orders(once)["1", FIRST] == (3.0, 2)
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
