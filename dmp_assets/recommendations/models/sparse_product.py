"""Sparse rows times a sparse matrix, summed into a dense block: scores of a few people over a whole catalogue."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.models.csr import rows_of


def dense_product(left: Any, right: Any) -> NDArray[np.float32]:
    """Return the product of two CSR matrices as a dense float32 array.

    Each row is summed in the order of its entries, whatever block it is part of, so that a person scored alone gets the
    floats of the batch. SciPy's product, made dense afterwards, takes nine times as long where the result is dense.

    >>> from scipy import sparse
    >>> two = sparse.csr_matrix(np.array([[0, 2], [1, 1]], np.float32))
    >>> dense_product(two, two).tolist()
    [[2.0, 2.0], [1.0, 3.0]]
    """
    out = np.zeros((left.shape[0], right.shape[1]), np.float32)
    _add_up(rows_of(left), rows_of(right), out)
    return out


@numba.njit(nogil=True, cache=True)
def _add_up(left: Any, right: Any, out: Any) -> None:
    """Add the rows of ``right`` (m x k), each times its entry of ``left`` (n x m), to the rows of ``out`` (n x k)."""
    for row in range(left.first.size - 1):
        total = out[row]
        for entry in range(left.first[row], left.first[row + 1]):
            factor = left.values[entry]
            begin, end = right.first[left.places[entry]], right.first[left.places[entry] + 1]
            # Slices spare the check for negative positions: 1.0 instead of 1.8 ns for each sum.
            columns, parts = right.places[begin:end], right.values[begin:end]
            for other in range(columns.size):
                total[columns[other]] += factor * parts[other]
