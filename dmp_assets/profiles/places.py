"""Where each person was seen: countries and cities of events, each at its newest time."""

from datetime import date

import polars as pl

from dmp_assets.profiles.schema.statements import GEOGRAPHY

_KEY = ("person_id", "field", "value", "source")


def places_of_days(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the newest event of each person, day, source and place.

    These are a few rows a day for each person, in place of all events.

    Args:
        events: ``CleanedEvents`` with person_id.
    """
    placed = events.filter(pl.any_horizontal(pl.col(GEOGRAPHY).is_not_null()))
    return placed.group_by("person_id", "event_date", "source", *GEOGRAPHY).agg(pl.col("event_at").max())


def build_places(seen: pl.LazyFrame, as_of_date: date, before: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Return each country and city of each person (``Places``).

    Args:
        seen: Rows of ``places_of_days``, or events with the same columns.
        as_of_date: Last day that counts.
        before: The same people's places of the days before; None where these are all days.

    observed_at is the newest time that the source saw the person there.
    """
    counted = seen.filter(pl.col("event_date") <= as_of_date, pl.col("person_id").is_not_null())
    found = [
        counted.filter(pl.col(field).is_not_null()).select(
            "person_id", pl.lit(field).alias("field"), pl.col(field).alias("value"), "source", observed_at="event_at"
        )
        for field in GEOGRAPHY
    ]
    if before is not None:
        found.append(before.select(*_KEY, "observed_at"))
    return pl.concat(found).group_by(_KEY).agg(pl.col("observed_at").max())
