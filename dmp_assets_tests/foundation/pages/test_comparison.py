"""Changes in words: against what is known only, with the sign that a reader expects, and never of nothing."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from dmp_assets.foundation.pages.blocks import Kind, Tone
from dmp_assets.foundation.pages.comparison import Measured, Number, compared, measured
from dmp_assets.foundation.pages.words import Words, read_catalogue
from dmp_assets.report.manifest import HERE

WORDS = Words(read_catalogue(HERE / "words" / "en.yaml").texts)


@pytest.mark.parametrize(
    ("now", "before", "kind", "more_is", "said"),
    [
        (Decimal(120), Decimal(100), "money", "good", ("20% more than the period before", "good")),
        (80, 100, "number", "good", ("20% less than the period before", "bad")),
        (80, 100, "number", "bad", ("20% less than the period before", "good")),
        (0, 100, "number", "good", ("100% less than the period before", "bad")),
        (1004, 1000, "number", "good", ("About as the period before", "even")),
        (0.25, 0.2, "percent", "good", ("5 points more than the period before", "good")),
        (0.2, 0.25, "percent", "bad", ("5 points less than the period before", "good")),
        (-50, -100, "money", "good", ("50% more than the period before", "good")),
        (5, 0, "number", "good", ("Nothing then (the period before)", "even")),
    ],
)
def test_change_is_said_with_its_size_and_tone(
    now: Number, before: Number, kind: Kind, more_is: Tone, said: tuple[str, Tone]
) -> None:
    assert compared(WORDS, "x", "X", Measured(now, before), kind, more_is=more_is).changes == [said]


@pytest.mark.parametrize(("now", "before"), [(None, 5), (5, None), (0, 0), (None, None)])
def test_nothing_is_said_of_what_is_not_known(now: Number, before: Number) -> None:
    assert compared(WORDS, "x", "X", Measured(now, before), "number").changes == []


def test_window_that_begins_before_the_data_is_not_known_but_the_period_itself_is() -> None:
    rows = pl.DataFrame(
        {
            "window_key": ["last_7 now", "last_7 before", "last_7 year_ago", "last_28 now"],
            "first_day": [date(2026, 1, 8), date(2026, 1, 1), date(2025, 1, 8), date(2025, 12, 20)],
            "orders": [3, 2, 1, 5],
        }
    )
    assert measured(rows, "orders", "last_7", date(2026, 1, 1)) == Measured(3, 2, None)
    assert measured(rows, "orders", "last_7", date(2026, 1, 2)) == Measured(3, None, None)
    assert measured(rows, "orders", "last_28", date(2026, 1, 1)) == Measured(5, None, None)
