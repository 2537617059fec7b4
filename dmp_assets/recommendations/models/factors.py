"""iALS: people and items as vectors of the same tastes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.kernels.drawn_rows import drawn_rows
from dmp_assets.recommendations.models.kernels.matrix_product import product
from dmp_assets.recommendations.models.kernels.one_blas_thread import one_blas_thread
from dmp_assets.recommendations.models.kernels.ridge import Penalty, Regressors, solve, turned
from dmp_assets.recommendations.models.recommender import THREADS, Scores, no_causes

SWEEPS = 8
"""Times that people and items are solved in turn. The objective is then 0.01 to 0.1 % above that of 32 sweeps, and
NDCG@10 the same within a quarter of its standard error, on films as on groceries."""

STEPS = 2
"""Conjugate gradients of a row in each sweep, from what it was: 4 lower the objective by 0.001 %."""

MAX_PAIRS = 2_000_000
"""Pairs that are swept over: of more, people are drawn, and one sweep over everybody follows. On 7.1 million pairs of
200,000 people NDCG@10 was 0.1187, of sweeps over all of them 0.1179 (standard error 0.0038), for half of the CPU. The
last sweep gives every item a vector whose takers were not drawn; it adds 0.000 to 0.003 to Recall@20."""

SEED = 7


@dataclass(frozen=True)
class Factors:
    """Item vectors; those of people are solved from their histories."""

    items: Regressors
    by_dimension: NDArray[np.float32]
    """The item vectors again, dimensions x items."""
    penalty: Penalty
    """Of a person's vector."""
    reason_kind: str = "people"

    def scores(self, interactions: Interactions) -> Scores:
        """Return the products of the people's vectors and those of the items."""
        people = np.zeros((interactions.shape[0], self.by_dimension.shape[0]), np.float32)
        solve(interactions.touched(), self.items, self.penalty, people.shape[1], people, threads=1)
        return product(people, self.by_dimension)

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:  # noqa: ARG002
        """Return no cause: a taste is shared with others, no single item."""
        return no_causes(people)


@dataclass(frozen=True)
class _Objective:
    """The two weights of what is minimised."""

    unobserved: float
    regularisation: float

    def penalty(self, others: int) -> Penalty:
        """Return the penalty of a vector, there being so many vectors of the other side."""
        return Penalty(self.regularisation * self.unobserved * others, self.regularisation)


def fit_factors(
    interactions: Interactions,
    dimensions: int = 64,
    unobserved: float = 1.0,
    threshold: float = 12.0,
    threads: int = THREADS,
) -> Factors:
    """Return the factors of the binary matrix of people and items.

    Least is ``sum over touched pairs of (1 - u.v)**2 + unobserved * sum over all pairs of (u.v)**2`` plus
    ``regularisation * (unobserved * others + touches) * |x|**2`` of every vector (Rendle et al. 2022, "Revisiting the
    performance of iALS on item recommendation benchmarks", equation 10 and section 4 with nu = 1).

    Args:
        interactions: Who touched what; people without a touch do not count.
        dimensions: Of a vector; at most as many as people or items, as no more tastes fit in.
        unobserved: Weight of every pair beside that of a touched one, which is 1 more.
        threshold: How large a taste (a singular value of the matrix) must be to be held. It sets the regularisation:
            the penalty of an average person times that of an average item is its square. A regularisation that is right
            for one size of data halves NDCG@10 at another, while 12 was best on films, groceries and gifts alike; the
            paper's best regularisations are thresholds of 6 and 16.
        threads: Threads to use; the result is the same for any number.
    """
    touched = interactions.touched()
    touched = touched[np.diff(touched.indptr) > 0]
    objective = _Objective(unobserved, _regularisation(touched, unobserved, threshold))
    size = max(1, min(dimensions, *touched.shape))
    items = np.random.default_rng(SEED).normal(0, size**-0.5, (touched.shape[1], size)).astype(np.float32)
    drawn = drawn_rows(touched, MAX_PAIRS)
    # The axes of a few vectors take BLAS ten times as long where its threads wait for each other.
    with one_blas_thread():
        items = _swept(drawn, items, objective, SWEEPS, threads)
        if drawn.shape[0] < touched.shape[0]:
            items = _swept(touched, items, objective, 1, threads)
        regressors, _ = turned(items, unobserved)
    columns = np.ascontiguousarray(regressors.vectors.T)
    return Factors(regressors, columns, objective.penalty(touched.shape[1]))


def _swept(
    touched: Any, items: NDArray[np.float32], objective: _Objective, sweeps: int, threads: int
) -> NDArray[np.float32]:
    """Return the item vectors after people, starting from nothing, and items were solved ``sweeps`` times in turn."""
    touched_by = touched.T.tocsr()
    people = np.zeros((touched.shape[0], items.shape[1]), np.float32)
    for sweep in range(sweeps):
        regressors, rotation = turned(items, objective.unobserved)
        people, items = product(people, rotation), regressors.vectors
        steps = STEPS if sweep else people.shape[1]
        solve(touched, regressors, objective.penalty(touched.shape[1]), steps, people, threads)
        regressors, rotation = turned(people, objective.unobserved)
        people, items = regressors.vectors, product(items, rotation)
        solve(touched_by, regressors, objective.penalty(touched.shape[0]), steps, items, threads)
    return items


def _regularisation(touched: Any, unobserved: float, threshold: float) -> float:
    people, items = touched.shape
    if not touched.nnz:
        return threshold
    of_person, of_item = unobserved * items + touched.nnz / people, unobserved * people + touched.nnz / items
    return float(threshold / (of_person * of_item) ** 0.5)
