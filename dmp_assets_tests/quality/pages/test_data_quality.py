"""The page of data quality: what is wrong first, each with a query that runs, strangers' names as text."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from dmp_assets.foundation.pages.blocks import Block, Section, Table
from dmp_assets.foundation.pages.page import Edition
from dmp_assets.quality.pages.data_quality import DATA_QUALITY
from dmp_assets.quality.schema import DIMENSIONS
from dmp_assets.report.rendering import render
from dmp_assets_tests.quality.support.factories import LAST
from dmp_assets_tests.support.editions import built, chart, connected, edition_of, every, nonsense, table, texts

FIRST = LAST - timedelta(days=6)
EVIL = "o'<script>alert(1)</script>"


def check(dimension: str, status: str = "error", source: str = EVIL, **other: Any) -> dict[str, Any]:
    row = {
        "check_id": f"{dimension} {status} {source}",
        "measured_date": LAST,
        "dimension": dimension,
        "status": status,
    }
    found = {
        "column_name": "price",
        "value": 0.3,
        "threshold_warn": 0.1,
        "rows": 9,
        "message": f"{dimension} of {source}",
    }
    return row | {"table_name": "t", "source": source, "first_date": FIRST} | found | other


def records(day: int, source: str, count: int) -> dict[str, Any]:
    return {
        "event_date": LAST - timedelta(days=day),
        "source": source,
        "records": count,
        "duplicates": 0,
        "quarantined": 0,
    }


def file(path: str, arrived_after: int, day: int, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    arrived = datetime.combine(LAST, time(12)) + timedelta(days=arrived_after - day)
    landed = {
        "path": path,
        "source": "shop",
        "arrived_at": arrived,
        "newest_event_at": arrived,
        "columns": ["price:text"],
    }
    return landed, {"path": path, "event_date": LAST - timedelta(days=day), "records": count}


FILES = [file("first", 1, 5, 1), file("a", 0, 3, 89), file("b", 2, 3, 11), file("c", 0, 2, 90), file("d", 2, 2, 10)]
ROWS: dict[str, list[dict[str, Any]]] = {
    "quality.quality": [
        *(check(dimension) for dimension in DIMENSIONS),
        check("validity", "warn", "shop"),
        check("validity", "ok", "shop"),
        check("distribution_drift", "ok", "shop", value=0.1009),
        check("volume", "not_enough_data", "shop"),
    ],
    "events.event_ledger": [
        *(records(day, "shop", 100) for day in (4, 3, 1, 0)),
        *(records(day, EVIL, 10) for day in (1, 0)),
        records(6, "shop", 50),
    ],
    "quality.column_profiles": [
        {"event_date": LAST, "source": EVIL, "column_name": "price", "bucket_kind": "missing", "rows": 4},
        {"event_date": LAST, "source": EVIL, "column_name": "price", "bucket_kind": "filled", "rows": 6},
    ],
    "ingest.landing_files": [landed for landed, _ in FILES],
    "ingest.landing_days": [days for _, days in FILES],
}


@pytest.fixture(scope="module")
def edition() -> Edition:
    return edition_of(connected(ROWS), last_day=LAST)


@pytest.fixture(scope="module")
def page(edition: Edition) -> list[Block]:
    return list(DATA_QUALITY.build(edition))


def test_what_is_wrong_stands_open_the_worst_first_and_what_passed_is_folded(page: list[Block]) -> None:
    assert [row["outcome"] for row in table(page, "validity")] == ["Error", "Look"]
    folded = {one.key: (one.title, one.rows.height) for one in every(page) if isinstance(one, Table) and one.is_folded}
    assert folded == {"ok": ("2 checks passed", 2), "not_enough_data": ("1 check had too little data to judge", 1)}


def test_each_kind_of_finding_says_what_to_do_next(page: list[Block]) -> None:
    (section,) = [one for one in page if isinstance(one, Section)]
    assert len(section.blocks) == len(DIMENSIONS) == len(set(texts(section.blocks)))


def test_the_query_behind_each_finding_runs_and_shows_its_source(page: list[Block], edition: Edition) -> None:
    queries = {one.key: one.query for one in every(page) if isinstance(one, Table) and one.query}
    assert {*DIMENSIONS, "ok", "not_enough_data", "records", "arrivals"} <= set(queries)
    for query in queries.values():
        edition.ask(query)
    assert edition.ask(queries["completeness"])["missing"].to_list() == [4]
    assert edition.ask(queries["volume"])["records"].sum() == 20
    assert edition.ask(queries["distribution_drift"]).height == 2


def test_an_index_is_written_so_that_it_differs_from_what_is_allowed(page: list[Block]) -> None:
    rows = [(row["name"], row["measured"], row["threshold_warn"]) for row in table(page, "drifts")]
    assert rows == [(f"{EVIL}: price", "0.3", "0.1"), ("shop: price", "0.101", "0.1")]


def test_days_without_records_are_0_and_each_source_is_measured_by_its_own_median(page: list[Block]) -> None:
    rows = {
        (LAST - row["day"]).days: (row["records"], row["value"])
        for row in table(page, "records")
        if row["source"] == "shop"
    }
    assert rows == {6: (50, 0.5), 5: (0, 0.0), 4: (100, 1.0), 3: (100, 1.0), 2: (0, 0.0), 1: (100, 1.0), 0: (100, 1.0)}


def test_nine_tenths_of_the_records_of_a_day_say_how_fast_they_came(page: list[Block]) -> None:
    """The first file came on the fourth day: what it holds of the fifth is history."""
    rows = {(LAST - row["day"]).days: row["value"] for row in table(page, "arrivals")}
    assert rows == {3: 2.0, 2: 0.0}
    assert (
        chart(page, "late").title
        == "shop was slowest: nine tenths of its records of 25 May 2024 were there after 2 days"
    )


def test_names_from_the_data_come_out_as_text(page: list[Block], edition: Edition) -> None:
    rendered = render(DATA_QUALITY, page, edition, [DATA_QUALITY])
    assert "<script>alert" not in rendered.html + rendered.script
    assert "&lt;script&gt;alert(1)" in rendered.html


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {"quality.quality": [check("schema_drift", "ok", "shop", first_date=None, value=None, threshold_warn=None)]},
        {"quality.quality": [check("schema_drift", source="", first_date=None) | {"source": None}]},
        {"quality.quality": [check("volume", "ok", "shop")], "events.event_ledger": [records(0, "shop", 1)]},
    ],
)
def test_little_or_nothing_makes_sense(rows: dict[str, Any]) -> None:
    assert nonsense(built(DATA_QUALITY, rows, last_day=LAST)) == []
