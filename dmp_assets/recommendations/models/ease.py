"""EASE: the closed-form linear item-item model, dense, for catalogues of up to ten thousand items."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.item_neighbours import item_takers
from dmp_assets.recommendations.models.kernels.loudest import loudest_dense
from dmp_assets.recommendations.models.kernels.sparse_product import add_lines
from dmp_assets.recommendations.models.recommender import Scores

MAX_ITEMS = 10_000
"""Items that EASE may hold: 27 CPU seconds and 0.5 GiB there; time grows with their cube, memory with their square."""

MIN_TAKERS = 20
"""In a catalogue of more than ``SMALL_CATALOGUE`` items, people an item needs: what fewer touched is noise that costs
as much as the rest."""

SMALL_CATALOGUE = 3_000

FEW_PEOPLE = 2
"""With this many times more items than people the solution by way of the people is cheaper: it takes
``U n**2 + U**2 n + U**3 / 3`` operations for U people and n items, the inverse ``n**3``."""

BLOCK_ITEMS = 1_024


@dataclass(frozen=True)
class Linear:
    """A dense matrix of what each touched item says about each target, over some items of the catalogue."""

    columns: Positions
    """Positions of those items in the catalogue, ascending."""
    place: NDArray[np.int32]
    """Place of each item of the catalogue among ``columns``, or -1."""
    said: NDArray[np.float32]
    """Row = touched item, column = target, float32."""
    profile: Profile
    reason_kind: str = "item"

    def scores(self, interactions: Interactions) -> Scores:
        """Return the sum over the person's profile of weight times what the item says."""
        part = np.zeros((interactions.shape[0], self.columns.size), np.float32)
        add_lines(self.profile.weights(interactions), self.columns, self.said, part)
        out = np.zeros(interactions.shape, np.float32)
        out[:, self.columns] = part
        return out

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:
        """Return the touched item with the largest part of the score."""
        return loudest_dense(self.profile.weights(interactions), self.said, self.place, people, items)


def ease_columns(interactions: Interactions) -> Positions:
    """Return the items that EASE would hold; it may only be fitted where they are at most ``MAX_ITEMS``."""
    takers = item_takers(interactions)
    enough = MIN_TAKERS if takers.size > SMALL_CATALOGUE else 1
    return np.flatnonzero(takers >= enough)


def linear(columns: Positions, said: NDArray[np.float32], items: int, profile: Profile) -> Linear:
    """Return the model of a dense matrix over the ``columns`` of a catalogue of ``items``."""
    place = np.full(items, -1, np.int32)
    place[columns] = np.arange(columns.size)
    return Linear(columns, place, said, profile)


def fit_ease(interactions: Interactions, l2: float = 500.0) -> tuple[Positions, NDArray[np.float32]]:
    """Return the items held and ``B = I - P / diag(P)`` with ``P = (X'X + l2 I)**-1`` and a diagonal of 0.

    Steck 2019, "Embarrassingly shallow autoencoders for sparse data", equation 8. ``X`` is the binary matrix of people
    and items; row = touched item, column = target.

    Raises:
        ValueError: More than ``MAX_ITEMS`` items would be held.
    """
    columns = ease_columns(interactions)
    if columns.size > MAX_ITEMS:
        raise ValueError(f"EASE would hold {columns.size} items; at most {MAX_ITEMS} are allowed")
    touched = interactions.touched()[:, columns]
    touched = touched[np.diff(touched.indptr) > 0]
    if FEW_PEOPLE * touched.shape[0] <= columns.size:
        return columns, said_by_few(touched, l2)
    inverse = inverse_of_gram(touched, l2)
    inverse /= -np.diag(inverse)
    np.fill_diagonal(inverse, 0)
    return columns, inverse


def said_by_few(matrix: Any, l2: float) -> NDArray[np.float32]:
    """Return the ``B`` of :func:`fit_ease` by way of the people, who are fewer than the items.

    ``(X'X + l2 I)**-1 = (I - G) / l2`` with ``G = X'(XX' + l2 I)**-1 X`` (Woodbury), so ``B = G / (1 - diag(G))``. With
    ``XX' + l2 I = LL'`` it is ``G = Y'Y``, ``Y = L**-1 X``.
    """
    gram = np.asfortranarray((matrix @ matrix.T).toarray(), np.float32)
    gram[np.diag_indices_from(gram)] += np.float32(l2)
    lower, failed = linalg.lapack.spotrf(gram, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError(f"the regularised Gram matrix is not positive definite (l2 {l2})")
    solved = linalg.blas.strsm(1.0, lower, matrix.toarray(order="F"), lower=1, overwrite_b=1)
    said: NDArray[np.float32] = solved.T @ solved
    said /= 1 - np.diag(said)
    np.fill_diagonal(said, 0)
    return said


def inverse_of_gram(matrix: Any, l2: float) -> NDArray[np.float32]:
    """Return ``(X'X + l2 I)**-1`` of a sparse ``X`` as a symmetric float32 array.

    The product is filled in blocks: its sparse form would need more than twice the memory of the dense one.
    """
    transposed = matrix.T.tocsr()
    gram = np.empty((matrix.shape[1], matrix.shape[1]), np.float32)
    for start in range(0, matrix.shape[1], BLOCK_ITEMS):
        gram[start : start + BLOCK_ITEMS] = (transposed[start : start + BLOCK_ITEMS] @ matrix).toarray()
    gram[np.diag_indices_from(gram)] += np.float32(l2)
    # LAPACK works on columns: the transpose of a symmetric array is itself, without a copy.
    factor, failed = linalg.lapack.spotrf(gram.T, lower=0, overwrite_a=1)
    inverse, failed_too = linalg.lapack.spotri(factor, lower=0, overwrite_c=1)
    if failed or failed_too:
        raise ArithmeticError(f"the regularised Gram matrix is not positive definite (l2 {l2})")
    rows = np.arange(inverse.shape[0])
    for start in range(0, rows.size, BLOCK_ITEMS):
        block = rows[start : start + BLOCK_ITEMS]
        inverse[block, : block[0]] = inverse[: block[0], block].T
        square = inverse[np.ix_(block, block)]
        inverse[np.ix_(block, block)] = np.triu(square) + np.triu(square, 1).T
    return np.ascontiguousarray(inverse.T)
