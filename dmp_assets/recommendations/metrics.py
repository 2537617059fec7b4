"""Metrics of one ranked list, and their mean over people.

``hits`` says for each place of a list, best first, whether the person really bought that item.
"""

import math
from collections.abc import Sequence


def recall(hits: Sequence[bool], truths: int, k: int) -> float:
    """Return the share of the person's new items that the first ``k`` places name: hits / truths.

    >>> recall([True, False, True], truths=4, k=3)
    0.5
    """
    return sum(hits[:k]) / truths


def ndcg(hits: Sequence[bool], truths: int, k: int) -> float:
    """Return the gain of the hits, discounted by rank, over that of a perfect list (0..1).

    The gain at rank r is ``1 / log2(r + 1)``; the perfect list has ``min(k, truths)`` hits in front
    (Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques").

    One of two items, named at rank 3: (1 / log2(4)) / (1 / log2(2) + 1 / log2(3)) = 0.5 / 1.6309.

    >>> round(ndcg([False, False, True], truths=2, k=3), 4)
    0.3066
    """
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(hits[:k], start=1) if hit)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, truths) + 1))


def hit_rate(hits: Sequence[bool], truths: int, k: int) -> float:  # noqa: ARG001 - all metrics are called alike
    """Return 1.0 where one of the first ``k`` places is right, else 0.0.

    >>> hit_rate([False, True], truths=3, k=1), hit_rate([False, True], truths=3, k=2)
    (0.0, 1.0)
    """
    return float(any(hits[:k]))


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and its standard error, ``sample standard deviation / sqrt(n)``; needs two values.

    0 and 1: deviation sqrt(0.5), over sqrt(2), is 0.5.

    >>> mean_and_error([0.0, 1.0])
    (0.5, 0.5)
    """
    count = len(values)
    mean = math.fsum(values) / count
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, math.sqrt(variance / count)
