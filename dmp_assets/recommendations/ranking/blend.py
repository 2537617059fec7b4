"""The blend: a weighted sum of a few models, each scaled to a highest score of 1 for every person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions
from dmp_assets.recommendations.models.csr import no_rows, rows_of
from dmp_assets.recommendations.models.families import Member, fit_members
from dmp_assets.recommendations.models.kernels.top_k import NONE, scan, top_k
from dmp_assets.recommendations.models.recommender import AddsScores, Recommender, Scores
from dmp_assets.recommendations.ranking.boost import Boost, Ranker, Scorer, fit_ranker

LEAST = np.finfo(np.float32).tiny
"""What a model's highest score must reach to be an opinion: the inverse of a smaller one is infinite."""

RERANKED = "reranked"
"""Name of a blend re-ranked by LightGBM, beside the families."""


@dataclass(frozen=True)
class Choice:
    """What is served for a task, and the evidence for it."""

    task: str
    members: tuple[Member, ...]
    weights: tuple[float, ...]
    reason: str
    ndcg: float | None = None
    standard_error: float | None = None
    boost: Boost | None = None
    """How the blend's best are re-ranked; None: they stay as they are."""

    def __str__(self) -> str:
        """Return members and weights, as ``personal(half_life_days=120) x 0.8 + popularity x 0.2``."""
        parts = [f"{member} x {weight:g}" for member, weight in zip(self.members, self.weights, strict=True)]
        blend = " + ".join(parts) if len(parts) > 1 else str(self.members[0])
        return blend if self.boost is None else f"{RERANKED}({blend})"


@dataclass(frozen=True)
class Blend:
    """The fitted models of a choice and their weights."""

    members: tuple[Member, ...]
    models: tuple[Recommender, ...]
    weights: NDArray[np.float32]
    ranker: Ranker | None = None
    """Puts each person's best into another order."""


def fit_choices(interactions: Interactions, choices: Iterable[Choice]) -> list[Blend]:
    """Return the blends of choices, fitted on all interactions; members in several are fitted once."""
    wanted = list(choices)
    models = fit_members(interactions, (member for choice in wanted for member in choice.members))
    return [blend_of(interactions, choice, models) for choice in wanted]


def fit_choice(interactions: Interactions, choice: Choice) -> Blend:
    """Return the blend of one choice, fitted on all interactions."""
    return fit_choices(interactions, [choice])[0]


def blend_of(interactions: Interactions, choice: Choice, models: Mapping[Member, Recommender]) -> Blend:
    """Return the blend of a choice whose members are fitted; its re-ranker, if it has one, is learnt."""
    fitted = tuple(models[member] for member in choice.members)
    ranker = fit_choice_ranker(interactions, choice)
    return Blend(choice.members, fitted, np.array(choice.weights, np.float32), ranker)


def fit_choice_ranker(interactions: Interactions, choice: Choice) -> Ranker | None:
    """Return the re-ranker of a choice; None where it has none, or too few people to learn it from.

    Raises:
        BoostNotInstalledError: It has one, and the extra ``boost`` is missing.
    """
    boost, weights = choice.boost, np.array(choice.weights, np.float32)
    if boost is None:
        return None

    def fit(before: Interactions) -> Scorer:
        fitted = fit_members(before, choice.members)
        models = [fitted[member] for member in choice.members]

        def score(block: Interactions) -> tuple[Scores, Scores]:
            scores = member_scores(models, block)
            scale(scores, block.bought() if boost.new_only else None)
            return scores, _sums(scores, weights)

        return score

    return fit_ranker(interactions, boost, fit)


def member_scores(models: Sequence[Recommender], block: Interactions) -> NDArray[np.float32]:
    """Return the scores of each model for a block of few people: models x people x items."""
    scores = np.empty((len(models), *block.shape), np.float32)
    for place, model in enumerate(models):
        fill(scores[place], model, block)
    return scores


def fill(out: Scores, model: Recommender, block: Interactions) -> None:
    """Put the scores of a model for a block into ``out``."""
    if isinstance(model, AddsScores):
        out[:] = 0
        model.add_scores(block, out)
    else:
        out[:] = model.scores(block)


