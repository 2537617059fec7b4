"""What another policy of recommending would have earned, from the log of the one that was used.

For logs that keep the probability with which each item was shown (its propensity). Without that, only an experiment
can tell: lists that are always the same say nothing about what people would have done with others.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Values = NDArray[np.float64]
Estimate = tuple[float, float]
"""Value and its standard error."""

MIN_EFFECTIVE_SAMPLE = 20
"""With fewer, a few rows carry the weight of all, and the standard error is itself off by a sixth: 1 / sqrt(2 * 19)."""

COLUMNS = ("reward", "propensity", "target", "expected", "expected_target")


def importance_weights(target: Values, propensity: Values) -> Values:
    """Return how much more often the judged policy shows each logged item: ``target / propensity``.

    >>> importance_weights(np.array([0.5, 0.1]), np.array([0.25, 0.2])).tolist()
    [2.0, 0.5]
    """
    return target / propensity


def effective_sample(weights: Values) -> float:
    """Return the number of equally weighted rows that would be as exact: ``(sum w)^2 / sum w^2`` (Kish 1965, 8.2).

    Weights 3, 1, 0: 16 / 10.

    >>> effective_sample(np.array([3.0, 1.0, 0.0]))
    1.6
    """
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def ips(weights: Values, rewards: Values) -> Estimate:
    """Return the value by inverse propensities, ``mean of w r``; unbiased (Horvitz and Thompson 1952, JASA 47).

    Rewards 1 and 0 at weights 2 and 0.5: mean of 2 and 0 is 1, their deviation sqrt(2), over sqrt(2) is 1.

    >>> [round(value, 4) for value in ips(np.array([2.0, 0.5]), np.array([1.0, 0.0]))]
    [1.0, 1.0]
    """
    return _mean_and_error(weights * rewards)


def snips(weights: Values, rewards: Values) -> Estimate:
    """Return the self-normalised value, ``sum of w r / sum of w``; slightly biased, much steadier than ``ips``.

    Swaminathan and Joachims 2015, "The self-normalized estimator for counterfactual learning", eq. 7. The error is that
    of a ratio, by linearisation: ``sqrt(sum of (w (r - value))^2) / sum of w``.

    (2 * 1 + 0.5 * 0) / 2.5 = 0.8; sqrt(0.4^2 + 0.4^2) / 2.5 = 0.2263.

    >>> [round(value, 4) for value in snips(np.array([2.0, 0.5]), np.array([1.0, 0.0]))]
    [0.8, 0.2263]
    """
    total = float(weights.sum())
    value = float((weights * rewards).sum()) / total
    return value, float(np.sqrt(((weights * (rewards - value)) ** 2).sum())) / total


def doubly_robust(weights: Values, rewards: Values, expected: Values, expected_target: Values) -> Estimate:
    """Return the value by a reward model, corrected where it was wrong: ``mean of (e_target + w (r - e))``.

    Right where either the propensities or the reward model is (Dudik, Langford and Li 2011, "Doubly robust policy
    evaluation and learning", eq. 2).

    Args:
        weights: Importance weight of each row.
        rewards: Its reward.
        expected: The model's reward of the item that was shown.
        expected_target: The model's mean reward over what the judged policy shows there.

    0.5 + 2 * (1 - 0.75) = 1 and 0.5 + 0.5 * (0 - 0.25) = 0.375: mean 0.6875, error 0.3125.

    >>> doubly_robust(np.array([2.0, 0.5]), np.array([1.0, 0.0]), np.array([0.75, 0.25]), np.array([0.5, 0.5]))
    (0.6875, 0.3125)
    """
    return _mean_and_error(expected_target + weights * (rewards - expected))


def estimate_policy(log: pl.DataFrame) -> pl.DataFrame:
    """Return what a policy earns per row: estimator, value, standard_error, rows, effective_sample, status, reason.

    Args:
        log: One row per item shown: ``reward``; ``propensity``, the probability with which it was shown; ``target``,
            that with which the judged policy shows it there. Where ``expected`` and ``expected_target`` (see
            :func:`doubly_robust`) are there too, so is a row for dr.

    A null, a propensity of zero, or an effective sample under ``MIN_EFFECTIVE_SAMPLE`` gives ``not_enough_data``, the
    reason in words, and no numbers. Errors take rows as independent: where a person has several, add them up first.

    Raises:
        ValueError: A propensity or target is outside 0..1.
    """
    for name in ("propensity", "target"):
        if not log[name].drop_nulls().is_between(0, 1).all():
            raise ValueError(f"{name} holds values that are no probabilities")
    columns = [name for name in COLUMNS if name in log.columns]
    log = log.select(pl.col(columns).cast(pl.Float64)).sort(columns)
    unusable = log.select(pl.any_horizontal(pl.all().is_null(), pl.col("propensity") == 0).sum()).item()
    reason, weights = f"{unusable} of {log.height} rows lack a value, or have a propensity of zero", np.empty(0)
    if not unusable:
        weights = importance_weights(log["target"].to_numpy(), log["propensity"].to_numpy())
        reason = (
            f"the rows are worth {effective_sample(weights):.1f} of equal weight; {MIN_EFFECTIVE_SAMPLE} are needed"
        )
    is_enough = effective_sample(weights) >= MIN_EFFECTIVE_SAMPLE
    names = ("ips", "snips", "dr") if len(columns) == len(COLUMNS) else ("ips", "snips")
    estimates = _estimates(log, weights) if is_enough else {}
    values = [estimates.get(name, (None, None)) for name in names]
    return pl.DataFrame(
        {
            "estimator": pl.Series(names),
            "value": pl.Series([value for value, _ in values], dtype=pl.Float64),
            "standard_error": pl.Series([error for _, error in values], dtype=pl.Float64),
        }
    ).with_columns(
        rows=pl.lit(log.height, pl.Int64),
        effective_sample=pl.lit(None if unusable else effective_sample(weights), pl.Float64),
        status=pl.lit("ok" if is_enough else "not_enough_data"),
        reason=pl.lit(None if is_enough else reason, pl.String),
    )


def _estimates(log: pl.DataFrame, weights: Values) -> dict[str, Estimate]:
    """Return each estimator's value and error; dr where the log has a reward model's values."""
    rewards = log["reward"].to_numpy()
    estimates = {"ips": ips(weights, rewards), "snips": snips(weights, rewards)}
    if "expected" in log.columns and "expected_target" in log.columns:
        expected, expected_target = log["expected"].to_numpy(), log["expected_target"].to_numpy()
        estimates["dr"] = doubly_robust(weights, rewards, expected, expected_target)
    return estimates


def _mean_and_error(values: Values) -> Estimate:
    """Return the mean and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))
