"""Which items the same people touch: item-kNN and RP3beta, the k best neighbours of every target."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.csr import rows_of
from dmp_assets.recommendations.models.kernels.mixed_rows import MixedRows, mixed_rows
from dmp_assets.recommendations.models.kernels.top_k import NONE, keep
from dmp_assets.recommendations.models.recommender import THREADS, Scores

TARGET_EXPONENT, PROFILE_EXPONENT = 0.3, 0.7
"""Dividing less by the target's takers than by the owned item's finds popular items more often, which is right more
often than it is wrong: Recall@20 +7 % on films, +9 % on check-ins over the cosine (0.5 and 0.5)."""

SHRINK = 10.0
"""Added to the norm: pairs that only a few people share count for little."""

BLOCK_ITEMS = 1_024

MANY = 30
"""To note and sort the items seen is cheaper than to look through all where these are so many times more."""


class Norm(NamedTuple):
    """What makes counts of people similarities: ``sum of person / (target * own + shrink)``; float32."""

    person: Any
    """Weight of each person; a kernel that does not walk through people does not read it."""
    target: Any
    """Of each item as the target."""
    own: Any
    """Of each item as the touched one."""
    shrink: Any


@dataclass(frozen=True)
class ItemItem:
    """A matrix of what each touched item says about each target item."""

    said: MixedRows
    """Row = touched item, column = target."""
    profile: Profile
    reason_kind: str = "item"

    def scores(self, interactions: Interactions) -> Scores:
        """Return the sum over the person's profile of weight times what the item says."""
        out = np.zeros(interactions.shape, np.float32)
        self.add_scores(interactions, out)
        return out

    def add_scores(self, interactions: Interactions, out: Scores) -> None:
        """Add them to ``out``, in place."""
        self.said.add_product(self.profile.weights(interactions), out)

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:
        """Return the touched item with the largest part of the score."""
        return self.said.loudest(self.profile.weights(interactions), people, items)


def item_item(by_target: Any, profile: Profile) -> ItemItem:
    """Return the model of a sparse matrix of items x items, row = target."""
    by_touched = by_target.T.tocsr()
    by_touched.sort_indices()
    return ItemItem(mixed_rows(by_touched), profile)


def fit_item_knn(interactions: Interactions, neighbours: int = 100) -> Any:
    """Return ``together / (target_takers**0.3 * own_takers**0.7 + 10)`` of the best neighbours (CSR, row = target).

    After Sarwar et al. 2001, "Item-based collaborative filtering recommendation algorithms", with the asymmetric norm
    of Aiolli 2013, "Efficient top-n recommendation for very large scale binary rated datasets". ``together`` counts
    the people who touched both. The k best *profile* neighbours are kept of every *target*: the other way round,
    popular items crowd out all others (Recall@20 is 24 % lower on films).
    """
    takers = item_takers(interactions)
    weight = np.ones(interactions.shape[0], np.float32)
    return neighbours_of_targets(
        interactions, weight, takers**TARGET_EXPONENT, takers**PROFILE_EXPONENT, SHRINK, neighbours
    )


def fit_rp3beta(interactions: Interactions, neighbours: int = 500, alpha: float = 0.6, beta: float = 0.3) -> Any:
    """Return the random walk item -> person -> item, ``sum_people (1/own_takers * 1/history)**alpha / takers**beta``.

    Paudel et al. 2017, "Updatable, accurate, diverse, and scalable recommendations for interactive applications"
    (RP3beta): steps are flattened by ``alpha``, popular targets held back by ``beta``.
    """
    takers = item_takers(interactions)
    history = np.maximum(1, np.diff(interactions.touched().indptr))
    return neighbours_of_targets(interactions, history**-alpha, takers**beta, takers**alpha, 0.0, neighbours)


def item_takers(interactions: Interactions) -> NDArray[np.float64]:
    """Return how many people touched each item within their recent history, at least 1."""
    recent = interactions.pair_item[interactions.pair_is_recent]
    return np.maximum(1, np.bincount(recent, minlength=interactions.shape[1])).astype(np.float64)


def neighbours_of_targets(
    interactions: Interactions,
    person_weight: NDArray[Any],
    target_norm: NDArray[Any],
    own_norm: NDArray[Any],
    shrink: float,
    neighbours: int,
) -> Any:
    """Return ``together / (target_norm * own_norm + shrink)`` of the best of each target (CSR, row = target).

    ``together`` is the sum of ``person_weight`` over the people who touched both items, in the order of the people,
    so equal inputs give equal floats. Neither items x items nor people x items is held.
    """
    touched = interactions.touched()
    by_item = touched.T.tocsr()
    by_item.sort_indices()
    items = interactions.shape[1]
    kept = min(neighbours, max(1, items - 1))
    person, target, own = (array.astype(np.float32) for array in (person_weight, target_norm, own_norm))
    norm = Norm(person, target, own, np.float32(shrink))
    its_people, histories = rows_of(by_item), rows_of(touched)

    def fill(start: int, stop: int, index: NDArray[np.int32], value: NDArray[np.float32]) -> None:
        _neighbours(its_people, histories, norm, start, stop, index, value)

    return filled(items, kept, fill)


