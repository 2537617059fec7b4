"""Kept records gathered to events and item lines."""

from dataclasses import dataclass

import narwhals.stable.v2 as nw

from dmp_assets.events.judging import account_of_days, refused_records
from dmp_assets.events.portable import Frame, numbered, settled, strongest
from dmp_assets.events.schema import VISITOR_COLUMNS, OrderDetails

DETAILS = [name for name in OrderDetails.to_schema().columns if name not in ("event_date", "event_id", "status")]
"""What an event says of its whole order, besides the status."""

STATUS_ORDER = ("test", "failed", "pending", "cancelled", "refunded", "paid")
"""Statuses of an order's lines: of several the last counts."""

AMOUNTS = ["item_revenue", "retail_discount", "coupon_discount", "coupon_match_discount"]
SHARED = ["user_id", "anonymous_id", "transaction_id", "campaign_id", "coupon", "store_id"]
CONTEXT = [
    "received_at",
    "email",
    "phone",
    "device_id",
    "session_id",
    "platform",
    "country",
    "city",
    "page_url",
    "page_title",
    "page_host",
    "page_path",
    "referrer_url",
    "referrer_host",
    "search_term",
    "content_group",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
    "mkt_term",
    "mkt_content",
    "mkt_clickid",
    "mkt_network",
    "channel_group",
    "bot_rule",
    "consent",
    "currency",
    "exchange_rate",
    "rate_date",
    "flags",
    "properties",
]
"""What an event carries besides its identifiers and amounts; most sources supply little of it."""

EVENT = ["event_date", "event_id"]
_EVENT_COLUMNS = [
    *EVENT,
    "event_at",
    "event_name",
    "source",
    "kind",
    "time_zone",
    *SHARED,
    "items",
    "quantity",
    "revenue",
    *AMOUNTS[1:],
    "given_revenue",
    *CONTEXT,
    "order_space",
    "records",
]
PRODUCT = ["item_name", "item_brand", "item_category", "price"]


@dataclass(frozen=True)
class CleanedRecords:
    """The five tables that one pass over raw records gives."""

    cleaned_events: Frame
    event_items: Frame
    order_details: Frame
    quarantined_events: Frame
    event_ledger: Frame


def clean_records(records: Frame) -> CleanedRecords:
    """Return events, item lines, details of orders, refused records and the account of every day and source.

    Args:
        records: Landing records with their fate (``judge_records``), any number of whole days.
    """
    kept = records.filter(nw.col("fate") == "kept")
    events = gather_events(kept)
    return CleanedRecords(
        cleaned_events=events,
        event_items=gather_items(kept, events),
        order_details=gather_details(kept),
        quarantined_events=refused_records(records),
        event_ledger=account_of_days(records),
    )


def gather_events(kept: Frame) -> Frame:
    """Return one row per event: order lines and items are summed, an event of one row stays as it is.

    Where lines of one order disagree on a shared value, the largest is taken: so the result does not depend on the
    order of the lines. A missing amount counts as zero. Revenue as given is null where nothing was converted.
    """
    kept = kept.with_columns(line=nw.when(_is_line()).then(nw.lit(1)).otherwise(nw.lit(0)))
    is_whole = (nw.col("kind") == "events") & (nw.col("part") == 0)
    whole = kept.filter(is_whole).select(
        *EVENT,
        "event_at",
        "event_name",
        "source",
        "kind",
        "time_zone",
        *SHARED,
        nw.col("line").alias("items"),
        "quantity",
        nw.col("item_revenue").alias("revenue"),
        *AMOUNTS[1:],
        "given_revenue",
        *CONTEXT,
        "order_space",
        records=nw.lit(1),
    )
    # SQL engines widen what they sum, and columns of two types cannot be concatenated.
    counts = nw.col("items", "records").cast(nw.Int64)
    money = nw.col("revenue", *AMOUNTS[1:], "given_revenue").cast(nw.Int128)
    summed = _summed(kept.filter(~is_whole)).select(*_EVENT_COLUMNS)
    events = nw.concat([whole.with_columns(counts, money), summed.with_columns(counts, money)], how="vertical")
    amounts = nw.col("revenue", *AMOUNTS[1:]).fill_null(0)
    given = nw.when(~nw.col("exchange_rate").is_null()).then(nw.col("given_revenue").fill_null(0))
    # Only a sum of floats has to be settled: amounts are whole numbers, and their sums are exact in any order.
    quantity = settled(nw.col("quantity").fill_null(0.0))
    return events.with_columns(quantity, amounts, given_revenue=given, visitor_id=_visitor())


