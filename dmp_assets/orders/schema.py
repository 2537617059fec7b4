"""Tables of orders: what was reported, the orders made of it, their items, and what was taken back."""

import pandera.polars as pa
import polars as pl

from dmp_assets.events.schema import VISITOR
from dmp_assets.foundation.incremental.inputs import AS_OF, DAY, RULES, InputRows
from dmp_assets.foundation.values.columns import Instant, Money, MoneySum
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.ingest.schema.events import ORDER_STATUSES

ORDERED, REVERSED = "purchase", "refund"
"""Names under which the business speaks of orders and reversals as events: in computed traits and in weights."""

SALE, REFUND, CANCELLATION = "sale", "refund", "cancellation"
"""What a report says of its order."""

SHOP, WEB = "shop", "web"
"""Who is believed: a source of kind orders, or events of a site or app."""

WEB_SPACE = "@web"
"""The space of all events that name none, which no source can be named as; of others it begins their space."""

AMBIGUOUS, NO_SHOP_ORDER, CUSTOMERS_DIFFER = "ambiguous_number", "no_shop_order", "customers_differ"
AMOUNTS_DIFFER, SEVERAL_CUSTOMERS, SEVERAL_DAYS = "amounts_differ", "several_customers", "several_days"
REPLACES_ANOTHER = "replaces_another"
LINES_DIFFER, NO_NUMBER, UNKNOWN_STATUS = "lines_and_order_differ", "no_number", "unknown_status"
NUMBER_USED_AGAIN, LINE_OUT_OF_RANGE = "number_used_again", "line_out_of_range"
NO_DATE, TOO_MUCH, NO_AMOUNT = "reversal_date_unknown", "reversed_more_than_sold", "refund_without_amount"
NO_CURRENCY = "refund_without_currency"
"""Flags of orders and reversals."""

RECORD, AMOUNT, EVENT = "record", "order", "web event"
"""How a reversal was told: by a record of its own, by the order's amount or status, or by a web event."""


