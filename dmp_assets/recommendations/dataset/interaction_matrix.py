"""Who touched which item, when and how: the sparse matrices that every recommendation starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

BOUGHT_WEIGHT = 5.0
EVENT_WEIGHTS: Mapping[str, float] = {"add_to_cart": 3.0}
"""What a bought line and what an event says about its person; other events weigh 1. In a person's profile they are
worth up to 14 % of NDCG@10, inside a similarity they cost 9 to 34 % of it: there every line counts alike."""

MAX_HISTORY = 500
"""Items of one person that count in co-occurrence, the newest: its cost grows with their square."""

MAX_ITEMS = 100_000
"""Items that may be recommended, the most touched. Memory grows with them: 2 KB for the tastes of each, 8 bytes for
each neighbour, and 4 bytes a person of a block and member."""

NO_ITEM = -1

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Interactions:
    """People, items and what happened between them: touches, sorted by person, item and time, and pairs.

    A pair is a person and an item with one touch or more. All positions are those of ``people`` and ``items``, which
    are sorted, so a lower position is a lower id.
    """

    people: pl.Series
    items: pl.Series
    touched_at: NDArray[np.int64]
    """Microseconds of each touch."""
    touch_weight: NDArray[np.float32]
    """Its weight: ``BOUGHT_WEIGHT``, or by ``EVENT_WEIGHTS``."""
    first_touch: Positions
    """Where the touches of each pair begin; one more value ends the last."""
    first_pair: Positions
    """Where the pairs of each person begin; one more value ends the last."""
    pair_item: NDArray[np.int32]
    pair_bought: NDArray[np.bool_]
    """Pairs with a purchase; all pairs where nobody ever purchased."""
    pair_is_recent: NDArray[np.bool_]
    """Pairs among the person's newest ``MAX_HISTORY``."""
    has_purchases: bool
    """Whether anybody purchased anything; in data without purchases every event is predicted, and masked."""
    held: dict[Any, Any] | None = None
    """Weights of a block of people, held because the members of a blend ask for the same ones, and again for causes.
    None: nothing is held, because the weights of everybody would fill the memory."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of people and of items."""
        return self.people.len(), self.items.len()

    @property
    def pair_person(self) -> Positions:
        """Person of each pair."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.first_pair))

    @property
    def pair_last_at(self) -> NDArray[np.int64]:
        """Microseconds of each pair's last touch."""
        return self.touched_at[self.first_touch[1:] - 1]

    def touches(self) -> pl.DataFrame:
        """Return the touches as :func:`from_touches` takes them."""
        times = np.diff(self.first_touch)
        return pl.DataFrame(
            {
                "row": np.repeat(self.pair_person, times),
                "column": np.repeat(self.pair_item, times),
                "at": self.touched_at,
                "weight": self.touch_weight,
                # No event weighs as much as a bought line.
                "bought": self.touch_weight == BOUGHT_WEIGHT,
            }
        )

    def touched(self) -> Any:
        """Return the binary CSR matrix (float32, people x items) of the recent pairs of each person."""
        return self.matrix(self.pair_is_recent, np.ones(self.pair_item.size, np.float32))

    def bought(self) -> Any:
        """Return the binary CSR matrix of bought pairs, all of them."""
        return self.matrix(self.pair_bought, np.ones(self.pair_item.size, np.float32))

    def last_touched(self) -> Any:
        """Return the binary CSR matrix of the pairs touched at each person's newest moment."""
        newest = np.full(self.shape[0], np.iinfo(np.int64).min)
        np.maximum.at(newest, self.pair_person, self.pair_last_at)
        return self.matrix(self.pair_last_at == newest[self.pair_person], np.ones(self.pair_item.size, np.float32))

    def matrix(self, wanted: NDArray[np.bool_], values: NDArray[np.float32]) -> Any:
        """Return the CSR matrix of the ``wanted`` pairs with their ``values``; column indices are sorted."""
        kept_before = np.concatenate([[0], np.cumsum(wanted)])
        cells = (values[wanted], self.pair_item[wanted], kept_before[self.first_pair])
        return sparse.csr_matrix(cells, shape=self.shape)

    def rows(self, people: Positions) -> "Interactions":
        """Return the interactions of ``people`` alone (their positions), in that order, over the same items."""
        pairs, first_pair = _slices(self.first_pair, people)
        touches, first_touch = _slices(self.first_touch, pairs)
        return Interactions(
            people=self.people.gather(people),
            items=self.items,
            touched_at=self.touched_at[touches],
            touch_weight=self.touch_weight[touches],
            first_touch=first_touch,
            first_pair=first_pair,
            pair_item=self.pair_item[pairs],
            pair_bought=self.pair_bought[pairs],
            pair_is_recent=self.pair_is_recent[pairs],
            has_purchases=self.has_purchases,
            held={},
        )


