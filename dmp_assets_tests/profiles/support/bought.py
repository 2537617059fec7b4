"""Orders, their items and reversals of persons, as profiles read them, out of a few values."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl

from dmp_assets.foundation.values.money import SUM
from dmp_assets.orders.schema import ORDERED, REVERSED

MONEY = SUM
Row = tuple[str, date, str, str, int, str, str]
"""Person, day, name, category, how many, revenue and discount."""

_WHEN = {"person_id": pl.String, "event_date": pl.Date, "event_at": pl.Datetime("us")}
ORDERS = pl.DataFrame(schema=_WHEN | {"order_id": pl.String, "items": pl.Int64, "net_sales": MONEY, "discounts": MONEY})
BOUGHT = pl.DataFrame(
    schema=_WHEN
    | dict.fromkeys(("item_id", "item_brand", "item_category"), pl.String)
    | {"price": MONEY, "quantity": pl.Float64, "net_sales": MONEY}
)
REVERSALS = pl.DataFrame(schema=_WHEN | {"sales_reversals": MONEY})


def orders(rows: list[Row]) -> pl.LazyFrame:
    """Return the orders among the rows, those named ``ORDERED``: as many as each says, the first with its amounts.

    A row of 0 orders is a further item line of the person's last order that day.
    """
    made: list[dict[str, Any]] = []
    for place, (person, day, name, category, many, revenue, discount) in enumerate(rows):
        for number in range(many if name == ORDERED else 0):
            named = {"person_id": person, "event_date": day, "event_at": at(day), "order_id": f"o{place}-{number}"}
            made.append({**named, "items": 0, "net_sales": Decimal(0), "discounts": Decimal(0)})
        if name == ORDERED:
            order = [one for one in made if (one["person_id"], one["event_date"]) == (person, day)][-max(many, 1)]
            order["items"] += int(bool(category))
            order["net_sales"] += Decimal(revenue)
            order["discounts"] += Decimal(discount)
    return pl.DataFrame(made, schema=ORDERS.schema).lazy()


def bought(rows: list[Row]) -> pl.LazyFrame:
    """Return the item line of each row named ``ORDERED``."""
    made = [
        (person, day, at(day), "i", None, category, None, 1.0, Decimal(revenue))
        for person, day, name, category, _, revenue, _ in rows
        if name == ORDERED
    ]
    return pl.DataFrame(made, schema=BOUGHT.schema, orient="row").lazy()


def reversals(rows: list[Row]) -> pl.LazyFrame:
    """Return the reversals among the rows, those named ``REVERSED``: as many as each says, one with its amount."""
    made = [
        (person, day, at(day), -Decimal(revenue) if number == 0 else Decimal(0))
        for person, day, name, _, many, revenue, _ in rows
        if name == REVERSED
        for number in range(many)
    ]
    return pl.DataFrame(made, schema=REVERSALS.schema, orient="row").lazy()


def at(day: date) -> datetime:
    return datetime.combine(day, time(9))
