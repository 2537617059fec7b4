"""Reports of orders: what shops state of them, and the events of web and apps that name them."""

import polars as pl

from dmp_assets.events.schema import CANCELLATION as CANCELLED
from dmp_assets.events.schema import NOBODY_PATTERNS, SESSION, OrderDetails
from dmp_assets.events.schema import PURCHASE as PURCHASED
from dmp_assets.events.schema import REFUND as REFUNDED
from dmp_assets.orders.schema import CANCELLATION, REFUND, SALE, SHOP, WEB, WEB_SPACE, OrderReports

KINDS = {PURCHASED: SALE, REFUNDED: REFUND, CANCELLED: CANCELLATION}
"""Name of the event -> what it says of its order."""

EVENT_NAMES = pl.DataFrame({"event_name": list(KINDS)})
"""Keys of the events that are reports."""

EVENT_COLUMNS = (
    "event_date",
    "event_id",
    "event_at",
    "event_name",
    "source",
    "kind",
    "order_space",
    "store_id",
    "transaction_id",
    "visitor_id",
    "user_id",
    "anonymous_id",
    "email",
    "channel_group",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
    "platform",
    "campaign_id",
    "coupon",
    "currency",
    "exchange_rate",
    "given_revenue",
    "revenue",
    "retail_discount",
    "coupon_discount",
    "coupon_match_discount",
    "items",
    "quantity",
    "flags",
)
LINE_COLUMNS = ("event_date", "event_id", "line", "item_id")
SESSION_COLUMNS = (
    "event_date",
    "session_id",
    "kind",
    "anonymous_id",
    "user_id",
    "started_at",
    "ended_at",
    "channel_group",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
)
_OF_ORDER = tuple(name for name in OrderDetails.to_schema().columns if name not in ("event_date", "event_id"))
"""Columns in which an event speaks of its whole order."""
_LINE_AMOUNTS = ("item_revenue", "retail_discount", "coupon_discount", "coupon_match_discount")
STATEMENT_COLUMNS = (
    *(name for name in EVENT_COLUMNS if name not in ("visitor_id", "revenue", "items")),
    *_OF_ORDER,
    *("item_revenue", "path", "item_id"),
)
"""Columns of raw events that older statements are made of."""

OLDER = pl.DataFrame({"fate": ["superseded"], "kind": ["orders"]})
"""Keys of the raw events that are older statements of orders."""

_CONTEXT = ("channel_group", "mkt_source", "mkt_medium", "mkt_campaign")
_NOBODYS = "(?i)" + "|".join(f"(?:{pattern})" for pattern in NOBODY_PATTERNS)
_UNFILLED = (
    r"(?i)^(?:not[ _]?set|not available|true|false|(?:order|transaction)[ _-]?(?:id|no|nr|number)|test[ _-]?(?:order|"
    r"transaction)|\{.*\}|\$\{.*\}|%.*%|<.*>|\[.*\]|\(.*\))$"
)
"""Numbers that are the name of a variable, or a place in a template that nothing was written into. One that is missing
here makes one order of all orders of a tracker."""


def build_order_reports(
    cleaned_events: pl.LazyFrame,
    order_details: pl.LazyFrame,
    event_items: pl.LazyFrame,
    sessions: pl.LazyFrame,
    statements: pl.LazyFrame,
) -> pl.LazyFrame:
    """Return the reports of orders (``OrderReports`` in engine types), each day made of that day alone.

    Args:
        cleaned_events: In engine types, as all others: purchases, refunds and cancellations (``EVENT_COLUMNS``), any
            number of whole days.
        order_details: ``OrderDetails`` of the same days.
        event_items: Their lines (``LINE_COLUMNS``).
        sessions: ``SESSION_COLUMNS`` of the same days.
        statements: Records of older statements of orders (``STATEMENT_COLUMNS``).

    A number that says "no value" is none: orders that a tracker calls ``(not set)`` are not one order. Neither is an
    account that says "nobody".
    """
    events = cleaned_events.join(order_details, on=["event_date", "event_id"], how="left")
    single = _single_items(event_items)
    named = events.join(single, on=["event_date", "event_id"], how="left")
    standing = _in_sessions(named, sessions).with_columns(report_id="event_id", is_standing=pl.lit(value=True))
    older = _older(statements).with_columns(is_standing=pl.lit(value=False), session_id=pl.lit(None, pl.String))
    columns = list(OrderReports.to_schema().columns)
    return pl.concat([_reported(standing).select(columns), _reported(older).select(columns)])


def _single_items(event_items: pl.LazyFrame) -> pl.LazyFrame:
    """Return the item of events whose first line is their only one, or the first of several."""
    return event_items.filter(pl.col("line") == 1).select("event_date", "event_id", "item_id")


