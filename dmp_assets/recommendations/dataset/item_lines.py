"""One frame of what people did with items: what was bought, and the lines of all other events."""

import polars as pl

from dmp_assets.events.schema import CANCELLATION
from dmp_assets.orders.schema import ORDERED, REVERSED

EVENT_COLUMNS = ("event_date", "event_at", "event_id", "event_name", "visitor_id", "item_id")
ORDER_COLUMNS = ("order_date", "ordered_at", "order_id", "visitor_id", "item_id")

OF_ORDERS = (ORDERED, REVERSED, CANCELLATION)
"""Events that report an order or take it back: the tables of orders say what was bought. What was taken back is no
interest."""


def item_lines(event_items: pl.LazyFrame, order_items: pl.LazyFrame) -> pl.LazyFrame:
    """Return the lines of orders and those of all events that report none.

    Args:
        event_items: ``EVENT_COLUMNS`` of ``EventItems``, or some of them: event_name always.
        order_items: ``ORDER_COLUMNS`` of ``OrderItems``, or some of them.

    Columns: event_date, event_at, order_id (null on events), event_id and event_name (null on bought lines), is_bought,
    visitor_id, item_id. An order is bought once, however many events and files report it.

    >>> from datetime import datetime as t
    >>> day = {"event_date": t(2024, 5, 1).date(), "event_at": t(2024, 5, 1), "visitor_id": "user_id:u"}
    >>> events = pl.LazyFrame([day | {"event_id": n, "event_name": name, "item_id": "tea"}
    ...     for n, name in [("e1", "view_item"), ("e2", ORDERED), ("e3", ORDERED)]])
    >>> orders = pl.LazyFrame([{"order_date": day["event_date"], "ordered_at": day["event_at"], "order_id": "shop:1",
    ...     "visitor_id": "user_id:u", "item_id": "tea"}])
    >>> item_lines(events, orders).select("order_id", "event_name", "is_bought").collect().rows()
    [('shop:1', None, True), (None, 'view_item', False)]
    """
    bought = order_items.rename({"order_date": "event_date", "ordered_at": "event_at"}, strict=False)
    others = event_items.filter(~pl.col("event_name").is_in(OF_ORDERS))
    both = [bought.with_columns(is_bought=pl.lit(value=True)), others.with_columns(is_bought=pl.lit(value=False))]
    return pl.concat(both, how="diagonal")
