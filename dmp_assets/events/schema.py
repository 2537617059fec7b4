"""Tables of events: the good ones, their item lines, the refused ones, and the account of both."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, Money, MoneySum
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.ingest.schema.events import CANCELLATION as CANCELLATION
from dmp_assets.ingest.schema.events import ORDER_STATUSES
from dmp_assets.ingest.schema.events import PURCHASE as PURCHASE
from dmp_assets.ingest.schema.events import REFUND as REFUND
from dmp_assets.ingest.schema.landing import RECORD_VIOLATIONS

COUPON_REDEMPTION = "coupon_redemption"
VIEWS = ("page_view", "screen_view")

SESSION, SHOP_VISIT = "session", "shop_visit"

VISITOR_COLUMNS = {
    "user_id": "user_id",
    "email": "email",
    "phone": "phone",
    "device_id": "device_id",
    "anonymous_id": "anonymous_id",
    "click_id": "mkt_clickid",
}
"""Type of identifier -> column of the events, strongest first."""

NOBODY_PATTERNS = (
    r"^[0+_:. -]*$",
    r"^-1$",
    r"^(null|none|nil|undefined|nan|n/a|unknown|anonymous|guest|test|tester|admin|\(not set\)|\(none\))$",
    r"^(test|tester|no-?reply|do-?not-?reply|none|null|undefined|anonymous|unknown)@",
)
"""Regular expressions of identifiers that are nobody's; case does not count. They are what software writes for "no
value", the zeros that stand for the advertising id of people who limit tracking, and addresses that nobody reads.
Segment's default blocked values are among them. One that is missing here can join strangers to one person."""

VISITOR = "Strongest identifier of the event that may be somebody's, as type:value; identity.visitors says whose it is."


