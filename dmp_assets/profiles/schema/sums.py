"""Tables of person sums, which each further day is added to, and of what they were made of."""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.incremental.inputs import AS_OF, DAY, RULES, InputRows
from dmp_assets.foundation.values.columns import MONEY_DECIMALS, Instant, MoneySum, Names
from dmp_assets.foundation.values.contracts import TableContract

Dates = Annotated[pl.List, pl.Date()]
Counts = Annotated[pl.List, pl.Int64()]
Amounts = Annotated[pl.List, pl.Float64()]
MoneySums = Annotated[pl.List, pl.Decimal(38, MONEY_DECIMALS)]


class RunningSums(TableContract, table="profiles.running_sums", key=("person_id",), subject=("person_id",)):
    """Internal: sums that the next profiles go on from.

    One row per person with an event, an order or a reversal: the sums that the profile is made of.

    Lists of one prefix belong together, place by place. Decayed sums of days that were added one by one differ in their
    last bits from those of all days at once; equal runs give equal bits.
    """

    person_id: str = pa.Field(description="The person.")
    valued_on: pl.Date = pa.Field(description="Day that decayed sums are valued at; the person did nothing since.")
    active_dates: Dates = pa.Field(
        description="Days on which the person did anything, or an order or reversal of theirs lies."
    )
    active_days: pl.Int64 = pa.Field(ge=0, description="Days with an event.")
    events: pl.Int64 = pa.Field(ge=0, description="Events of any name.")
    orders: pl.Int64 = pa.Field(ge=0, description="Orders that count.")
    items: pl.Int64 = pa.Field(ge=0, description="Item lines bought.")
    revenue: MoneySum = pa.Field(description="Net sales less reversals, base currency.")
    discount: MoneySum = pa.Field(description="Discounts of orders, base currency.")
    refunds: pl.Int64 = pa.Field(ge=0, description="Reversals: refunds and cancellations.")
    discounted_days: pl.Int64 = pa.Field(ge=0, description="Days with an order and a discount.")
    first_seen_at: Instant = pa.Field(nullable=True, description="First event (UTC).")
    last_seen_at: Instant = pa.Field(nullable=True, description="Last event (UTC).")
    last_visit_date: pl.Date = pa.Field(nullable=True, description="Day of the last session.")
    last_social_date: pl.Date = pa.Field(nullable=True, description="Day of the last social event.")
    order_days: pl.Int64 = pa.Field(ge=0, description="Days with an order.")
    first_order_date: pl.Date = pa.Field(nullable=True, description="Day of the first order.")
    last_order_date: pl.Date = pa.Field(nullable=True, description="Day of the last order.")
    average_gap_days: pl.Float64 = pa.Field(nullable=True, ge=1, description="Mean days between order days.")
    median_gap_days: pl.Float64 = pa.Field(nullable=True, ge=1, description="Median of the same gaps.")
    last_gap_days: pl.Int64 = pa.Field(nullable=True, ge=1, description="The last of these gaps.")
    order_dates: Dates = pa.Field(description="Days with an order.")
    top_categories: Names = pa.Field(nullable=True, description="As in profiles.profiles.")
    top_category: str = pa.Field(nullable=True, description="As in profiles.profiles.")
    top_category_share: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="As in profiles.profiles.")
    interest_value_id: Counts = pa.Field(nullable=True, description="Category, brand or topic, in summed_values.")
    interest_closed: Amounts = pa.Field(nullable=True, description="Decayed sum of shares in windows that are over.")
    interest_open: Counts = pa.Field(nullable=True, description="Weight of events in the window that is not over.")
    favourite_value_id: Counts = pa.Field(nullable=True, description="Brand, price band, ..., in summed_values.")
    favourite_amount: Amounts = pa.Field(nullable=True, description="Decayed weight of events.")
    month_end: Dates = pa.Field(nullable=True, description="Last day of a month with an order or a reversal.")
    month_orders: Counts = pa.Field(nullable=True, description="Orders of the month.")
    month_revenue: MoneySums = pa.Field(nullable=True, description="Its net sales less reversals, base currency.")
    month_last_order: Dates = pa.Field(nullable=True, description="Day of its last order.")


class SummedValues(
    TableContract, table="profiles.summed_values", key=("value_id",), unique=("attribute", "value"), subject="aggregate"
):
    """Internal: numbers that stand for categories and brands in the sums.

    One row per attribute and value, with the number that person sums name it by.
    """

    value_id: pl.Int64 = pa.Field(unique=True, ge=1, description="Number of the value.")
    attribute: str = pa.Field(description="brand, item_category, price_band, ...")
    value: str = pa.Field(description="Value of the attribute.")


class SummedVisitors(
    TableContract,
    table="profiles.summed_visitors",
    key=("visitor_id", "effective_at"),
    subject=("visitor_id", "person_id"),
):
    """Internal: whose events are in the sums.

    One row per visitor and period: whose events these were when they were summed.
    """

    visitor_id: str = pa.Field(description="As in identity.visitors.")
    person_id: str = pa.Field(description="The person.")
    effective_at: Instant = pa.Field(nullable=True, description="From when on (UTC); null: no beginning.")
    superseded_at: Instant = pa.Field(nullable=True, description="Until when (UTC); null: no end.")


class SummedItems(TableContract, table="profiles.summed_items", key=("item_id",), subject="none"):
    """Internal: the catalogue that the sums were made with.

    One row per item of the catalogue with a brand or a category, as it was when its lines were summed.
    """

    item_id: str = pa.Field(description="The item.")
    item_brand: str = pa.Field(nullable=True, description="Its brand.")
    item_category: str = pa.Field(nullable=True, description="Its category.")


class SummedInputs(InputRows, table="profiles.summed_inputs", key=("input", "event_date"), subject="aggregate"):
    """Internal: what profiles were made of.

    One row per input that profiles are made of: each day with events or orders, and the rules.
    """

    input: str = pa.Field(
        isin=(DAY, AS_OF, RULES),
        description="day: of daily_activity, sessions, event_items, cleaned_events, orders, order_items and reversals; "
        "as_of: the last day that counts; rules: settings, and the code and layout of the tables.",
    )
    event_date: pl.Date = pa.Field(nullable=True, description="The day; null for the rules.")
