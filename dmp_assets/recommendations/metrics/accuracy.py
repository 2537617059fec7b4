"""How well ranked lists name what people went on to buy: one value per person, means with errors, paired differences.

Every metric of a list works on :class:`Judged`, so lists are matched to the truth once for all metrics and cutoffs.
Values stand in the order of the people's ids: those of two models judged on the same truth are pairs.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Values = NDArray[np.float64]

RESAMPLES = 2000
"""Draws of a bootstrap: what the ends of a 95 % interval cut off, 2.5 %, is then known to 0.35 %."""

GROUPS = 4096
"""People that are drawn apart. More are drawn as that many groups, every 4,096th person in one: the error of the mean
stays what it is, known to 1.1 % (sqrt(1 / 2 / 4096)), and the cost no longer grows with the people."""

SEED = 7
"""Seed of the draws; any number will do, as long as it stays."""


@dataclass(frozen=True)
class Judged:
    """The places of people's lists that were right, sorted by person and rank."""

    people: pl.Series
    """Everybody in the truth, sorted; also those without a list."""
    truths: NDArray[np.int64]
    """Items of each person's truth, at least 1."""
    person: NDArray[np.int64]
    """Position in ``people`` of each right place."""
    rank: NDArray[np.int64]
    """Its rank in that person's list, from 1."""


def judge(ranked: pl.DataFrame, truth: pl.DataFrame) -> Judged:
    """Return the right places of the lists of everybody in ``truth``.

    Args:
        ranked: person_id, rank (from 1), item_id; no item twice in a list. Lists of people outside the truth are left
            out; a person without a list has no right place.
        truth: person_id, item_id: what people really took. A pair that is there twice counts once.

    Ids are of any one type on both sides; integers join several times faster than text.
    """
    pairs = truth.select("person_id", "item_id").unique()
    people = pairs.group_by("person_id").agg(truths=pl.len().cast(pl.Int64)).sort("person_id")
    positions = people.select("person_id", person=pl.int_range(pl.len(), dtype=pl.Int64))
    right = ranked.join(pairs, on=["person_id", "item_id"], how="semi").join(positions, on="person_id")
    right = right.select("person", pl.col("rank").cast(pl.Int64)).sort("person", "rank")
    return Judged(
        people=people["person_id"],
        truths=people["truths"].to_numpy(),
        person=right["person"].to_numpy(),
        rank=right["rank"].to_numpy(),
    )


def recall(judged: Judged, k: int) -> Values:
    """Return each person's share of true items that the first ``k`` places name: hits / truths.

    >>> ranked = pl.DataFrame({"person_id": ["ann"] * 3, "rank": [1, 2, 3], "item_id": ["a", "b", "c"]})
    >>> truth = pl.DataFrame({"person_id": ["ann"] * 4, "item_id": ["a", "c", "d", "e"]})
    >>> recall(judge(ranked, truth), k=3).tolist()
    [0.5]
    """
    return _summed(judged, np.ones(judged.rank.size), k) / judged.truths


def hit_rate(judged: Judged, k: int) -> Values:
    """Return 1.0 for each person with a right item in the first ``k`` places, else 0.0.

    >>> ranked = pl.DataFrame({"person_id": ["ann"] * 2, "rank": [1, 2], "item_id": ["a", "b"]})
    >>> judged = judge(ranked, pl.DataFrame({"person_id": ["ann"], "item_id": ["b"]}))
    >>> hit_rate(judged, k=1).tolist(), hit_rate(judged, k=2).tolist()
    ([0.0], [1.0])
    """
    return np.minimum(_summed(judged, np.ones(judged.rank.size), k), 1.0)


def ndcg(judged: Judged, k: int) -> Values:
    """Return each person's gain of the hits, discounted by rank, over that of a perfect list (0..1).

    The gain at rank r is ``1 / log2(r + 1)``; the perfect list has ``min(k, truths)`` hits in front (Järvelin and
    Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), with binary gains).

    One of two items, named at rank 3: (1 / log2(4)) / (1 / log2(2) + 1 / log2(3)) = 0.5 / 1.6309.

    >>> ranked = pl.DataFrame({"person_id": ["ann"] * 3, "rank": [1, 2, 3], "item_id": ["a", "b", "c"]})
    >>> truth = pl.DataFrame({"person_id": ["ann"] * 2, "item_id": ["c", "z"]})
    >>> ndcg(judge(ranked, truth), k=3).round(4).tolist()
    [0.3066]
    """
    perfect = np.cumsum(1 / np.log2(np.arange(2, k + 2)))
    ideal: Values = perfect[np.minimum(judged.truths, k) - 1]
    return _summed(judged, 1 / np.log2(judged.rank + 1), k) / ideal