class CleanedEvents(
    TableContract,
    table="events.cleaned_events",
    key=("event_date", "event_id"),
    days="event_date",
    subject=("visitor_id", "user_id", "anonymous_id", "email", "phone", "device_id", "mkt_clickid"),
):
    """Everything that people did, each event once. One row per event: valid, order lines gathered to their order."""

    event_date: pl.Date = pa.Field(description="Day of the event, in the business's calendar.")
    event_id: str = pa.Field(
        description="Unique within its day: source, or its space of ids, and the source's id; of an order number or "
        "store/number, :refund or :cancelled, and |account where several share it; signs : / | % in it as %3A, ..."
    )
    event_at: Instant = pa.Field(description="When it happened (UTC); the earliest line of an order.")
    event_name: str = pa.Field(description="GA4 event name: purchase, refund, coupon_redemption, view_item, ...")
    source: str = pa.Field(description="Source in dmp.yaml.")
    kind: str = pa.Field(isin=("events", "orders"), description="Kind of the source in dmp.yaml: events or orders.")
    visitor_id: str = pa.Field(nullable=True, description=f"{VISITOR} Null for bots, and without any identifier.")
    user_id: str = pa.Field(nullable=True, description="Account that the source names; null for anonymous events.")
    anonymous_id: str = pa.Field(nullable=True, description="Device or cookie id of the source.")
    transaction_id: str = pa.Field(nullable=True, description="Order id.")
    campaign_id: str = pa.Field(nullable=True, description="Campaign that the source names on the event.")
    coupon: str = pa.Field(nullable=True, description="Coupon code.")
    store_id: str = pa.Field(nullable=True, description="Store or shop.")
    time_zone: str = pa.Field(nullable=True, description="Zone that the source's times are in.")
    received_at: Instant = pa.Field(nullable=True, description="When the source received it (UTC), where it says.")
    email: str = pa.Field(nullable=True, description="E-mail address that the event carries, case-folded.")
    phone: str = pa.Field(nullable=True, description="Phone number that the event carries, in E.164.")
    device_id: str = pa.Field(nullable=True, description="Device or advertising id of an app.")
    session_id: str = pa.Field(nullable=True, description="The source's own session id.")
    platform: str = pa.Field(nullable=True, description="web, ios, android, ...")
    country: str = pa.Field(nullable=True, description="Country as the source gives it.")
    city: str = pa.Field(nullable=True, description="City as the source gives it.")
    page_url: str = pa.Field(nullable=True, description="Address of the page.")
    page_title: str = pa.Field(nullable=True, description="Title of the page.")
    page_host: str = pa.Field(nullable=True, description="Host of the page, in lower case.")
    page_path: str = pa.Field(nullable=True, description="Path of the page.")
    referrer_url: str = pa.Field(nullable=True, description="Address of the page before.")
    referrer_host: str = pa.Field(nullable=True, description="Host of the page before, in lower case.")
    search_term: str = pa.Field(nullable=True, description="What was searched for on the site.")
    content_group: str = pa.Field(nullable=True, description="Topic or section of the content.")
    mkt_source: str = pa.Field(nullable=True, description="Source: given, or of utm_source, click id or referrer.")
    mkt_medium: str = pa.Field(nullable=True, description="Medium: given, or of utm_medium, click id or referrer.")
    mkt_campaign: str = pa.Field(nullable=True, description="Campaign: given, or utm_campaign.")
    mkt_term: str = pa.Field(nullable=True, description="Keyword: given, or utm_term.")
    mkt_content: str = pa.Field(nullable=True, description="Variant of the ad: given, or utm_content.")
    mkt_clickid: str = pa.Field(nullable=True, description="Click id of the ad platform.")
    mkt_network: str = pa.Field(nullable=True, description="Ad network that the click id belongs to.")
    channel_group: str = pa.Field(nullable=True, description="Default channel group by GA4's rules; null off the web.")
    bot_rule: str = pa.Field(nullable=True, description="Rule by which the user agent is a bot's; null for people.")
    consent: str = pa.Field(nullable=True, description="Consent that the event carries, as JSON: purpose -> choice.")
    currency: str = pa.Field(
        nullable=True, description="ISO 4217 code that amounts were converted from; null where they came in base."
    )
    exchange_rate: pl.Float64 = pa.Field(nullable=True, gt=0, description="Base currency per unit of currency.")
    rate_date: pl.Date = pa.Field(nullable=True, description="Day on which that rate was published.")
    flags: str = pa.Field(nullable=True, description="Declared rules that the event breaks, comma separated.")
    properties: str = pa.Field(nullable=True, description="Properties as JSON, as the source gives them.")
    items: pl.Int64 = pa.Field(ge=0, description="Item lines of the event; their detail is in event_items.")
    quantity: pl.Float64 = pa.Field(description="Units over all lines; negative on refunds.")
    revenue: MoneySum = pa.Field(description="Paid over all lines, base currency; negative on refunds.")
    retail_discount: MoneySum = pa.Field(description="Loyalty and shelf discounts, base currency, positive.")
    coupon_discount: MoneySum = pa.Field(description="Coupon discounts, base currency, positive.")
    coupon_match_discount: MoneySum = pa.Field(description="The seller's own coupon top-up, base currency, positive.")
    given_revenue: MoneySum = pa.Field(
        nullable=True, description="Paid over all lines as given, in currency; null where nothing was converted."
    )
    order_space: str = pa.Field(
        nullable=True,
        description="Where the order's number is unique: its order_space, else the source; of events null then.",
    )
    records: pl.Int64 = pa.Field(ge=1, description="Landing records that the event was made from.")


class EventItems(
    TableContract,
    table="events.event_items",
    key=("event_date", "event_id", "line"),
    days="event_date",
    subject=("visitor_id",),
):
    """Which products each event was about. One row per item line: product, units, amounts paid and discounts."""

    event_date: pl.Date = pa.Field(description="Day of the event, in the business's calendar.")
    event_id: str = pa.Field(description="The event in cleaned_events.")
    line: pl.Int64 = pa.Field(ge=1, description="Line within the event, from 1, in the order of file and line.")
    event_at: Instant = pa.Field(description="When the event happened (UTC).")
    event_name: str = pa.Field(description="GA4 event name.")
    visitor_id: str = pa.Field(nullable=True, description=f"{VISITOR} Null for bots, and without any identifier.")
    item_id: str = pa.Field(description="Product; empty where the line names none.")
    item_name: str = pa.Field(nullable=True, description="Name of the product, as the event gives it.")
    item_brand: str = pa.Field(nullable=True, description="Brand of the product, as the event gives it.")
    item_category: str = pa.Field(nullable=True, description="Category of the product, as the event gives it.")
    price: Money = pa.Field(nullable=True, description="Price of one unit, base currency.")
    quantity: pl.Float64 = pa.Field(description="Units; negative on refunds.")
    item_revenue: Money = pa.Field(description="Paid for the line, base currency.")
    retail_discount: Money = pa.Field(description="Loyalty and shelf discount, base currency, positive.")
    coupon_discount: Money = pa.Field(description="Coupon discount, base currency, positive.")
    coupon_match_discount: Money = pa.Field(description="The seller's own coupon top-up, base currency, positive.")
    given_revenue: Money = pa.Field(
        nullable=True, description="Paid for the line as given, in the event's currency; null where not converted."
    )


