"""Tables of the quality report: what the columns of each day hold, and the outcome of each check."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract

COMPLETENESS = "completeness"
UNIQUENESS = "uniqueness"
VALIDITY = "validity"
TIMELINESS = "timeliness"
VOLUME = "volume"
SCHEMA_DRIFT = "schema_drift"
DISTRIBUTION_DRIFT = "distribution_drift"

DIMENSIONS = (COMPLETENESS, UNIQUENESS, VALIDITY, TIMELINESS, VOLUME, SCHEMA_DRIFT, DISTRIBUTION_DRIFT)
STATUSES = ("ok", "warn", "error", "not_enough_data")

MISSING = "missing"
FILLED = "filled"
VALUE = "value"
OTHER = "other"
NUMBER = "number"

ORDER_ID, ORDER_NUMBERS = "transaction_id", ("revenue", "quantity", "items")
"""Columns of reports of orders (orders.order_reports): other events have none of them to fill."""


class ColumnProfiles(
    TableContract,
    table="quality.column_profiles",
    key=("event_date", "source", "column_name", "bucket_kind", "bucket", "lower_bound"),
    days="event_date",
    subject="aggregate",
):
    """What the data of each day look like, so that a change shows.

    One row per day, source, column and bucket of its values: small counts that drift is measured on.

    The rows of a column add up to what it is counted on: all of cleaned_events; the standing reports of order_reports
    for transaction_id, and those of sales among them for revenue, quantity and items; the usable records of raw_events
    for received_at.
    """

    event_date: pl.Date = pa.Field(description="Partition: day of the event in the business's calendar.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    column_name: str = pa.Field(
        description="Column of cleaned_events; of order_reports transaction_id (whether a report names its order), "
        "revenue, quantity and items of sales; received_at stands for the delay of records."
    )
    bucket_kind: str = pa.Field(
        isin=(MISSING, FILLED, VALUE, OTHER, NUMBER),
        description="missing: no value; filled: any value, where single values are not kept; value: the one in bucket; "
        "other: values beyond the 50 most frequent of the day, or with fewer than 5 rows; number: a range of numbers.",
    )
    bucket: str = pa.Field(nullable=True, description="The value, cut to 100 characters; null but for kind value.")
    lower_bound: pl.Float64 = pa.Field(
        nullable=True,
        description="Kind number: least number of the range, which reaches to 2^(1/8) of it (9 %) in size; for "
        "received_at whole hours from event to reception, rounded up, at most 745.",
    )
    rows: pl.Int64 = pa.Field(ge=1, description="Events (reports, records) in the bucket.")


class Quality(TableContract, table="quality.quality", key=("check_id",), subject="aggregate"):
    """Whether the data are good: every check, with its outcome.

    One row per check of the data: what was measured, against which thresholds, with which outcome.
    """

    check_id: str = pa.Field(description="Dimension, table and what else names the check.")
    measured_date: pl.Date = pa.Field(description="As-of day: the last day that is judged.")
    dimension: str = pa.Field(isin=DIMENSIONS, description="What kind of quality is measured.")
    table_name: str = pa.Field(description="Table that is judged.")
    source: str = pa.Field(nullable=True, description="Source in dmp.yaml.")
    column_name: str = pa.Field(nullable=True, description="Column, where one is judged; of the file for schema_drift.")
    violation_code: str = pa.Field(
        nullable=True, description="validity: kind of violation, null for all kinds; schema_drift: kind of change."
    )
    first_date: pl.Date = pa.Field(nullable=True, description="First day behind the value; null for schema_drift.")
    event_date: pl.Date = pa.Field(nullable=True, description="The day, where a single day is judged.")
    value: pl.Float64 = pa.Field(
        nullable=True,
        description="completeness: share of events with a value (bad when low); uniqueness, validity, timeliness: "
        "share of records that are duplicate, quarantined, late; volume: robust deviations from the usual count, "
        "negative where records are missing (bad when far from 0); schema_drift: 1 for a change; distribution_drift: "
        "population stability index.",
    )
    threshold_warn: pl.Float64 = pa.Field(nullable=True, description="Last value that passes; null: never warns.")
    threshold_error: pl.Float64 = pa.Field(nullable=True, description="Last value that is no error; null: never one.")
    status: str = pa.Field(isin=STATUSES, description="Outcome; not_enough_data: too few rows, days or files to judge.")
    rows: pl.Int64 = pa.Field(ge=0, description="Rows behind the value: events, records, or files for schema_drift.")
    message: str = pa.Field(description="The outcome in words and numbers.")
