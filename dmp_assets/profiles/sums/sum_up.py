"""The sums that profiles are made of: of all days at once, or stored sums plus the days since."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.profiles.affinities import sum_interests
from dmp_assets.profiles.favourites import sum_favourites
from dmp_assets.profiles.history import sum_months
from dmp_assets.profiles.interests import build_interests
from dmp_assets.profiles.places import build_places
from dmp_assets.profiles.sums.attributes import (
    of_activity,
    of_contents,
    of_products,
    of_visits,
    product_lines,
    together,
    without,
)
from dmp_assets.profiles.sums.facts import build_facts, by_person_and_day
from dmp_assets.profiles.touches import build_touches


@dataclass(frozen=True)
class PersonEvents:
    """The events and orders of people on some days, with person_id; the day is event_date in all of them."""

    activity: pl.LazyFrame
    """``DailyActivity``."""
    visits: pl.LazyFrame
    """``Sessions``."""
    lines: pl.LazyFrame
    """``EventItems`` of events with a weight, but for orders."""
    contents: pl.LazyFrame
    """``CleanedEvents`` with a content group."""
    places: pl.LazyFrame
    """``CleanedEvents`` with a country or a city, the newest of each person, day, source and place."""
    orders: pl.LazyFrame
    """``Orders`` that count."""
    bought: pl.LazyFrame
    """``OrderItems``."""
    reversals: pl.LazyFrame
    """``Reversals``."""

    @property
    def tables(self) -> dict[str, pl.LazyFrame]:
        """All tables by name."""
        return dict(vars(self))

    def each(self, change: Callable[[pl.LazyFrame], pl.LazyFrame]) -> "PersonEvents":
        """Return all tables, each of them changed."""
        return PersonEvents(**{name: change(rows) for name, rows in self.tables.items()})

    def seen_on(self) -> pl.LazyFrame:
        """Return person_id and event_date of all rows of all tables."""
        return pl.concat([rows.select("person_id", "event_date") for rows in self.tables.values()])

    def until(self, day: date) -> "PersonEvents":
        """Return the rows up to the end of a day."""
        return self.each(lambda rows: rows.filter(pl.col("event_date") <= day))

    def people(self) -> pl.Series:
        """Return the person_id of all people who did anything, sorted."""
        seen = self.seen_on().select("person_id").unique().sort("person_id")
        people: pl.Series = seen.collect(engine="streaming")["person_id"]
        return people


@dataclass(frozen=True)
class Sums:
    """The sums of some people; all of a person's rows or none."""

    facts: pl.DataFrame
    """One row per person: counts, sums in units of money, first and last moments, order days, top categories."""
    interest_sums: pl.DataFrame
    """One row per person, attribute and value: closed_interest, and weighted of the open window."""
    favourite_sums: pl.DataFrame
    """One row per person, attribute and value: decayed amount, as of valued_on."""
    months: pl.DataFrame
    """One row per person and month_end: orders, revenue in units of money and last_order_date."""
    touches: pl.DataFrame
    """``Touches``."""
    places: pl.DataFrame
    """``Places``."""


def added(new: PersonEvents, past: PersonEvents, moved: pl.Series) -> PersonEvents:
    """Return the events to add to the sums: what people did since, and all that moved people ever did.

    Args:
        new: What people did on the days since.
        past: What moved people did on the days before, by the persons of now; what others did is left out.
        moved: ``moved_people``, whose stored sums are not used.
    """
    # A shared visitor of a moved person has events of others too, which are in their sums already.
    wanted = moved.to_frame().lazy()
    theirs = past.each(lambda rows: rows.join(wanted, on="person_id", how="semi"))
    return PersonEvents(**{name: pl.concat([rows, theirs.tables[name]]) for name, rows in new.tables.items()})


def sum_up(
    did: PersonEvents,
    raw_items: pl.DataFrame,
    as_of_date: date,
    half_life_days: float,
    window_days: int,
    before: Sums | None = None,
    time_zone: str = "UTC",
    blocked: Collection[str] = (),
) -> Sums:
    """Return the sums of the people who did something, and of those in ``before``.

    Args:
        did: What people did on all days, or on those after ``before``.
        raw_items: ``RawItems``, for brands and categories.
        as_of_date: Last day that counts.
        half_life_days: Age at which something counts half, above 0.
        window_days: Length of the windows that affinities are counted in.
        before: The people's sums of all days before those of ``did``. A person who is missing loses the past, and a day
            that is in both counts twice.
        time_zone: Zone of the business's clocks.
        blocked: Categories that are no interest of anybody; the same in ``before``.

    ``sum_up(all days) == sum_up(later days, before=sum_up(earlier days))``. Decayed sums may differ in their last bits,
    which no table made of them shows. The same days in the same steps give the same bits.
    """
    person_days = by_person_and_day(did.activity, did.orders, did.reversals, as_of_date)
    products = product_lines(did.lines, did.bought, raw_items)
    # Collected once, because several sums read them: of lines whose persons and products are looked up for each sum,
    # the sums cost a third more. A row has 36 bytes.
    person_days, products = (rows.collect(engine="streaming").lazy() for rows in (person_days, products))
    attributes = together(
        of_activity(did.activity),
        of_products(products),
        of_contents(did.contents),
        of_visits(did.visits, time_zone),
    )
    attributes = without(attributes, blocked)
    # Activity, orders and reversals are in ``person_days`` once a day, and bought lines lie on the days of orders.
    seen = (person_days, products, did.visits, did.contents, did.places)
    seen_on = pl.concat([rows.select("person_id", "event_date") for rows in seen])
    earlier_facts = _earlier(before, lambda sums: sums.facts)
    facts = build_facts(person_days, did.visits, seen_on, as_of_date, earlier_facts).collect(engine="streaming")
    oldest = (as_of_date - _first_day(facts, as_of_date)).days
    earlier_interests = _earlier(before, lambda sums: sums.interest_sums)
    earlier_favourites = _earlier(before, lambda sums: sums.favourite_sums)
    queries = [
        sum_interests(attributes, as_of_date, half_life_days, window_days, earlier_interests, oldest),
        sum_favourites(attributes, as_of_date, half_life_days, earlier_favourites, oldest),
        sum_months(person_days, _earlier(before, lambda sums: sums.months)),
        build_touches(did.visits, as_of_date, _earlier(before, lambda sums: sums.touches)),
        build_places(did.places, as_of_date, _earlier(before, lambda sums: sums.places)),
    ]
    # One by one: together they cost a tenth more, and hold what they share all at once.
    interests, favourites, months, touches, places = (rows.collect(engine="streaming") for rows in queries)
    # Stored with the facts, so that a further day reads the favourites of its own people only.
    facts = facts.join(build_interests(favourites.lazy()), on="person_id", how="left")
    return Sums(facts, interests, favourites, months, touches, places)


def _first_day(facts: pl.DataFrame, as_of_date: date) -> date:
    first = facts["active_dates"].list.min().min()
    return first if isinstance(first, date) else as_of_date


def _earlier(before: Sums | None, table: Callable[[Sums], pl.DataFrame]) -> pl.LazyFrame | None:
    return None if before is None else table(before).lazy()
