"""What people did, read from the tables of events and of orders: on some days, or by some visitors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.inputs import InputState
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import StoredTable, current_commits
from dmp_assets.profiles.engagement import SOCIAL_EVENTS
from dmp_assets.profiles.places import places_of_days
from dmp_assets.profiles.sums.attributes import LOOKED_AT
from dmp_assets.profiles.sums.sum_up import PersonEvents

ACTIVITY_COLUMNS = (
    "event_date",
    "visitor_id",
    "event_name",
    "item_category",
    "events",
    "items",
    "first_event_at",
    "last_event_at",
)
VISIT_COLUMNS = (
    "event_date",
    "session_id",
    "kind",
    "is_server_side",
    "visitor_id",
    "started_at",
    "events",
    "page_views",
    "channel_group",
    "platform",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
)
LINE_COLUMNS = (
    "event_date",
    "event_at",
    "event_name",
    "visitor_id",
    "item_id",
    "item_brand",
    "price",
    "quantity",
    "item_revenue",
)
ORDER_COLUMNS = ("order_date", "ordered_at", "visitor_id", "order_id", "counts", "items", "net_sales", "discounts")
BOUGHT_COLUMNS = (
    "order_date",
    "ordered_at",
    "visitor_id",
    "item_id",
    "item_brand",
    "item_category",
    "price",
    "quantity",
    "net_sales",
)
REVERSAL_COLUMNS = ("reversal_date", "reversed_at", "visitor_id", "sales_reversals")
_AS_EVENTS = {
    "order_date": "event_date",
    "ordered_at": "event_at",
    "reversal_date": "event_date",
    "reversed_at": "event_at",
}
EVENT_COLUMNS = (
    "event_date",
    "event_at",
    "event_name",
    "visitor_id",
    "content_group",
    "source",
    "country",
    "city",
)


_Read = Callable[[StoredTable, Sequence[str], pl.DataFrame | None], pl.LazyFrame]
"""Reads columns of a table, of the rows alone that agree with some keys if there are any."""


@dataclass(frozen=True)
class EventTables:
    """The tables of events and of orders that profiles are made of."""

    activity: StoredTable
    """``DailyActivity``."""
    visits: StoredTable
    """``Sessions``."""
    lines: StoredTable
    """``EventItems``."""
    events: StoredTable
    """``CleanedEvents``."""
    orders: StoredTable
    """``Orders``."""
    bought: StoredTable
    """``OrderItems``."""
    reversals: StoredTable
    """``Reversals``."""

    def of_days(self, visitors: pl.DataFrame, days: Days) -> PersonEvents:
        """Return what people did on some days."""
        return self._of_people(lambda stored, *asked: stored.lazy(days, *asked), visitors)

    def matching(self, keys: pl.DataFrame, visitors: pl.DataFrame) -> PersonEvents:
        """Return what people did in the rows that agree with the keys: some visitors', or some days'."""
        return self._of_people(_agreeing(keys), visitors)

    def orders_until(self, day: date, visitors: pl.DataFrame) -> pl.LazyFrame:
        """Return the orders of all people up to the end of a day, as ``PersonEvents.orders``."""
        return _orders(lambda stored, *asked: stored.lazy(Days(date.min, day), *asked), self.orders, visitors)

    def orders_matching(self, keys: pl.DataFrame, visitors: pl.DataFrame) -> pl.LazyFrame:
        """Return the orders that agree with the keys, as ``PersonEvents.orders``."""
        return _orders(_agreeing(keys), self.orders, visitors)

    def reversals_matching(self, keys: pl.DataFrame, visitors: pl.DataFrame) -> pl.LazyFrame:
        """Return the reversals that agree with the keys, as ``PersonEvents.reversals``."""
        found = _dated(_agreeing(keys)(self.reversals, REVERSAL_COLUMNS, None))
        return of_persons(found, visitors, "event_at")

    def buyers_until(self, day: date, visitors: pl.DataFrame) -> pl.DataFrame:
        """Return those of some visitors (``visitor_id``) who have an order or a reversal up to the end of a day."""
        found = [
            _dated(stored.matching(visitors, columns).lazy())
            for stored, columns in ((self.orders, ORDER_COLUMNS), (self.reversals, REVERSAL_COLUMNS))
        ]
        until = [rows.filter(pl.col("event_date") <= day).select("visitor_id") for rows in found]
        return pl.concat(until).unique().collect()

    def people_of_items(self, items: pl.DataFrame, visitors: pl.DataFrame) -> pl.Series:
        """Return person_id of the people whose item lines, looked at or bought, name one of the items (``item_id``)."""
        looked_at = self.lines.matching(items, ("visitor_id", "event_at")).lazy()
        bought = _dated(self.bought.matching(items, ("visitor_id", "ordered_at")).lazy())
        found = of_persons(pl.concat([looked_at, bought]), visitors, "event_at")
        people: pl.Series = found.select("person_id").unique().collect()["person_id"]
        return people

    def visits_and_answers(self, visitors: pl.DataFrame, days: Days) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        """Return the sessions and the daily activity of social events of some days, with person_id."""
        day = pl.date_range(days.first, days.last, eager=True).alias("event_date").to_frame()
        keys = day.join(pl.DataFrame({"event_name": SOCIAL_EVENTS}), how="cross")
        social = self.activity.matching(keys, ACTIVITY_COLUMNS)
        return (
            of_persons(self.visits.lazy(days, VISIT_COLUMNS), visitors, "started_at"),
            of_persons(social.lazy(), visitors, "first_event_at"),
        )

    def states(self, until: date) -> dict[date, InputState]:
        """Return rows and fingerprint of each day up to ``until``, all tables together."""
        rows: dict[date, int] = {}
        hashes: dict[date, list[str]] = {}
        stored = (self.activity, self.visits, self.lines, self.events, self.orders, self.bought, self.reversals)
        names = {one.table.qualified_name: one.table.name for one in stored}
        for commit in current_commits(self.activity.warehouse):
            if commit.table_name in names and commit.day is not None and commit.day <= until and commit.rows:
                rows[commit.day] = rows.get(commit.day, 0) + commit.rows
                # Commits are in the order of table names, and each hash has its table's: a day with equal rows has an
                # equal fingerprint, and rows of one table never stand for those of another.
                hashes.setdefault(commit.day, []).append(f"{names[commit.table_name]}:{commit.row_hash:016x}")
        return {day: InputState(rows[day], " ".join(hashes[day])) for day in rows}

    def _of_people(self, read: _Read, visitors: pl.DataFrame) -> PersonEvents:
        # What shop and web tell of orders is in the tables of orders, once. Lines that say nothing, such as those of
        # orders and of lists that were shown, are half of all or more: they are left in the file.
        lines = read(self.lines, LINE_COLUMNS, LOOKED_AT)
        done = of_persons(read(self.events, EVENT_COLUMNS, None), visitors, "event_at")
        activity = of_persons(read(self.activity, ACTIVITY_COLUMNS, None), visitors, "first_event_at")
        return PersonEvents(
            # Collected once, because most tables are made of it. It has a row per person and day, not per event.
            activity=activity.collect(engine="streaming").lazy(),
            visits=of_persons(read(self.visits, VISIT_COLUMNS, None), visitors, "started_at"),
            lines=of_persons(lines, visitors, "event_at"),
            contents=done.filter(pl.col("content_group").is_not_null()),
            places=places_of_days(done).collect(engine="streaming").lazy(),
            orders=_orders(read, self.orders, visitors),
            bought=of_persons(_dated(read(self.bought, BOUGHT_COLUMNS, None)), visitors, "event_at"),
            reversals=of_persons(_dated(read(self.reversals, REVERSAL_COLUMNS, None)), visitors, "event_at"),
        )


def differing_tables(one: str, other: str) -> set[str]:
    """Return the names of the tables in which two fingerprints of a day differ.

    >>> sorted(differing_tables("daily_activity:00ff orders:1234", "daily_activity:00ff orders:5678 reversals:1a2b"))
    ['orders', 'reversals']
    """
    return {part.split(":")[0] for part in {*one.split()} ^ {*other.split()}}


def _agreeing(keys: pl.DataFrame) -> _Read:
    """Return a reading of the rows that agree with the keys, whose day is named ``event_date`` for every table."""

    def read(stored: StoredTable, columns: Sequence[str], more: pl.DataFrame | None) -> pl.LazyFrame:
        of_table = keys.rename({"event_date": stored.table.partition_by or ""}, strict=False)
        wanted = of_table if more is None else of_table.join(more, how="cross")
        return stored.matching(wanted, columns).lazy()

    return read


def _orders(read: _Read, orders: StoredTable, visitors: pl.DataFrame) -> pl.LazyFrame:
    # Pending, failed and test orders are no orders of anybody: their buyer must not count as one.
    counted = read(orders, ORDER_COLUMNS, None).filter("counts").drop("counts")
    return of_persons(_dated(counted), visitors, "event_at")


def _dated(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return rows of orders, their items or reversals with day and instant named as those of events are."""
    return rows.rename(_AS_EVENTS, strict=False)
