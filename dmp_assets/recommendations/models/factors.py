"""iALS: people and items as vectors of the same tastes, by the optional extra ``factors`` (irspack)."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.recommender import Scores, no_causes

SEED = 7
THREADS = 1
"""Sums of several threads would depend on their order."""


class FactorsNotInstalledError(RuntimeError):
    """The extra is missing."""


@dataclass(frozen=True)
class Factors:
    """Item vectors, and the solver that finds a person's vector from a history."""

    solver: Any
    item_vectors: NDArray[np.float32]
    reason_kind: str = "people"

    def scores(self, interactions: Interactions) -> Scores:
        """Return the products of the people's vectors, solved from their histories, and those of the items."""
        vectors = self.solver.compute_user_embedding(interactions.touched())
        return np.ascontiguousarray(vectors @ self.item_vectors.T, np.float32)

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:  # noqa: ARG002
        """Return no cause: a taste is shared with others, no single item."""
        return no_causes(people)


def is_installed() -> bool:
    """Return whether the extra is there."""
    return find_spec("irspack") is not None


def fit_factors(
    interactions: Interactions, dimensions: int = 64, unobserved_weight: float = 0.1, regularisation: float = 0.003
) -> Factors:
    """Return the factors of the binary matrix of people and items.

    Hu et al. 2008, "Collaborative filtering for implicit feedback datasets", with the weight of what was not touched
    and the regularisation by frequency of Rendle et al. 2022, "Revisiting the performance of iALS on item
    recommendation benchmarks", section 4.

    Raises:
        FactorsNotInstalledError: The extra ``factors`` is missing.
    """
    if not is_installed():
        raise FactorsNotInstalledError("iALS needs irspack; install it with: pip install 'dmp-assets[factors]'")
    solver = import_module("irspack").IALSRecommender(
        interactions.touched(),
        n_components=dimensions,
        alpha0=unobserved_weight,
        reg=regularisation,
        n_threads=THREADS,
        random_seed=SEED,
    )
    solver.learn()
    return Factors(solver, np.asarray(solver.get_item_embedding(), np.float32))