class OrderReports(
    TableContract,
    table="orders.order_reports",
    key=("event_date", "report_id"),
    days="event_date",
    subject=("visitor_id", "user_id", "anonymous_id", "email"),
):
    """Everything that shop and web said about orders, repetitions too.

    One row per report of an order: a shop's statement of it, or an event of web or app that names it.

    Reports are what was said, repetitions too; orders.orders has what counts.
    """

    event_date: pl.Date = pa.Field(description="Day of the report's own time, in the business's calendar.")
    report_id: str = pa.Field(
        description="Id of the event in events.cleaned_events; of an older statement with its file."
    )
    source: str = pa.Field(description="Source in dmp.yaml.")
    record: str = pa.Field(isin=(SHOP, WEB), description="shop: of a source of kind orders; web: of kind events.")
    report_kind: str = pa.Field(isin=(SALE, REFUND, CANCELLATION), description="What is said of the order.")
    is_standing: pl.Boolean = pa.Field(
        description="Whether it is the newest statement; older ones tell when an order was refunded or cancelled."
    )
    order_space: str = pa.Field(
        description="Where numbers are unique: the source or its order_space; of events @web, or @web/ and order_space."
    )
    store_id: str = pa.Field(nullable=True, description="Store or shop within the space.")
    order_number: str = pa.Field(
        description="Number of the order; of a refund with refunded_order_id that order's. Without one the event's id."
    )
    is_numbered: pl.Boolean = pa.Field(description="Whether the report names an order at all.")
    reported_at: Instant = pa.Field(description="When it happened by the report (UTC).")
    updated_at: Instant = pa.Field(nullable=True, description="When the source last changed the order (UTC).")
    cancelled_at: Instant = pa.Field(nullable=True, description="When the order was cancelled (UTC).")
    refunded_at: Instant = pa.Field(nullable=True, description="When the order was refunded last (UTC).")
    status: str = pa.Field(nullable=True, isin=ORDER_STATUSES, description="Status of the order; null where unknown.")
    visitor_id: str = pa.Field(nullable=True, description=f"{VISITOR} Null for bots, and without any identifier.")
    user_id: str = pa.Field(nullable=True, description="Account that the report names.")
    anonymous_id: str = pa.Field(nullable=True, description="Device or cookie id.")
    email: str = pa.Field(nullable=True, description="E-mail address, case-folded.")
    session_id: str = pa.Field(nullable=True, description="Session that a web event is in (events.sessions).")
    channel_group: str = pa.Field(nullable=True, description="Channel of that session, else of the event.")
    mkt_source: str = pa.Field(nullable=True, description="Source of the same.")
    mkt_medium: str = pa.Field(nullable=True, description="Medium of the same.")
    mkt_campaign: str = pa.Field(nullable=True, description="Campaign of the same.")
    platform: str = pa.Field(nullable=True, description="web, ios, android, ...")
    campaign_id: str = pa.Field(nullable=True, description="Campaign that the source names.")
    coupon: str = pa.Field(nullable=True, description="Coupon code.")
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of amounts as given; null: base currency.")
    exchange_rate: pl.Float64 = pa.Field(nullable=True, gt=0, description="Base currency per unit of currency.")
    given_sales: MoneySum = pa.Field(description="Sum of the lines as given, in currency; positive on refunds.")
    line_sales: MoneySum = pa.Field(
        description="Sum of what was paid for the lines, base currency; positive on refunds."
    )
    line_discounts: MoneySum = pa.Field(description="Sum of the lines' discounts, base currency.")
    coupon_discounts: MoneySum = pa.Field(description="Those of coupons among them, base currency.")
    items: pl.Int64 = pa.Field(ge=0, description="Item lines.")
    quantity: pl.Float64 = pa.Field(description="Units over all lines; positive on refunds.")
    order_revenue: Money = pa.Field(
        nullable=True, description="The order's own revenue, before shipping and tax, base currency."
    )
    order_discount: Money = pa.Field(nullable=True, description="Discount on the whole order, base currency.")
    shipping: Money = pa.Field(nullable=True, description="Shipping of the order, base currency.")
    taxes: Money = pa.Field(nullable=True, description="Tax of the order, base currency.")
    order_total: Money = pa.Field(nullable=True, description="What is to be paid for the order, base currency.")
    is_tax_included: pl.Boolean = pa.Field(nullable=True, description="Whether prices include the tax.")
    refunded_amount: Money = pa.Field(
        nullable=True, description="What was paid back of the order so far, base currency at the order's rate."
    )
    is_single_line: pl.Boolean = pa.Field(
        description="Whether the event names one item at most and no amount of the order: a log with a line per item."
    )
    item_id: str = pa.Field(nullable=True, description="The item of such a line.")
    flags: str = pa.Field(nullable=True, description="Declared rules that the report breaks, comma separated.")


