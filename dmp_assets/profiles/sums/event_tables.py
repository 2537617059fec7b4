"""What people did, read from the tables of events: on some days, or by some visitors."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.inputs import InputState
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import StoredTable, current_commits
from dmp_assets.foundation.warehouse.write import Days
from dmp_assets.profiles.engagement import SOCIAL_EVENTS
from dmp_assets.profiles.places import places_of_days
from dmp_assets.profiles.sums.sum_up import PersonEvents

ACTIVITY_COLUMNS = (
    "event_date",
    "visitor_id",
    "event_name",
    "item_category",
    "events",
    "items",
    "revenue",
    "discount",
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


@dataclass(frozen=True)
class EventTables:
    """The tables of events that profiles are made of."""

    activity: StoredTable
    """``DailyActivity``."""
    visits: StoredTable
    """``Sessions``."""
    lines: StoredTable
    """``EventItems``."""
    events: StoredTable
    """``CleanedEvents``."""

    def of_days(self, visitors: pl.DataFrame, days: Days) -> PersonEvents:
        """Return what people did on some days."""
        return _of_people(
            self.activity.lazy(days, ACTIVITY_COLUMNS),
            self.visits.lazy(days, VISIT_COLUMNS),
            self.lines.lazy(days, LINE_COLUMNS),
            self.events.lazy(days, EVENT_COLUMNS),
            visitors,
        )

    def matching(self, keys: pl.DataFrame, visitors: pl.DataFrame) -> PersonEvents:
        """Return what people did in the rows that agree with the keys: some visitors', or some days'."""
        return _of_people(
            self.activity.matching(keys, ACTIVITY_COLUMNS).lazy(),
            self.visits.matching(keys, VISIT_COLUMNS).lazy(),
            self.lines.matching(keys, LINE_COLUMNS).lazy(),
            self.events.matching(keys, EVENT_COLUMNS).lazy(),
            visitors,
        )

    def people_of_items(self, items: pl.DataFrame, visitors: pl.DataFrame) -> pl.Series:
        """Return person_id of the people whose item lines name one of the items (``item_id``)."""
        found = of_persons(self.lines.matching(items, ("visitor_id", "event_at")).lazy(), visitors, "event_at")
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
        tables = [stored.table for stored in (self.activity, self.visits, self.lines, self.events)]
        names = {table.qualified_name: table.name for table in tables}
        for commit in current_commits(self.activity.warehouse):
            if commit.table_name in names and commit.day is not None and commit.day <= until and commit.rows:
                rows[commit.day] = rows.get(commit.day, 0) + commit.rows
                # Commits are in the order of table names, and each hash has its table's: a day with equal rows has an
                # equal fingerprint, and rows of one table never stand for those of another.
                hashes.setdefault(commit.day, []).append(f"{names[commit.table_name]}:{commit.row_hash:016x}")
        return {day: InputState(rows[day], " ".join(hashes[day])) for day in rows}


def _of_people(
    activity: pl.LazyFrame, visits: pl.LazyFrame, lines: pl.LazyFrame, events: pl.LazyFrame, visitors: pl.DataFrame
) -> PersonEvents:
    done = of_persons(events, visitors, "event_at")
    return PersonEvents(
        # Collected once, because most tables are made of it. It has a row per person and day, not per event.
        of_persons(activity, visitors, "first_event_at").collect(engine="streaming").lazy(),
        of_persons(visits, visitors, "started_at"),
        of_persons(lines, visitors, "event_at"),
        done.filter(pl.col("content_group").is_not_null()),
        places_of_days(done).collect(engine="streaming").lazy(),
    )
