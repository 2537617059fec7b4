"""User-kNN: what the most similar people take."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.kernels.sparse_product import dense_product
from dmp_assets.recommendations.models.kernels.top_k import NONE, shut_out, top_k
from dmp_assets.recommendations.models.recommender import Scores, no_causes


@dataclass(frozen=True)
class UserNeighbours:
    """The profiles of all people, scaled to length 1: their products are cosines."""

    people: pl.Series
    profiles: Any
    """CSR, people x items, float32."""
    by_item: Any
    """Its transpose, CSR as well."""
    profile: Profile
    neighbours: int
    reason_kind: str = "people"

    def scores(self, interactions: Interactions) -> Scores:
        """Return the sum of the nearest people's profiles, each times its cosine with the person's own.

        Hu et al. 2020, "Modeling personalized item frequency information for next-basket recommendation" (TIFU-KNN),
        where the profile decays with time.
        """
        cosines = dense_product(_unit(self.profile.weights(interactions)), self.by_item)
        cosines[cosines <= 0] = -np.inf
        shut_out(cosines, self._themselves(interactions.people))
        nearest, cosine = top_k(cosines, min(self.neighbours, self.people.len()))
        row, place = np.nonzero(nearest != NONE)
        cells = (cosine[row, place], (row, nearest[row, place]))
        return dense_product(sparse.csr_matrix(cells, shape=cosines.shape), self.profiles)

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:  # noqa: ARG002
        """Return no cause: other people are the reason."""
        return no_causes(people)

    def _themselves(self, people: pl.Series) -> Any:
        """Return the binary matrix of each person's own place: nobody is a neighbour of themselves."""
        place = self.people.search_sorted(people, side="left").to_numpy()
        place = np.minimum(place, self.people.len() - 1)
        known = (self.people.gather(place) == people).to_numpy()
        rows = np.flatnonzero(known)
        ones = np.ones(rows.size, np.float32)
        return sparse.csr_matrix((ones, (rows, place[rows])), shape=(people.len(), self.people.len()))


def fit_user_knn(interactions: Interactions, profile: Profile, neighbours: int = 100) -> UserNeighbours:
    """Return the neighbours' profiles of everybody with a touch."""
    profiles = _unit(profile.weights(interactions))
    by_item = profiles.T.tocsr()
    by_item.sort_indices()
    return UserNeighbours(interactions.people, profiles, by_item, profile, neighbours)


def _unit(weights: Any) -> Any:
    """Return the rows of a CSR matrix scaled to length 1; empty rows stay empty."""
    squares = weights.multiply(weights).sum(axis=1)
    length = np.sqrt(np.asarray(squares).ravel())
    length[length == 0] = 1
    scaled = weights.copy()
    scaled.data = (scaled.data / np.repeat(length, np.diff(scaled.indptr))).astype(np.float32)
    return scaled
