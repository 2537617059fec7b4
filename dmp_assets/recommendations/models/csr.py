"""Sparse matrices as kernels take them.

This module keeps its name and place: kernels that were compiled by an earlier release lie on disk and name it, and
could not be read, nor made again, if it were gone.
"""

from typing import Any, NamedTuple

import numpy as np


class Rows(NamedTuple):
    """The arrays of a CSR matrix."""

    first: Any
    """Where the entries of each row begin; one more value ends the last."""
    places: Any
    """Column of each entry."""
    values: Any
    """Its value, float32."""


def rows_of(matrix: Any) -> Rows:
    """Return the arrays of a SciPy CSR (or, by columns, CSC) matrix; nothing is copied."""
    return Rows(matrix.indptr, matrix.indices, matrix.data)


def no_rows(rows: int) -> Rows:
    """Return the arrays of a matrix without an entry."""
    return Rows(np.zeros(rows + 1, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