class OrderDetails(
    TableContract, table="events.order_details", key=("event_date", "event_id"), days="event_date", subject="none"
):
    """What an event says about its order as a whole. One row per such event: status, total, shipping, tax, refund."""

    event_date: pl.Date = pa.Field(description="Day of the event, in the business's calendar.")
    event_id: str = pa.Field(description="The event in cleaned_events.")
    status: str = pa.Field(nullable=True, isin=ORDER_STATUSES, description="Status of the order, in our words.")
    updated_at: Instant = pa.Field(nullable=True, description="When the source last changed the order (UTC).")
    cancelled_at: Instant = pa.Field(nullable=True, description="When the order was cancelled (UTC).")
    refunded_at: Instant = pa.Field(nullable=True, description="When the order was refunded last (UTC).")
    refunded_amount: Money = pa.Field(nullable=True, description="Paid back of the order so far, base currency.")
    refunded_order_id: str = pa.Field(nullable=True, description="Number of the order that a refund takes back.")
    order_revenue: Money = pa.Field(nullable=True, description="Its revenue, before shipping and tax, base currency.")
    order_discount: Money = pa.Field(nullable=True, description="Discount on the whole order, base currency.")
    shipping: Money = pa.Field(nullable=True, description="Shipping of the whole order, base currency.")
    tax: Money = pa.Field(nullable=True, description="Tax of the whole order, base currency.")
    order_total: Money = pa.Field(nullable=True, description="What is to be paid for the whole order, base currency.")
    tax_included: pl.Boolean = pa.Field(nullable=True, description="Whether the prices include the tax.")


class QuarantinedEvents(
    TableContract,
    table="events.quarantined_events",
    key=("path", "line_number"),
    days="event_date",
    subject=("raw_record",),
):
    """Refused records of events and orders: what to mend at the source. One row each, with its reason and its place."""

    event_date: pl.Date = pa.Field(
        description="Partition: day of the event in the business's calendar, or the day the file arrived where the "
        "time is unusable."
    )
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")
    violation_code: str = pa.Field(
        isin=(*RECORD_VIOLATIONS, "Conflicting-Id"),
        description="Kind of violation. Conflicting-Id: the source used the id that day with other content.",
    )
    violation_message: str = pa.Field(description="The violation in words.")
    event_id: str = pa.Field(nullable=True, description="The event's id, where it could be read.")
    raw_record: str = pa.Field(
        nullable=True, description="The record as it stands in the file; null where the file is no longer there."
    )