def average_precision(judged: Judged, k: int) -> Values:
    """Return each person's mean precision at the ranks of the hits; its mean over people is MAP@k.

    ``sum over hits of (hits up to its rank / rank) / min(k, truths)`` (McFee et al. 2012, "The million song dataset
    challenge", section 4.1): a list can reach 1 also where a person has more true items than places.

    Right at ranks 1 and 3, of two items: (1/1 + 2/3) / 2 = 0.8333.

    >>> ranked = pl.DataFrame({"person_id": ["ann"] * 3, "rank": [1, 2, 3], "item_id": ["a", "b", "c"]})
    >>> truth = pl.DataFrame({"person_id": ["ann"] * 2, "item_id": ["a", "c"]})
    >>> average_precision(judge(ranked, truth), k=3).round(4).tolist()
    [0.8333]
    """
    place = np.arange(judged.person.size)
    hits_so_far = place - np.searchsorted(judged.person, judged.person) + 1
    return _summed(judged, hits_so_far / judged.rank, k) / np.minimum(judged.truths, k)


PERSON_METRICS = {"recall": recall, "ndcg": ndcg, "map": average_precision, "hit_rate": hit_rate}
"""Name in ``recommendation_metrics`` -> function: judged lists and a cutoff to one value per person."""


def mean_and_error(values: Values) -> tuple[float, float]:
    """Return the mean and its standard error, ``sample standard deviation / sqrt(n)``; needs two values.

    0 and 1: deviation sqrt(0.5), over sqrt(2), is 0.5.

    >>> mean_and_error(np.array([0.0, 1.0]))
    (0.5, 0.5)
    """
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


@dataclass(frozen=True)
class PairedDifference:
    """By how much one model's mean is above another's on the same people, with the 95 % interval of that."""

    difference: float
    low: float
    high: float

    @property
    def is_above(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low > 0


def paired_difference(values: Values, others: Values, resamples: int = RESAMPLES, seed: int = SEED) -> PairedDifference:
    """Return the mean of ``values - others`` and its 95 % interval: :func:`paired_differences` of one pair of models.

    Everybody is better by a half, so every draw is:

    >>> paired_difference(np.array([1.0, 0.5]), np.array([0.5, 0.0]))
    PairedDifference(difference=0.5, low=0.5, high=0.5)
    """
    if values.shape != others.shape:
        raise ValueError(f"{values.size} and {others.size} values are no pairs")
    return paired_differences((values - others)[:, np.newaxis], resamples, seed)[0]


def paired_differences(differences: Values, resamples: int = RESAMPLES, seed: int = SEED) -> list[PairedDifference]:
    """Return the mean of each column and its 95 % percentile interval over draws of people, the same for all columns.

    Args:
        differences: People x pairs of models, one model's value minus the other's; people in the order of their ids.
        resamples: Draws of as many people as there are, with replacement.
        seed: Same differences and seed give the same intervals.

    Efron and Tibshirani 1993, "An introduction to the bootstrap", section 13.3.

    Raises:
        ValueError: There is nobody.
    """
    people = differences.shape[0]
    if people == 0:
        raise ValueError("nobody to draw")
    groups = min(people, GROUPS)
    group = np.arange(people) % groups
    size = np.bincount(group).astype(np.float64)
    sums = np.column_stack([np.bincount(group, weights=column) for column in differences.T])
    random = np.random.default_rng(seed)
    means = np.empty((resamples, differences.shape[1]))
    # Blocks bound the memory: 100 x 4,096 draws of 8 bytes, 3 MB.
    for start in range(0, resamples, 100):
        block = min(100, resamples - start)
        drawn = random.integers(0, groups, size=(block, groups)) + groups * np.arange(block)[:, np.newaxis]
        times = np.bincount(drawn.ravel(), minlength=block * groups).reshape(block, groups).astype(np.float64)
        means[start : start + block] = (times @ sums) / (times @ size)[:, np.newaxis]
    lows, highs = np.quantile(means, [0.025, 0.975], axis=0)
    return [
        PairedDifference(difference=float(mean), low=float(low), high=float(high))
        for mean, low, high in zip(sums.sum(axis=0) / people, lows, highs, strict=True)
    ]


def _summed(judged: Judged, gains: Values, k: int) -> Values:
    """Return each person's sum of the gains of right places up to rank ``k``, added in the order of ranks."""
    head = judged.rank <= k
    # bincount adds in the order of rows; a group_by on several threads would not.
    return np.bincount(judged.person[head], weights=gains[head], minlength=judged.truths.size).astype(np.float64)
