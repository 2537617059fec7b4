"""What holds for any records: order and files do not matter, days do not mix, and no record is lost."""

from collections import Counter
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.events.daily_activity import build_daily_activity
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.events.sessions import build_sessions
from dmp_assets_tests.support.factories import DAY, HOUR, bad, canonical, click, instant, order_line, records, run

TABLES = ("cleaned_events", "event_items", "quarantined_events", "event_ledger")
CATALOGUE = pl.DataFrame({"item_id": ["i1", "i2"], "item_category": ["D", "B"]})
START = instant("2024-05-01 00:00:00")


@st.composite
def landing_record(draw: st.DrawFn) -> dict:
    """Return a record that shares id, content and time with others often."""
    at = {"event_date": DAY + timedelta(days=draw(st.integers(0, 2)))}
    at["event_at"] = START + (at["event_date"] - DAY).days * 24 * HOUR + draw(st.integers(0, 6)) * HOUR // 4
    at |= {"fingerprint": draw(st.integers(-1, 2)), "user_id": draw(st.sampled_from([None, "p1", "p2"]))}
    number = draw(st.integers(1, 3))
    if draw(st.booleans()):
        row = click(f"e{number}", received_at=draw(st.sampled_from([None, -1, 5])), **at)
    else:
        amounts = {"quantity": draw(st.sampled_from([None, 0.1, 0.2, 0.3, -1.0, 1.7, 33.3]))}
        amounts["item_revenue"] = draw(st.none() | st.integers(-9, 9))
        row = order_line(f"o{number}", draw(st.sampled_from([None, "i1", "i2", "i3"])), **(at | amounts))
    return bad(row) if draw(st.integers(0, 5)) == 0 else row


@st.composite
def landing(draw: st.DrawFn, size: int = 14) -> list[dict]:
    """Return records in some files; equal ones of an order line have equal content, as their fingerprint says."""
    rows = draw(st.lists(landing_record(), max_size=size))
    paths = [draw(st.sampled_from(["a.csv", "b.csv", "c.csv"])) for _ in rows]
    lines: Counter[str] = Counter()
    placed = []
    for row, path in zip(rows, paths, strict=True):
        lines[path] += 1
        placed.append(row | {"path": path, "line_number": lines[path]})
    return placed


def everything(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return all tables that events are made into, rows in one order."""
    judged = run(judge_records, frame)
    tables = {name: run(lambda rows, n=name: getattr(clean_records(rows), n), judged) for name in TABLES}
    tables["sessions"] = run(build_sessions, tables["cleaned_events"])
    activity = run(build_daily_activity, tables["cleaned_events"], tables["event_items"], CATALOGUE)
    return {name: canonical(table) for name, table in (tables | {"daily_activity": activity}).items()}


def assert_equal(left: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> None:
    for name, table in left.items():
        assert table.equals(right[name]), f"{name}:\n{table}\n{right[name]}"


@settings(max_examples=20, deadline=None)
@given(landing(), st.randoms(use_true_random=False))
def test_the_order_in_which_files_and_rows_come_changes_nothing(rows, chance) -> None:
    assert_equal(everything(records(*rows)), everything(records(*chance.sample(rows, len(rows)))))


@settings(max_examples=15, deadline=None)
@given(landing())
def test_several_days_at_once_are_each_day_alone(rows) -> None:
    together = everything(records(*rows))
    alone = [everything(records(*(row for row in rows if row["event_date"] == day))) for day in days(rows)]
    for name, table in together.items():
        parts = pl.concat([table.head(0), *(tables[name] for tables in alone)])
        assert table.equals(canonical(parts)), name


@settings(max_examples=25, deadline=None)
@given(landing())
def test_every_record_is_kept_or_a_duplicate_or_quarantined(rows) -> None:
    tables = everything(records(*rows))
    seen = Counter((row["event_date"], row["source"]) for row in rows)
    ledger = {(row["event_date"], row["source"]): row for row in tables["event_ledger"].iter_rows(named=True)}
    assert {key: row["records"] for key, row in ledger.items()} == seen
    kept = counted(tables["cleaned_events"], pl.col("records").sum())
    refused = counted(tables["quarantined_events"], pl.len())
    for key, row in ledger.items():
        assert row["records"] == row["kept"] + row["duplicates"] + row["quarantined"]
        assert (row["kept"], row["quarantined"]) == (kept.get(key, 0), refused.get(key, 0))


@settings(max_examples=15, deadline=None)
@given(landing())
def test_no_amount_and_no_event_is_lost_or_counted_twice_on_the_way_to_the_rollup(rows) -> None:
    tables = everything(records(*rows))
    events, items, activity = (tables[name] for name in ("cleaned_events", "event_items", "daily_activity"))
    assert events["revenue"].sum() == items["item_revenue"].sum()
    assert events["items"].sum() == items.height
    known = events.filter(pl.col("visitor_id").is_not_null())
    assert (known.height, known["items"].sum()) == (activity["events"].sum(), activity["items"].sum())
    assert known.height == tables["sessions"]["events"].sum()


def days(rows: list[dict]) -> list:
    return sorted({row["event_date"] for row in rows})


def counted(frame: pl.DataFrame, count: pl.Expr) -> dict:
    totals = frame.group_by("event_date", "source").agg(count.alias("total"))
    return {(day, source): total for day, source, total in totals.iter_rows()}
