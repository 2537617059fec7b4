"""Which of a person's touches speaks loudest for an item: the cause named beside a recommendation."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Positions
from dmp_assets.recommendations.models.csr import rows_of
from dmp_assets.recommendations.models.recommender import NO_CAUSE


def loudest(own: Any, by_target: Any, people: Positions, items: Positions) -> Positions:
    """Return for each pair the touched item with the largest part of the score (first of equals).

    Args:
        own: People's weights (CSR, people x items).
        by_target: What items say (CSR, target x touched item).
        people: Person of each pair.
        items: Target of each pair.

    ``NO_CAUSE`` stands where no touched item has a part.
    """
    found = np.full(people.size, NO_CAUSE, np.int64)
    _walk_sparse(rows_of(own), rows_of(by_target), people, items, found)
    return found


def loudest_dense(
    own: Any, said: NDArray[np.float32], place: NDArray[np.int32], people: Positions, items: Positions
) -> Positions:
    """Return the same where what items say is a dense matrix, touched item x target.

    Args:
        own: People's weights (CSR, people x items).
        said: What items say.
        place: Place of each item in ``said``, or -1.
        people: Person of each pair; pairs of one person stand together.
        items: Target of each pair.
    """
    found = np.full(people.size, NO_CAUSE, np.int64)
    _walk_dense(rows_of(own), said, place, people, place[items], found)
    return found


@numba.njit(nogil=True, cache=True)
def _walk_sparse(own: Any, said: Any, people: Any, items: Any, found: Any) -> None:
    """Walk the person's items and those that speak for the target together, pair by pair; both are sorted."""
    for pair in range(people.size):
        mine, mine_end = own.first[people[pair]], own.first[people[pair] + 1]
        its, its_end = said.first[items[pair]], said.first[items[pair] + 1]
        best = np.float32(0)
        while mine < mine_end and its < its_end:
            if own.places[mine] < said.places[its]:
                mine += 1
            elif own.places[mine] > said.places[its]:
                its += 1
            else:
                if own.values[mine] * said.values[its] > best:
                    best, found[pair] = own.values[mine] * said.values[its], own.places[mine]
                mine += 1
                its += 1


@numba.njit(nogil=True, cache=True)
def _walk_dense(own: Any, said: Any, place: Any, people: Any, target: Any, found: Any) -> None:
    """Walk each person's touches once for all of the person's pairs, as what a touch says stands in one row."""
    best = np.zeros(people.size, np.float32)
    start = 0
    while start < people.size:
        stop = start + 1
        while stop < people.size and people[stop] == people[start]:
            stop += 1
        for touch in range(own.first[people[start]], own.first[people[start] + 1]):
            source = place[own.places[touch]]
            if source < 0:
                continue
            row, factor = said[source], own.values[touch]
            for pair in range(start, stop):
                if target[pair] >= 0 and factor * row[target[pair]] > best[pair]:
                    best[pair], found[pair] = factor * row[target[pair]], own.places[touch]
        start = stop
