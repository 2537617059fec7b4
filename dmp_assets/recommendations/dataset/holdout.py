"""The newest lines, held out: models see only what was before, and are judged by what people took."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

import numpy as np
import polars as pl

from dmp_assets.foundation.values.calendar import day_at
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions, build_interactions
from dmp_assets.recommendations.schema import DISCOVER, REPEAT

ENOUGH_PEOPLE = 500
"""People to judge by: the standard error of an NDCG with a deviation of 0.3 is then 0.013."""

MAX_PEOPLE = 4_000
"""More are sampled: the standard error is 0.005 by then, and the cost of judging grows with them."""

NEWEST_SHARE = 0.2
SEED = 7


@dataclass(frozen=True)
class Holdout:
    """What models may know, and what people with a history took afterwards."""

    interactions: Interactions
    truths: Mapping[str, pl.DataFrame]
    """Per task person_id and item_id (Int64): positions in ``interactions``; items outside its catalogue have higher
    ones. What could not be recommended stays in the truth, or leaving items out would look like a success."""
    cut: datetime
    """Everything before is known, everything from it on is held out."""
    train_last_date: date
    first_date: date
    last_date: date

    @property
    def people(self) -> Positions:
        """Positions of the people to judge by, ascending."""
        return self.takers(REPEAT)

    def takers(self, task: str) -> Positions:
        """Return those who have something to find in a task, ascending."""
        takers: Positions = self.truths[task]["person_id"].unique().sort().to_numpy()
        return takers

    def drawn(self, count: int) -> "Holdout":
        """Return the holdout with at most ``count`` people to judge by, drawn with a fixed seed."""
        if self.people.size <= count:
            return self
        return self.judged_by(np.random.default_rng(SEED).choice(self.people, count, replace=False))

    def judged_by(self, people: Positions) -> "Holdout":
        """Return the holdout with ``people`` alone to judge by."""
        wanted = pl.DataFrame({"person_id": people})
        truths = {
            task: truth.join(wanted, on="person_id", how="semi").sort("person_id", "item_id")
            for task, truth in self.truths.items()
        }
        return replace(self, truths=truths)


def has_lines(lines: pl.LazyFrame, last_date: date | None = None) -> bool:
    """Return whether a line counts, so that :func:`hold_out` has something to divide."""
    return not _timed(lines, last_date).head(1).collect().is_empty()


def hold_out(
    lines: pl.LazyFrame, last_date: date | None = None, horizon_days: int = 28, time_zone: str = "UTC"
) -> Holdout:
    """Return what was before the newest ``horizon_days`` times 24 hours, and who took what in them.

    Args:
        lines: As for ``build_interactions``.
        last_date: Last day that counts; None counts all.
        horizon_days: Days to hold out. The newest fifth of the lines is held out instead where that is the shorter
            time and still has 500 people to judge by, or where the days have not.
        time_zone: Zone of the business's days, which say the first and the last day held out.

    The truth of *repeat* is what people with a history took; that of *discover* is the part that they had never bought.
    Both hold only items that somebody touched before. Bought lines count; in data without any, every event does.

    Raises:
        ValueError: No line counts (:func:`has_lines`).
    """
    known = _timed(lines, last_date)
    span = known.select(first=pl.col("at").min(), last=pl.col("at").max(), lines=pl.len()).collect()
    if not span["lines"].item():
        raise ValueError("there are no lines to hold any out of")
    newest = span["last"].item()
    # Lines without a time stand at the midnight before: the newest day is then one of those held out.
    is_timed = "event_at" in lines.collect_schema()
    by_days = newest - timedelta(days=horizon_days - (not is_timed))
    by_share = known.select(pl.col("at").quantile(1 - NEWEST_SHARE, "higher")).collect().item()
    later, earlier = max(by_days, by_share), min(by_days, by_share)
    cut, future = later, _taken_after(known, later)
    if future["person_id"].n_unique() < ENOUGH_PEOPLE:
        longer = _taken_after(known, earlier)
        if longer["person_id"].n_unique() > future["person_id"].n_unique():
            cut, future = earlier, longer
    train = known.filter(pl.col("at") < cut)
    interactions = build_interactions(train.drop("event_at", strict=False).rename({"at": "event_at"}))
    truths = _truths(interactions, future)
    train_last = cast("date", train.select(pl.col("event_date").max()).collect().item())
    # The choice ends on the day before the first: by another calendar it would see lines that are held out.
    first, last = (day_at(at, time_zone if is_timed else "UTC") for at in (cut, newest))
    return Holdout(interactions, truths, cut, train_last, first, last).drawn(MAX_PEOPLE)


def _timed(lines: pl.LazyFrame, last_date: date | None) -> pl.LazyFrame:
    """Return the lines that count, with ``at`` (timestamp)."""
    columns = lines.collect_schema()
    moment = pl.col("event_at" if "event_at" in columns else "event_date").cast(pl.Datetime("us"))
    counted = lines.filter(pl.col("person_id").is_not_null(), pl.col("item_id") != "")
    if last_date is not None:
        counted = counted.filter(pl.col("event_date") <= last_date)
    return counted.with_columns(at=moment)


def _taken_after(known: pl.LazyFrame, cut: datetime) -> pl.DataFrame:
    """Return person_id, item_id and is_new of what people with a history took from ``cut`` on.

    Only items that somebody had touched before count: no model could name others.
    """
    # One bought line anywhere makes bought lines what is predicted.
    bought = pl.col("is_bought") | (not _has_bought(known))
    before, after = known.filter(pl.col("at") < cut), known.filter(pl.col("at") >= cut)
    pair = ["person_id", "item_id"]
    owned = before.filter(bought).select(*pair, is_new=pl.lit(value=False)).unique()
    return (
        after.filter(bought)
        .select(pair)
        .unique()
        .join(before.select("person_id").unique(), on="person_id", how="semi")
        .join(before.select("item_id").unique(), on="item_id", how="semi")
        .join(owned, on=pair, how="left")
        .with_columns(pl.col("is_new").fill_null(value=True))
        .collect(engine="streaming")
    )


def _has_bought(known: pl.LazyFrame) -> bool:
    return known.filter("is_bought").head(1).collect().height > 0


def _truths(interactions: Interactions, future: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the truth of each task in positions."""
    people, items = interactions.people.to_frame("person_id"), interactions.items.to_frame("item_id")
    outside = future.select(pl.col("item_id").unique().sort()).join(items, on="item_id", how="anti")
    numbered = pl.concat([items, outside.sort("item_id")]).with_columns(item=pl.int_range(pl.len(), dtype=pl.Int64))
    truth = (
        future.join(people.with_columns(person=pl.int_range(pl.len(), dtype=pl.Int64)), on="person_id")
        .join(numbered, on="item_id")
        .select("is_new", person_id="person", item_id="item")
        .sort("person_id", "item_id")
    )
    return {REPEAT: truth.drop("is_new"), DISCOVER: truth.filter("is_new").drop("is_new")}
