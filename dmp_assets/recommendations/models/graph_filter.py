"""GF-CF: a filter over the people-item graph, of close neighbours and the catalogue's main tastes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.item_neighbours import ItemItem, item_item, item_takers, neighbours_of_targets
from dmp_assets.recommendations.models.recommender import Scores

ALPHA = 0.3
"""Weight of the main tastes beside the neighbours."""

HEIGHT = 64
"""People per dense product."""

SEED = 7


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
        tastes = self.profile.weights(interactions) @ self.to_tastes
        scores = self.near.scores(interactions)
        for start in range(0, scores.shape[0], HEIGHT):
            # BLAS may round blocks of other heights differently, and a person scored alone is one.
            part = np.zeros((HEIGHT, tastes.shape[1]), np.float32)
            part[: tastes.shape[0] - start] = tastes[start : start + HEIGHT]
            scores[start : start + HEIGHT] += (np.float32(ALPHA) * (part @ self.from_tastes))[: scores.shape[0] - start]
        return scores

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
    """Return the first right singular vectors, items x tastes; the start of the iteration is fixed."""
    rank = min(tastes, min(normed.shape) - 1)
    if rank < 1:
        return np.zeros((normed.shape[1], 0), np.float32)
    start = np.random.default_rng(SEED).normal(size=min(normed.shape)).astype(np.float32)
    _, _, vectors = svds(normed, k=rank, v0=start)
    return np.asarray(vectors.T, np.float32)
