"""Events and reports of orders in, small counts of each column's values by day out; windows are sums of days."""

from collections.abc import Sequence

import polars as pl

from dmp_assets.orders.schema import SALE
from dmp_assets.quality.schema import FILLED, MISSING, NUMBER, ORDER_ID, ORDER_NUMBERS, OTHER, VALUE, ColumnProfiles

CATEGORIES = (
    "event_name",
    "platform",
    "country",
    "channel_group",
    "mkt_source",
    "mkt_medium",
    "mkt_network",
    "currency",
)

PRESENCE = (
    "user_id",
    "anonymous_id",
    "device_id",
    "session_id",
    "email",
    "phone",
    "campaign_id",
    "coupon",
    "store_id",
    "city",
    "page_url",
    "referrer_url",
    "mkt_campaign",
    "mkt_clickid",
    "consent",
    "time_zone",
    "exchange_rate",
)
"""Ids and free text: it is counted whether they are filled, never what they say."""

BUCKETS_PER_DOUBLING = 8
"""Buckets 9 % wide: a price from 0.01 to 10,000 needs 160, and ten quantile bins of them are cut to within 9 %."""

TOP_VALUES = 50
MIN_VALUE_ROWS = 5
"""A value with fewer rows a day is not kept by name: so an address in a wrong column is not shown."""

MAX_VALUE_CHARACTERS = 100

MAX_DELAY_HOURS = 745
"""A month and a bit: later is late by any threshold."""

EVENT_COLUMNS = ("event_date", "source", *CATEGORIES, *PRESENCE)
REPORT_COLUMNS = (
    *("event_date", "source", "report_kind", "is_standing", "order_number", "is_numbered"),
    *("line_sales", "order_revenue", "quantity", "items"),
)
RECORD_COLUMNS = ("event_date", "source", "part", "event_at", "received_at", "violation_code")

GRAIN = ["event_date", "source"]
_MICROSECONDS_PER_HOUR = 3_600_000_000


def build_column_profiles(
    cleaned_events: pl.LazyFrame, order_reports: pl.LazyFrame, raw_events: pl.LazyFrame
) -> pl.LazyFrame:
    """Return the counts of every profiled column (``ColumnProfiles``) on any number of whole days.

    Args:
        cleaned_events: ``CleanedEvents``.
        order_reports: ``OrderReports`` of the same days, for what only reports of orders have to fill.
        raw_events: ``RawEvents`` of the same days, for the delay from event to reception.
    """
    # Older statements of an order repeat it: with each export of it they would count its amounts once more.
    standing = order_reports.filter("is_standing")
    # Refunds are positive there, as sales are: among them they would look like small orders.
    sales = standing.filter(pl.col("report_kind") == SALE).with_columns(
        revenue=pl.coalesce("order_revenue", "line_sales")
    )
    parts = [
        _presence(cleaned_events, PRESENCE),
        _presence(standing.with_columns(transaction_id=pl.when("is_numbered").then("order_number")), (ORDER_ID,)),
        *(_categories(cleaned_events, name) for name in CATEGORIES),
        *(_numbers(sales, name, _log_bucket(pl.col(name).cast(pl.Float64))) for name in ORDER_NUMBERS),
        _delays(raw_events),
    ]
    return pl.concat([part.select(*ColumnProfiles.to_schema().columns) for part in parts])


def _presence(events: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
    """Return how many events have each of the columns and how many have not."""
    counts = events.group_by(GRAIN).agg(
        *(pl.col(name).count().cast(pl.Int64).alias(f"{FILLED}:{name}") for name in names),
        *(pl.col(name).null_count().cast(pl.Int64).alias(f"{MISSING}:{name}") for name in names),
    )
    long = counts.unpivot(index=GRAIN, variable_name="counted", value_name="rows")
    parts = pl.col("counted").str.splitn(":", 2).struct
    return long.filter(pl.col("rows") > 0).with_columns(
        bucket_kind=parts.field("field_0"),
        column_name=parts.field("field_1"),
        bucket=pl.lit(None, pl.String),
        lower_bound=pl.lit(None, pl.Float64),
    )


def _categories(events: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Return the day's most frequent values of a column by name, the others as one."""
    value = pl.col(name).cast(pl.String).str.slice(0, MAX_VALUE_CHARACTERS)
    counted = events.group_by(*GRAIN, bucket=value).agg(rows=pl.len().cast(pl.Int64))
    place = pl.int_range(pl.len()).over([*GRAIN, pl.col("bucket").is_null()])
    is_named = (place < TOP_VALUES) & (pl.col("rows") >= MIN_VALUE_ROWS)
    kind = (
        pl.when(pl.col("bucket").is_null())
        .then(pl.lit(MISSING))
        .when(is_named)
        .then(pl.lit(VALUE))
        .otherwise(pl.lit(OTHER))
    )
    return (
        counted.sort(["rows", "bucket"], descending=[True, False], nulls_last=True)
        .with_columns(bucket_kind=kind)
        .with_columns(bucket=pl.when(pl.col("bucket_kind") == VALUE).then("bucket"))
        .group_by(*GRAIN, "bucket_kind", "bucket")
        .agg(pl.col("rows").sum())
        .with_columns(column_name=pl.lit(name), lower_bound=pl.lit(None, pl.Float64))
    )


def _numbers(rows: pl.LazyFrame, name: str, lower_bound: pl.Expr) -> pl.LazyFrame:
    """Return how many rows fall into each bucket of a number."""
    counted = rows.group_by(*GRAIN, lower_bound=lower_bound).agg(rows=pl.len().cast(pl.Int64))
    kind = pl.when(pl.col("lower_bound").is_null()).then(pl.lit(MISSING)).otherwise(pl.lit(NUMBER))
    return counted.with_columns(column_name=pl.lit(name), bucket_kind=kind, bucket=pl.lit(None, pl.String))


def _log_bucket(number: pl.Expr) -> pl.Expr:
    """Return the bound of the bucket that is nearer to zero: 2^(k/8) with the number's sign, or 0."""
    size = number.abs()
    # Rounded, because the last bits of logarithms and powers in Polars depend on the row that a number stands in: one
    # bucket would be two.
    step = (size.log(2) * BUCKETS_PER_DOUBLING).round(9).floor() / BUCKETS_PER_DOUBLING
    bound = pl.when(size > 0).then(pl.lit(2.0).pow(step).round_sig_figs(12)).otherwise(0.0)
    # -0.0 becomes 0.0: they are one group, and which of them is kept would depend on the order of the rows.
    return pl.when(number.is_not_null() & number.is_finite()).then(number.sign() * bound + 0.0)


def _delays(raw_events: pl.LazyFrame) -> pl.LazyFrame:
    """Return hours from event to reception of usable records, rounded up; where a clock is ahead, 0."""
    delay = (pl.col("received_at") - pl.col("event_at")).dt.total_microseconds()
    hours = ((delay + _MICROSECONDS_PER_HOUR - 1) // _MICROSECONDS_PER_HOUR).clip(0, MAX_DELAY_HOURS)
    usable = raw_events.filter(pl.col("violation_code").is_null() & (pl.col("part") <= 1))
    return _numbers(usable, "received_at", hours.cast(pl.Float64))
