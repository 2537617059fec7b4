"""The stability index against values worked out by hand, its bins, and when it is not judged."""

from math import log
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.distribution_drift import check_distribution_drift, population_stability_index, psi_noise
from dmp_assets_tests.quality.support.factories import DEFAULTS, WINDOW, counts, only, outcome, profiles

BY_HAND = 0.15 * log(1.6) + 0.05 * log(1.2) - 0.05 * log(0.8) - 0.15 * log(0.4)
"""Four equal shares against 40, 30, 20 and 10 percent: 0.2282."""


def categories(*pairs: tuple[str, int, int]) -> pl.DataFrame:
    """Return profiles of a column: value, rows before, judged rows."""
    return profiles(*(counts("event_name", "value", recent, before, bucket=name) for name, before, recent in pairs))


def numbers(*pairs: tuple[float, int, int]) -> pl.DataFrame:
    return profiles(
        *(counts("revenue", "number", recent, before, lower_bound=bound) for bound, before, recent in pairs)
    )


def drift(table: pl.DataFrame, **changes: Any) -> pl.DataFrame:
    return check_distribution_drift(table, WINDOW, QualityThresholds.model_validate(changes))


def test_the_index_by_hand() -> None:
    assert population_stability_index([25] * 4, [40, 30, 20, 10]) == pytest.approx(BY_HAND)
    # An empty bin is half a row: (.005-.5)ln(.01) + (1-.5)ln(2).
    assert population_stability_index([50, 50], [0, 100]) == pytest.approx(-0.495 * log(0.01) + 0.5 * log(2))


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 1000)), min_size=1, max_size=12))
def test_the_index_is_never_negative_and_the_same_from_either_side(bins: list[tuple[int, int]]) -> None:
    expected, actual = ([pair[side] for pair in bins] for side in (0, 1))
    index = population_stability_index(expected, actual)
    assert index >= 0
    assert index == pytest.approx(population_stability_index(actual, expected))


def test_categories_are_compared_value_by_value() -> None:
    found = drift(categories(("a", 250, 400), ("b", 250, 300), ("c", 250, 200), ("d", 250, 100)))
    assert only(found)["value"] == pytest.approx(BY_HAND)
    assert only(found)["status"] == "warn"


def test_values_beyond_the_top_count_as_one_bin_together() -> None:
    table = categories(("z", 600, 600), ("y", 300, 300), ("c", 100, 0), ("a", 0, 100))
    assert only(drift(table, psi_bins=3))["value"] == 0
    assert only(drift(table, psi_bins=4))["value"] == pytest.approx(2 * (0.1 - 0.0005) * log(0.1 / 0.0005))


def test_numbers_fall_into_quantiles_of_the_reference() -> None:
    same = [(float(bound), 100, 100) for bound in range(20)]
    assert outcome(drift(numbers(*same), psi_bins=4)) == ("ok", 0.0)
    shifted = [(float(bound), 100, 200 if bound >= 10 else 0) for bound in range(20)]
    # Quarters of the reference: 0, 0, 1000, 1000 of 2000 judged rows.
    wanted = population_stability_index([500] * 4, [0, 0, 1000, 1000])
    assert only(drift(numbers(*shifted), psi_bins=4))["value"] == pytest.approx(wanted)


def test_numbers_beyond_the_reference_join_its_outer_bins() -> None:
    table = numbers((-5.0, 0, 500), (1.0, 500, 0), (2.0, 500, 0), (9.0, 0, 500))
    assert outcome(drift(table, psi_bins=2)) == ("ok", 0.0)


def test_a_number_that_most_rows_have_takes_a_bin_for_itself() -> None:
    table = numbers((0.0, 900, 500), (1.0, 100, 500))
    wanted = population_stability_index([900, 100], [500, 500])
    assert outcome(drift(table)) == ("error", pytest.approx(wanted))


@pytest.mark.parametrize(
    ("recent", "before", "status"),
    [(500, 500, "error"), (499, 500, "not_enough_data"), (500, 499, "not_enough_data"), (500, 0, "not_enough_data")],
)
def test_few_rows_in_either_window_are_not_judged(recent: int, before: int, status: str) -> None:
    assert outcome(drift(categories(("a", before, 0), ("b", 0, recent))))[0] == status


def test_the_thresholds_are_passed_beyond_their_value() -> None:
    table = categories(("a", 5000, 7000), ("b", 5000, 3000))
    index = only(drift(table))["value"]
    assert outcome(drift(table, psi_warn=index))[0] == "ok"
    assert outcome(drift(table, psi_warn=index - 1e-9))[0] == "warn"
    assert outcome(drift(table, psi_warn=0.01, psi_error=index))[0] == "warn"
    assert outcome(drift(table, psi_warn=0.01, psi_error=index - 1e-9))[0] == "error"


def test_what_chance_explains_does_not_warn() -> None:
    # Chi-squared with 9 degrees of freedom passes 27.877 once in a thousand times.
    assert psi_noise(10, 500, 500) == pytest.approx(27.877 * 2 / 500, abs=1e-4)
    assert only(drift(categories(*((f"v{place}", 50, 50) for place in range(10)))))["threshold_warn"] > 0.11


def test_missing_values_and_delays_do_not_count() -> None:
    table = profiles(
        counts("event_name", "missing", 900, 0), counts("received_at", "number", 900, 900, lower_bound=1.0)
    )
    assert check_distribution_drift(table, WINDOW, DEFAULTS).is_empty()
