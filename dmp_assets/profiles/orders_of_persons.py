"""Whose each order is, and which of the person's orders."""

from datetime import date

import polars as pl

from dmp_assets.profiles.schema.orders import OrdersOfPersons
from dmp_assets.profiles.sums.moved import changed_rows

ORDER_COLUMNS = ("event_date", "event_at", "order_id", "person_id", "items", "discounts", "net_sales")
"""Columns of ``PersonEvents.orders`` that the table is made of: all that profiles make of an order but its lines."""

_NAMES = {"event_date": "order_date", "event_at": "ordered_at"}


def build_orders_of_persons(orders: pl.LazyFrame, as_of_date: date) -> pl.DataFrame:
    """Return the orders of some people, numbered by person (``OrdersOfPersons``), sorted by person and number.

    Args:
        orders: Rows of ``PersonEvents.orders``: all orders that count of these people, in any order.
        as_of_date: Last day that counts.

    Orders of one instant go by order_id, so that a number does not depend on the order of rows.

    >>> from datetime import datetime as t
    >>> orders = pl.LazyFrame({
    ...     "event_date": [date(2024, 5, 9), date(2024, 5, 2), date(2024, 5, 2)],
    ...     "event_at": [t(2024, 5, 9), t(2024, 5, 2, 8), t(2024, 5, 2, 8)],
    ...     "order_id": ["c", "b", "a"], "person_id": ["p", "p", "p"], "items": [1, 1, 1],
    ...     "discounts": [0, 0, 0], "net_sales": [1, 2, 3]})
    >>> made = build_orders_of_persons(orders, date(2024, 5, 31))
    >>> made.select("order_id", "order_number", "days_since_last_order").rows()
    [('a', 1, None), ('b', 2, 0), ('c', 3, 7)]
    """
    key = ["person_id", "event_at", "order_id"]
    counted = orders.filter(pl.col("event_date") <= as_of_date).select(ORDER_COLUMNS)
    in_order = counted.sort(key)
    day = pl.col("event_date")
    numbered = in_order.with_columns(
        order_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("person_id"),
        days_since_last_order=(day - day.shift(1).over("person_id")).dt.total_days(),
    )
    made = numbered.rename(_NAMES).with_columns(
        pl.col("person_id").cast(pl.String), is_first_order=pl.col("order_number") == 1
    )
    return made.select(*OrdersOfPersons.to_schema().columns).collect(engine="streaming")


def buyers_of_changed_orders(were: pl.DataFrame, orders: pl.LazyFrame) -> pl.Series:
    """Return person_id of the buyers of orders that were added, removed, changed or are another person's now.

    Args:
        were: ``OrdersOfPersons`` of some days, as stored.
        orders: Rows of ``PersonEvents.orders`` of the same days now.
    """
    removed, added = changed_rows(were, orders.select(ORDER_COLUMNS).rename(_NAMES).collect())
    return pl.concat([removed["person_id"], added["person_id"]]).unique().sort()