class Orders(
    TableContract,
    table="orders.orders",
    key=("order_id",),
    days="order_date",
    subject=("visitor_id", "user_id", "anonymous_id", "email"),
):
    """The orders: what was sold, when, and through which channel.

    One row per order, whoever reported it: what was sold, before what was taken back (orders.reversals).

    Orders that do not count have their amounts as 0, so a sum over all rows is right.
    """

    order_id: str = pa.Field(description="Space, store, number and part, as shop:1001 or tills/berlin:7|customer.")
    order_date: pl.Date = pa.Field(description="Day of the order, in the business's calendar.")
    ordered_at: Instant = pa.Field(description="When it was ordered (UTC).")
    order_space: str = pa.Field(description="Where its number is unique.")
    store_id: str = pa.Field(nullable=True, description="Store or shop.")
    order_number: str = pa.Field(description="Number of the order; where nobody names one, the id of the event.")
    part: str = pa.Field(
        nullable=True, description="Customer or first day, where one number stands for several orders."
    )
    record: str = pa.Field(isin=(SHOP, WEB), description="Who is believed about money, items and status.")
    source: str = pa.Field(description="Source in dmp.yaml that is believed.")
    status: str = pa.Field(
        isin=ORDER_STATUSES, description="paid, pending, cancelled, refunded, failed or test; paid where nobody says."
    )
    counts: pl.Boolean = pa.Field(description="Whether it counts: pending, failed and test orders do not.")
    visitor_id: str = pa.Field(
        nullable=True, description="Strongest identifier of the buyer, as type:value; the shop's before the web's."
    )
    user_id: str = pa.Field(nullable=True, description="Account of the buyer.")
    anonymous_id: str = pa.Field(nullable=True, description="Device or cookie id that bought.")
    email: str = pa.Field(nullable=True, description="E-mail address of the buyer.")
    gross_sales: MoneySum = pa.Field(description="Price x quantity before discounts, shipping and tax, base currency.")
    discounts: MoneySum = pa.Field(description="Discounts of lines and order, base currency.")
    net_sales: MoneySum = pa.Field(description="gross_sales - discounts: the revenue, before reversals, base currency.")
    shipping: MoneySum = pa.Field(description="Shipping, base currency.")
    taxes: MoneySum = pa.Field(description="Taxes, base currency.")
    total_sales: MoneySum = pa.Field(description="net_sales + shipping + taxes, base currency.")
    coupon_discounts: MoneySum = pa.Field(description="Discounts of coupons among the discounts, base currency.")
    stated_sales: MoneySum = pa.Field(
        description="Net sales as stated, whether the order counts or not, base currency."
    )
    items: pl.Int64 = pa.Field(ge=0, description="Item lines that count.")
    quantity: pl.Float64 = pa.Field(description="Units that count.")
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of the amounts as given; null: base currency.")
    exchange_rate: pl.Float64 = pa.Field(nullable=True, gt=0, description="Base currency per unit, of the order's day.")
    given_sales: MoneySum = pa.Field(description="Sum of the lines as given, in currency.")
    session_id: str = pa.Field(nullable=True, description="Session of the web event nearest in time (events.sessions).")
    channel_group: str = pa.Field(nullable=True, description="Default channel group of that session.")
    mkt_source: str = pa.Field(nullable=True, description="Its source.")
    mkt_medium: str = pa.Field(nullable=True, description="Its medium.")
    mkt_campaign: str = pa.Field(nullable=True, description="Its campaign.")
    platform: str = pa.Field(nullable=True, description="web, ios, android, ..., of the same event.")
    campaign_id: str = pa.Field(nullable=True, description="Campaign that a source names on the order.")
    coupon: str = pa.Field(nullable=True, description="Coupon code.")
    flags: str = pa.Field(nullable=True, description="What is doubtful about it, comma separated.")


class OrderItems(
    TableContract,
    table="orders.order_items",
    key=("order_id", "line"),
    days="order_date",
    subject=("visitor_id",),
):
    """What was in each order.

    One row per item line of an order that counts.
    """

    order_id: str = pa.Field(description="The order.")
    line: pl.Int64 = pa.Field(ge=1, description="Line within the order, from 1.")
    order_date: pl.Date = pa.Field(description="Day of the order, in the business's calendar.")
    ordered_at: Instant = pa.Field(description="When it was ordered (UTC).")
    visitor_id: str = pa.Field(nullable=True, description="The buyer, as in orders.orders.")
    item_id: str = pa.Field(description="Product; empty where the line names none.")
    item_name: str = pa.Field(nullable=True, description="Name of the product, as the source gives it.")
    item_brand: str = pa.Field(nullable=True, description="Brand of the product, as the source gives it.")
    item_category: str = pa.Field(nullable=True, description="Category of the product, as the source gives it.")
    price: Money = pa.Field(nullable=True, description="Price of one unit, base currency.")
    quantity: pl.Float64 = pa.Field(description="Units.")
    gross_sales: Money = pa.Field(description="Before discounts, base currency.")
    discounts: Money = pa.Field(description="Of the line, and its share of the order's, base currency.")
    net_sales: Money = pa.Field(description="gross_sales - discounts, base currency; they add up to the order's.")


