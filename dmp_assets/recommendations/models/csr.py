"""Sparse matrices as kernels take them."""

from typing import Any, NamedTuple


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
