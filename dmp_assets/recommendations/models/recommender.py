"""What every family of models offers: scores of people in blocks, and what caused single ones."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions

Scores = NDArray[np.float32]
"""People of a block x items of the catalogue, C order; 0 is no opinion, negative is against."""

NO_CAUSE = -1

BLOCK_PEOPLE = 256
"""People scored at once: 20 MB of scores per member at 20,000 items."""

THREADS = 2
"""Blocks that are worked on at once; each holds its own scores."""


class Recommender(Protocol):
    """A fitted model. It scores histories, not ids, so that a person's newest touch counts without refitting."""

    @property
    def reason_kind(self) -> str:
        """What its recommendations rest on: item (a touched one), own (the item itself), people or popular."""
        ...

    def scores(self, interactions: Interactions) -> Scores:
        """Return a new array of the scores of all people of ``interactions``, which are a block of few."""
        ...

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:
        """Return for each person and item the touched item that speaks loudest for it, or ``NO_CAUSE``.

        Args:
            interactions: The block that was scored.
            people: Positions in the block.
            items: Positions in the catalogue, one for each of ``people``.
        """
        ...


@runtime_checkable
class AddsScores(Protocol):
    """A model that adds to what is there: its scores need no array of their own that is then copied."""

    def add_scores(self, interactions: Interactions, out: Scores) -> None:
        """Add the scores of all people of ``interactions`` to ``out``, in place."""
        ...


def no_causes(people: Positions) -> Positions:
    """Return ``NO_CAUSE`` for each pair."""
    return np.full(people.size, NO_CAUSE, np.int64)


def dense(matrix: Any) -> Scores:
    """Return a sparse block of scores as an array in C order."""
    array: Scores = matrix.toarray(order="C").astype(np.float32, copy=False)
    return array
