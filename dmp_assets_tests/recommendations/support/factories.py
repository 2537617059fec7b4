"""Item lines in the shape of their table, from a few values."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from dmp_assets.events.schema import EventItems

DAY = date(2026, 6, 30)
Line = tuple[str | None, str, date]


def lines(rows: list[Line], event_name: str = "purchase") -> pl.DataFrame:
    """Return the item lines of persons from (person_id, item_id, day)."""
    none = Decimal(0)
    frame = pl.DataFrame(
        [
            {
                "event_date": day,
                "event_id": f"{event_name}{place}",
                "line": 1,
                "event_at": datetime.combine(day, time(12)),
                "event_name": event_name,
                "visitor_id": person,
                "item_id": item,
                "quantity": 1.0,
                "item_revenue": none,
                "retail_discount": none,
                "coupon_discount": none,
                "coupon_match_discount": none,
            }
            for place, (person, item, day) in enumerate(rows)
        ],
        schema={name: column.dtype.type for name, column in EventItems.to_schema().columns.items()},
    )
    return EventItems.validate(frame, lazy=True).rename({"visitor_id": "person_id"}).drop_nulls("person_id")


def shoppers(people: int = 60, days: int = 84, seed: int = 1) -> list[Line]:
    """Return purchases of people who each buy two of twenty items again and again, and others now and then."""
    chance = np.random.default_rng(seed)
    rows: list[Line] = []
    for person in range(people):
        own = chance.choice(20, 2, replace=False)
        for day in range(0, days, 7):
            items = {int(own[chance.integers(2)]), int(20 * chance.random() ** 2)}
            rows += [(f"p{person:02}", f"i{item:02}", DAY - timedelta(days=day)) for item in sorted(items)]
    return rows
