"""How an ad platform writes its reports: names of columns, units of money, meaning of the day."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Beside:
    """A column whose name says too little: it counts only in files that have the other column too."""

    column: str
    other: str


@dataclass(frozen=True)
class AdPlatform:
    """The mapping table of one platform, over all levels of its reports.

    File columns are written in lower case, with one underscore between words and none around
    them: ``campaign_id`` fits ``Campaign ID``, ``metrics_cost_micros`` fits ``metrics.cost_micros``.

    Attributes:
        platform: Value of our column ``platform``.
        columns: Our column -> columns of the file; the first one that the file has is taken.
        micros: Money columns of the file in millionths of the currency; every other one is in units. The unit
            belongs to the column: one platform writes ``cost_micros`` here and ``cost`` there.
        breakdowns: Columns that divide a level further. They are part of a line's key: where one is missing here, its
            lines are added up.
        utc_days: A day is written as the instant in UTC at which it began in the account's zone.
    """

    platform: str
    columns: Mapping[str, tuple[str | Beside, ...]]
    micros: frozenset[str] = frozenset()
    breakdowns: tuple[str, ...] = ()
    utc_days: bool = False
