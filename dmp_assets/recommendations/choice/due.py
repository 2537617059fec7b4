"""Why models are compared again: the choice is old, or what it depends on changed too much."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.recommendations.dataset.interaction_matrix import MAX_ITEMS

SIZE_FACTOR = 1.5
"""Growth or shrinkage of the catalogue that makes a choice due. It is measured from the last choice, so a catalogue
that varies around one size does not make a choice due each day: after a new choice it must grow by half again."""


@dataclass(frozen=True)
class Standing:
    """What decides whether a choice is due."""

    as_of_date: date
    items: int
    """Items that anybody took by then."""
    made_by: str
    """Fingerprint of settings and code."""
    every_days: int


def why_choose(stored: pl.DataFrame, now: Standing, tasks_with_enough: Callable[[], set[str]]) -> str | None:
    """Return why models are to be compared, in words; None where the stored choice is kept.

    Args:
        stored: ``model_choice``; empty where there is none.
        now: What holds now.
        tasks_with_enough: Returns the tasks that have enough people to judge by; asked only where one had not.
    """
    chosen = stored.filter("is_chosen")
    if chosen.is_empty():
        return "no choice yet"
    first = chosen.row(0, named=True)
    if first["made_by"] != now.made_by:
        return "the settings, the code or the layout of the tables changed"
    made_on, items = first["as_of_date"], first["items"]
    # A choice for an earlier day must not use later days.
    if made_on > now.as_of_date:
        return f"the stored choice knows days up to {made_on}"
    age = (now.as_of_date - made_on).days
    if age >= now.every_days:
        return f"the stored choice is {age} days old"
    if _size_changed(items, now.items):
        return f"the catalogue had {items:,} items, now {now.items:,}"
    without = set(chosen.filter(pl.col("status") == "not_enough_data")["task"])
    enough = sorted(without & tasks_with_enough()) if without else []
    return f"enough people to judge {' and '.join(enough)} by" if enough else None


def _size_changed(before: int, now: int) -> bool:
    """Return whether a catalogue grew or shrank by ``SIZE_FACTOR``; items that no model holds do not count."""
    small, large = sorted(max(1, min(items, MAX_ITEMS)) for items in (before, now))
    return large >= SIZE_FACTOR * small
