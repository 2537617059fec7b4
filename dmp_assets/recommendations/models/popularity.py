"""What most people take: the first baseline, and what is served where nothing else has an opinion."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.history_weights import DAY_US
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.recommender import Scores, no_causes

RECENT_DAYS = 28
"""People without a history are best served by the newest four weeks: NDCG@10 +0.0145 (interval 0.0094 to 0.0198)
over all time on the demo's categories; popularity by demographics was worse than either."""

SEGMENT_PRIOR = 50.0
"""People of average taste that a segment's shares are mixed with."""


_NOBODY = pl.DataFrame(schema={"person_id": pl.String, "row": pl.Int64})


@dataclass(frozen=True)
class Popularity:
    """One score per item, the same for everybody."""

    shares: NDArray[np.float32]
    reason_kind: str = "popular"

    def scores(self, interactions: Interactions) -> Scores:
        """Return the share of people who took each item, for each person of the block."""
        return np.tile(self.shares, (interactions.shape[0], 1))

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:  # noqa: ARG002
        """Return no cause: popularity has none in the person's history."""
        return no_causes(people)


@dataclass(frozen=True)
class Fallback:
    """Popularity by segment: row 0 is everybody, the others are ``segments``."""

    shares: NDArray[np.float32]
    segments: pl.Series
    segment_of: pl.DataFrame
    """person_id and row, for people in a segment."""

    def rows(self, people: pl.Series) -> Positions:
        """Return the row of ``shares`` that serves each person."""
        names = pl.DataFrame({"person_id": people})
        rows = names.join(self.segment_of, on="person_id", how="left", maintain_order="left")["row"]
        return rows.fill_null(0).to_numpy().astype(np.int64)


def fit_popularity(
    interactions: Interactions, days: int | None = RECENT_DAYS, *, any_touch: bool = False
) -> Popularity:
    """Return the share of people who took each item in the newest ``days`` days; None counts all of them.

    Shares are of the people who took anything in that time. With ``any_touch`` looking is taking.
    """
    taken = _taken(interactions, days, any_touch=any_touch)
    people = max(1, np.unique(interactions.pair_person[taken]).size)
    return Popularity((_takers(interactions, taken) / people).astype(np.float32))


def fit_fallback(
    interactions: Interactions, segments: pl.DataFrame | None = None, days: int | None = RECENT_DAYS
) -> Fallback:
    """Return popularity of everybody and of each segment: ``(takers + prior * share of all) / (people + prior)``.

    Args:
        interactions: All of them.
        segments: person_id (unique) and segment (text); None or no rows: everybody is served alike.
        days: The newest days that count.

    Two of 10 people in a segment took what 10 % of all take: (2 + 50 * 0.1) / (10 + 50) = 0.117.
    """
    everybody = fit_popularity(interactions, days).shares
    if segments is None or segments.is_empty():
        return Fallback(everybody[np.newaxis], pl.Series("segment", [], pl.String), _NOBODY)
    names = segments["segment"].unique().sort()
    rows = names.to_frame("segment").with_columns(row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    segment_of = segments.join(rows, on="segment").select("person_id", "row")
    people = pl.DataFrame({"person_id": interactions.people})
    row = people.join(segment_of, on="person_id", how="left", maintain_order="left")["row"].fill_null(0).to_numpy()
    taken = _taken(interactions, days)
    shares = np.tile(everybody, (names.len() + 1, 1))
    for number in range(1, names.len() + 1):
        within = taken & (row == number)[interactions.pair_person]
        members = np.unique(interactions.pair_person[within]).size
        takers = _takers(interactions, within)
        shares[number] = (takers + SEGMENT_PRIOR * everybody) / (members + SEGMENT_PRIOR)
    return Fallback(shares, names, segment_of)


def no_fallback(interactions: Interactions) -> Fallback:
    """Return a fallback that names nothing, for lists that end where the models have no opinion."""
    # Equal shares would go on with the lowest ids, which nobody is served.
    shares = np.full((1, interactions.shape[1]), -np.inf, np.float32)
    return Fallback(shares, pl.Series("segment", [], pl.String), _NOBODY)


def _taken(interactions: Interactions, days: int | None, *, any_touch: bool = False) -> NDArray[np.bool_]:
    """Return the bought pairs, or all, last touched within ``days`` days of the newest touch of all."""
    taken = np.ones_like(interactions.pair_bought) if any_touch else interactions.pair_bought
    if days is None or not interactions.touched_at.size:
        return taken
    recent: NDArray[np.bool_] = interactions.pair_last_at > interactions.touched_at.max() - days * DAY_US
    return taken & recent


def _takers(interactions: Interactions, taken: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.bincount(interactions.pair_item[taken], minlength=interactions.shape[1])