def scale(scores: NDArray[np.float32], mask: Any | None) -> None:
    """Set masked cells to ``-inf`` and scale the rest to at most 1 for each model and person, in place.

    Args:
        scores: Models x people x items.
        mask: CSR matrix, people x items; its cells may not be served. None masks nothing.

    Scaling comes after masking: what cannot be served must not make the rest look small. A model without a score above
    0 for a person has no opinion, which is 0: negative scores alone are no order to serve.
    """
    masked = rows_of(mask) if mask is not None else no_rows(scores.shape[1])
    _scale(scores, masked.first, masked.places)


def rank(
    scores: NDArray[np.float32], weights: NDArray[np.float32], fallback: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return positions and scores of the ``k`` best of each person by the weighted sum, best first.

    Args:
        scores: Models x people x items, scaled by :func:`scale`.
        weights: One per member; 0 leaves it out.
        fallback: Shares of 0..1, people x items: what has no sum above 0 follows in their order, with a score of the
            share less 1.
        k: Length of a list; shorter ones, where fewer items are unmasked, end in ``NONE`` and 0.
    """
    items = np.full((scores.shape[1], k), NONE, np.int32)
    values = np.zeros((scores.shape[1], k), np.float32)
    _rank(scores, weights, fallback, items, values)
    return items, values


def best_items(
    blend: Blend, scores: Scores, block: Interactions, fallback: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return what :func:`rank` does, by the blend's weights, and re-ranked where it has a re-ranker."""
    if blend.ranker is None:
        return rank(scores, blend.weights, fallback, k)
    sums = _sums(scores, blend.weights)
    blend.ranker.reorder(sums, scores, block)
    return top_k(np.where((sums <= 0) & (sums > -np.inf), fallback - np.float32(1), sums), k)


def _sums(scores: Scores, weights: NDArray[np.float32]) -> Scores:
    """Return the weighted sum of the members' scores, people x items."""
    total = np.zeros(scores.shape[1:], np.float32)
    for of_model, weight in zip(scores, weights, strict=True):
        if weight != 0:
            total += of_model * weight
    return total


@numba.njit(nogil=True, cache=True)
def scale_row(row: Any, hidden: Any) -> int:
    """Scale one person's scores under a model as :func:`scale` does; return 1 where one is above 0, else 0."""
    for place in hidden:
        row[place] = -np.inf
    highest = np.float32(0)
    for place in range(row.size):
        highest = max(highest, row[place])
    if highest < LEAST:
        for place in range(row.size):
            if row[place] > -np.inf:
                row[place] = 0
        return 0
    factor = np.float32(1) / highest
    for place in range(row.size):
        row[place] *= factor
    return 1


@numba.njit(nogil=True, cache=True)
def _scale(scores: Any, first: Any, places: Any) -> None:
    # Row by row: a row that is looked at twice is still in a core's cache.
    for person in range(scores.shape[1]):
        hidden = places[first[person] : first[person + 1]]
        for member in range(scores.shape[0]):
            scale_row(scores[member, person], hidden)


@numba.njit(nogil=True, cache=True)
def _rank(scores: Any, weights: Any, fallback: Any, items: Any, values: Any) -> None:
    total = np.empty(scores.shape[2], np.float32)
    for person in range(scores.shape[1]):
        total[:] = 0
        for member in range(scores.shape[0]):
            if weights[member] != 0:
                add_scaled(total, scores[member, person], weights[member])
        found = scan(total, items[person], values[person], np.float32(0))
        if found < items.shape[1]:
            for item in range(total.size):
                if total[item] <= 0 and total[item] > -np.inf:
                    total[item] = fallback[person, item] - np.float32(1)
            scan(total, items[person], values[person], np.float32(-np.inf))


@numba.njit(nogil=True, cache=True)
def add_scaled(total: Any, part: Any, weight: float) -> None:
    """Add ``weight`` times ``part`` to ``total``; an expression of arrays would make a third one each time."""
    for place in range(total.size):
        total[place] += part[place] * weight
