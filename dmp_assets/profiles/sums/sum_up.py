"""The sums that profiles are made of: of all days at once, or those of the days before and the days since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.profiles.affinities import sum_interests
from dmp_assets.profiles.favourites import sum_favourites
from dmp_assets.profiles.history import sum_months
from dmp_assets.profiles.interests import build_interests
from dmp_assets.profiles.places import build_places
from dmp_assets.profiles.sums.attributes import of_activity, of_contents, of_lines, of_visits
from dmp_assets.profiles.sums.facts import build_facts, by_person_and_day
from dmp_assets.profiles.touches import build_touches


@dataclass(frozen=True)
class PersonEvents:
    """What people did on some days: tables of events with person_id."""

    activity: pl.LazyFrame
    """``DailyActivity``."""
    visits: pl.LazyFrame
    """``Sessions``."""
    lines: pl.LazyFrame
    """``EventItems``."""
    contents: pl.LazyFrame
    """``CleanedEvents`` with a content group."""
    places: pl.LazyFrame
    """``CleanedEvents`` with a country or a city, the newest of each person, day, source and place."""

    def seen_on(self) -> pl.LazyFrame:
        """Return person_id and event_date of everything that somebody did."""
        seen: pl.LazyFrame = pl.concat([rows.select("person_id", "event_date") for rows in vars(self).values()])
        return seen

    def until(self, day: date) -> "PersonEvents":
        """Return what of it was done by the end of a day."""
        return PersonEvents(**{name: rows.filter(pl.col("event_date") <= day) for name, rows in vars(self).items()})

    def people(self) -> pl.Series:
        """Return the person_id of everybody who did something, sorted."""
        seen = self.seen_on().select("person_id").unique().sort("person_id")
        people: pl.Series = seen.collect(engine="streaming")["person_id"]
        return people


@dataclass(frozen=True)
class Sums:
    """The running sums of some people; all of a person's rows or none."""

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
    """Return what is to be added to the sums: what people did since, and all that moved people ever did.

    Args:
        new: What people did on the days since.
        past: What moved people did on the days before, by the persons of now; what others did is left out.
        moved: ``moved_people``, whose sums are not built on.
    """
    wanted = moved.to_frame().lazy()
    return PersonEvents(
        **{
            name: pl.concat([rows, getattr(past, name).join(wanted, on="person_id", how="semi")])
            for name, rows in vars(new).items()
        }
    )


def sum_up(
    behaviour: PersonEvents,
    raw_items: pl.DataFrame,
    as_of_date: date,
    half_life_days: float,
    window_days: int,
    before: Sums | None = None,
) -> Sums:
    """Return the sums of the people who did something, and of those in ``before``.

    Args:
        behaviour: What people did on all days, or on those after ``before``.
        raw_items: ``RawItems``, for the brands.
        as_of_date: Last day that counts.
        half_life_days: Age at which something counts half, above 0.
        window_days: Length of the windows that affinities are counted in.
        before: The people's sums of all days before; everybody with an earlier day must be there, none with a later.

    ``sum_up(all days) == sum_up(later days, before=sum_up(earlier days))``, decayed sums to the last bits, of which no
    table made of them tells.
    """
    earlier = {} if before is None else {name: frame.lazy() for name, frame in vars(before).items()}
    person_days = by_person_and_day(behaviour.activity, as_of_date).collect(engine="streaming").lazy()
    attributes: Mapping[str, pl.LazyFrame] = {
        **of_activity(behaviour.activity),
        **of_lines(behaviour.lines, raw_items),
        **of_contents(behaviour.contents),
        **of_visits(behaviour.visits),
    }
    queries = [
        build_facts(person_days, behaviour.visits, behaviour.seen_on(), as_of_date, earlier.get("facts")),
        sum_interests(attributes, as_of_date, half_life_days, window_days, earlier.get("interest_sums")),
        sum_favourites(attributes, as_of_date, half_life_days, earlier.get("favourite_sums")),
        sum_months(person_days, earlier.get("months")),
        build_touches(behaviour.visits, as_of_date, earlier.get("touches")),
        build_places(behaviour.places, as_of_date, earlier.get("places")),
    ]
    facts, interests, favourites, months, touches, places = pl.collect_all(queries, engine="streaming")
    # Known with the facts, so that nobody else's favourites are read again when a day is added.
    facts = facts.join(build_interests(favourites.lazy()), on="person_id", how="left")
    return Sums(facts, interests, favourites, months, touches, places)
