"""Days that are read or written together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl


@dataclass(frozen=True)
class Days:
    """A range of days, both ends included; of some of its days only, where ``chosen`` names them."""

    first: date
    last: date
    chosen: frozenset[date] | None = None

    def each(self) -> list[date]:
        """Return the days in order.

        >>> [f"{day:%d}" for day in Days(date(2024, 1, 1), date(2024, 1, 3)).each()]
        ['01', '02', '03']
        """
        if self.chosen is not None:
            return sorted(self.chosen)
        return [self.first + timedelta(days=place) for place in range((self.last - self.first).days + 1)]

    def sql(self, column: str) -> str:
        """Return the condition that a column holds one of the days.

        >>> Days(date(2024, 1, 1), date(2024, 1, 3)).sql("day")
        "day BETWEEN DATE '2024-01-01' AND DATE '2024-01-03'"
        """
        if self.chosen is None:
            return f"{column} BETWEEN DATE '{self.first}' AND DATE '{self.last}'"
        listed = ", ".join(f"DATE '{day}'" for day in self.each())
        return f"{column} IN ({listed})"

    def among(self, column: str) -> pl.Expr:
        """Return the same condition for Polars."""
        if self.chosen is None:
            return pl.col(column).is_between(self.first, self.last)
        return pl.col(column).is_in(self.each())


ALL_DAYS = Days(date.min, date.max)
"""All days that a table has: they are replaced, and those without any incoming row become empty."""


PLANNED_DAYS = "dmp/planned_days"
"""Tag of a run: the days of its range that it plans to make (``as_ranges``); without it, all of them."""


def as_ranges(days: Iterable[date]) -> str:
    """Return days as text: ranges, both ends included, oldest first.

    >>> as_ranges([date(2024, 1, 2), date(2024, 1, 1), date(2024, 1, 4)])
    '2024-01-01..2024-01-02 2024-01-04..2024-01-04'
    """
    ranges: list[tuple[date, date]] = []
    for day in sorted(days):
        if ranges and (day - ranges[-1][1]).days <= 1:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return " ".join(f"{first}..{last}" for first, last in ranges)


def of_ranges(text: str) -> frozenset[date]:
    """Return the days that ``as_ranges`` wrote.

    >>> sorted(f"{day:%d}" for day in of_ranges("2024-01-01..2024-01-02 2024-01-04..2024-01-04"))
    ['01', '02', '04']
    """
    ends = [map(date.fromisoformat, one.split("..")) for one in text.split()]
    return frozenset(day for first, last in ends for day in Days(first, last).each())
