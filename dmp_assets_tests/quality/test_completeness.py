"""How full a column is, against before and against a least share."""

from typing import Any

import polars as pl
import pytest

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.completeness import check_completeness
from dmp_assets_tests.quality.support.factories import WINDOW, counts, only, outcome, profiles

MANY = 1_000_000
"""So many rows that chance explains less than a tenth of a percent."""


def filled(recent: float, before: float, rows: int = MANY, reference_rows: int = MANY) -> pl.DataFrame:
    """Return profiles of a column that is filled on these shares of the events."""
    full, full_before = round(recent * rows), round(before * reference_rows)
    return profiles(
        counts("user_id", "filled", full, full_before),
        counts("user_id", "missing", rows - full, reference_rows - full_before),
    )


def check(table: pl.DataFrame, **changes: Any) -> pl.DataFrame:
    return check_completeness(table, WINDOW, QualityThresholds.model_validate(changes))


@pytest.mark.parametrize(
    ("share", "status"), [(0.9, "ok"), (0.8, "ok"), (0.76, "ok"), (0.759, "warn"), (0.4, "warn"), (0.399, "error")]
)
def test_a_column_may_lose_a_part_of_what_it_held(share: float, status: str) -> None:
    assert outcome(check(filled(share, 0.8))) == (status, share)


def test_a_drop_that_chance_explains_passes() -> None:
    assert outcome(check(filled(0.5, 0.56, rows=200, reference_rows=800)))[0] == "ok"
    assert outcome(check(filled(0.5, 0.56, rows=20_000, reference_rows=80_000)))[0] == "warn"


@pytest.mark.parametrize(("least", "status"), [(0.3, "ok"), (0.31, "error")])
def test_a_least_share_holds_whatever_was_before(least: float, status: str) -> None:
    assert outcome(check(filled(0.3, 0.3), completeness_min={"user_id": least}))[0] == status
    assert outcome(check(filled(0.3, 0, reference_rows=0), completeness_min={"shop.user_id": least}))[0] == status


def test_a_least_share_of_one_source_goes_before_that_of_all() -> None:
    assert outcome(check(filled(0.3, 0.3), completeness_min={"user_id": 0.9, "shop.user_id": 0.2}))[0] == "ok"


def test_a_column_that_a_source_never_fills_is_judged_only_where_it_has_to_be_filled() -> None:
    assert check(filled(0, 0)).is_empty()
    assert outcome(check(filled(0, 0), completeness_min={"user_id": 0.1})) == ("error", 0.0)


@pytest.mark.parametrize(
    ("rows", "reference_rows", "status"),
    [(100, 100, "error"), (99, 100, "not_enough_data"), (100, 99, "not_enough_data"), (0, 100, "not_enough_data")],
)
def test_few_events_in_either_window_are_not_judged(rows: int, reference_rows: int, status: str) -> None:
    assert outcome(check(filled(0, 1, rows, reference_rows)))[0] == status


def test_any_value_fills_a_column() -> None:
    table = profiles(
        counts("event_name", "value", 50, 100, bucket="purchase"),
        counts("event_name", "other", 30, 0),
        counts("event_name", "missing", 20, 0),
        counts("received_at", "missing", 100, 0),
    )
    row = only(check(table))
    assert (row["column_name"], row["value"], row["rows"]) == ("event_name", 0.8, 100)
    assert row["message"] == (
        "shop: event_name is filled on 80.0% of 100 events since 2024-05-22; 100.0% in the 28 days before."
    )
