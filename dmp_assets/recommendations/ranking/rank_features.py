"""What a re-ranker may know of a person and an item: how often, how lately, how regular, how popular."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.history_weights import DAY_US, Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.popularity import RECENT_DAYS, fit_popularity

HALF_LIVES_DAYS = (14.0, 60.0, 180.0)

Values = NDArray[np.float32]
Table = NDArray[np.float32]
"""Rows x features, or features of each item or person."""


@dataclass(frozen=True)
class Moment:
    """The time that ages are counted back from, and what all touches up to it say of each item."""

    at: int
    """Microseconds of the newest touch."""
    items: Table
    """Items x (recent share, share of all time, their ratio, share of takers who came back, mean days between)."""


@dataclass(frozen=True)
class Cells:
    """Pairs of a person and an item to be ordered: positions in a block and in the catalogue, people ascending."""

    person: Positions
    item: Positions

    def of(self, matrix: NDArray[np.float32]) -> Values:
        """Return the value of each pair in an array whose last two axes are people x items."""
        values: Values = matrix[..., self.person, self.item]
        return values


def moment_of(interactions: Interactions) -> Moment:
    """Return the moment of the newest of all touches, of which there must be one."""
    recent, ever = (fit_popularity(interactions, days).shares for days in (RECENT_DAYS, None))
    items = interactions.shape[1]
    touches, gap = np.diff(interactions.first_touch), _mean_gap_days(interactions)
    came_back = touches > 1
    takers = np.bincount(interactions.pair_item, minlength=items)
    back = np.bincount(interactions.pair_item[came_back], minlength=items)
    gaps = np.bincount(interactions.pair_item[came_back], weights=gap[came_back], minlength=items)
    facts = (recent, ever, _ratio(recent, ever), _ratio(back, takers), _ratio(gaps, back))
    return Moment(int(interactions.touched_at.max()), np.column_stack(facts).astype(np.float32))


def pair_features(block: Interactions, cells: Cells, moment: Moment) -> Table:
    """Return one row of features for each pair, NaN where a person never touched the item.

    Args:
        block: The people's histories; a touch after the moment is as new as the moment.
        cells: The pairs.
        moment: Of the interactions that the members of the blend were fitted on.

    Columns: of the pair touches, those of the recent days, days since the last and the first, mean days between, the
    days since the last over the person's mean and over the item's, share of the person's touches, decayed weights;
    then those of the item (``Moment.items``) and of the person: touches, items, days since the last and the first.
    """
    of_pair = _own_features(block, moment)
    pair = _pair_of(block, cells)
    # One more row stands for pairs without a touch.
    own = np.vstack([of_pair, np.full((1, of_pair.shape[1]), np.nan, np.float32)])[pair]
    item = moment.items[cells.item]
    overdue = _ratio(own[:, 2], item[:, -1])
    return np.column_stack([own, overdue, item, _person_features(block, moment)[cells.person]])


def _own_features(block: Interactions, moment: Moment) -> Table:
    """Return the features of each pair of the block."""
    first, touches = block.first_touch, np.diff(block.first_touch)
    age = np.maximum(moment.at - block.touched_at, 0) / DAY_US
    before = np.concatenate([[0], np.cumsum(age < RECENT_DAYS)])
    last, gap = age[first[1:] - 1], _mean_gap_days(block)
    of_person = np.bincount(block.pair_person, weights=touches, minlength=block.shape[0])[block.pair_person]
    decayed = [Profile(half_life_days=days).weights(block).data for days in HALF_LIVES_DAYS]
    columns = (
        touches,
        before[first[1:]] - before[first[:-1]],
        last,
        age[first[:-1]],
        gap,
        _ratio(last, gap),
        touches / of_person,
        *decayed,
    )
    return np.column_stack(columns).astype(np.float32)


def _person_features(block: Interactions, moment: Moment) -> Table:
    """Return the features of each person of the block; ages of nobody's touch are NaN."""
    people, person = block.shape[0], block.pair_person
    touches = np.bincount(person, weights=np.diff(block.first_touch), minlength=people)
    first_at, last_at = np.full(people, np.inf), np.full(people, -np.inf)
    np.minimum.at(first_at, person, block.touched_at[block.first_touch[:-1]])
    np.maximum.at(last_at, person, block.pair_last_at)
    ages = (np.maximum(moment.at - at, 0) / DAY_US for at in (last_at, first_at))
    known = [np.where(touches > 0, age, np.nan) for age in ages]
    return np.column_stack([touches, np.diff(block.first_pair), *known]).astype(np.float32)


def _pair_of(block: Interactions, cells: Cells) -> Positions:
    """Return the position of each cell's pair in the block, the number of pairs where there is none."""
    items = block.shape[1]
    known = block.pair_person * items + block.pair_item
    wanted = cells.person * items + cells.item
    place = np.searchsorted(known, wanted)
    found = np.concatenate([known, [-1]])[place] == wanted
    pairs: Positions = np.where(found, place, known.size)
    return pairs


def _mean_gap_days(interactions: Interactions) -> NDArray[np.float64]:
    """Return for each pair the mean days from one touch to the next; NaN for a single touch."""
    span = (interactions.pair_last_at - interactions.touched_at[interactions.first_touch[:-1]]) / DAY_US
    return _ratio(span, np.diff(interactions.first_touch) - 1)


def _ratio(part: NDArray, whole: NDArray) -> NDArray[np.float64]:
    """Return the quotient; NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: NDArray[np.float64] = np.where(whole > 0, part / whole, np.nan)
    return quotient
