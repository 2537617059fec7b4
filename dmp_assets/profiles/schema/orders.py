"""Table of whose each order is, and the person's how manieth."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, MoneySum
from dmp_assets.foundation.values.contracts import TableContract


class OrdersOfPersons(TableContract, table="profiles.orders_of_persons", key=("order_id",), subject=("person_id",)):
    """The orders of each person, numbered.

    One row per order that counts and has a person: whose it is, and which of the person's orders.

    orders.orders knows no persons, so that a merge of persons rewrites no order.
    """

    order_id: str = pa.Field(description="The order in orders.orders.")
    person_id: str = pa.Field(description="The buyer, by the persons of today.")
    order_date: pl.Date = pa.Field(description="Day of the order, in the business's calendar.")
    ordered_at: Instant = pa.Field(description="When it was ordered (UTC).")
    order_number: pl.Int64 = pa.Field(ge=1, description="1 for the person's first order, by ordered_at, then order_id.")
    is_first_order: pl.Boolean = pa.Field(description="Whether it is the person's first: the buyer is new.")
    days_since_last_order: pl.Int64 = pa.Field(
        nullable=True, ge=0, description="Days from the day of the person's order before; null for the first."
    )
    items: pl.Int64 = pa.Field(ge=0, description="Item lines, as in orders.orders.")
    discounts: MoneySum = pa.Field(description="As in orders.orders, base currency.")
    net_sales: MoneySum = pa.Field(description="As in orders.orders: before reversals, base currency.")
