"""Table of events as they arrived, from which file and line."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import QUANTITY_LIMIT, Instant, Money
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.ingest.schema.landing import OTHER_FATES, RECORD_VIOLATIONS

PURCHASE = "purchase"
REFUND = "refund"
CANCELLATION = "order_cancelled"

ORDER_STATUSES = ("paid", "pending", "cancelled", "refunded", "failed", "test")
"""What the status of an order can be; pending, failed and test orders count nowhere."""


class RawEvents(
    TableContract,
    table="ingest.raw_events",
    key=("path", "line_number", "part"),
    days="event_date",
    unique=(),
    subject=("user_id", "anonymous_id", "email", "phone", "device_id", "mkt_clickid"),
):
    """Events and orders as they were delivered, before anything is judged.

    One row per landing record of events and order lines; names and types are made equal, nothing is dropped.

    A record with several items is one row per item.
    """

    event_date: pl.Date = pa.Field(
        description="Partition: day of the event in the business's calendar; the day the file arrived where the "
        "time is unusable."
    )
    source: str = pa.Field(description="Source in dmp.yaml.")
    kind: str = pa.Field(
        isin=("events", "orders"), description="events: a record is an event; orders: a record is a line of one."
    )
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file, from 1 (record number for Parquet).")
    part: pl.Int64 = pa.Field(
        ge=0, description="0 for a record that is one row; from 1 for the items of a record that has several."
    )
    event_id: str = pa.Field(
        nullable=True,
        description="Source (or its space of ids) and the source's id, as web:17; of order lines the order, as "
        "pos:berlin/1:refund; made from the content where the source gives none.",
    )
    fingerprint: pl.Int64 = pa.Field(
        nullable=True,
        description="Hash of every column of the file that says what happened, mapped or not: equal for repetitions; "
        "null where rejected.",
    )
    mapped_fingerprint: pl.Int64 = pa.Field(
        nullable=True, description="Hash of the mapped columns alone; null where the file has no others."
    )
    fate: str = pa.Field(
        nullable=True,
        isin=OTHER_FATES,
        description="duplicate or superseded: another file states the record's order, or the day, as it counts; null "
        "where only the day itself decides.",
    )
    event_name: str = pa.Field(
        nullable=True, description="GA4 event name: purchase, refund, view_item, add_to_cart, ..."
    )
    event_at: Instant = pa.Field(
        nullable=True, description="When it happened (UTC); null where the record has no readable time."
    )
    received_at: Instant = pa.Field(
        nullable=True, description="When the source received it (UTC), where the source says."
    )
    updated_at: Instant = pa.Field(
        nullable=True,
        description="When the source last changed the order (UTC), where it says so.",
    )
    user_id: str = pa.Field(nullable=True, description="Account that the source names.")
    anonymous_id: str = pa.Field(nullable=True, description="Device or cookie id of the source.")
    transaction_id: str = pa.Field(nullable=True, description="Order id.")
    campaign_id: str = pa.Field(nullable=True, description="Campaign that the source names on the event.")
    coupon: str = pa.Field(nullable=True, description="Coupon code.")
    store_id: str = pa.Field(nullable=True, description="Store or shop.")
    email: str = pa.Field(nullable=True, description="E-mail address, trimmed and case-folded.")
    phone: str = pa.Field(nullable=True, description="Phone number in E.164.")
    device_id: str = pa.Field(nullable=True, description="Device or advertising id of an app.")
    session_id: str = pa.Field(nullable=True, description="The source's own session id.")
    platform: str = pa.Field(nullable=True, description="web, ios, android, ...")
    country: str = pa.Field(nullable=True, description="Country as the source gives it.")
    city: str = pa.Field(nullable=True, description="City as the source gives it.")
    page_url: str = pa.Field(nullable=True, description="Address of the page.")
    page_title: str = pa.Field(nullable=True, description="Title of the page.")
    page_host: str = pa.Field(nullable=True, description="Host of page_url, in lower case.")
    page_path: str = pa.Field(nullable=True, description="Path of page_url.")
    referrer_url: str = pa.Field(nullable=True, description="Address of the page before.")
    referrer_host: str = pa.Field(nullable=True, description="Host of referrer_url, in lower case.")
    search_term: str = pa.Field(nullable=True, description="What was searched for on the site.")
    content_group: str = pa.Field(nullable=True, description="Topic or section of the content.")
    user_agent: str = pa.Field(nullable=True, description="User agent of the browser or app.")
    mkt_source: str = pa.Field(nullable=True, description="Source: given, or of utm_source, click id or referrer.")
    mkt_medium: str = pa.Field(nullable=True, description="Medium: given, or of utm_medium, click id or referrer.")
    mkt_campaign: str = pa.Field(nullable=True, description="Campaign: given, or utm_campaign.")
    mkt_term: str = pa.Field(nullable=True, description="Keyword: given, or utm_term.")
    mkt_content: str = pa.Field(nullable=True, description="Variant of the ad: given, or utm_content.")
    mkt_clickid: str = pa.Field(nullable=True, description="Click id of the ad platform: gclid, fbclid, msclkid, ...")
    mkt_network: str = pa.Field(nullable=True, description="Ad network that the click id belongs to.")
    channel_group: str = pa.Field(nullable=True, description="Default channel group by GA4's rules; null off the web.")
    bot_rule: str = pa.Field(nullable=True, description="Rule by which the user agent is a bot's; null for people.")
    consent: str = pa.Field(nullable=True, description="Consent that the event carries, as JSON: purpose -> choice.")
    sent_at: Instant = pa.Field(nullable=True, description="When the client sent it, by its own clock (UTC).")
    time_zone: str = pa.Field(nullable=True, description="Zone that the source's times are in.")
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of the amounts as given; null: base currency.")
    exchange_rate: pl.Float64 = pa.Field(
        nullable=True, gt=0, description="Base currency per unit of currency; null where nothing was converted."
    )
    rate_date: pl.Date = pa.Field(nullable=True, description="Day on which that rate was published.")
    item_id: str = pa.Field(nullable=True, description="Product of this line.")
    item_name: str = pa.Field(nullable=True, description="Name of the product, as the event gives it.")
    item_brand: str = pa.Field(nullable=True, description="Brand of the product, as the event gives it.")
    item_category: str = pa.Field(nullable=True, description="Category of the product, as the event gives it.")
    price: Money = pa.Field(nullable=True, description="Price of one unit, base currency.")
    quantity: pl.Float64 = pa.Field(
        nullable=True,
        ge=-QUANTITY_LIMIT,
        le=QUANTITY_LIMIT,
        description="Units; negative on refunds and cancellations.",
    )
    item_revenue: Money = pa.Field(
        nullable=True, description="What was paid for the line, base currency; negative on refunds and cancellations."
    )
    retail_discount: Money = pa.Field(
        nullable=True, description="Loyalty or shelf discount on the line, base currency, as a positive amount."
    )
    coupon_discount: Money = pa.Field(
        nullable=True, description="Coupon discount on the line, base currency, as a positive amount."
    )
    coupon_match_discount: Money = pa.Field(
        nullable=True, description="The seller's own top-up of a coupon, base currency, as a positive amount."
    )
    given_revenue: Money = pa.Field(
        nullable=True, description="item_revenue as given, in currency; null where nothing was converted."
    )
    line_id: str = pa.Field(nullable=True, description="The source's own id of an order's line.")
    order_space: str = pa.Field(
        nullable=True,
        description="Where an order's number is unique: its order_space, else the source; of events null then.",
    )
    status: str = pa.Field(nullable=True, isin=ORDER_STATUSES, description="Status of the order, in our words.")
    cancelled_at: Instant = pa.Field(nullable=True, description="When the order was cancelled (UTC).")
    refunded_at: Instant = pa.Field(nullable=True, description="When the order was refunded last (UTC).")
    refunded_amount: Money = pa.Field(
        nullable=True, description="What was paid back of the order so far, base currency, as a positive amount."
    )
    refunded_order_id: str = pa.Field(nullable=True, description="Number of the order that a refund takes back.")
    order_revenue: Money = pa.Field(
        nullable=True, description="The whole order's revenue, after discounts, before shipping and tax, base currency."
    )
    order_discount: Money = pa.Field(
        nullable=True, description="Discount on the whole order, base currency, as a positive amount."
    )
    shipping: Money = pa.Field(nullable=True, description="Shipping of the whole order, base currency.")
    tax: Money = pa.Field(nullable=True, description="Tax of the whole order, base currency.")
    order_total: Money = pa.Field(
        nullable=True, description="What is to be paid for the whole order, shipping and tax included, base currency."
    )
    tax_included: pl.Boolean = pa.Field(nullable=True, description="Whether the prices include the tax.")
    flags: str = pa.Field(
        nullable=True, description="Declared rules that the record breaks without being refused, comma separated."
    )
    properties: str = pa.Field(nullable=True, description="Properties of the event as JSON, as the source gives them.")
    violation_code: str = pa.Field(
        nullable=True, isin=RECORD_VIOLATIONS, description="Why the record cannot be used; null for good records."
    )
    violation_message: str = pa.Field(nullable=True, description="The violation in words: column, what was expected.")
    raw_record: str = pa.Field(
        nullable=True,
        description="The record as it stands in the file, where there is a violation, or its id has other content too.",
    )
