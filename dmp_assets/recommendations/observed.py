"""What people did, who they are and what they allow, as stored: what every piece of work is made from."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from dmp_assets.foundation.incremental.inputs import InputState
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.values.calendar import end_of
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import Commit, StoredTable, current_commits
from dmp_assets.recommendations.build import usable_lines
from dmp_assets.recommendations.dataset.item_lines import EVENT_COLUMNS, ORDER_COLUMNS, item_lines
from dmp_assets.recommendations.serving.rules import refused_people


@dataclass(frozen=True)
class Observed:
    """What every piece of work is made from: what people did, who they are, and what they allow."""

    event_items: StoredTable
    order_items: StoredTable
    visitors: StoredTable
    persons: StoredTable
    consent: StoredTable
    as_of_date: date
    """Last day that counts."""
    rules: RecommendationSettings
    time_zone: str = "UTC"
    """Zone of the business's days."""

    @cached_property
    def people(self) -> pl.Series:
        """person_id of everybody who is known by the day."""
        begins_after = end_of(self.as_of_date, self.time_zone)
        known = self.persons.lazy(columns=("person_id", "first_seen_at")).filter(pl.col("first_seen_at") < begins_after)
        return known.collect()["person_id"]

    @cached_property
    def stated(self) -> pl.DataFrame:
        """``ConsentState``."""
        return self.consent.frame()

    @cached_property
    def refused(self) -> pl.Series:
        """The known people who refused."""
        return refused_people(self.stated, self.people, self.rules)

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines that count."""
        return usable_lines(self.all_lines(), self.refused, self.as_of_date)

    def all_lines(self) -> pl.LazyFrame:
        """Return the lines of everybody and all days, to be read; nothing is held."""
        return self._lines_of(self._visitors)

    def _lines_of(self, people: pl.DataFrame, matching: pl.DataFrame | None = None) -> pl.LazyFrame:
        """Return the lines of ``people`` (rows of ``Visitors``), of those ids alone that are in ``matching``."""
        events = self.event_items.lazy(columns=EVENT_COLUMNS, matching=matching)
        orders = self.order_items.lazy(columns=ORDER_COLUMNS, matching=matching)
        return of_persons(item_lines(events, orders), people, "event_at")

    @cached_property
    def _commits(self) -> dict[str, list[Commit]]:
        """The newest commits of every table; the books are read once."""
        found: dict[str, list[Commit]] = {}
        for commit in current_commits(self.event_items.warehouse):
            found.setdefault(commit.table_name, []).append(commit)
        return found

    def commits(self, table: StoredTable) -> list[Commit]:
        """Return the newest commits of a table; none before its first write."""
        return self._commits.get(table.table.qualified_name, [])

    @cached_property
    def _visitors(self) -> pl.DataFrame:
        return self.visitors.frame()

    def items(self) -> int:
        """Return how many items all lines name. Whose lines they are is not asked: that would take a join."""
        events = self.event_items.lazy(columns=("event_date", "event_name", "item_id"))
        lines = item_lines(events, self.order_items.lazy(columns=("order_date", "item_id")))
        named = lines.filter(pl.col("event_date") <= self.as_of_date, pl.col("item_id") != "")
        return int(named.select(pl.col("item_id").n_unique()).collect(engine="streaming").item())

    def days_of(self, table: StoredTable) -> dict[date, InputState]:
        """Return rows and fingerprint of each day of a table that counts; a day without rows is none."""
        return {
            commit.day: InputState(commit.rows, f"{commit.row_hash:016x}")
            for commit in self.commits(table)
            if commit.day is not None and commit.day <= self.as_of_date and commit.rows
        }

    def all_days(self, table: StoredTable) -> InputState:
        """Return rows and fingerprint of all days of a table that count."""
        days = self.days_of(table)
        rows = sum(state.rows for state in days.values())
        return InputState(rows, fingerprint_of(f"{day} {state.fingerprint}" for day, state in sorted(days.items())))

    def days(self) -> dict[date, InputState]:
        """Return rows and fingerprint of each day of lines that counts, of events and of orders."""
        found: dict[date, InputState] = {}
        for table in (self.event_items, self.order_items):
            for day, state in self.days_of(table).items():
                before = found.get(day, InputState(0, ""))
                named = f"{before.fingerprint} {table.table.name}:{state.fingerprint}".strip()
                found[day] = InputState(before.rows + state.rows, named)
        return found

    def refused_events(self, last_date: date) -> InputState:
        """Return number and fingerprint of the orders and events with items of people who refused, up to a day.

        The fingerprint is of these and not of people. So it also changes when an identifier moves to somebody who
        refused: what it did must then leave what was made from it.
        """
        theirs = self._visitors.filter(pl.col("person_id").is_in(self.refused.implode()))
        if theirs.is_empty():
            return InputState(0, "")
        lines = self._lines_of(theirs, theirs.select("visitor_id").unique())
        counted = lines.filter(pl.col("event_date") <= last_date, pl.col("item_id") != "")
        # Ids of events are unique within their day only.
        of_event = pl.format("{} {}", "event_date", "event_id")
        found = counted.select(done=pl.coalesce("order_id", of_event)).unique().collect()["done"].sort()
        return InputState(found.len(), fingerprint_of(found) if found.len() else "")


def fingerprint_of(parts: Iterable[str]) -> str:
    """Return a fingerprint of texts in their order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