def _visitor() -> nw.Expr:
    """Return the strongest identifier as type:value; null for bots and where there is none."""
    named = strongest(VISITOR_COLUMNS, lambda kind, column: nw.concat_str(nw.lit(f"{kind}:"), nw.col(column)))
    return nw.when(nw.col("bot_rule").is_null()).then(named)


def _summed(rows: Frame) -> Frame:
    """Return one row per event of order lines and of the items of records that have several."""
    # A record is counted on its first item only: the ledger counts it once, and both must agree.
    is_record = nw.when(nw.col("part") <= 1).then(nw.lit(1)).otherwise(nw.lit(0))
    sums = (
        rows.with_columns(record=is_record, given_revenue=nw.coalesce("given_revenue", "item_revenue"))
        .group_by(*EVENT)
        .agg(
            nw.col("event_at").min(),
            nw.col("event_name", "source", "kind", "time_zone", *SHARED, "order_space").max(),
            nw.col("line").sum().alias("items"),
            nw.col("quantity").sum(),
            nw.col("item_revenue").sum().alias("revenue"),
            nw.col(*AMOUNTS[1:], "given_revenue").sum(),
            nw.col("record").sum().alias("records"),
        )
    )
    # Lines of a grocer have no context: thirty maxima over a year of them would all be null. The left join keeps the
    # events without context.
    described = rows.filter(nw.any_horizontal(*(~nw.col(name).is_null() for name in CONTEXT), ignore_nulls=True))
    return sums.join(described.group_by(*EVENT).agg(nw.col(*CONTEXT).max()), on=EVENT, how="left")


def gather_items(kept: Frame, events: Frame) -> Frame:
    """Return one row per item line of the kept records, numbered within its event by file, line and part."""
    # Unique for each line, so a day that is run again numbers its lines as before.
    place = ["path", "line_number", "part"]
    lines = kept.filter(_is_line()).select(*EVENT, *place, "item_id", *PRODUCT, "quantity", *AMOUNTS, "given_revenue")
    shared = events.select(*EVENT, "event_at", "event_name", "visitor_id")
    filled = lines.with_columns(
        nw.col("item_id").fill_null(""), nw.col("quantity").fill_null(0.0), nw.col(*AMOUNTS).fill_null(0)
    )
    # The events are made from the same kept records, so the inner join loses no line.
    return numbered(filled, "line", EVENT, place).join(shared, on=EVENT, how="inner").drop(*place)


def gather_details(kept: Frame) -> Frame:
    """Return one row per event that says something of its whole order (``OrderDetails``).

    Such a value stands on one line of an order or on all: the largest is taken, and never a sum. Where the lines have
    several statuses, the one that takes least back counts: one line that was returned leaves its order paid.
    """
    said = [~nw.col(name).is_null() for name in ("status", *DETAILS)]
    lines = kept.filter(nw.any_horizontal(*said, ignore_nulls=True)).select(*EVENT, "status", *DETAILS)
    place = nw.lit(None, dtype=nw.Int64)
    for number, name in enumerate(STATUS_ORDER):
        place = nw.when(nw.col("status") == name).then(nw.lit(number).cast(nw.Int64)).otherwise(place)
    details = lines.with_columns(place=place).group_by(*EVENT).agg(nw.col("place", *DETAILS).max())
    status = nw.lit(None, dtype=nw.String)
    for number, name in enumerate(STATUS_ORDER):
        status = nw.when(nw.col("place") == number).then(nw.lit(name)).otherwise(status)
    return details.with_columns(status=status).drop("place")


def _is_line() -> nw.Expr:
    """Return whether a record is an item line: it names an item, or has an amount that must not be lost."""
    filled = [~nw.col(name).is_null() for name in ("item_id", "quantity", *AMOUNTS)]
    return nw.any_horizontal(*filled, ignore_nulls=True)
