"""Off-policy estimates: right on a log whose truth is known, and silent where the log cannot tell."""

import math

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.recommendations.metrics.policy_estimates import MIN_EFFECTIVE_SAMPLE, effective_sample, estimate_policy


def logged(rows: int, seed: int = 0, **extra: float) -> pl.DataFrame:
    """Return a log of two items with reward rates 0.2 and 0.6, shown 3 : 1; the judged policy shows them 1 : 3."""
    chance = np.random.default_rng(seed)
    second = chance.random(rows) < 0.25
    reward = (chance.random(rows) < np.where(second, 0.6, 0.2)).astype(np.float64)
    frame = pl.DataFrame(
        {
            "reward": reward,
            "propensity": np.where(second, 0.25, 0.75),
            "target": np.where(second, 0.75, 0.25),
        }
    )
    return frame.with_columns(pl.lit(value).alias(name) for name, value in extra.items())


def by_estimator(table: pl.DataFrame) -> dict[str, dict]:
    return {row["estimator"]: row for row in table.rows(named=True)}


def test_every_estimate_finds_the_true_value_and_its_own_error():
    truth = 0.25 * 0.2 + 0.75 * 0.6
    runs = [by_estimator(estimate_policy(logged(2000, seed, expected=0.3, expected_target=0.3))) for seed in range(60)]
    for name in ("ips", "snips", "dr"):
        values = np.array([run[name]["value"] for run in runs])
        errors = np.array([run[name]["standard_error"] for run in runs])
        assert values.mean() == pytest.approx(truth, abs=4 * values.std(ddof=1) / math.sqrt(len(runs)))
        assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.35)
    assert runs[0]["ips"]["status"] == "ok"
    assert runs[0]["ips"]["reason"] is None


def test_a_right_reward_model_makes_doubly_robust_right_with_wrong_propensities():
    wrong = logged(20_000).with_columns(
        expected=pl.when(pl.col("target") == 0.75).then(0.6).otherwise(0.2),
        expected_target=0.25 * 0.2 + 0.75 * 0.6,
        propensity=pl.lit(0.5),
    )
    found = by_estimator(estimate_policy(wrong))
    assert found["dr"]["value"] == pytest.approx(0.5, abs=0.01)
    assert abs(found["ips"]["value"] - 0.5) > 0.1


def test_without_a_reward_model_there_is_no_doubly_robust_row():
    assert estimate_policy(logged(100))["estimator"].to_list() == ["ips", "snips"]
    assert estimate_policy(logged(100, expected=0.3))["estimator"].to_list() == ["ips", "snips"]


@pytest.mark.parametrize(("rows", "status"), [(MIN_EFFECTIVE_SAMPLE - 1, "not_enough_data"), (20, "ok")])
def test_equal_weights_need_twenty_rows(rows: int, status: str):
    log = pl.DataFrame({"reward": [0.0, 1.0] * 10, "propensity": [0.5] * 20, "target": [0.5] * 20}).head(rows)
    table = estimate_policy(log)
    assert set(table["status"]) == {status}
    assert table["effective_sample"].to_list() == [rows, rows]
    assert (table["value"].null_count() == 2) is (status != "ok")


def test_many_rows_that_are_worth_few_are_refused():
    log = logged(1000).with_columns(target=pl.lit(1e-6)).with_row_index("row")
    log = log.with_columns(target=pl.when(pl.col("row") < 5).then(1.0).otherwise("target")).drop("row")
    table = estimate_policy(log)
    assert set(table["status"]) == {"not_enough_data"}
    assert "20 are needed" in table["reason"][0]


@pytest.mark.parametrize("propensity", [0.0, None])
def test_a_propensity_of_zero_or_none_is_refused(propensity: float | None):
    first = pl.int_range(pl.len()) == 0
    log = logged(100).with_columns(propensity=pl.when(first).then(pl.lit(propensity)).otherwise("propensity"))
    table = estimate_policy(log)
    assert set(table["status"]) == {"not_enough_data"}
    assert table["reason"][0].startswith("1 of 100 rows")
    assert table["value"].null_count() == table["effective_sample"].null_count() == 2


@pytest.mark.parametrize("name", ["propensity", "target"])
def test_values_above_one_are_no_probabilities(name: str):
    with pytest.raises(ValueError, match=name):
        estimate_policy(logged(100).with_columns(pl.lit(1.1).alias(name)))


def test_an_empty_log_and_a_policy_that_shows_nothing_of_it_are_refused():
    for log in (logged(100).clear(), logged(100).with_columns(target=pl.lit(0.0))):
        assert set(estimate_policy(log)["status"]) == {"not_enough_data"}
    assert effective_sample(np.zeros(3)) == 0


def test_the_order_of_rows_changes_nothing():
    log = logged(500, expected=0.3, expected_target=0.3)
    shuffled = log.sample(fraction=1, shuffle=True, seed=1)
    assert_frame_equal(estimate_policy(shuffled), estimate_policy(log), check_exact=True)
