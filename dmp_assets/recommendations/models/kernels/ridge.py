"""Many small ridge regressions on the same vectors: what people's (or items') own touches say about their tastes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.models.csr import rows_of
from dmp_assets.recommendations.models.kernels.matrix_product import gram, product
from dmp_assets.recommendations.models.recommender import THREADS

PARTS = 16
"""Parts that threads work on; rows do not depend on each other, so parts change no float."""

CLOSE = 1e-8
"""A row is solved where its objective is at most this above the least, for each of its touches."""


class Penalty(NamedTuple):
    """What holds vectors down: ``base + each * touches`` times the squared length of a row's vector."""

    base: Any
    each: Any


class Regressors(NamedTuple):
    """The vectors of the other side, turned so that their weighted Gram matrix is diagonal."""

    vectors: NDArray[np.float32]
    diagonal: NDArray[np.float32]


def turned(vectors: NDArray[np.float32], weight: float) -> tuple[Regressors, NDArray[np.float32]]:
    """Return the vectors in the axes of their Gram matrix times ``weight``, and the rotation that turns others alike.

    No score changes where both sides are turned. What everybody shares of the normal equations is diagonal then: a step
    costs ``touches x dimensions`` in place of ``dimensions ** 2`` more, and the diagonal is a good preconditioner.
    """
    scale, axes = np.linalg.eigh(weight * gram(vectors))
    rotation = axes.astype(np.float32)
    return Regressors(product(vectors, rotation), np.maximum(scale, 0).astype(np.float32)), rotation


def solve(
    touched: Any, regressors: Regressors, penalty: Penalty, steps: int, out: NDArray[np.float32], threads: int = THREADS
) -> None:
    """Replace the rows ``x`` of ``out`` by better ones, in place.

    Each is to be least in ``sum over its touches of (1 - w.x)**2 + sum(diagonal * x**2) + penalty * |x|**2``, ``w``
    being a vector of the regressors: conjugate gradients from the ``x`` that is there, until close or out of ``steps``.
    Rows without touches become 0.

    Args:
        touched: CSR, row = what is solved, column = regressor; its values are taken for 1.
        regressors: As :func:`turned` returns them.
        penalty: Of each row.
        steps: The most for each row; with as many as dimensions it is exact.
        out: Start and result, rows x dimensions.
        threads: Threads to use; 1 where others work beside.
    """
    rows = rows_of(touched)
    if threads == 1:
        _descend(rows, regressors, penalty, steps, 0, out.shape[0], out)
        return
    edges = np.searchsorted(rows.first, np.linspace(0, rows.places.size, PARTS + 1))
    edges[0], edges[-1] = 0, out.shape[0]

    def part(number: int) -> None:
        _descend(rows, regressors, penalty, steps, edges[number], edges[number + 1], out)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, range(PARTS)))


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _descend(rows: Any, regressors: Any, penalty: Any, steps: int, start: int, stop: int, out: Any) -> None:
    """Improve the rows ``start`` to ``stop`` of ``out`` by at most ``steps`` preconditioned conjugate gradients."""
    size = out.shape[1]
    diagonal, along, change = np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.float32)
    slope = np.empty(size, np.float32)
    for row in range(start, stop):
        here, places = out[row], rows.places[rows.first[row] : rows.first[row + 1]]
        if places.size == 0:
            here[:] = 0
            continue
        diagonal[:] = regressors.diagonal + np.float32(penalty.base + penalty.each * places.size)
        _pull(regressors.vectors, places, diagonal, here, np.float32(1), slope)
        gain, before = _length(slope, diagonal), np.float32(1)
        along[:] = 0
        for step in range(steps):
            # By at most the gain is the objective above the least.
            if gain <= CLOSE * places.size:
                break
            kept = gain / before if step else np.float32(0)
            for d in range(size):
                along[d] = slope[d] / diagonal[d] + kept * along[d]
            _pull(regressors.vectors, places, diagonal, along, np.float32(0), change)
            curvature = np.float32(0)
            for d in range(size):
                curvature -= along[d] * change[d]
            pace = gain / curvature
            for d in range(size):
                here[d] += pace * along[d]
                slope[d] += pace * change[d]
            before, gain = gain, _length(slope, diagonal)


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _pull(vectors: Any, places: Any, diagonal: Any, at: Any, wanted: Any, out: Any) -> None:
    """Set ``out`` to the sum over touches of ``(wanted - w.at) * w``, minus ``diagonal * at``."""
    for d in range(at.size):
        out[d] = -diagonal[d] * at[d]
    for place in places:
        vector, missing = vectors[place], wanted
        for d in range(at.size):
            missing -= vector[d] * at[d]
        for d in range(at.size):
            out[d] += missing * vector[d]


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _length(slope: Any, diagonal: Any) -> Any:
    """Return ``sum(slope**2 / diagonal)``."""
    total = np.float32(0)
    for d in range(slope.size):
        total += slope[d] * slope[d] / diagonal[d]
    return total
