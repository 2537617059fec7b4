"""Item lines in the shape of their table, from a few values."""

from datetime import date, datetime, time
from decimal import Decimal

import polars as pl

from dmp_assets.events.schema import EventItems

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
