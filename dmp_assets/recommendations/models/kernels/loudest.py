"""Which of a person's touches speaks loudest for an item: the cause named beside a recommendation."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Positions
from dmp_assets.recommendations.models.csr import rows_of
from dmp_assets.recommendations.models.recommender import NO_CAUSE


def loudest_dense(
    own: Any, said: NDArray[np.float32], place: NDArray[np.int32], people: Positions, items: Positions
) -> Positions:
    """Return for each pair the touched item with the largest part of the score (first of equals).

    Args:
        own: People's weights (CSR, people x items).
        said: What items say, dense: touched item x target.
        place: Place of each item in ``said``, or -1.
        people: Person of each pair; pairs of one person stand together.
        items: Target of each pair.

    ``NO_CAUSE`` stands where no touched item has a part.
    """
    found = np.full(people.size, NO_CAUSE, np.int64)
    _walk_dense(rows_of(own), said, place, people, place[items], found)
    return found


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
