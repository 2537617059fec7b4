"""GF-CF: a filter over the people-item graph, of close neighbours and the catalogue's main tastes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.linalg import svds

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.item_neighbours import ItemItem, item_item, item_takers, neighbours_of_targets
from dmp_assets.recommendations.models.kernels.drawn_rows import drawn_rows
from dmp_assets.recommendations.models.kernels.one_blas_thread import one_blas_thread
from dmp_assets.recommendations.models.recommender import Scores

ALPHA = 0.3
"""Weight of the main tastes beside the neighbours."""

HEIGHT = 64
"""People per dense product."""

SEED = 7

MAX_PAIRS = 1_000_000
"""Pairs that tastes are found among; of more, people are drawn. Of 7.6 million pairs of 200,000 people that takes 7 in
place of 40 CPU seconds, and NDCG@10 of new items is 0.1370 for 0.1376 (error of the difference 0.0010)."""

CLOSE = 1e-2
"""Relative accuracy of the singular values."""

MAX_GRAM = 3_000
"""People or items, whichever are fewer, whose dense Gram matrix is taken apart: its time grows with their cube."""


@dataclass(frozen=True)
class GraphFilter:
    """Item neighbours, and the ideal low-pass filter over the first singular vectors."""

    near: ItemItem
    to_tastes: NDArray[np.float32]
    """Items x tastes: touched items, over the root of their takers."""
    from_tastes: NDArray[np.float32]
    """Tastes x items: targets, times the root of their takers."""
    profile: Profile
    reason_kind: str = "item"

    def scores(self, interactions: Interactions) -> Scores:
        """Return the neighbours' scores and ``ALPHA`` times those of the tastes."""
        out = np.zeros(interactions.shape, np.float32)
        self.add_scores(interactions, out)
        return out

    def add_scores(self, interactions: Interactions, out: Scores) -> None:
        """Add them to ``out``, in place."""
        self.near.add_scores(interactions, out)
        tastes = self.profile.weights(interactions) @ self.to_tastes
        part, product = np.empty((HEIGHT, tastes.shape[1]), np.float32), np.empty((HEIGHT, out.shape[1]), np.float32)
        with one_blas_thread():
            for start in range(0, out.shape[0], HEIGHT):
                rows = tastes[start : start + HEIGHT]
                # BLAS may round blocks of other heights differently, and a person scored alone is one.
                part[: rows.shape[0]], part[rows.shape[0] :] = np.float32(ALPHA) * rows, 0
                np.matmul(part, self.from_tastes, out=product)
                out[start : start + HEIGHT] += product[: rows.shape[0]]

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:
        """Return the touched item that speaks loudest as a neighbour."""
        return self.near.causes(interactions, people, items)


def fit_graph_filter(
    interactions: Interactions, profile: Profile, neighbours: int = 500, tastes: int = 64
) -> GraphFilter:
    """Return ``R'R + ALPHA * D**-1/2 U U' D**1/2``, ``R`` being the matrix over the roots of its row and column sums.

    Shen et al. 2021, "How powerful is graph convolution for recommendation?", equation 12 (GF-CF). ``U`` are the first
    right singular vectors of ``R``, ``D`` the items' takers; of ``R'R`` each target keeps its best ``neighbours``.
    """
    takers = item_takers(interactions)
    touched = interactions.touched()
    history = np.maximum(1, np.diff(touched.indptr))
    root = np.sqrt(takers)
    near = neighbours_of_targets(interactions, 1 / history, root, root, 0.0, neighbours)
    normed = (sparse.diags(history**-0.5) @ touched @ sparse.diags(takers**-0.5)).astype(np.float32)
    vectors = _singular_vectors(normed, tastes)
    return GraphFilter(
        item_item(near, profile),
        (vectors / root[:, np.newaxis]).astype(np.float32),
        np.ascontiguousarray((vectors * root[:, np.newaxis]).T, np.float32),
        profile,
    )


def _singular_vectors(normed: Any, tastes: int) -> NDArray[np.float32]:
    """Return the first right singular vectors, items x tastes; the start of the iteration is fixed.

    Of few people or items they come from the eigenvectors of the dense Gram matrix of the fewer: 256 of 2,500 people
    and 63,000 items in 3 seconds in place of 16.
    """
    rank = min(tastes, min(normed.shape) - 1)
    if rank < 1:
        return np.zeros((normed.shape[1], 0), np.float32)
    if min(normed.shape) <= MAX_GRAM:
        is_wide = normed.shape[0] < normed.shape[1]
        gram = (normed @ normed.T if is_wide else normed.T @ normed).toarray()
        # All of them by this driver take a third of the time of the few that are needed by the others.
        with one_blas_thread():
            squares, vectors = linalg.eigh(gram, driver="evd")
        squares, vectors = squares[-rank:], vectors[:, -rank:]
        if not is_wide:
            return np.ascontiguousarray(vectors[:, ::-1], np.float32)
        lengths = np.sqrt(np.maximum(squares, np.finfo(np.float32).eps))
        return np.ascontiguousarray((normed.T @ (vectors / lengths))[:, ::-1], np.float32)
    drawn = drawn_rows(normed, MAX_PAIRS)
    rank = min(rank, min(drawn.shape) - 1)
    start = np.random.default_rng(SEED).normal(size=min(drawn.shape)).astype(np.float32)
    with one_blas_thread():
        _, _, vectors = svds(drawn, k=rank, v0=start, tol=CLOSE)
    return np.asarray(vectors.T, np.float32)
