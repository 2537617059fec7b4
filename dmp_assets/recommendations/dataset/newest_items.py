"""The newest fifth of each person's items, held out: where days cannot tell before from after."""

from dataclasses import replace
from datetime import date, datetime
from typing import cast

import polars as pl

from dmp_assets.recommendations.dataset.holdout import NEWEST_SHARE, Holdout, window_of
from dmp_assets.recommendations.dataset.timed_lines import Timed, has_bought
from dmp_assets.recommendations.schema.tasks import PER_PERSON

LEAST_ITEMS = 3
"""Items of a person of which the newest fifth, one at least, is held out: two at least are left to know."""

SEED = 7
PAIR = ["person_id", "item_id"]


def hold_out_newest_items(counted: Timed) -> Holdout:
    """Return the newest fifth of the items of everybody who took three or more, held out (one item at least).

    An item is as new as its newest line; those of one moment go by a hash. Of a person who is held out models know what
    was before the oldest item held out, and the rest of its moment. They know everything of the others, later days
    among it: without a clock there is no other way, and with one it flatters what moves with time.
    """
    wanted = counted.lines.filter(counted.bought)
    newest = wanted.group_by(PAIR).agg(at=pl.col("at").max())
    by_age = newest.with_columns(hash=pl.struct(PAIR).hash(SEED)).sort("person_id", "at", "hash", descending=True)
    items, place = pl.len().over("person_id"), pl.int_range(pl.len()).over("person_id")
    held = pl.max_horizontal(1, (NEWEST_SHARE * items).floor())
    of_person = by_age.filter(items >= LEAST_ITEMS, place < held).select(*PAIR, "at").collect()
    cuts = of_person.group_by("person_id").agg(cut=pl.col("at").min())
    is_held = of_person.select(*PAIR, is_held=pl.lit(value=True))
    marked = counted.lines.join(cuts.lazy(), on="person_id", how="left").join(is_held.lazy(), on=PAIR, how="left")
    is_known = (pl.col("at") < pl.col("cut")) | ((pl.col("at") == pl.col("cut")) & pl.col("is_held").is_null())
    known = marked.filter(pl.col("cut").is_null() | is_known).drop("cut", "is_held").collect(engine="streaming")
    if counted.has_bought and not has_bought(known.lazy()):
        # Models that know no purchase predict, and mask, every touch: so must the truth.
        return hold_out_newest_items(replace(counted, has_bought=False))
    owned = known.filter(counted.bought).select(*PAIR, is_new=pl.lit(value=False)).unique()
    taken = (
        of_person.select(PAIR)
        .join(known.select("person_id").unique(), on="person_id", how="semi")
        .join(known.select("item_id").unique(), on="item_id", how="semi")
        .join(owned, on=PAIR, how="left")
        .with_columns(pl.col("is_new").fill_null(value=True))
    )
    moments = of_person["at"] if of_person.height else counted.lines.select("at").collect()["at"]
    last_known = known["event_date"] if known.height else counted.lines.select("event_date").collect()["event_date"]
    first, last = (counted.day(cast("datetime", at)) for at in (moments.min(), moments.max()))
    window = window_of(counted.interactions(known.lazy()), taken, (cast("date", last_known.max()), first, last))
    return Holdout((window,), PER_PERSON, known.drop("at").lazy())
