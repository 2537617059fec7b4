"""What people touched next in a sitting: the newest such step of each person is held out."""

from datetime import datetime
from typing import Any, cast

import numpy as np
import polars as pl

from dmp_assets.recommendations.dataset.history_weights import DAY_US
from dmp_assets.recommendations.dataset.holdout import ENOUGH_PEOPLE, MAX_PEOPLE, SEED, Holdout, Window
from dmp_assets.recommendations.dataset.interaction_matrix import (
    MAX_ITEMS,
    Interactions,
    Positions,
    from_touches,
    limited,
    most_touched,
)
from dmp_assets.recommendations.dataset.timed_lines import Timed
from dmp_assets.recommendations.schema.tasks import NEXT, PER_PERSON

LOOKED_AT, FOUND = 40_000, 2_000
"""People looked at for a step, drawn with a fixed seed, and how many must have one: else everybody is looked at."""

SITTING_US = 30 * 60 * 1_000_000
"""Longest time between two touches of one sitting, in microseconds: as between events of a session."""


def hold_out_next(counted: Timed) -> tuple[Holdout, Holdout] | None:
    """Return two holdouts of what people touched next in a sitting; None where fewer than ``ENOUGH_PEOPLE`` had one.

    Of each person drawn the newest step is held out (:func:`newest_steps`). Models know what these did before it, and
    everything of the others. The first holdout is to choose by and the second proves: each has half of the people, and
    one fit serves both.
    """
    touches = counted.interactions(counted.lines, max_items=None)
    order = np.random.default_rng(SEED).permutation(touches.shape[0])
    step = newest_steps(touches, order[:LOOKED_AT])
    if step["row"].n_unique() < FOUND and order.size > LOOKED_AT:
        step = newest_steps(touches, order)
    people = step["row"].unique().sort().to_numpy()
    if people.size < ENOUGH_PEOPLE:
        return None
    drawn = np.random.default_rng(SEED).permutation(people)[: 2 * MAX_PEOPLE]
    window = _window(counted, touches, step.filter(pl.col("row").is_in(drawn)))
    holdout = Holdout((window,), PER_PERSON, counted.lines.drop("at"))
    halves = [touches.people.gather(np.sort(drawn[start::2])) for start in (0, 1)]
    return holdout.among(halves[0]), holdout.among(halves[1])


def newest_steps(touches: Interactions, people: Positions) -> pl.DataFrame:
    """Return row, column (positions) and at of the newest step in a sitting of each of some people (their positions).

    A step is a moment at most half an hour after the person's moment before. Its items are those not touched at that
    moment already, nor bought within a day of a touch: looking twice at one item, or ordering what was looked at, leads
    nowhere.
    """
    asked = np.sort(people)
    cells = ["row", "column", "at"]
    by_pair = touches.rows(asked).touches().group_by(cells).agg(pl.col("bought").all()).sort(cells)
    is_known = (pl.col("at") - pl.col("at").shift(1).over("row", "column") <= DAY_US).fill_null(value=False)
    frame = by_pair.with_columns(is_ordered=pl.col("bought") & is_known).sort("row", "at", "column")
    row, at = frame["row"].to_numpy(), frame["at"].to_numpy()
    starts = np.ones(row.size, np.bool_)
    starts[1:] = (row[1:] != row[:-1]) | (at[1:] != at[:-1])
    moment = np.cumsum(starts) - 1
    first_at, first_row = at[starts], row[starts]
    follows = np.zeros(first_at.size, np.bool_)
    follows[1:] = (first_row[1:] == first_row[:-1]) & (first_at[1:] - first_at[:-1] <= SITTING_US)
    cell = moment * np.int64(touches.shape[1]) + frame["column"].to_numpy()
    is_other = ~np.isin(cell - touches.shape[1], cell)
    steps = frame.with_columns(moment=moment).filter(follows[moment] & is_other & ~frame["is_ordered"].to_numpy())
    newest = pl.col("moment") == pl.col("moment").max().over("row")
    return steps.filter(newest).select("column", "at", row=asked[steps.filter(newest)["row"].to_numpy()])


def _window(counted: Timed, touches: Interactions, step: pl.DataFrame) -> Window:
    """Return the window of the steps: the touches of their people before them are known, and all of the others."""
    cut = np.full(touches.shape[0], np.iinfo(np.int64).max)
    cut[step["row"].to_numpy()] = step["at"].to_numpy()
    rows = touches.touches()
    rows = rows.filter(rows["at"].to_numpy() < cut[rows["row"].to_numpy()])
    known = from_touches(touches.people, touches.items, rows, has_purchases=touches.has_purchases)
    kept = most_touched(known, MAX_ITEMS)
    place = _places(kept, touches.shape[1])
    truth = pl.DataFrame({"person_id": step["row"], "item_id": place[step["column"].to_numpy()]})
    first, last = (_moment(step["at"].min()), _moment(step["at"].max()))
    last_known = counted.day(_moment(known.touched_at.max()))
    return Window(
        limited(known, kept),
        {NEXT: truth.sort("person_id", "item_id")},
        last_known,
        counted.day(first),
        counted.day(last),
    )


def _places(kept: Positions, items: int) -> Positions:
    """Return the position of each item in a catalogue of those kept; the others follow behind it."""
    is_kept = np.zeros(items, np.bool_)
    is_kept[kept] = True
    place = np.empty(items, np.int64)
    place[kept] = np.arange(kept.size)
    place[~is_kept] = np.arange(kept.size, items)
    return place


def _moment(at: Any) -> datetime:
    return cast("datetime", pl.Series([int(at)]).cast(pl.Datetime("us")).item())
