"""How a figure differs from what it was, in words: never a percentage of nothing, never a cause."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from dmp_assets.foundation.pages.blocks import Figure, Kind, Tone
from dmp_assets.foundation.pages.words import Words

EVEN = 0.005
"""A change below half a per cent is called none."""

Number = int | float | Decimal | None


def measured(rows: pl.DataFrame, name: str, period: str, first_day: date) -> "Measured":
    """Return a figure in a period, before and a year ago, from the answer of a query over ``page.WINDOWS``.

    Args:
        rows: ``window_key``, ``first_day`` and the figure, one row per window that has any.
        name: The column of the figure.
        period: Key of the period.
        first_day: The first day of the data; windows that begin before it are unknown, but for the period itself.
    """
    found = {
        row["window_key"]: row[name]
        for row in rows.select("window_key", name, known=pl.col("first_day") >= first_day).iter_rows(named=True)
        if row["known"] or row["window_key"] == f"{period} now"
    }
    return Measured(*(found.get(f"{period} {which}") for which in Measured._fields))


class Measured(NamedTuple):
    """A figure in its period, in the one before, and a year ago; None where those days are not all in the data."""

    now: Number
    before: Number = None
    year_ago: Number = None


def compared(words: Words, key: str, label: str, measured: Measured, kind: Kind, *, more_is: Tone = "good") -> Figure:
    """Return a figure with the sentences of its changes.

    Args:
        words: The catalogue has ``change.more``, ``change.less``, ``change.even`` and the same with ``_points``.
        key: Name of the figure in its page.
        label: What a reader calls it.
        measured: Its values.
        kind: How it is written; rates change by percentage points.
        more_is: Whether more of it is good, bad, or neither.
    """
    changes = [
        _change(words, measured.now, other, words(f"change.{name}"), kind, more_is)
        for name, other in (("before", measured.before), ("year_ago", measured.year_ago))
        if measured.now is not None and other is not None
    ]
    return Figure(key, label, measured.now, kind, [one for one in changes if one is not None])


def relative(now: Number, before: Number) -> float | None:
    """Return the change as a share of what was before; None where nothing was, or either is unknown.

    >>> relative(Decimal(120), Decimal(100)), relative(1, 0), relative(None, 5)
    (0.2, None, None)
    """
    if now is None or before is None or float(before) == 0:
        return None
    return (float(now) - float(before)) / abs(float(before))


def _change(
    words: Words, now: float | Decimal, other: float | Decimal, against: str, kind: Kind, more_is: Tone
) -> tuple[str, Tone] | None:
    difference = float(now) - float(other) if kind == "percent" else relative(now, other)
    if difference is None:
        return (words("change.from_nothing", against=against), "even") if now else None
    if abs(difference) < (EVEN / 10 if kind == "percent" else EVEN):
        return words("change.even", against=against), "even"
    name = "more" if difference > 0 else "less"
    if kind == "percent":
        text = words(f"change.{name}_points", points=abs(difference) * 100, against=against)
    else:
        text = words(f"change.{name}", share=abs(difference), against=against)
    opposite: dict[Tone, Tone] = {"good": "bad", "bad": "good", "even": "even"}
    return text, more_is if difference > 0 else opposite[more_is]
