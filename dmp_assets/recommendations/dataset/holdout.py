"""Lines held out: models see only what was before, and are judged by what people took afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT

MIN_PEOPLE = 20
"""Below this the standard error of a hit rate exceeds 0.1: no verdict."""

ENOUGH_PEOPLE = 500
"""People to judge by: the standard error of an NDCG with a deviation of 0.3 is then 0.013."""

MAX_PEOPLE = 4_000
"""More are sampled: the standard error is 0.005 by then, and the cost of judging grows with them."""

NEWEST_SHARE = 0.2
"""Share of all lines, or of a person's items, that is held out where days do not say how much."""

SEED = 7


@dataclass(frozen=True)
class Window:
    """What models may know, and what people with a history took afterwards."""

    interactions: Interactions
    truths: Mapping[str, pl.DataFrame]
    """Per task person_id and item_id (Int64): positions in ``interactions``; items outside its catalogue have higher
    ones. What could not be recommended stays in the truth, or leaving items out would look like a success."""
    train_last_date: date
    first_date: date
    last_date: date

    def takers(self, task: str) -> Positions:
        """Return the positions of those who have something to find in a task, ascending."""
        takers: Positions = self.truths[task]["person_id"].unique().sort().to_numpy()
        return takers

    def names(self, task: str) -> pl.Series:
        """Return the person_id of each of :func:`takers`."""
        return self.interactions.people.gather(self.takers(task)).rename("person_id")

    def judged_by(self, people: pl.Series) -> "Window":
        """Return the window with some people alone to judge by (person_id)."""
        wanted = pl.DataFrame({"person_id": np.flatnonzero(self.interactions.people.is_in(people.implode()))})
        truths = {
            task: truth.join(wanted, on="person_id", how="semi").sort("person_id", "item_id")
            for task, truth in self.truths.items()
        }
        return replace(self, truths=truths)


@dataclass(frozen=True)
class Holdout:
    """The windows that judge, the newest first: one, or several stacked where one has few people."""

    windows: tuple[Window, ...]
    judged_by: str
    """How lines were held out (``schema.WAYS``)."""
    known: pl.LazyFrame
    """The lines that no window holds out: a choice that is judged here may be made from these alone."""

    @property
    def newest(self) -> Window:
        """The newest window; the only one unless windows are stacked."""
        return self.windows[0]

    @property
    def train_last_date(self) -> date:
        """Last day that the models of the oldest window know."""
        return self.windows[-1].train_last_date

    @property
    def first_date(self) -> date:
        """First day of what is held out."""
        return self.windows[-1].first_date

    @property
    def last_date(self) -> date:
        """Last day of what is held out."""
        return self.newest.last_date

    def people(self, task: str) -> pl.Series:
        """Return the person_id of everybody who has something to find in a task, each once, sorted."""
        if len(self.windows) == 1:
            return self.newest.names(task)
        return pl.concat([window.names(task) for window in self.windows]).unique().sort()

    def by_person(self, task: str, values: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the mean of each person's values over the windows, in the order of :func:`people`.

        Values of one person in several windows are no independent ones: the person is what an interval draws.

        Args:
            task: The task.
            values: Of each window, one value for each of its takers.
        """
        if len(self.windows) == 1:
            return values[0]
        people = self.people(task)
        place = np.concatenate([people.search_sorted(window.names(task)).to_numpy() for window in self.windows])
        times = np.bincount(place, minlength=people.len())
        means: NDArray[np.float64] = np.bincount(place, np.concatenate(values), people.len()) / times
        return means

    def everybody(self) -> pl.Series:
        """Return the person_id of everybody who has something to find in any task, each once, sorted."""
        return pl.concat([self.people(task) for task in self.newest.truths]).unique().sort()

    def drawn(self, count: int) -> "Holdout":
        """Return the holdout with at most ``count`` people to judge by, drawn with a fixed seed."""
        everybody = self.everybody()
        if everybody.len() <= count:
            return self
        return self.among(everybody.gather(np.random.default_rng(SEED).choice(everybody.len(), count, replace=False)))

    def among(self, people: pl.Series) -> "Holdout":
        """Return the holdout with some people alone to judge by (person_id)."""
        return replace(self, windows=tuple(window.judged_by(people) for window in self.windows))


def positions(interactions: Interactions, taken: pl.DataFrame) -> pl.DataFrame:
    """Return pairs with person_id and item_id as positions in ``interactions``, sorted by them.

    Args:
        interactions: What models know.
        taken: person_id (known) and item_id, and any more columns. Items outside the catalogue get higher positions.
    """
    people, items = interactions.people.to_frame("person_id"), interactions.items.to_frame("item_id")
    outside = taken.select(pl.col("item_id").unique().sort()).join(items, on="item_id", how="anti")
    numbered = pl.concat([items, outside.sort("item_id")]).with_columns(item=pl.int_range(pl.len(), dtype=pl.Int64))
    return (
        taken.join(people.with_columns(person=pl.int_range(pl.len(), dtype=pl.Int64)), on="person_id")
        .join(numbered, on="item_id")
        .drop("person_id", "item_id")
        .rename({"person": "person_id", "item": "item_id"})
        .sort("person_id", "item_id")
    )


def window_of(interactions: Interactions, taken: pl.DataFrame, days: tuple[date, date, date]) -> Window:
    """Return a window of the tasks *repeat* and *discover*.

    Args:
        interactions: What models know.
        taken: person_id, item_id and is_new of what people took.
        days: Last day known, first and last day held out.
    """
    found = positions(interactions, taken).select("person_id", "item_id", "is_new")
    truths = {REPEAT: found.drop("is_new"), DISCOVER: found.filter("is_new").drop("is_new")}
    return Window(interactions, truths, *days)
