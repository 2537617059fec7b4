"""A person's lists after one more touch, without fitting anything again."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from dmp_assets.events.schema import PURCHASE
from dmp_assets.recommendations.dataset.interaction_matrix import EVENT_WEIGHTS, Interactions, Positions, from_touches
from dmp_assets.recommendations.models.popularity import Fallback
from dmp_assets.recommendations.ranking.blend import Blend
from dmp_assets.recommendations.ranking.recommend import rank_block


@dataclass(frozen=True)
class Touch:
    """One new event of a person."""

    person_id: str
    item_id: str
    event_name: str
    event_at: int
    """Microseconds since 1970, UTC."""


def fold_in(
    blend: Blend, fallback: Fallback, interactions: Interactions, touch: Touch, *, task: str, per_person: int
) -> tuple[pl.DataFrame, Interactions]:
    """Return the person's list after a touch, and the person's interactions with it to fold the next one into.

    Args:
        blend: As fitted; its matrices stay as they are.
        fallback: As fitted.
        interactions: Where the person's history is found, everybody's or what the last call returned. A person who is
            not there starts anew; an item outside the catalogue changes nothing.
        touch: The event.
        task: repeat or discover.
        per_person: Length of the list.

    The list is the one that ``recommend`` would make of the same blend if the touch were among the interactions.
    """
    mine = with_touch(interactions, touch)
    return rank_block(blend, mine, fallback, task, per_person), mine


def with_touch(interactions: Interactions, touch: Touch) -> Interactions:
    """Return the interactions of the touch's person alone, the touch among them; the same touch twice counts once."""
    mine = interactions.rows(_find(interactions.people, touch.person_id))
    columns = _find(interactions.items, touch.item_id)
    new = pl.DataFrame(
        {
            "row": np.zeros(columns.size, np.int64),
            "column": columns.astype(np.int32),
            "at": np.full(columns.size, touch.event_at),
            "weight": np.full(columns.size, EVENT_WEIGHTS.get(touch.event_name, 1.0), np.float32),
            "bought": np.full(columns.size, touch.event_name == PURCHASE),
        }
    )
    key = ("row", "column", "at", "weight")
    merged = pl.concat([mine.touches(), new]).group_by(key).agg(pl.col("bought").any()).sort(key)
    person = pl.Series("person_id", [touch.person_id])
    return from_touches(person, interactions.items, merged, has_purchases=interactions.has_purchases)


def _find(names: pl.Series, name: str) -> Positions:
    """Return the position of a name among sorted ones, as an array that is empty where it is not there."""
    place = int(names.search_sorted(name, side="left"))
    return np.array([place] if place < names.len() and names[place] == name else [], np.int64)
