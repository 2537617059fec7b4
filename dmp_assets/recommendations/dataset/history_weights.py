"""What a person's own history says about the person now: a weight for each item touched."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, moments

DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Profile:
    """How touches become weights; without any half-life every item weighs 1."""

    half_life_days: float | None = None
    """Each touch counts its event weight, half as much per half-life before the person's last touch."""
    half_life_places: float | None = None
    """Each item counts once, half as much for that many moments of the person since its last touch."""

    def weights(self, interactions: Interactions) -> Any:
        """Return the weights as a CSR matrix (float32, people x items).

        Ages are counted back from the person's own last touch. Decay is exponential, so another starting point would
        multiply all weights of the person by one factor and change no ranking. Nobody may change the matrix in place: a
        block of people holds it.
        """
        if interactions.held is None:
            return self._weights(interactions)
        if self not in interactions.held:
            interactions.held[self] = self._weights(interactions)
        return interactions.held[self]

    def _weights(self, interactions: Interactions) -> Any:
        every_pair = np.ones(interactions.pair_item.size, np.bool_)
        if self.half_life_days is not None:
            return interactions.matrix(every_pair, _decayed_by_time(interactions, self.half_life_days))
        if self.half_life_places is not None:
            return interactions.matrix(every_pair, _decayed_by_place(interactions, self.half_life_places))
        return interactions.touched()


def _decayed_by_time(interactions: Interactions, half_life_days: float) -> NDArray[np.float32]:
    """Return for each pair the sum of ``weight * 0.5 ** (age / half-life)`` over its touches."""
    if not interactions.pair_item.size:
        return np.empty(0, np.float32)
    touches = np.diff(interactions.first_touch)
    newest = np.repeat(_last_of_person(interactions), touches)
    age_days = (newest - interactions.touched_at) / DAY_US
    decayed = interactions.touch_weight * np.exp2(-age_days / half_life_days)
    return np.add.reduceat(decayed, interactions.first_touch[:-1]).astype(np.float32)


def _decayed_by_place(interactions: Interactions, half_life_places: float) -> NDArray[np.float32]:
    """Return for each pair ``0.5 ** (moments since / half-life)``; the items of a basket share it."""
    person, last_at = interactions.pair_person, interactions.pair_last_at
    order = np.lexsort((-last_at, person))
    place = np.empty(person.size)
    place[order] = moments(person[order], last_at[order], interactions.first_pair)
    return np.exp2(-place / half_life_places).astype(np.float32)


def _last_of_person(interactions: Interactions) -> NDArray[np.int64]:
    """Return for each pair the microseconds of its person's last touch."""
    last = np.full(interactions.shape[0], np.iinfo(np.int64).min)
    np.maximum.at(last, interactions.pair_person, interactions.pair_last_at)
    return last[interactions.pair_person]
