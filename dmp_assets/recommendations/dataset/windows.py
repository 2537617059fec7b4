"""What is held out: the newest days, or windows stacked where these have few people, or the newest of each person."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import cast

import polars as pl

from dmp_assets.foundation.values.calendar import begin_of
from dmp_assets.recommendations.dataset.holdout import (
    ENOUGH_PEOPLE,
    MAX_PEOPLE,
    MIN_PEOPLE,
    NEWEST_SHARE,
    Holdout,
    Window,
    window_of,
)
from dmp_assets.recommendations.dataset.newest_items import hold_out_newest_items
from dmp_assets.recommendations.dataset.timed_lines import Timed, has_bought, timed
from dmp_assets.recommendations.schema.tasks import NEWEST_DAYS, REPEAT, STACKED_WINDOWS

Moments = tuple[datetime, datetime]


def hold_out(
    lines: pl.LazyFrame,
    last_date: date | None = None,
    horizon_days: int = 28,
    time_zone: str = "UTC",
    *,
    reach: float = 1.0,
) -> Holdout:
    """Return what people with a history took of what was held out, and what was known before.

    Args:
        lines: As for ``build_interactions``.
        last_date: Last day that counts; None counts all.
        horizon_days: Days to hold out.
        time_zone: Zone of the business's days, which say the first and the last day held out.
        reach: Share of the history that stacked windows may take.

    The newest ``horizon_days`` times 24 hours are held out; the newest fifth of the lines instead where that is the
    shorter time and still has ``ENOUGH_PEOPLE`` to judge by, or where the days have not. Fewer people than that:
    windows of as many days before are stacked, each with models that know what was before it, until there are enough
    (a person counts once per window) or history ends. Fewer than ``MIN_PEOPLE`` in the newest days, as where lines have
    no clock: the newest fifth of each person's items is held out, and models know the rest.

    The truth of *repeat* is what people with a history took; that of *discover* is the part that they had never bought.
    Both hold only items that somebody touched before. Bought lines count; in data without any, every event does.

    Raises:
        ValueError: No line counts (``has_lines``).
    """
    counted = timed(lines, last_date, time_zone)
    ends = counted.lines.select(first=pl.col("at").min(), last=pl.col("at").max(), lines=pl.len()).collect()
    if not ends["lines"].item():
        raise ValueError("there are no lines to hold any out of")
    first, newest = ends["first"].item(), ends["last"].item()
    # Lines without a time stand at the beginning of their day: the newest day is then one of those held out.
    by_days = newest - timedelta(days=horizon_days - _are_days(counted, newest))
    cut, taken = _newest_cut(counted, by_days)
    people = taken["person_id"].n_unique()
    if people < MIN_PEOPLE:
        of_each = hold_out_newest_items(counted)
        if of_each.people(REPEAT).len() > people:
            return of_each.drawn(MAX_PEOPLE)
    elif people < ENOUGH_PEOPLE:
        stacked = list(_stacked(counted, (by_days, newest), horizon_days, newest - reach * (newest - first)))
        of_several = _of_windows(counted, stacked) if len(stacked) > 1 else None
        # Where little happened lately, several windows of days may have fewer people than the newest fifth of lines.
        if of_several is not None and of_several.people(REPEAT).len() >= MIN_PEOPLE:
            return of_several.drawn(MAX_PEOPLE)
    return _of_windows(counted, [_window(counted, (cut, newest), taken)]).drawn(MAX_PEOPLE)


def _are_days(counted: Timed, newest: datetime) -> bool:
    """Return whether all lines of a day stand at one moment, the beginning of it."""
    if newest != begin_of(counted.day(newest), counted.time_zone):
        return False
    days = counted.lines.group_by("event_date").agg(first=pl.col("at").min(), last=pl.col("at").max())
    return bool(days.select((pl.col("first") == pl.col("last")).all()).collect().item())


def _newest_cut(counted: Timed, by_days: datetime) -> tuple[datetime, pl.DataFrame]:
    """Return where the newest window begins, and what people with a history took in it."""
    by_share = counted.lines.select(pl.col("at").quantile(1 - NEWEST_SHARE, "higher")).collect().item()
    later, earlier = max(by_days, by_share), min(by_days, by_share)
    taken = _taken(counted, later)
    if taken["person_id"].n_unique() < ENOUGH_PEOPLE:
        longer = _taken(counted, earlier)
        if longer["person_id"].n_unique() > taken["person_id"].n_unique():
            return earlier, longer
    return later, taken


def _stacked(counted: Timed, newest: Moments, horizon_days: int, last_cut: datetime) -> Iterator[Window]:
    """Yield windows from the newest on back, until they have enough people or one would begin before ``last_cut``.

    A window in which nobody with a history took anything is none.
    """
    (cut, end), judged = newest, 0
    while judged < ENOUGH_PEOPLE and cut > last_cut:
        taken = _taken(counted, cut, end)
        if taken.height:
            judged += taken["person_id"].n_unique()
            yield _window(counted, (cut, end), taken)
        # A window ends with the last microsecond before the next one begins.
        cut, end = cut - timedelta(days=horizon_days), cut - timedelta(microseconds=1)


def _window(counted: Timed, moments: Moments, taken: pl.DataFrame) -> Window:
    """Return the window of what was taken from a moment to another, both included."""
    known = counted.lines.filter(pl.col("at") < moments[0])
    last_known = known.select(pl.col("event_date").max()).collect().item()
    return window_of(
        counted.interactions(known), taken, (cast("date", last_known), counted.day(moments[0]), counted.day(moments[1]))
    )


def _of_windows(counted: Timed, windows: list[Window]) -> Holdout:
    before = windows[-1].first_date - timedelta(days=1)
    way = STACKED_WINDOWS if len(windows) > 1 else NEWEST_DAYS
    return Holdout(tuple(windows), way, counted.lines.filter(pl.col("event_date") <= before).drop("at"))


def _taken(counted: Timed, cut: datetime, end: datetime | None = None) -> pl.DataFrame:
    """Return person_id, item_id and is_new of what people with a history took from ``cut`` to ``end``, included.

    Only items that somebody had touched before count: no model could name others. Where nothing was bought before,
    models predict, and mask, every touch: so does the truth.
    """
    before, after = counted.lines.filter(pl.col("at") < cut), counted.lines.filter(pl.col("at") >= cut)
    if end is not None:
        after = after.filter(pl.col("at") <= end)
    pair = ["person_id", "item_id"]
    taken = pl.col("is_bought") | (not has_bought(before))
    owned = before.filter(taken).select(*pair, is_new=pl.lit(value=False)).unique()
    return (
        after.filter(taken)
        .select(pair)
        .unique()
        .join(before.select("person_id").unique(), on="person_id", how="semi")
        .join(before.select("item_id").unique(), on="item_id", how="semi")
        .join(owned, on=pair, how="left")
        .with_columns(pl.col("is_new").fill_null(value=True))
        .collect(engine="streaming")
    )
