"""The best items of people under many mixes of the same members, for comparing them: one walk through the scores."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.models.csr import no_rows, rows_of
from dmp_assets.recommendations.models.kernels.top_k import BLOCK, NONE, push, scan, sorted_best
from dmp_assets.recommendations.ranking.blend import scale_row


def best_of_mixes(
    scores: NDArray[np.float32], mask: Any | None, weights: NDArray[np.float32], fallback: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the ``k`` best items of each person under each mix, and how many people each member has an opinion on.

    Args:
        scores: Members x people x items. They are not changed.
        mask: CSR matrix, people x items; its cells may not be served. None masks nothing.
        weights: Mixes x members.
        fallback: Shares of 0..1 of the items: what has no sum above 0 follows in their order.
        k: Length of a list.

    The items are mixes x people x places, what ``scale`` and ``rank`` of a blend give. Each row of scores is worked on
    as a whole while it lies in a core's cache: of 63,000 items that takes a tenth of the time.
    """
    items = np.full((weights.shape[0], scores.shape[1], k), NONE, np.int32)
    heard = np.zeros(scores.shape[0], np.int64)
    masked = no_rows(scores.shape[1]) if mask is None else rows_of(mask)
    _serve(scores, masked.first, masked.places, weights, fallback, items, heard)
    return items, heard


@numba.njit(nogil=True, cache=True)
def _serve(scores: Any, first: Any, places: Any, weights: Any, fallback: Any, items: Any, heard: Any) -> None:
    members, people, width = scores.shape
    scaled = np.empty((members, width), np.float32)
    total, values = np.empty(width, np.float32), np.empty(items.shape[2], np.float32)
    part = np.empty(BLOCK, np.float32)
    for person in range(people):
        hidden = places[first[person] : first[person + 1]]
        for member in range(members):
            scaled[member] = scores[member, person]
            heard[member] += scale_row(scaled[member], hidden)
        for mix in range(weights.shape[0]):
            best = items[mix, person]
            found = _scan(scaled, weights[mix], part, best, values)
            if found < best.size:
                best[:] = NONE
                _sum(scaled, weights[mix], total)
                found = scan(total, best, values, np.float32(0))
                for item in range(width):
                    if total[item] <= 0 and total[item] > -np.inf:
                        total[item] = fallback[item] - np.float32(1)
                scan(total, best, values, np.float32(-np.inf))


@numba.njit(nogil=True, cache=True)
def _sum(scaled: Any, weights: Any, total: Any) -> None:
    total[:] = 0
    for member in range(weights.size):
        if weights[member] != 0:
            for place in range(total.size):
                total[place] += scaled[member, place] * weights[member]


@numba.njit(nogil=True, cache=True)
def _scan(scaled: Any, weights: Any, part: Any, positions: Any, values: Any) -> int:
    """Return how many sums above 0 there are, and fill the best ones in, a block of sums at a time."""
    size, bar, width = 0, np.float32(0), scaled.shape[1]
    for start in range(0, width, BLOCK):
        stop = min(width, start + BLOCK)
        part[:] = 0
        for member in range(weights.size):
            if weights[member] != 0:
                row, weight = scaled[member, start:stop], weights[member]
                for place in range(row.size):
                    part[place] += row[place] * weight
        above = np.int32(0)
        for place in range(BLOCK):
            above |= np.int32(part[place] > bar)
        if above:
            for place in range(stop - start):
                if part[place] > bar:
                    size = push(positions, values, size, part[place], start + place)
                    if size == positions.size:
                        bar = values[0]
    sorted_best(positions, values, size)
    return size
