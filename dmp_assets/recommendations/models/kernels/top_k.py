"""The k best of many scores, equal scores in the order of the items: a scan that keeps the best so far in a heap.

Scores of counts are full of ties: partitioning a block of 1,000 x 40,000 of them takes up to 180 times as long.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

NONE = -1
"""The position that ends a list with fewer than k entries."""

BLOCK = 64
"""Scores that are compared with the worst kept at once: late in a row few blocks have a better one."""


def top_k(scores: NDArray[np.float32], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return positions and scores of the k highest of each row, best first; ``-inf`` and NaN are never among them.

    Args:
        scores: People x items, C order.
        k: Length of a list; rows with fewer scores end in ``NONE`` and 0.

    Equal scores go by position, which is the order of ``item_id``.

    >>> top_k(np.array([[0.5, 0.9, 0.5, -np.inf]], np.float32), 2)[0].tolist()
    [[1, 0]]
    """
    positions = np.full((scores.shape[0], k), NONE, np.int32)
    values = np.zeros((scores.shape[0], k), np.float32)
    if k:
        _scan_rows(scores, positions, values)
    return positions, values


def shut_out(scores: NDArray[np.float32], mask: Any) -> None:
    """Set the scores of the cells of a CSR matrix of the same shape to ``-inf``, in place."""
    rows = np.repeat(np.arange(mask.shape[0]), np.diff(mask.indptr))
    scores[rows, mask.indices] = -np.inf


@numba.njit(nogil=True, cache=True)
def scan(row: Any, positions: Any, values: Any, above: float) -> int:
    """Fill ``positions`` and ``values`` with the best of a row of scores, best first, and return how many there are.

    Only scores higher than ``above`` count. The heap's root is the worst kept; an equal score further on never
    displaces it, so ties go by position.
    """
    k, size, bar = positions.size, 0, above
    for start in range(0, row.size, BLOCK):
        stop = min(row.size, start + BLOCK)
        if stop - start == BLOCK and not _any_above(row, start, bar):
            continue
        for place in range(start, stop):
            value = row[place]
            if not value > bar:
                continue
            size = push(positions, values, size, value, place)
            if size == k:
                bar = values[0]
    sorted_best(positions, values, size)
    return size


@numba.njit(nogil=True, cache=True)
def push(positions: Any, values: Any, size: int, value: float, place: int) -> int:
    """Put an entry into the heap of the best, in place of the worst where it is full; return the heap's size.

    ``place`` is higher than any in the heap, and ``value`` better than the worst of a full one.
    """
    if size == positions.size:
        _sink(positions, values, size, value, place)
        return size
    child = size
    while child > 0:
        parent = (child - 1) // 2
        # The newcomer has the highest position so far: among equals it is the worst.
        if value > values[parent]:
            break
        values[child], positions[child] = values[parent], positions[parent]
        child = parent
    values[child], positions[child] = value, place
    return size + 1


@numba.njit(nogil=True, cache=True)
def sorted_best(positions: Any, values: Any, size: int) -> None:
    """Sort a heap in place, the best first."""
    for last in range(size - 1, 0, -1):
        worst_value, worst_place = values[0], positions[0]
        value, place = values[last], positions[last]
        _sink(positions, values, last, value, place)
        values[last], positions[last] = worst_value, worst_place


@numba.njit(nogil=True, cache=True)
def keep(row: Any, positions: Any, values: Any) -> None:
    """Fill ``positions`` and ``values`` with the best scores above 0 of a row, in the order of the positions.

    The same ones as :func:`scan` finds, without their order: hundreds of a row take a third of the time.
    """
    k, floor = positions.size, _floor(row, positions.size)
    scores, places = np.empty(row.size, np.float32), np.empty(row.size, np.int32)
    found = 0
    for place in range(row.size):
        if row[place] >= floor and row[place] > 0:
            scores[found], places[found] = row[place], place
            found += 1
    bar = np.partition(scores[:found], found - k)[found - k] if found > k else floor
    ties = k
    for candidate in range(found):
        ties -= scores[candidate] > bar
    size = 0
    for candidate in range(found):
        value = scores[candidate]
        if value > bar or (value == bar and ties > 0):
            ties -= value == bar
            values[size], positions[size] = value, places[candidate]
            size += 1


@numba.njit(nogil=True, cache=True)
def _floor(row: Any, k: int) -> Any:
    """Return a score that at least ``k`` of a row reach, or 0: the k-th of the highest scores of some 4 k parts."""
    width = max(1, row.size // (4 * k))
    highest = np.zeros(row.size // width, np.float32)
    if highest.size <= k:
        return np.float32(0)
    # Each part has every so many-th score, so that a step of the inner loop needs nothing of the one before.
    for start in range(0, width * highest.size, highest.size):
        for part in range(highest.size):
            if row[start + part] > highest[part]:
                highest[part] = row[start + part]
    return np.partition(highest, highest.size - k)[highest.size - k]


@numba.njit(nogil=True, cache=True)
def _any_above(row: Any, start: int, bar: float) -> Any:
    """Return whether one of ``BLOCK`` scores is above; a fixed count and a flag of 32 bits make vector instructions."""
    found = np.int32(0)
    for place in range(BLOCK):
        found |= np.int32(row[start + place] > bar)
    return found != 0


@numba.njit(nogil=True, cache=True)
def _sink(positions: Any, values: Any, size: int, value: float, place: int) -> None:
    """Put an entry in the place of the root and let it sink to where everything below is better."""
    parent = 0
    while 2 * parent + 1 < size:
        child = 2 * parent + 1
        other = child + 1
        if other < size and (
            values[other] < values[child] or (values[other] == values[child] and positions[other] > positions[child])
        ):
            child = other
        if value < values[child] or (value == values[child] and place > positions[child]):
            break
        values[parent], positions[parent] = values[child], positions[child]
        parent = child
    values[parent], positions[parent] = value, place


@numba.njit(nogil=True, cache=True)
def _scan_rows(scores: Any, positions: Any, values: Any) -> None:
    for row in range(scores.shape[0]):
        scan(scores[row], positions[row], values[row], np.float32(-np.inf))