def build_interactions(
    lines: pl.LazyFrame,
    *,
    last_date: date | None = None,
    people: pl.Series | None = None,
    max_items: int | None = MAX_ITEMS,
) -> Interactions:
    """Return the interactions of item lines up to ``last_date``.

    Args:
        lines: person_id, item_id, is_bought, event_name (of events), event_date and, where order within a day is
            known, event_at (timestamp, or microseconds). Lines without an id are left out.
        last_date: Last day that counts; None counts all.
        people: More people to hold, without a line perhaps.
        max_items: Items to hold, those that most people touched (ties: the lower ``item_id``); None holds all.

    Lines that agree on person, item, time and event are one touch.
    """
    # Ids are compared here and never again: lines are sorted and counted by their positions.
    counted = _counted(lines, last_date)
    names, items = (
        counted.select(name).unique().collect(engine="streaming")[name].sort() for name in ("person_id", "item_id")
    )
    if people is not None:
        names = pl.concat([names, people.cast(pl.String).rename("person_id")]).unique().sort()
    touches = _coded(counted, names, items)
    everything = from_touches(names, items, touches, has_purchases=bool(touches["bought"].any()))
    return everything if max_items is None else limited(everything, most_touched(everything, max_items))


def _coded(counted: pl.LazyFrame, people: pl.Series, items: pl.Series) -> pl.DataFrame:
    """Return each touch once as row and column (positions), at, weight and bought, sorted by them."""
    rows, columns = people.to_frame().with_row_index("row"), items.to_frame().with_row_index("column")
    coded = (
        counted.join(rows.lazy(), on="person_id")
        .join(columns.lazy(), on="item_id")
        .select("at", "weight", "bought", cell=pl.col("row").cast(pl.Int64) * items.len() + pl.col("column"))
        .collect(engine="streaming")
        .sort("cell", "at", "weight")
    )
    key = ("cell", "at", "weight")
    is_new = np.ones(coded.height, np.bool_)
    is_new[1:] = np.any([coded[name].to_numpy()[1:] != coded[name].to_numpy()[:-1] for name in key], axis=0)
    place = pl.col("cell")
    return coded.filter(is_new).select(
        "at", "weight", "bought", row=place // max(1, items.len()), column=place % max(1, items.len())
    )


def most_touched(interactions: Interactions, most: int) -> Positions:
    """Return the positions of those items that most people touched, ascending (ties: the lower position)."""
    takers = np.bincount(interactions.pair_item, minlength=interactions.shape[1])
    return np.sort(np.argsort(-takers, kind="stable")[:most])


def limited(interactions: Interactions, kept: Positions) -> Interactions:
    """Return the interactions of all people with some items alone (their positions, ascending)."""
    if kept.size == interactions.shape[1]:
        return interactions
    place = np.full(interactions.shape[1], NO_ITEM, np.int32)
    place[kept] = np.arange(kept.size)
    touches = interactions.touches()
    touches = touches.with_columns(column=place[touches["column"].to_numpy()]).filter(pl.col("column") != NO_ITEM)
    has_purchases = interactions.has_purchases and bool(touches["bought"].any())
    items = interactions.items.gather(kept)
    return from_touches(interactions.people, items, touches, has_purchases=has_purchases)