def filled(items: int, kept: int, fill: Callable[[int, int, NDArray[np.int32], NDArray[np.float32]], None]) -> Any:
    """Return the CSR matrix (items x items) of the best of each target.

    Args:
        items: Rows and columns.
        kept: Entries of a row at most.
        fill: Fills rows ``start`` to ``stop`` of an index, which is ``NONE`` at first, and of values: ascending
            positions from the left.

    Most items of a large catalogue have few neighbours: only what is filled is held, but for a block.
    """

    def block(start: int) -> Any:
        stop = min(items, start + BLOCK_ITEMS)
        index, value = np.full((stop - start, kept), NONE, np.int32), np.zeros((stop - start, kept), np.float32)
        fill(start, stop, index, value)
        is_filled = index != NONE
        first = np.concatenate([[0], np.cumsum(is_filled.sum(axis=1))])
        return sparse.csr_matrix((value[is_filled], index[is_filled], first), shape=(stop - start, items))

    with ThreadPoolExecutor(THREADS) as threads:
        blocks = list(threads.map(block, range(0, items, BLOCK_ITEMS)))
    return sparse.vstack(blocks, format="csr") if blocks else sparse.csr_matrix((0, 0), dtype=np.float32)


def similar_items(interactions: Interactions, k: int = 20) -> pl.DataFrame:
    """Return the ``k`` nearest of each item: item_id, rank, similar_item_id, similarity, people_together.

    Similarity is that of :func:`fit_item_knn`; ties go by ``similar_item_id``.
    """
    near = fit_item_knn(interactions, k).tocoo()
    takers = item_takers(interactions)
    # The count is the similarity times its norm: float32 keeps it apart from its neighbours up to 4 million people.
    norm = takers[near.row] ** TARGET_EXPONENT * takers[near.col] ** PROFILE_EXPONENT + SHRINK
    together = np.rint(near.data * norm).astype(np.int64)
    names = interactions.items
    return (
        pl.DataFrame(
            {
                "item_id": names.gather(near.row),
                "similar_item_id": names.gather(near.col),
                "similarity": near.data.astype(np.float64),
                "people_together": together,
            }
        )
        .sort("item_id", "similarity", "similar_item_id", descending=[False, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("item_id"))
        .select("item_id", "rank", "similar_item_id", "similarity", "people_together")
    )


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _neighbours(by_item: Any, touched: Any, norm: Any, start: int, stop: int, index: Any, value: Any) -> None:
    """Fill ``index`` and ``value`` with the best of the targets ``start`` to ``stop``, a row each.

    ``by_item`` (items x people) and ``touched`` (people x items) are binary: their values are not read.
    """
    together, scores = np.zeros(norm.own.size, np.float32), np.empty(norm.own.size, np.float32)
    seen = np.empty(norm.own.size, np.int32)
    for target in range(start, stop):
        its_people = by_item.places[by_item.first[target] : by_item.first[target + 1]]
        touches = 0
        for person in its_people:
            touches += touched.first[person + 1] - touched.first[person]
        # An item that shares people with few others visits those alone.
        if MANY * touches < together.size:
            others = np.sort(seen[: _add_few(its_people, touched, norm.person, together, seen)])
        else:
            _add(its_people, touched, norm.person, together)
            others = seen[: _find(together, seen)]
        for number in range(others.size):
            other = others[number]
            scores[number] = together[other] / (norm.target[target] * norm.own[other] + norm.shrink)
            together[other] = 0
            if other == target:
                scores[number] = 0
        row = target - start
        keep(scores[: others.size], index[row], value[row])
        for number in range(index.shape[1]):
            if index[row, number] != NONE:
                index[row, number] = others[index[row, number]]


@numba.njit(nogil=True, cache=True)
def _add(people: Any, touched: Any, weights: Any, together: Any) -> None:
    """Add each person's weight to all items that the person touched."""
    for person in people:
        weight = weights[person]
        for other in touched.places[touched.first[person] : touched.first[person + 1]]:
            together[other] += weight


@numba.njit(nogil=True, cache=True)
def _add_few(people: Any, touched: Any, weights: Any, together: Any, seen: Any) -> int:
    """Do as :func:`_add`, note the items in ``seen`` and return how many they are."""
    count = 0
    for person in people:
        weight = weights[person]
        for other in touched.places[touched.first[person] : touched.first[person + 1]]:
            if together[other] == 0:
                seen[count] = other
                count += 1
            together[other] += weight
    return count


@numba.njit(nogil=True, cache=True)
def _find(values: Any, places: Any) -> int:
    """Fill ``places`` with the positions of the values that are not 0, ascending; return how many they are."""
    found = 0
    for place in range(values.size):
        if values[place] != 0:
            places[found] = place
            found += 1
    return found