class EventLedger(
    TableContract, table="events.event_ledger", key=("event_date", "source"), days="event_date", subject="aggregate"
):
    """Proof that no record is lost. By day and source: records in = kept + duplicates + superseded + quarantined."""

    event_date: pl.Date = pa.Field(description="Partition.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    records: pl.Int64 = pa.Field(ge=0, description="Landing records of the day.")
    kept: pl.Int64 = pa.Field(ge=0, description="Records that became part of an event.")
    duplicates: pl.Int64 = pa.Field(ge=0, description="Repetitions of a kept record, in every column of its file.")
    superseded: pl.Int64 = pa.Field(
        ge=0, description="Records of an older statement of their order, or of a file that a final one replaced."
    )
    quarantined: pl.Int64 = pa.Field(ge=0, description="Records refused, conflicting ids among them.")
    alike: pl.Int64 = pa.Field(
        ge=0, description="Kept records that equal another kept one of the day in every mapped column."
    )


class Sessions(
    TableContract,
    table="events.sessions",
    key=("event_date", "session_id"),
    days="event_date",
    subject=("visitor_id", "user_id", "anonymous_id", "first_user_id"),
):
    """Visits to web shop and shops, and where they came from.

    One row per session or shop visit, within one day: events of a browser, or else an account, no gap over 30 minutes.
    """

    event_date: pl.Date = pa.Field(
        description="Day of the session in the business's calendar; a session that runs past midnight is two."
    )
    session_id: str = pa.Field(
        description="Anonymous id or else account, start in microseconds, and -browser or -server; of a shop visit no "
        "ending. -account, -anonymous and -shop: of an id that stands for no value."
    )
    kind: str = pa.Field(
        isin=(SESSION, SHOP_VISIT),
        description="session: of the web or an app; shop_visit: records of orders without an anonymous id.",
    )
    is_server_side: pl.Boolean = pa.Field(
        description="Whether it is a session of an account without anonymous id, seen within 30 minutes on no browser "
        "or on several."
    )
    visitor_id: str = pa.Field(
        nullable=True, description="user_id:ACCOUNT, or else anonymous_id:ID, as in identity.visitors; null for bots."
    )
    user_id: str = pa.Field(
        nullable=True,
        description="The account of the last purchase with one, else the last one seen; null for anonymous visitors.",
    )
    first_user_id: str = pa.Field(nullable=True, description="The account seen first; null for anonymous visitors.")
    has_several_accounts: pl.Boolean = pa.Field(description="Whether several accounts were seen in the session.")
    anonymous_id: str = pa.Field(nullable=True, description="The browser: device or cookie id; null without one.")
    session_number: pl.Int64 = pa.Field(
        ge=1, description="Sessions of the browser, or else the account, that day, from 1."
    )
    started_at: Instant = pa.Field(description="First event (UTC).")
    ended_at: Instant = pa.Field(description="Last event (UTC).")
    duration_seconds: pl.Int64 = pa.Field(ge=0, description="From the first event to the last.")
    events: pl.Int64 = pa.Field(ge=1, description="Events in the session.")
    page_views: pl.Int64 = pa.Field(ge=0, description="Page and screen views in the session.")
    first_page_url: str = pa.Field(nullable=True, description="Landing page: address of the first page.")
    first_page_path: str = pa.Field(nullable=True, description="Path of the landing page.")
    last_page_path: str = pa.Field(nullable=True, description="Path of the last page.")
    referrer_host: str = pa.Field(
        nullable=True, description="Host of the page before, of the first event with a page or marketing context."
    )
    mkt_source: str = pa.Field(nullable=True, description="Source, of the same event.")
    mkt_medium: str = pa.Field(nullable=True, description="Medium, of the same event.")
    mkt_campaign: str = pa.Field(nullable=True, description="Campaign, of the same event.")
    channel_group: str = pa.Field(nullable=True, description="Default channel group, of the same event.")
    country: str = pa.Field(nullable=True, description="Country, of the same event where it has one.")
    platform: str = pa.Field(nullable=True, description="web, ios, android, ..., of the same event where it has one.")
    is_bot: pl.Boolean = pa.Field(
        description="Whether any event has a bot_rule; those that joined the browser without its id do not count."
    )
    is_engaged: pl.Boolean = pa.Field(
        description="GA4's engaged session: 10 seconds or longer, 2 or more page views, or a purchase."
    )


class DailyActivity(
    TableContract,
    table="events.daily_activity",
    key=("event_date", "visitor_id", "event_name", "item_category"),
    days="event_date",
    subject=("visitor_id",),
):
    """How often each visitor did what, day by day. One row per visitor, day, event name and item category."""

    event_date: pl.Date = pa.Field(description="Day in the business's calendar.")
    visitor_id: str = pa.Field(description=VISITOR)
    event_name: str = pa.Field(description="GA4 event name.")
    item_category: str = pa.Field(
        description="Category of the item lines; empty for events without items or unknown items."
    )
    events: pl.Int64 = pa.Field(
        ge=0,
        description="Events, each counted on the category of its first line: a sum over categories counts it once.",
    )
    items: pl.Int64 = pa.Field(ge=0, description="Item lines.")
    first_event_at: Instant = pa.Field(description="First of these events (UTC).")
    last_event_at: Instant = pa.Field(description="Last of these events (UTC).")
