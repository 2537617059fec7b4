"""Daily rollups, facts and visits in the shape that features are built from, out of a few values."""

from datetime import date, datetime, time

import polars as pl

from dmp_assets.orders.schema import ORDERED, REVERSED
from dmp_assets.profiles.favourites import FAVOURITE_ATTRIBUTES
from dmp_assets.profiles.schema.interests import AFFINITY_ATTRIBUTES
from dmp_assets.profiles.sums.attributes import EVENT_WEIGHTS, Attributes
from dmp_assets.profiles.sums.facts import build_facts, by_person_and_day
from dmp_assets_tests.profiles.support.bought import Row, orders, reversals

DAY = date(2026, 6, 30)

AttributeRow = tuple[str, date, str, str, str, int]
VisitRow = tuple[str, date, int, int]


def activity(rows: list[Row]) -> pl.LazyFrame:
    """Return daily activity of the rows that are neither orders nor reversals."""
    columns = ["person_id", "event_date", "event_name", "item_category", "events"]
    types = [pl.String, pl.Date, pl.String, pl.String, pl.Int64]
    read = [row[:5] for row in rows if row[2] not in (ORDERED, REVERSED)]
    frame = pl.DataFrame(read, schema=dict(zip(columns, types, strict=True)), orient="row")
    at = pl.col("event_date").cast(pl.Datetime("us"))
    items = (pl.col("item_category") != "").cast(pl.Int64)
    return frame.with_columns(items=items, first_event_at=at, last_event_at=at).lazy()


def facts(rows: list[Row], seen: pl.LazyFrame | None = None, day: date = DAY) -> pl.LazyFrame:
    """Return ``Sums.facts`` of what persons did, and of visits."""
    came = visits([]) if seen is None else seen
    did = (activity(rows), orders(rows), reversals(rows))
    seen_on = pl.concat([frame.select("person_id", "event_date") for frame in (*did, came)])
    return build_facts(by_person_and_day(*did, day), came, seen_on, day)


def attributes(rows: list[AttributeRow]) -> Attributes:
    """Return what (person_id, day, attribute, value, event name, events) say, weighed as the attribute is."""
    columns = ["person_id", "event_date", "attribute", "value", "event_name", "events"]
    types = [pl.String, pl.Date, pl.String, pl.String, pl.String, pl.Int64]
    frame = pl.DataFrame(rows, schema=dict(zip(columns, types, strict=True)), orient="row").lazy()
    weight = pl.col("event_name").replace_strict(dict(EVENT_WEIGHTS), default=0, return_dtype=pl.Int64)
    by_events = pl.col("attribute").is_in(["channel_group", "day_part", "platform", "spend_category"])
    weighted = pl.col("events") * pl.when(by_events).then(1).otherwise(weight)
    said = frame.with_columns(pl.col("value").cast(pl.Categorical), weighted=weighted).filter(pl.col("weighted") > 0)
    names = {*AFFINITY_ATTRIBUTES, *FAVOURITE_ATTRIBUTES}
    return {name: said.filter(attribute=name).select("person_id", "event_date", "value", "weighted") for name in names}


def visits(rows: list[VisitRow], **columns: object) -> pl.LazyFrame:
    """Return visits of (person_id, day, page views, events), at nine; ``columns`` replace values of all of them."""
    usual = {
        "started_at": None,
        "duration_seconds": 60,
        "is_engaged": True,
        "kind": "session",
        "is_server_side": False,
        "channel_group": "Direct",
        "platform": "web",
        "mkt_source": None,
        "mkt_medium": None,
        "mkt_campaign": None,
    }
    described = [
        {
            **usual,
            "event_date": day,
            "person_id": person,
            "session_id": f"{person}-{place}",
            "page_views": page_views,
            "events": events,
            "started_at": datetime.combine(day, time(9)),
            **columns,
        }
        for place, (person, day, page_views, events) in enumerate(rows)
    ]
    text, number = pl.String, pl.Int64
    schema = {
        "event_date": pl.Date,
        "session_id": text,
        "person_id": text,
        "started_at": pl.Datetime("us"),
        "duration_seconds": number,
        "page_views": number,
        "events": number,
        "is_engaged": pl.Boolean,
        "kind": text,
        "is_server_side": pl.Boolean,
        "channel_group": text,
        "platform": text,
        "mkt_source": text,
        "mkt_medium": text,
        "mkt_campaign": text,
    }
    return pl.DataFrame(described, schema=schema).lazy()


def seen(done: pl.LazyFrame) -> pl.DataFrame:
    """Return whoever did something by the as-of day."""
    known = done.filter(pl.col("event_date") <= DAY, pl.col("person_id").is_not_null())
    return known.select("person_id").unique().collect()
