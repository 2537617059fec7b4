"""Some rows of a sparse matrix, drawn with a fixed seed: what items have in common shows among a part of the people."""

from typing import Any

import numpy as np

SEED = 7


def drawn_rows(matrix: Any, most: int) -> Any:
    """Return rows of a CSR matrix with at most ``most`` entries together, in their order; all where these are fewer.

    >>> from scipy import sparse
    >>> two = sparse.csr_matrix(np.array([[1, 1], [1, 0]], np.float32))
    >>> drawn_rows(two, 3).shape, drawn_rows(two, 2).shape[0] <= 1
    ((2, 2), True)
    """
    if matrix.nnz <= most:
        return matrix
    order = np.random.default_rng(SEED).permutation(matrix.shape[0])
    entries = np.cumsum(np.diff(matrix.indptr)[order])
    return matrix[np.sort(order[: np.searchsorted(entries, most, side="right")])]
