"""Item lines in the shape that recommendations are made from, and rows of the tables that they come from."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from dmp_assets.events.schema import EventItems
from dmp_assets.orders.schema import ORDERED, OrderItems
from dmp_assets.recommendations.dataset.item_lines import item_lines
from dmp_assets_tests.profiles.support.factories import shaped

DAY = date(2026, 6, 30)
Line = tuple[str | None, str, date]

NONE = pl.lit(0)
EVENT_MONEY = ("item_revenue", "retail_discount", "coupon_discount", "coupon_match_discount")
ORDER_MONEY = ("gross_sales", "discounts", "net_sales")


def lines(rows: list[Line], event_name: str = ORDERED) -> pl.DataFrame:
    """Return the item lines of persons from (person_id, item_id, day): bought, or of another event."""
    ordered = rows if event_name == ORDERED else []
    both = item_lines(event_items(rows, event_name).lazy(), order_items(ordered).lazy())
    return both.collect().rename({"visitor_id": "person_id"}).drop_nulls("person_id")


def event_items(rows: list[Line], event_name: str) -> pl.DataFrame:
    """Return the lines of events (``EventItems``) from (visitor_id, item_id, day), each an event."""
    of_event = {"event_id": pl.format("{}{}", pl.lit(event_name), pl.row_index()), "event_name": pl.lit(event_name)}
    renamed = _rows(rows).rename({"day": "event_date", "at": "event_at"})
    return EventItems.validate(shaped(renamed.with_columns(**of_event, **dict.fromkeys(EVENT_MONEY, NONE)), EventItems))


def order_items(rows: list[Line]) -> pl.DataFrame:
    """Return the lines of orders (``OrderItems``) from (visitor_id, item_id, day), each an order."""
    of_order = {"order_id": pl.format("shop:{}", pl.row_index())}
    renamed = _rows(rows).rename({"day": "order_date", "at": "ordered_at"})
    return OrderItems.validate(shaped(renamed.with_columns(**of_order, **dict.fromkeys(ORDER_MONEY, NONE)), OrderItems))


def _rows(rows: list[Line]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"visitor_id": pl.String, "item_id": pl.String, "day": pl.Date}, orient="row")
    noon = pl.col("day").cast(pl.Datetime("us")) + timedelta(hours=12)
    return frame.with_columns(at=noon, line=pl.lit(1), quantity=pl.lit(1.0))


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
