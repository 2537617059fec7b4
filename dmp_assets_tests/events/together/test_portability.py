"""The transforms give the same tables on another engine, because they keep to the portable subset."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import polars as pl
import pytest

from dmp_assets.events import accounts, daily_activity, gathering, joining, judging, portable, sessions
from dmp_assets.events.accounts import with_accounts
from dmp_assets.events.daily_activity import build_daily_activity
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.events.schema import CleanedEvents, EventItems
from dmp_assets.events.sessions import build_sessions
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets_tests.support.factories import bad, canonical, click, engine_frame, order_line, records, run

MODULES = (portable, judging, accounts, gathering, joining, sessions, daily_activity)
SOURCE = "\n".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in MODULES)
ALLOWED_IMPORTS = {
    "collections.abc",
    "dataclasses",
    "typing",
    "narwhals.stable.v2",
    "dmp_assets.foundation.values.columns",
    "dmp_assets.events.schema",
    "dmp_assets.events.portable",
    "dmp_assets.events.judging",
    "dmp_assets.events.joining",
}
FORBIDDEN = {
    "to_datetime": r"to_datetime",
    "the dt namespace": r"\.dt\b",
    "join_asof": r"join_asof",
    "rank": r"\brank\(",
    "first": r"\.first\(",
    "last": r"\.last\(",
    "weekday": r"weekday",
    "total_seconds": r"total_seconds",
    "a replacement that names a group": r"replace_all\(.*\$",
}
"""What narwhals has and the engines do not agree on."""

CATALOGUE = pl.DataFrame({"item_id": ["i1", "i2"], "item_category": ["D", None]})
GOLDEN = records(
    order_line("o1", "i1", fingerprint=1, quantity=0.1, item_revenue=12_345, retail_discount=1),
    order_line("o1", "i2", fingerprint=2, quantity=0.2, item_revenue=None),
    order_line("o1", None, fingerprint=3, quantity=None),
    order_line("o1", "i1", fingerprint=1, quantity=0.1, item_revenue=12_345, retail_discount=1, path="b.csv"),
    order_line("o2", "i9", at="1969-12-31 23:59:59.999999", quantity=-1.0, item_revenue=-1, event_name="refund"),
    order_line("o4", "i1", fingerprint=1, status="paid", order_total=7, tax_included=True, line_number=60),
    order_line("o4", "i2", fingerprint=2, user_id="p2", status="refunded", order_total=5, line_number=61),
    order_line("o4", "i3", fingerprint=3, user_id=None, currency="USD", exchange_rate=0.5, given_revenue=9),
    click("old", at="1969-12-31 23:29:59.999999", received_at=-7),
    click("tie1", at="1969-12-31 23:29:59.999998"),
    click("tie2", at="1969-12-31 23:29:59.999998"),
    click("e1", received_at=5),
    click("e1", received_at=4, fingerprint=-2),
    click("e1", fingerprint=9, path="Z.csv"),
    click("é1", at="2024-05-01 10:30:00", user_id="ä"),
    click("late", at="2024-05-01 10:30:00.000001"),
    click("anonymous", user_id=None),
    click("nobody", user_id="NULL"),
    click("cookie", user_id="NULL", anonymous_id="c1"),
    click(
        "basket", event_name="purchase", part=1, line_number=50, path="z.json", item_id="i1", quantity=2.0, page_url="u"
    ),
    click(
        "basket",
        event_name="purchase",
        part=2,
        line_number=50,
        path="z.json",
        item_id="i2",
        item_revenue=7,
        page_url="u",
    ),
    bad(click("worse")),
    bad(order_line("o1")),
)


@contextmanager
def on_duckdb(*frames: pl.DataFrame) -> Iterator[list[Any]]:
    """Yield the frames as Narwhals frames over DuckDB relations."""
    with duckdb.connect() as connection:
        for place, frame in enumerate(frames):
            # Arrow has no whole numbers of 128 bits: money goes over as a decimal without decimals.
            wide = [name for name, dtype in frame.schema.items() if dtype == pl.Int128]
            connection.register(f"arrow_{place}", frame.with_columns(pl.col(wide).cast(pl.Decimal(38, 0))).to_arrow())
            columns = [f'"{name}"::HUGEINT AS "{name}"' if name in wide else f'"{name}"' for name in frame.columns]
            connection.execute(f"CREATE VIEW frame_{place} AS SELECT {', '.join(columns)} FROM arrow_{place}")
        yield [nw.from_native(connection.view(f"frame_{place}")) for place in range(len(frames))]


def both(build: Any, *frames: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the result on Polars and on DuckDB, in one order and in Polars' types."""
    on_polars = canonical(run(build, *frames))
    with on_duckdb(*frames) as lazy:
        found = nw.to_native(build(*lazy)).pl()
    return on_polars, canonical(found.select(on_polars.columns).cast(dict(on_polars.schema)))


