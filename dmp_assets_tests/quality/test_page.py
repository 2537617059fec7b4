"""The page: a verdict in one sentence, every text escaped, nothing loaded, the same bytes for the same data."""

import re
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest

from dmp_assets.quality.charts import drift_svg, late_svg, volume_svg
from dmp_assets.quality.page import quality_page, verdict
from dmp_assets.quality.schema import Quality
from dmp_assets_tests.quality.support.factories import LAST, WINDOW, ledger, typed

EVIL = '<script>alert("x")</script>&<img src=x onerror=y>'


def check(status: str = "ok", **changes: Any) -> dict[str, Any]:
    row = {"check_id": str(changes), "measured_date": LAST, "dimension": "uniqueness", "table_name": "t"}
    return row | {"source": "shop", "value": 0.5, "status": status, "rows": 1, "message": "m"} | changes


def quality(*rows: dict[str, Any]) -> pl.DataFrame:
    return typed(Quality, rows)


def page(*rows: dict[str, Any], **charts: str) -> str:
    return quality_page(quality(*rows), LAST, charts)


@pytest.mark.parametrize(
    ("statuses", "status", "words"),
    [
        ([], "not_enough_data", "There are not enough data up to 28 May 2024 to judge their quality."),
        (["not_enough_data"], "not_enough_data", "There are not enough data up to 28 May 2024 to judge their quality."),
        (["ok", "ok"], "ok", "The data up to 28 May 2024 are in good order: all 2 checks passed."),
        (
            ["ok", "not_enough_data"],
            "ok",
            "The data up to 28 May 2024 are in good order: all 1 checks passed; 1 more had too little data to judge.",
        ),
        (["ok", "warn"], "warn", "The data up to 28 May 2024 can be used, with a look at shop: 1 warning in 2 checks."),
        (
            ["warn", "error", "error"],
            "error",
            "Do not rely on all data up to 28 May 2024 yet: 2 errors and 1 warning in 3 checks; errors are in shop.",
        ),
    ],
)
def test_the_verdict_is_that_of_the_worst_check(statuses: list[str], status: str, words: str) -> None:
    assert verdict(quality(*(check(one) for one in statuses)), LAST) == (status, words)


def test_every_text_is_escaped() -> None:
    html = page(check("error", message=EVIL, source=EVIL, column_name=EVIL))
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(&quot;x&quot;)" in html


def test_what_is_wrong_stands_open_and_what_passed_is_folded() -> None:
    html = page(check("ok", message="fine"), check("warn", message="odd"), check("error", message="broken"))
    section = html[html.index('id="uniqueness"') :]
    assert section.index("broken") < section.index("odd") < section.index("<details>") < section.index("fine")


def test_the_page_is_well_formed_and_loads_nothing() -> None:
    rows = ledger((LAST, 500, 0, 0), (WINDOW.first_date, 400, 0, 0))
    drift = check("warn", dimension="distribution_drift", column_name="revenue", threshold_warn=0.1)
    late = rows.select("event_date", "source", judged="records", late=pl.col("records") // 10)
    charts = {"volume": volume_svg(rows, WINDOW, 8), "timeliness": late_svg(late, WINDOW)}
    html = page(drift, **charts, distribution_drift=drift_svg(quality(drift)))
    assert html.count("<svg") == 3
    assert set(re.findall(r'https?://[^"\s<>]+', html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"<script|<link|@import|url\((?!#)|\bsrc=", html)
    open_tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Tags().feed(html)
    assert open_tags == []


def test_nothing_to_draw_gives_no_chart_and_equal_data_give_equal_bytes() -> None:
    empty = ledger()
    assert (volume_svg(empty, WINDOW, 8), drift_svg(quality())) == ("", "")
    rows = ledger((LAST, 5, 0, 0), (WINDOW.first_date, 4, 0, 0))
    assert volume_svg(rows, WINDOW, 8) == volume_svg(rows.reverse(), WINDOW, 8)
    assert page(check(), check("warn", source="b")) == page(check("warn", source="b"), check())