def from_touches(people: pl.Series, items: pl.Series, touches: pl.DataFrame, *, has_purchases: bool) -> Interactions:
    """Return the interactions of touches (row, column, at, weight, bought), sorted by row, column and at."""
    row, column = touches["row"].to_numpy().astype(np.int64), touches["column"].to_numpy().astype(np.int32)
    at, bought = touches["at"].to_numpy(), touches["bought"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(row) != 0) | (np.diff(column) != 0)])[: row.size])
    first_touch = np.concatenate([starts, [row.size]])
    pair_row = row[starts]
    first_pair = np.searchsorted(pair_row, np.arange(people.len() + 1))
    ever_bought = np.maximum.reduceat(bought, starts) if starts.size else bought
    last_at = at[first_touch[1:] - 1]
    return Interactions(
        people=people,
        items=items,
        touched_at=at,
        touch_weight=touches["weight"].to_numpy(),
        first_touch=first_touch,
        first_pair=first_pair,
        pair_item=column[starts],
        pair_bought=ever_bought if has_purchases else np.ones(starts.size, np.bool_),
        pair_is_recent=_newest(pair_row, last_at, first_pair),
        has_purchases=has_purchases,
    )


def _counted(lines: pl.LazyFrame, last_date: date | None) -> pl.LazyFrame:
    """Return person_id, item_id, at, weight and bought of the lines that count."""
    names = lines.collect_schema()
    moment = pl.col("event_at" if "event_at" in names else "event_date")
    at = moment if names["event_at" if "event_at" in names else "event_date"] == pl.Int64 else _microseconds(moment)
    if last_date is not None:
        lines = lines.filter(pl.col("event_date") <= last_date)
    of_event = pl.col("event_name").replace_strict(EVENT_WEIGHTS, default=1.0, return_dtype=pl.Float32)
    weight = pl.when("is_bought").then(pl.lit(BOUGHT_WEIGHT, pl.Float32)).otherwise(of_event)
    return lines.filter(pl.col("person_id").is_not_null(), pl.col("item_id") != "").select(
        "person_id", "item_id", at=at, weight=weight, bought="is_bought"
    )


def _microseconds(moment: pl.Expr) -> pl.Expr:
    return moment.cast(pl.Datetime("us")).cast(pl.Int64)


def _newest(row: Positions, last_at: NDArray[np.int64], first_pair: Positions) -> NDArray[np.bool_]:
    """Return which pairs are among the ``MAX_HISTORY`` newest of their person (ties: the lower item)."""
    place = np.empty(row.size, np.int64)
    place[np.lexsort((-last_at, row))] = np.arange(row.size) - first_pair[row]
    newest: NDArray[np.bool_] = place < MAX_HISTORY
    return newest


def moments(person: Positions, at: NDArray[np.int64], first: Positions) -> Positions:
    """Return the number of each row's moment among its person's, from 0; a basket is one moment.

    Args:
        person: Person of each row; rows of one person stand together.
        at: Time of each row, in order for each person, up or down.
        first: Where each person's rows begin.
    """
    is_next = np.concatenate([[False], (np.diff(person) == 0) & (np.diff(at) != 0)])[: person.size]
    steps = np.cumsum(is_next)
    numbers: Positions = steps - steps[first[person]]
    return numbers


def _slices(first: Positions, wanted: Positions) -> tuple[Positions, Positions]:
    """Return all positions within the ``wanted`` slices of ``first``, and where each begins among them."""
    sizes = first[wanted + 1] - first[wanted]
    begins = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return np.arange(begins[-1]) + np.repeat(first[wanted] - begins[:-1], sizes), begins
