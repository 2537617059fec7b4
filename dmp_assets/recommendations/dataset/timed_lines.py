"""Item lines with one moment each, and which of them are predicted."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from dmp_assets.foundation.values.calendar import day_at
from dmp_assets.recommendations.dataset.interaction_matrix import MAX_ITEMS, Interactions, build_interactions


@dataclass(frozen=True)
class Timed:
    """Lines that count, with ``at`` (timestamp), and the calendar that names their days."""

    lines: pl.LazyFrame
    has_bought: bool
    """One bought line anywhere makes bought lines what is predicted; without any, every line is."""
    time_zone: str
    """Zone of their days; UTC where lines have no time."""

    @property
    def bought(self) -> pl.Expr:
        """Which lines are predicted."""
        return pl.col("is_bought") | (not self.has_bought)

    def day(self, at: datetime) -> date:
        """Return the business's day of a moment."""
        # A choice ends on the day before the first held out: by another calendar it would see lines held out.
        return day_at(at, self.time_zone)

    def interactions(self, known: pl.LazyFrame, max_items: int | None = MAX_ITEMS) -> Interactions:
        """Return the interactions of some of the lines (``build_interactions``)."""
        return build_interactions(known.drop("event_at", strict=False).rename({"at": "event_at"}), max_items=max_items)


def counted(lines: pl.LazyFrame, last_date: date | None = None) -> pl.LazyFrame:
    """Return the lines that name a person and an item, up to a day, with ``at`` (timestamp)."""
    columns = lines.collect_schema()
    moment = pl.col("event_at" if "event_at" in columns else "event_date").cast(pl.Datetime("us"))
    named = lines.filter(pl.col("person_id").is_not_null(), pl.col("item_id") != "")
    if last_date is not None:
        named = named.filter(pl.col("event_date") <= last_date)
    return named.with_columns(at=moment)


def timed(lines: pl.LazyFrame, last_date: date | None, time_zone: str) -> Timed:
    """Return the lines that count."""
    found = counted(lines, last_date)
    is_timed = "event_at" in lines.collect_schema()
    return Timed(found, has_bought(found), time_zone if is_timed else "UTC")


def has_bought(lines: pl.LazyFrame) -> bool:
    """Return whether anything was bought; else every line is predicted."""
    return lines.filter("is_bought").head(1).collect().height > 0


def has_lines(lines: pl.LazyFrame, last_date: date | None = None) -> bool:
    """Return whether a line counts, so that there is something to hold out."""
    return not counted(lines, last_date).head(1).collect().is_empty()
