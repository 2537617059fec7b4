"""The inputs of profiles: tables of events and orders, whose they are, the catalogue and the settings."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table, rules_state
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import StoredTable, windows
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.profiles.sums.attributes import blocked_values
from dmp_assets.profiles.sums.event_tables import EventTables
from dmp_assets.profiles.sums.sum_up import PersonEvents, Sums, sum_up

MOST_ROWS = 30_000_000
"""Rows of all tables of events that are summed at once, a year of 27,400 events a day: they bound the memory."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The inputs of profiles."""

    events: EventTables
    as_of_date: date
    """The last day that counts."""
    visitors: pl.DataFrame
    """``Visitors``."""
    identifiers: StoredTable
    """``PersonIdentifiers``, with the time when each identifier was seen first."""
    raw_items: pl.DataFrame
    """``RawItems``."""
    half_life_days: float
    """Age at which interests count half."""
    window_days: int
    """Length of the windows that affinities are counted in."""
    time_zone: str = "UTC"
    """Zone of the business's days."""
    blocked_categories: tuple[str, ...] = ()
    """Values of item_category or item_department that are no interest of anybody."""
    made_by: str
    """Fingerprint of settings and code; another one leads to a full refresh."""

    @cached_property
    def coded_visitors(self) -> pl.DataFrame:
        """``Visitors`` with persons as an Enum: to group by it costs half as much as by text."""
        codes = pl.Enum(self.visitors["person_id"].unique().sort())
        return self.visitors.with_columns(pl.col("person_id").cast(codes))

    @cached_property
    def states(self) -> dict[date, InputState]:
        """Rows and fingerprint of each day that counts.

        They are read once, before any row is summed. A day that changes meanwhile then differs from its booking, and
        the next run sums it. Read again at the end, its change would be booked and in no sum.
        """
        return self.events.states(self.as_of_date)

    @cached_property
    def blocked(self) -> list[str]:
        """The categories that are left out of interests."""
        return blocked_values(self.raw_items, self.blocked_categories) if self.blocked_categories else []

    def inputs(self, tables: Iterable[Contract]) -> pl.DataFrame:
        """Return what the tables are made of (``SummedInputs``)."""
        # A department that gains a category blocks another one, which all days must leave out.
        rules = rules_state(tables, " ".join([self.made_by, *self.blocked]))
        return input_table(self.states, {RULES: rules}, self.as_of_date)

    def catalogue(self) -> pl.DataFrame:
        """Return brand and category of the items of the catalogue (``SummedItems``)."""
        said = pl.col("item_brand", "item_category")
        return self.raw_items.select("item_id", said).filter(pl.any_horizontal(said.is_not_null()))

    def sum_up(self, did: PersonEvents, before: Sums | None = None) -> Sums:
        """Return the sums of what people did, added to the sums of before."""
        half_life, window = self.half_life_days, self.window_days
        return sum_up(did, self.raw_items, self.as_of_date, half_life, window, before, self.time_zone, self.blocked)

    def sum_up_all_days(self) -> Sums:
        """Return the sums of all days, added up period by period.

        Memory follows the period and the people, not the history.
        """
        days = Days(min(self.states, default=self.as_of_date), self.as_of_date)
        first, *later = windows(days, {day: state.rows for day, state in self.states.items()}, MOST_ROWS)
        sums = self._sum_up_period(first, None)
        for period in later:
            sums = self._sum_up_period(period, sums)
        return sums

    def _sum_up_period(self, period: Days, before: Sums | None) -> Sums:
        until = replace(self, as_of_date=period.last)
        return until.sum_up(self.events.of_days(self.coded_visitors, period), before)