def judged(frame: pl.DataFrame) -> pl.DataFrame:
    return run(judge_records, frame)


@pytest.mark.parametrize("frame", [GOLDEN, GOLDEN.head(0)], ids=["golden", "empty"])
def test_every_transform_gives_the_same_table_on_duckdb(frame: pl.DataFrame) -> None:
    pairs = {"judge": both(judge_records, frame), "accounts": both(with_accounts, judged(frame))}
    for name in ("cleaned_events", "event_items", "order_details", "quarantined_events", "event_ledger"):
        pairs[name] = both(lambda rows, n=name: getattr(clean_records(rows), n), judged(frame))
    events, items = pairs["cleaned_events"][0], pairs["event_items"][0]
    pairs["sessions"] = both(build_sessions, events)
    pairs["daily_activity"] = both(build_daily_activity, events, items, CATALOGUE)
    for name, (polars, other) in pairs.items():
        assert polars.equals(other), f"{name}:\n{polars}\n{other}"
        assert polars.is_empty() == frame.is_empty()


def test_the_golden_records_reach_every_fate_and_every_table() -> None:
    frame = judged(GOLDEN)
    assert set(frame["fate"]) == {"kept", "duplicate", "conflict", "refused"}
    cleaned = run(lambda rows: clean_records(rows).cleaned_events, frame)
    assert cleaned["event_at"].min() < 0
    assert run(build_sessions, cleaned)["session_number"].max() == 2


def test_whole_numbers_stay_whole_on_their_way() -> None:
    events = engine_frame(CleanedEvents, [])
    found = run(build_daily_activity, events, engine_frame(EventItems, []), CATALOGUE)
    assert {found.schema[name] for name in ("first_event_at", "last_event_at")} == {pl.Int64}
    judged_schema = judged(engine_frame(RawEvents, [])).schema
    assert judged_schema["event_at"] == pl.Int64


def imports(source: str) -> set[str]:
    """Return the modules that a source imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def code_of(source: str) -> str:
    """Return the code without docstrings and comments, which may speak of what it must not use."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


def test_the_transforms_import_nothing_but_narwhals_and_their_own_words() -> None:
    assert imports(SOURCE) <= ALLOWED_IMPORTS
    assert imports("import polars as pl\nfrom dmp_assets.foundation.settings.settings import x") - ALLOWED_IMPORTS


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_transforms_use_nothing_that_engines_disagree_on(name: str) -> None:
    assert not re.search(FORBIDDEN[name], code_of(SOURCE))


def test_the_lint_sees_what_it_looks_for() -> None:
    guilty = """x.str.to_datetime(); x.dt.weekday(); a.join_asof(b); c.rank('min'); c.first(); c.last()
d.dt.total_seconds(); s.str.replace_all('(a)', '$1')"""
    assert [name for name, pattern in FORBIDDEN.items() if not re.search(pattern, code_of(guilty))] == []
