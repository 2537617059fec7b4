"""k-means on what buyers do: fitted on a bounded sample, assigned to everybody."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

FEATURES = ("recency", "orders", "order value", "discounts")
"""Revenue is left out: its logarithm is the sum of those of orders and order value, which would count twice."""

MIN_BUYERS = 50
"""Two clusters of 25: fewer people move a mean by more than a fifth of a standard deviation."""

MIN_CLUSTERS, MAX_CLUSTERS = 2, 8
CHOICE_SAMPLE = 5_000
"""Silhouette compares all pairs: 5,000 people are 25 million distances."""

FIT_SAMPLE = 50_000
"""Means of 50,000 people are stable to 0.5 % of a standard deviation; a million cost three times as long."""

STARTS = 10

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Clusters:
    """Clusters of buyers, numbered from 0 by falling mean revenue."""

    labels: Labels
    centres: Matrix
    """Clusters x features, in standard deviations from the mean of all buyers."""
    spend: Matrix
    """Mean log revenue of each cluster, in the same units."""
    distances: Matrix
    """Buyers x clusters x features, squared: what each feature adds to the distance."""
    silhouette: float


def standardised(buyers: pl.DataFrame) -> Matrix:
    """Return buyers x ``FEATURES``: ``(log(1 + x) - mean) / standard deviation``; 0 where all are equal.

    Logarithms because counts and amounts are skewed: a tenfold customer is one step away, not ten.
    """
    names = ("recency_days", "orders", "average_order_value", "discount_rate")
    return _standardise(buyers.select(pl.col(name).cast(pl.Float64).fill_null(0.0) for name in names).to_numpy())


def _standardise(values: Matrix) -> Matrix:
    """Return log1p of each column in standard deviations from its mean; negative amounts count as 0."""
    columns = np.log1p(np.maximum(values, 0.0))
    spread = columns.std(axis=0)
    # Under 1e-9 the spread is rounding of equal values, and dividing by it would make features of it.
    result: Matrix = (columns - columns.mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf)
    return result


def every_nth(count: int, most: int) -> Labels:
    """Return at most ``most`` positions, evenly spread over ``count``: a sample without randomness.

    >>> every_nth(10, 4).tolist()
    [0, 2, 5, 7]
    """
    size = min(count, most)
    return np.arange(size, dtype=np.int64) * count // max(size, 1)


def fit_clusters(buyers: pl.DataFrame, seed: int) -> Clusters | None:
    """Return the clusters of ``buyers``, or None where all are alike.

    Args:
        buyers: Profiles of people with an order, sorted by ``person_id``.
        seed: Seed of the starting centres.

    The number of clusters is the one in 2..8 with the best silhouette (Rousseeuw 1987), the smallest of equals.
    Fits run on one thread, because the partial sums of several threads depend on the number of cores.
    """
    # scikit-learn takes a second to import, and a run that finds nothing to do does not need it.
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    points = standardised(buyers)
    different = np.unique(points, axis=0).shape[0]
    if different < MIN_CLUSTERS:
        return None
    with threadpool_limits(limits=1):
        sample = points[every_nth(len(points), CHOICE_SAMPLE)]
        most = min(MAX_CLUSTERS, np.unique(sample, axis=0).shape[0])
        scores = {}
        for count in range(MIN_CLUSTERS, most + 1):
            labels = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(sample)
            scores[count] = round(float(silhouette_score(sample, labels)), 12)
        best = max(scores, key=lambda count: (scores[count], -count))
        fitted = KMeans(best, n_init=STARTS, random_state=seed).fit(points[every_nth(len(points), FIT_SAMPLE)])
    centres = np.asarray(fitted.cluster_centers_, np.float64)
    distances = (points[:, None, :] - centres[None, :, :]) ** 2
    labels = distances.sum(axis=2).argmin(axis=1)
    revenue = buyers["revenue"].cast(pl.Float64).to_numpy()
    log_revenue = _standardise(revenue[:, None])[:, 0]
    # Every cluster has a member, because the people of the fit are assigned too.
    order = np.lexsort((np.arange(best), [-revenue[labels == cluster].mean() for cluster in range(best)]))
    return Clusters(
        labels=np.argsort(order)[labels],
        centres=centres[order],
        spend=np.asarray([log_revenue[labels == cluster].mean() for cluster in order]),
        distances=distances[:, order, :],
        silhouette=scores[best],
    )


def cluster_names(centres: Matrix, spend: Matrix) -> list[str]:
    """Return a name in words for each cluster; a number is added where two have the same name.

    More than half a standard deviation from the mean of all buyers is low or high.

    >>> cluster_names(np.array([[-1.0, 1.0, 0.8, 0.0], [1.0, -1.0, 0.0, 0.9]]), np.array([0.9, -0.5]))
    ['Frequent, high spend, recent', 'Rare, medium spend, lapsed, on discount']
    """
    names = []
    for (recency, orders, _, discounts), revenue in zip(centres.tolist(), spend.tolist(), strict=True):
        words = [
            _word(orders, "Rare", "Occasional", "Frequent"),
            _word(revenue, "low spend", "medium spend", "high spend"),
            _word(recency, "recent", "on and off", "lapsed"),
            _word(discounts, "full price", "", "on discount"),
        ]
        names.append(", ".join(word for word in words if word))
    return [f"{name} ({place})" if names.count(name) > 1 else name for place, name in enumerate(names, start=1)]


def _word(value: float, low: str, middle: str, high: str) -> str:
    """Return the word for a value in standard deviations; exactly half a deviation is the middle."""
    return low if value < -0.5 else high if value > 0.5 else middle


def cluster_reasons(clusters: Clusters) -> list[str]:
    """Return a reason for each buyer: the two features that make the own cluster nearer than the next."""
    count = clusters.distances.shape[1]
    rows = np.arange(clusters.labels.size)
    totals = clusters.distances.sum(axis=2)
    totals[rows, clusters.labels] = np.inf
    following = totals.argmin(axis=1)
    gains = clusters.distances[rows, following] - clusters.distances[rows, clusters.labels]
    first, second = np.argsort(-gains, axis=1, kind="stable")[:, :2].T
    return [
        f"nearest of {count} cluster centres; nearer than cluster_{other + 1} most on {FEATURES[a]} and {FEATURES[b]}"
        for other, a, b in zip(following.tolist(), first.tolist(), second.tolist(), strict=True)
    ]