def _in_sessions(events: pl.LazyFrame, sessions: pl.LazyFrame) -> pl.LazyFrame:
    """Return the events with the session that they are in, and its channel; shops' records are in none."""
    is_web = pl.col("kind") == "events"
    visits = sessions.filter(pl.col("kind") == SESSION).drop("kind").sort("started_at")
    shop = events.filter(~is_web).with_columns(session_id=pl.lit(None, pl.String))
    web = events.filter(is_web)
    # An event with a browser is in one of that browser's sessions. Without one it may have joined a browser's, whose
    # account is then its own.
    has_browser = pl.col("anonymous_id").is_not_null()
    parts = [
        _found(web.filter(has_browser), visits, "anonymous_id"),
        _found(web.filter(~has_browser), visits, "user_id"),
    ]
    return pl.concat([shop, *(part.select(*shop.collect_schema().names()) for part in parts)])


def _found(events: pl.LazyFrame, visits: pl.LazyFrame, owner: str) -> pl.LazyFrame:
    context = [pl.col(name).alias(f"{name}_of") for name in _CONTEXT]
    theirs = visits.filter(pl.col(owner).is_not_null()).select(
        "event_date", owner, "session_id", "started_at", "ended_at", *context
    )
    # Sessions of one owner and day follow each other: the newest that had begun is the one, if it lasts so long.
    found = events.sort("event_at").join_asof(
        theirs,
        left_on="event_at",
        right_on="started_at",
        by=["event_date", owner],
        check_sortedness=False,
    )
    is_in = pl.col("ended_at") >= pl.col("event_at")
    return found.with_columns(
        *(pl.when(is_in).then(f"{name}_of").otherwise(name).alias(name) for name in _CONTEXT),
        session_id=pl.when(is_in).then("session_id"),
    )


def _older(statements: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per older statement of an order on a day, named as events are."""
    key = ["event_date", "event_id", "path"]
    # Items of a record have its amounts of the whole order, each once.
    shared = [
        name
        for name in STATEMENT_COLUMNS
        if name not in (*key, *_LINE_AMOUNTS, "quantity", "event_at", "given_revenue")
    ]
    is_given = pl.col("given_revenue").is_not_null().any()
    given = pl.coalesce("given_revenue", "item_revenue").sum()
    summed = statements.group_by(key).agg(
        pl.col("event_at").min(),
        pl.col(shared).max(),
        pl.col("quantity").sum(),
        pl.col(*_LINE_AMOUNTS[1:]).sum(),
        revenue=pl.col("item_revenue").sum(),
        given_revenue=pl.when(is_given).then(given),
        items=pl.any_horizontal(pl.col("item_id", "item_revenue").is_not_null()).sum().cast(pl.Int64),
    )
    person = pl.coalesce(pl.lit("user_id:") + pl.col("user_id"), pl.lit("email:") + pl.col("email"))
    return summed.with_columns(
        report_id=pl.col("event_id") + "@" + pl.col("path"), visitor_id=person, item_id=pl.lit(None, pl.String)
    )


def _reported(events: pl.LazyFrame) -> pl.LazyFrame:
    kind = pl.col("event_name").replace_strict(KINDS, return_dtype=pl.String)
    is_shop = pl.col("kind") == "orders"
    of = pl.when(kind != SALE).then("refunded_order_id")
    no_number = f"{_NOBODYS}|{_UNFILLED}"
    number = pl.coalesce(
        *(pl.when(~named.str.contains(no_number)).then(named) for named in (of, pl.col("transaction_id")))
    )
    # Amounts of refunds are negative in events, and what is taken back is a positive amount.
    sign = pl.when(kind == SALE).then(1).otherwise(-1)
    coupons = pl.col("coupon_discount").fill_null(0) + pl.col("coupon_match_discount").fill_null(0)
    space_of_web = pl.concat_str(pl.lit(WEB_SPACE), pl.lit("/") + pl.col("order_space"), ignore_nulls=True)
    is_whole = pl.any_horizontal(pl.col("order_revenue", "order_total").is_not_null())
    return events.with_columns(
        record=pl.when(is_shop).then(pl.lit(SHOP)).otherwise(pl.lit(WEB)),
        report_kind=kind,
        order_space=pl.when(is_shop).then(pl.coalesce("order_space", "source")).otherwise(space_of_web),
        order_number=pl.coalesce(number, "report_id"),
        # "guest" has orders of a thousand people, and a guest who logs in after all is one customer.
        user_id=pl.when(~pl.col("user_id").str.contains(_NOBODYS)).then("user_id"),
        is_numbered=number.is_not_null(),
        reported_at="event_at",
        given_sales=pl.coalesce("given_revenue", "revenue").fill_null(0) * sign,
        line_sales=pl.col("revenue").fill_null(0) * sign,
        line_discounts=pl.col("retail_discount").fill_null(0) + coupons,
        coupon_discounts=coupons,
        quantity=pl.col("quantity").fill_null(0.0) * sign,
        taxes="tax",
        is_tax_included="tax_included",
        is_single_line=~is_shop & (pl.col("items") <= 1) & ~is_whole,
    )