class Reversals(
    TableContract,
    table="orders.reversals",
    key=("reversal_id",),
    days="reversal_date",
    subject=("visitor_id", "user_id"),
):
    """Refunds and cancellations.

    One row per refund or cancellation, on the day it happened: a closed month does not change.
    """

    reversal_id: str = pa.Field(description="The order and the number of the reversal; or the refund's own id.")
    reversal_date: pl.Date = pa.Field(description="Day of the refund or cancellation, in the business's calendar.")
    reversed_at: Instant = pa.Field(description="When it happened (UTC).")
    order_id: str = pa.Field(nullable=True, description="The order; null where it is not known.")
    order_date: pl.Date = pa.Field(nullable=True, description="Day of the order.")
    order_number: str = pa.Field(description="Number that the refund names, or its own; else the id of the event.")
    kind: str = pa.Field(isin=(REFUND, CANCELLATION), description="What happened.")
    known_by: str = pa.Field(isin=(RECORD, AMOUNT, EVENT), description="How it is known.")
    source: str = pa.Field(description="Source in dmp.yaml that says it.")
    store_id: str = pa.Field(nullable=True, description="Store or shop.")
    visitor_id: str = pa.Field(nullable=True, description="The buyer, as in orders.orders.")
    user_id: str = pa.Field(nullable=True, description="Account of the buyer.")
    sales_reversals: MoneySum = pa.Field(description="Taken back of net sales, base currency, positive.")
    shipping: MoneySum = pa.Field(description="Taken back of shipping, base currency, positive.")
    taxes: MoneySum = pa.Field(description="Taken back of taxes, base currency, positive.")
    total_reversals: MoneySum = pa.Field(description="sales_reversals + shipping + taxes, base currency.")
    quantity: pl.Float64 = pa.Field(description="Units that came back, where the refund names them.")
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of the amount as given; null: base currency.")
    exchange_rate: pl.Float64 = pa.Field(nullable=True, gt=0, description="Base currency per unit, of the order's day.")
    given_total: MoneySum = pa.Field(nullable=True, description="The amount as given, in currency.")
    flags: str = pa.Field(nullable=True, description="What is doubtful about it, comma separated.")


class OrderVisitors(
    TableContract,
    table="orders.order_visitors",
    key=("order_id", "visitor_id"),
    days="order_date",
    subject=("visitor_id",),
):
    """Internal: identifiers that met on an order.

    One row per visitor of an order whose reports name several: evidence that they are one person.
    """

    order_id: str = pa.Field(description="The order.")
    order_date: pl.Date = pa.Field(description="Day of the order, in the business's calendar.")
    visitor_id: str = pa.Field(description=VISITOR)
    source: str = pa.Field(description="Source of the first report that names the visitor.")
    first_seen_at: Instant = pa.Field(description="First report that names the visitor (UTC).")
    last_seen_at: Instant = pa.Field(description="Last report that names the visitor (UTC).")


class FoldedReports(
    TableContract,
    table="orders.folded_reports",
    key=("order_number", "event_date"),
    unique=("order_number", "event_date"),
    subject="none",
):
    """Internal: what each order was made of.

    One row per number and day: what the orders were made of, so that only changed numbers are made again.
    """

    order_number: str = pa.Field(description="As in order_reports.")
    event_date: pl.Date = pa.Field(nullable=True, description="Day of the reports; null for lines of kind order_lines.")
    fingerprint: pl.Int64 = pa.Field(description="Of what is reported of the number that day.")


class OrderInputs(InputRows, table="orders.order_inputs", key=("input", "event_date"), subject="aggregate"):
    """Internal: what all orders were made of.

    One row per input that orders are made of: each day with reports, the lines, and the rules.
    """

    input: str = pa.Field(
        isin=(DAY, AS_OF, RULES, "order_lines"),
        description="day: of order_reports; order_lines: the table of lines; rules: settings, code and layout.",
    )
