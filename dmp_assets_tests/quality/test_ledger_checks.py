"""Duplicates, quarantined records and volume: each threshold from both sides, and days that cannot be judged."""

from datetime import date, timedelta

import polars as pl
import pytest

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.ledger_checks import check_uniqueness, check_validity, check_volume
from dmp_assets_tests.quality.support.factories import BEFORE, DEFAULTS, LAST, WINDOW, ledger, only, outcome

NO_CODES = pl.DataFrame(
    schema={"event_date": pl.Date, "source": pl.String, "violation_code": pl.String, "rows": pl.Int64}
)


@pytest.mark.parametrize(("duplicates", "status"), [(0, "ok"), (50, "ok"), (51, "warn"), (250, "warn"), (251, "error")])
def test_a_share_of_duplicates_may_reach_its_threshold_and_not_pass_it(duplicates: int, status: str) -> None:
    rows = ledger((LAST, 500, duplicates, 0), (WINDOW.first_date, 500, 0, 0), (BEFORE, 500, 500, 0))
    assert outcome(check_uniqueness(rows, WINDOW, DEFAULTS)) == (status, duplicates / 1000)


@pytest.mark.parametrize(("records", "status"), [(99, "not_enough_data"), (100, "error")])
def test_a_share_of_too_few_records_is_not_judged(records: int, status: str) -> None:
    assert outcome(check_uniqueness(ledger((LAST, records, records, 0)), WINDOW, DEFAULTS))[0] == status


def test_a_source_without_records_in_the_judged_days_has_no_share() -> None:
    assert check_uniqueness(ledger((BEFORE, 500, 0, 0)), WINDOW, DEFAULTS).is_empty()


@pytest.mark.parametrize(("quarantined", "status"), [(10, "ok"), (11, "warn"), (100, "warn"), (101, "error")])
def test_a_share_of_quarantined_records_may_reach_its_threshold_and_not_pass_it(quarantined: int, status: str) -> None:
    found = check_validity(ledger((LAST, 1000, 0, quarantined)), NO_CODES, WINDOW, DEFAULTS)
    assert outcome(found) == (status, quarantined / 1000)


def test_every_kind_of_violation_is_judged_beside_their_sum() -> None:
    codes = pl.DataFrame(
        {
            "event_date": [LAST, BEFORE, LAST],
            "source": ["shop"] * 3,
            "violation_code": ["Unreadable", "Unreadable", "Out-Of-Range"],
            "rows": [8, 99, 6],
        }
    )
    found = check_validity(ledger((LAST, 1000, 0, 14)), codes, WINDOW, DEFAULTS).sort("value", descending=True)
    assert found.select("violation_code", "value", "status").rows() == [
        (None, 0.014, "warn"),
        ("Unreadable", 0.008, "ok"),
        ("Out-Of-Range", 0.006, "ok"),
    ]
    assert found["message"][1] == "shop: 8 of 1000 records since 2024-05-22 are quarantined as Unreadable (0.8%)."
    assert found["check_id"].is_unique().all()


def tuesdays(*records: int) -> list[tuple[date, int, int, int]]:
    """Return Tuesdays up to the last day, the newest first."""
    return [(LAST - timedelta(weeks=week), count, 0, 0) for week, count in enumerate(records)]


def volume(rows: list[tuple[date, int, int, int]], **changes: int) -> pl.DataFrame:
    return check_volume(ledger(*rows), [], LAST, QualityThresholds.model_validate(changes))


# Median 1000, deviations from it 20, 0, 20, 0 -> MAD 10; a tenth of the median, 100, is the larger spread.
@pytest.mark.parametrize(
    ("records", "status"),
    [
        (1000, "ok"),
        (1350, "ok"),
        (1351, "warn"),
        (1700, "warn"),
        (1701, "error"),
        (650, "ok"),
        (649, "warn"),
        (300, "warn"),
        (299, "error"),
        (0, "error"),
    ],
)
def test_a_day_is_held_against_its_weekday(records: int, status: str) -> None:
    found = volume(tuesdays(records, 980, 1000, 1020, 1000))
    assert outcome(found) == (status, (records - 1000) / 100)


def test_the_spread_is_the_median_deviation_where_weeks_differ() -> None:
    # Median 1000, deviations 400, 200, 0, 200, 900: their median is 200, times 1.4826.
    row = only(volume(tuesdays(1000 + 445, 600, 800, 1000, 1200, 1900)))
    assert row["value"] == pytest.approx(445 / (200 * 1.4826))
    assert row["message"] == "shop: 1445 records on Tuesday, 2024-05-28; 1000.0 are usual (median of 5 such days)."


def test_one_holiday_among_the_weeks_does_not_change_what_is_usual() -> None:
    assert outcome(volume(tuesdays(1000, 1000, 0, 1000, 1000, 1000)))[0] == "ok"


@pytest.mark.parametrize(("weeks", "status"), [(3, "not_enough_data"), (4, "error")])
def test_fewer_than_four_weeks_are_not_enough(weeks: int, status: str) -> None:
    assert outcome(volume(tuesdays(9000, *[1000] * weeks)))[0] == status


@pytest.mark.parametrize(("usual", "status"), [(19, "not_enough_data"), (20, "error")])
def test_a_source_with_few_records_a_day_is_not_judged(usual: int, status: str) -> None:
    assert outcome(volume(tuesdays(9000, *[usual] * 8)))[0] == status


def test_a_source_that_falls_silent_is_missed_and_a_day_that_is_still_to_be_built_is_not() -> None:
    silent = tuesdays(0, *[1000] * 8)[1:]
    assert outcome(volume(silent)) == ("error", -10.0)
    assert check_volume(
        ledger(*silent),
        [LAST],
        LAST,
        DEFAULTS,
    ).is_empty()


def test_weeks_beyond_the_eighth_do_not_count() -> None:
    assert (
        outcome(volume(tuesdays(1000, *[1000] * 3, *[0] * 4, 9000)))[1]
        != outcome(volume(tuesdays(1000, *[1000] * 3, *[0] * 4, *[9000] * 1), volume_weeks=7))[1]
    )


def test_as_many_days_are_judged_as_the_configuration_says() -> None:
    days = [(LAST - timedelta(days=day), 1000, 0, 0) for day in range(70)]
    assert volume(days, volume_days=3)["event_date"].sort().to_list() == [LAST - timedelta(days=d) for d in (2, 1, 0)]
