"""What is touched next: directed co-visits, and a linear item matrix trained on earlier touches."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from dmp_assets.recommendations.dataset.interaction_matrix import MAX_HISTORY, Interactions, Positions, moments
from dmp_assets.recommendations.models.ease import SMALL_CATALOGUE, ease_columns
from dmp_assets.recommendations.models.item_neighbours import (
    PROFILE_EXPONENT,
    SHRINK,
    TARGET_EXPONENT,
    Norm,
    filled,
    item_takers,
)
from dmp_assets.recommendations.models.kernels.top_k import NONE, keep

WINDOW = 20
"""Touches before one that say something about it."""

HALF_LIFE_MOMENTS = 3.0
"""A touch counts half for every three moments that it lies before: 2 to 3 were best on films' and shops' sequences."""

MAX_TOUCHES = 2_000_000
"""Touches that the trained matrix bears: each is compared with the products of its whole window."""


@dataclass(frozen=True)
class Sequences:
    """Touches of people in their order; touches of one moment (a basket) have none among them."""

    item: NDArray[np.int32]
    moment: Positions
    """Number of the touch's moment among the person's, from 0."""
    first: Positions
    """Where each person's touches begin; one more value ends the last."""


class Touches(NamedTuple):
    """Touches in their order, and where each item is touched."""

    item: Any
    """Item of each touch."""
    moment: Any
    """Number of its moment among the person's."""
    begin: Any
    """Where the touches of its person begin."""
    place: Any
    """Touches sorted by item."""
    first_place: Any
    """Where those of each item begin; one more value ends the last."""


def sequences(interactions: Interactions) -> Sequences:
    """Return the newest ``MAX_HISTORY`` touches of each person in the order of their time."""
    touches = np.diff(interactions.first_touch)
    person = np.repeat(interactions.pair_person, touches)
    item = np.repeat(interactions.pair_item, touches)
    # Touches are in the order of person and item, and the sort is stable: those of one moment stay by item.
    order = np.lexsort((interactions.touched_at, person))
    person, item, at = person[order], item[order], interactions.touched_at[order]
    people = interactions.shape[0]
    ends = np.searchsorted(person, np.arange(people), side="right")
    kept = ends[person] - np.arange(person.size) <= MAX_HISTORY
    person, item, at = person[kept], item[kept], at[kept]
    first = np.searchsorted(person, np.arange(people + 1))
    return Sequences(item, moments(person, at, first), first)


def fit_covisit(interactions: Interactions, neighbours: int = 200) -> Any:
    """Return how often the target came after the touched item, over ``takers`` as for item-kNN (CSR, row = target).

    Each earlier touch within ``WINDOW`` counts ``0.5 ** ((moments between - 1) / 3)``. Unlike item-kNN the matrix is
    not symmetric: a case follows the phone.
    """
    order, takers = sequences(interactions), item_takers(interactions)
    items = takers.size
    place = np.argsort(order.item, kind="stable")
    first_place = np.searchsorted(order.item[place], np.arange(items + 1))
    begin = np.repeat(order.first[:-1], np.diff(order.first))
    target, own = ((takers**exponent).astype(np.float32) for exponent in (TARGET_EXPONENT, PROFILE_EXPONENT))
    norm = Norm(np.empty(0, np.float32), target, own, np.float32(SHRINK))
    touches, decay = Touches(order.item, order.moment, begin, place, first_place), _decay()

    def fill(start: int, stop: int, index: NDArray[np.int32], value: NDArray[np.float32]) -> None:
        _came_before(touches, norm, decay, start, stop, index, value)

    return filled(items, min(neighbours, items), fill)


def bears_next_item(interactions: Interactions) -> bool:
    """Return whether :func:`fit_next_item` is affordable: items and touches are few enough."""
    return ease_columns(interactions).size <= SMALL_CATALOGUE and interactions.touched_at.size <= MAX_TOUCHES


def fit_next_item(interactions: Interactions, l2: float = 100.0) -> tuple[Positions, NDArray[np.float32]]:
    """Return the items held and ``B = (F'F + l2 I)**-1 F'Y``, row = touched item, column = target.

    Each touch is one row: ``Y`` names its item, ``F`` holds the decayed touches of the window before it; so ``B`` is
    the ridge regression of what comes next on what came before. Unlike EASE its diagonal is free: an item may follow
    itself.
    """
    order, columns = sequences(interactions), ease_columns(interactions)
    place = np.full(interactions.shape[1], NONE, np.int32)
    place[columns] = np.arange(columns.size)
    before = _windows(order, place, columns.size)
    known = place[order.item] != NONE
    ones = (np.ones(int(known.sum()), np.float32), (np.flatnonzero(known), place[order.item[known]]))
    after = sparse.csr_matrix(ones, shape=before.shape)
    gram = np.asfortranarray((before.T @ before).toarray())
    gram[np.diag_indices_from(gram)] += np.float32(l2)
    said = linalg.solve(gram, (before.T @ after).toarray(), assume_a="pos", overwrite_a=True, overwrite_b=True)
    return columns, np.ascontiguousarray(said, np.float32)


def _windows(order: Sequences, place: NDArray[np.int32], columns: int) -> Any:
    """Return for each touch the decayed touches before it (CSR, touches x columns)."""
    touches = order.item.size
    begin = np.repeat(order.first[:-1], np.diff(order.first))
    decay, windows = _decay(), sparse.csr_matrix((touches, columns), dtype=np.float32)
    for back in range(1, WINDOW + 1):
        row = np.arange(back, touches)
        gap = np.minimum(order.moment[row] - order.moment[row - back], WINDOW)
        item = place[order.item[row - back]]
        wanted = (row - back >= begin[row]) & (gap > 0) & (item != NONE)
        cells = (decay[gap[wanted]], (row[wanted], item[wanted]))
        windows = windows + sparse.csr_matrix(cells, shape=windows.shape)
    return windows


def _decay() -> NDArray[np.float32]:
    """Return the weight of a touch by the moments between; of the same moment it is 0."""
    weights = np.exp2(-(np.arange(WINDOW + 1) - 1) / HALF_LIFE_MOMENTS).astype(np.float32)
    weights[0] = 0
    return weights


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _came_before(touches: Any, norm: Any, decay: Any, start: int, stop: int, index: Any, value: Any) -> None:
    """Fill ``index`` and ``value`` with the best of the targets ``start`` to ``stop``, a row each."""
    before, scores = np.zeros(norm.own.size, np.float32), np.empty(norm.own.size, np.float32)
    seen = np.empty(norm.own.size, np.int32)
    for target in range(start, stop):
        count = 0
        for occurrence in range(touches.first_place[target], touches.first_place[target + 1]):
            touch = touches.place[occurrence]
            for earlier in range(max(touches.begin[touch], touch - decay.size + 1), touch):
                gap = touches.moment[touch] - touches.moment[earlier]
                if before[touches.item[earlier]] == 0 and decay[gap] > 0:
                    seen[count] = touches.item[earlier]
                    count += 1
                before[touches.item[earlier]] += decay[gap]
        # Few items are ever touched before the target: the loop visits those alone.
        others = np.sort(seen[:count])
        for number in range(count):
            other = others[number]
            scores[number] = before[other] / (norm.target[target] * norm.own[other] + norm.shrink)
            before[other] = 0
        row = target - start
        keep(scores[:count], index[row], value[row])
        for number in range(min(count, index.shape[1])):
            index[row, number] = others[index[row, number]]
