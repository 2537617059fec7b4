"""The verdict is that of the worst check; the page says it in the same words as the asset."""

from typing import Any

import polars as pl
import pytest

from dmp_assets.quality.pages.data_quality import DATA_QUALITY
from dmp_assets.quality.pages.verdict import verdict
from dmp_assets.quality.schema import Quality
from dmp_assets_tests.quality.support.factories import LAST, typed
from dmp_assets_tests.support.editions import built, headline


def check(number: int, status: str, source: str = "shop") -> dict[str, Any]:
    row = {"check_id": str(number), "measured_date": LAST, "dimension": "uniqueness", "table_name": "t"}
    return row | {"source": source, "status": status, "rows": 1, "message": "m"}


@pytest.mark.parametrize(
    ("statuses", "status", "words"),
    [
        (["not_enough_data"], "not_enough_data", "There are not enough data up to 28 May 2024 to judge their quality."),
        (["ok", "ok"], "ok", "The data up to 28 May 2024 are in good order: all 2 checks passed."),
        (
            ["ok", "ok", "not_enough_data"],
            "ok",
            "The data up to 28 May 2024 are in good order: all 2 checks passed; 1 more had too little data to judge.",
        ),
        (["ok", "warn"], "warn", "The data up to 28 May 2024 can be used, with a look at shop: 1 warning in 2 checks."),
        (
            ["warn", "error", "error"],
            "error",
            "Do not rely on all data up to 28 May 2024 yet: 2 errors and 1 warning in 3 checks; errors are in shop.",
        ),
        (
            ["ok", "error"],
            "error",
            "Do not rely on all data up to 28 May 2024 yet: 1 error in 2 checks; errors are in shop.",
        ),
    ],
)
def test_page_and_asset_say_the_same_of_the_worst_check(statuses: list[str], status: str, words: str) -> None:
    rows = [check(number, one) for number, one in enumerate(statuses)]
    assert verdict(typed(Quality, rows), LAST) == (status, words)
    page = built(DATA_QUALITY, {"quality.quality": rows}, last_day=LAST)
    assert headline(page) == words


def test_of_many_sources_three_are_named_and_the_others_counted() -> None:
    rows = [check(number, "error", name) for number, name in enumerate(["e", "d", "c", "b", "a"])]
    words = "Do not rely on all data up to 28 May 2024 yet: 5 errors in 5 checks; errors are in a, b, c and 2 more."
    assert verdict(typed(Quality, rows), LAST) == ("error", words)
    assert headline(built(DATA_QUALITY, {"quality.quality": rows}, last_day=LAST)) == words


def test_without_any_check_nothing_is_judged() -> None:
    empty: pl.DataFrame = typed(Quality, [])
    assert verdict(empty, LAST)[0] == "not_enough_data"
    assert headline(built(DATA_QUALITY, {}, last_day=None)) == "The quality of the data has not been judged yet."
