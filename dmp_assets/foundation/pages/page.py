"""A page of the report: its name, and the function that asks an edition of the tables and says what it finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import polars as pl

from dmp_assets.foundation.pages.blocks import Block
from dmp_assets.foundation.pages.words import Words


class Ask(Protocol):
    """Answers a query on the edition that the report is made of."""

    def __call__(self, query: str, **values: Any) -> pl.DataFrame:
        """Return the rows of a query; ``$name`` in it stands for a value."""
        ...


@dataclass(frozen=True)
class Edition:
    """What a page may know: the tables, the words, the last day, and whether people are shown."""

    ask: Ask
    words: Words
    last_day: date | None
    """The last day that is over in the data; None where there are no days at all."""
    show_people: bool = True
    """Whether pseudonymous ids of persons may stand in a page."""
    left_out: Sequence[str] = ()
    """Categories that are no interest of anybody, such as coupons and fuel."""


@dataclass(frozen=True)
class Page:
    """One page. Its title and its question are ``NAME.title`` and ``NAME.question`` in the catalogue of words."""

    name: str
    build: Callable[[Edition], Iterable[Block]]
    described_by: str | None = None
    """Table of a snapshot that the page describes: its ``as_of_date`` is the page's last day, half over or not."""


def file_of(page: Page) -> str:
    """Return the name of a page's file: the first page opens the site."""
    return "index.html" if page.name == "overview" else f"{page.name}.html"


@dataclass(frozen=True)
class Period:
    """Some days up to the last day, and what they are compared with."""

    key: str
    days: int

    def window(self, last_day: date, back: int = 0) -> dict[str, date]:
        """Return first and last day as values of a query, ``back`` days earlier.

        >>> Period("last_7", 7).window(date(2017, 3, 10))
        {'first': datetime.date(2017, 3, 4), 'last': datetime.date(2017, 3, 10)}
        """
        last = last_day - timedelta(days=back)
        return {"first": last - timedelta(days=self.days - 1), "last": last}

    def before(self, last_day: date) -> dict[str, date]:
        """Return the days of the same number just before."""
        return self.window(last_day, self.days)

    def year_ago(self, last_day: date) -> dict[str, date]:
        """Return the same weekdays a year ago: 364 days earlier, as many of each weekday."""
        return self.window(last_day, 364)


WINDOWS = "(SELECT unnest($keys) AS window_key, unnest($firsts) AS first_day, unnest($lasts) AS last_day)"
"""What a query joins its days with, to answer for every period at once."""


def windows(periods: Sequence[Period], last_day: date) -> dict[str, list[Any]]:
    """Return the values of ``WINDOWS``: each period now, before and a year ago, as ``last_7 now``.

    >>> windows([Period("last_7", 7)], date(2017, 3, 10))["keys"]
    ['last_7 now', 'last_7 before', 'last_7 year_ago']
    """
    found = [
        (f"{period.key} {name}", window["first"], window["last"])
        for period in periods
        for name, window in (
            ("now", period.window(last_day)),
            ("before", period.before(last_day)),
            ("year_ago", period.year_ago(last_day)),
        )
    ]
    keys, firsts, lasts = (list(column) for column in zip(*found, strict=True))
    return {"keys": keys, "firsts": firsts, "lasts": lasts}


PERIODS = (Period("last_7", 7), Period("last_28", 28), Period("last_90", 90), Period("last_365", 365))
CHOSEN_PERIOD = PERIODS[1]
"""The period that a page shows first: whole weeks, near enough to act on."""
