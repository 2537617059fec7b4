"""What lists show, right or wrong: how much of the catalogue, how evenly, how popular, how surprising."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Values = NDArray[np.float64]


def coverage(ranked: pl.DataFrame, catalogue: int, k: int) -> float:
    """Return the share of the catalogue that stands in the first ``k`` places of any list.

    Args:
        ranked: person_id, rank, item_id.
        catalogue: Items that could have been shown, at least 1.
        k: Length of the lists.

    Two of four items:

    >>> ranked = pl.DataFrame({"person_id": ["a", "a", "b"], "rank": [1, 2, 1], "item_id": ["x", "y", "x"]})
    >>> coverage(ranked, catalogue=4, k=2)
    0.5
    """
    return ranked.filter(pl.col("rank") <= k)["item_id"].n_unique() / catalogue


def gini(ranked: pl.DataFrame, catalogue: int, k: int) -> float:
    """Return how unevenly the catalogue is shown: 0 is all items alike, near 1 is one item alone.

    ``sum over i of (2 i - n - 1) x_i / (n sum of x)`` over the counts x of all n items in ascending order, those never
    shown among them (Castells, Hurley and Vargas 2015, "Novelty and diversity in recommender systems", section 26.3.8).

    x is shown twice, y never: ((2 - 3) * 0 + (4 - 3) * 2) / (2 * 2) = 0.5.

    >>> gini(pl.DataFrame({"rank": [1, 1], "item_id": ["x", "x"]}), catalogue=2, k=1)
    0.5
    """
    shown = ranked.filter(pl.col("rank") <= k).group_by("item_id").len()["len"].sort().to_numpy().astype(np.float64)
    if shown.size == 0:
        return 0.0
    place = np.arange(catalogue - shown.size, catalogue) + 1
    return float(((2 * place - catalogue - 1) * shown).sum() / (catalogue * shown.sum()))


def novelty(ranked: pl.DataFrame, takers: pl.DataFrame, people: int, k: int) -> Values:
    """Return the mean surprise of each list in bits, in the order of person_id.

    The surprise of an item is ``log2(people / takers)`` (Zhou et al. 2010, "Solving the apparent diversity-accuracy
    dilemma of recommender systems", PNAS 107(10)). An item that nobody took yet counts as taken by one.

    Args:
        ranked: person_id, rank, item_id.
        takers: item_id, takers: people who took it.
        people: People the takers are counted among.
        k: Length of the lists.

    Taken by 4 and 1 of 4 people: (0 + 2) / 2.

    >>> ranked = pl.DataFrame({"person_id": ["a", "a"], "rank": [1, 2], "item_id": ["x", "y"]})
    >>> novelty(ranked, pl.DataFrame({"item_id": ["x", "y"], "takers": [4, 1]}), people=4, k=2).tolist()
    [1.0]
    """
    shown = _with_takers(ranked.filter(pl.col("rank") <= k), takers)
    return _mean_by_person(shown.with_columns(value=(people / pl.col("takers").clip(lower_bound=1)).log(2)))


def popularity_of_own(profiles: pl.DataFrame, takers: pl.DataFrame) -> pl.DataFrame:
    """Return person_id and own: the mean takers of the items that a person has, the people sorted.

    Args:
        profiles: person_id, item_id: what people have.
        takers: item_id, takers.

    >>> profiles = pl.DataFrame({"person_id": ["ann", "ann"], "item_id": ["x", "y"]})
    >>> popularity_of_own(profiles, pl.DataFrame({"item_id": ["x", "y"], "takers": [6, 2]})).rows()
    [('ann', 4.0)]
    """
    owned = _with_takers(profiles, takers).with_columns(value=pl.col("takers").cast(pl.Float64))
    return profiles.select(pl.col("person_id").unique().sort()).with_columns(own=_mean_by_person(owned))


def popularity_lift(ranked: pl.DataFrame, owned: pl.DataFrame, takers: pl.DataFrame, k: int) -> tuple[float, float]:
    """Return how much more popular the shown items are than those people have, and its standard error.

    ``mean over people of the takers of shown items / the same of the items they have - 1``: above 0 lists push people
    to what everybody buys (Abdollahpouri et al. 2019, "The unfairness of popularity bias in recommendation", eq. 2).
    The error is that of a ratio of means, by linearisation (Cochran 1977, "Sampling techniques", section 2.11).

    Args:
        ranked: person_id, rank, item_id.
        owned: person_id and own (:func:`popularity_of_own`). People without are left out on both sides.
        takers: item_id, takers.
        k: Length of the lists.

    ann has y, taken by 2, and is shown x, taken by 6; so is bob: 6 / 2 - 1.

    >>> ranked = pl.DataFrame({"person_id": ["ann", "bob"], "rank": [1, 1], "item_id": ["x", "x"]})
    >>> owned = pl.DataFrame({"person_id": ["ann", "bob"], "own": [2.0, 2.0]})
    >>> popularity_lift(ranked, owned, pl.DataFrame({"item_id": ["x", "y"], "takers": [6, 2]}), k=1)
    (2.0, 0.0)

    Fewer than two people give (nan, nan).
    """
    shown = ranked.filter(pl.col("rank") <= k).join(owned, on="person_id", how="semi")
    own_takers = owned.join(shown, on="person_id", how="semi").sort("person_id")["own"].to_numpy()
    shown_takers = _mean_by_person(_with_takers(shown, takers).with_columns(value=pl.col("takers").cast(pl.Float64)))
    if own_takers.size < 2 or not own_takers.any():
        return float("nan"), float("nan")
    ratio = shown_takers.mean() / own_takers.mean()
    residuals = shown_takers - ratio * own_takers
    error = residuals.std(ddof=1) / np.sqrt(residuals.size) / own_takers.mean()
    return float(ratio - 1), float(error)


def _with_takers(rows: pl.DataFrame, takers: pl.DataFrame) -> pl.DataFrame:
    """Return person_id and the takers of each row's item, sorted so that sums have one order."""
    named = rows.select("person_id", "item_id").join(takers, on="item_id", how="left")
    return named.select("person_id", pl.col("takers").fill_null(0)).sort("person_id", "takers")


def _mean_by_person(rows: pl.DataFrame) -> Values:
    """Return the mean of ``value`` over each person's rows, which are sorted by person_id."""
    if rows.is_empty():
        return np.empty(0)
    counts = rows["person_id"].rle().struct.field("len").to_numpy().astype(np.float64)
    person = np.repeat(np.arange(counts.size), counts.astype(np.int64))
    means: Values = np.bincount(person, weights=rows["value"].to_numpy()) / counts
    return means
