"""Tables of what people do and where: engagement, lifecycle, touches, places and their history."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, MoneySum
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.profiles.schema.profiles import NOT_ENOUGH_DATA, RFM_GROUPS
from dmp_assets.profiles.schema.statements import GEOGRAPHY

STAGES = ("prospect", "new", "active", "at_risk", "lapsed", "reactivated", "not_enough_data")


class Engagement(TableContract, table="profiles.engagement", key=("person_id",), subject=("person_id",)):
    """How much each person takes part.

    One row per person with a visit or a social event: how much the person takes part, on fixed scales.
    """

    person_id: str = pa.Field(description="The person.")
    visits: pl.Int64 = pa.Field(ge=0, description="Sessions in the last 30 days.")
    days_since_visit: pl.Int64 = pa.Field(nullable=True, ge=0, description="Days from the last session ever.")
    page_views_per_visit: pl.Float64 = pa.Field(nullable=True, ge=0, description="In the last 30 days.")
    events_per_visit: pl.Float64 = pa.Field(nullable=True, ge=0, description="In the last 30 days.")
    social_events: pl.Int64 = pa.Field(
        ge=0, description="Reviews, comments, likes, shares, follows, replies, sign-ups, survey answers in 30 days."
    )
    frequency_score: pl.Float64 = pa.Field(ge=0, le=1, description="1 - 0.5 ** (visits / 4).")
    recency_score: pl.Float64 = pa.Field(ge=0, le=1, description="0.5 ** (days_since_visit / half-life); 0 if never.")
    depth_score: pl.Float64 = pa.Field(
        ge=0, le=1, description="Mean of 1 - 0.5 ** (page views per visit / 3) and 1 - 0.5 ** (events per visit / 10)."
    )
    social_score: pl.Float64 = pa.Field(ge=0, le=1, description="1 - 0.5 ** (social_events / 2).")
    engagement_score: pl.Float64 = pa.Field(
        ge=0, le=1, description="0.3 frequency + 0.3 recency + 0.2 depth + 0.2 social."
    )


class Lifecycle(TableContract, table="profiles.lifecycle", key=("person_id",), subject=("person_id",)):
    """Where each person stands as a customer, and when the next order is due.

    One row per person with a profile: stage, gaps between orders, expected next order, order habits.
    """

    person_id: str = pa.Field(description="The person.")
    lifecycle_stage: str = pa.Field(
        isin=STAGES,
        description="prospect: no order; lapsed: silent for over 6 typical gaps; at_risk: over 3; new: one day with "
        "orders; reactivated: back after over 6; active: the rest; not_enough_data: no person has a gap yet.",
    )
    first_order_date: pl.Date = pa.Field(nullable=True, description="Day of the first order.")
    last_order_date: pl.Date = pa.Field(nullable=True, description="Day of the last order.")
    customer_age_days: pl.Int64 = pa.Field(nullable=True, ge=0, description="Days since the first order.")
    days_since_order: pl.Int64 = pa.Field(nullable=True, ge=0, description="Days since the last order.")
    orders: pl.Int64 = pa.Field(ge=0, description="Orders that count.")
    order_days: pl.Int64 = pa.Field(ge=0, description="Days with an order.")
    average_gap_days: pl.Float64 = pa.Field(nullable=True, ge=1, description="Mean days between days with an order.")
    median_gap_days: pl.Float64 = pa.Field(nullable=True, ge=1, description="Median of the same gaps.")
    typical_gap_days: pl.Float64 = pa.Field(
        nullable=True, ge=1, description="Gap that the stage is judged by: own median, or that of the population."
    )
    gap_source: str = pa.Field(
        nullable=True, isin=("own", "population"), description="own from 3 days with an order on."
    )
    next_expected_order_date: pl.Date = pa.Field(
        nullable=True, description="Last order + own median gap, past days too; null below 3 days with an order."
    )
    refund_rate: pl.Float64 = pa.Field(
        nullable=True, ge=0, le=1, description="Refunds and cancellations / orders, at most 1."
    )
    basket_size: pl.Float64 = pa.Field(nullable=True, ge=0, description="Item lines / orders.")
    discount_affinity: pl.Float64 = pa.Field(
        nullable=True, ge=0, le=1, description="Share of the days with an order on which there was a discount."
    )


class Touches(TableContract, table="profiles.touches", key=("person_id",), subject=("person_id",)):
    """Where each person came from, first and last.

    One row per person with a visit of known channel: where the person came from first, and where last.
    """

    person_id: str = pa.Field(description="The person.")
    first_touch_at: Instant = pa.Field(description="Start of the first such visit (UTC).")
    first_touch_channel_group: str = pa.Field(description="Its default channel group.")
    first_touch_source: str = pa.Field(nullable=True, description="Its source.")
    first_touch_medium: str = pa.Field(nullable=True, description="Its medium.")
    first_touch_campaign: str = pa.Field(nullable=True, description="Its campaign.")
    last_touch_at: Instant = pa.Field(description="Start of the last such visit (UTC).")
    last_touch_channel_group: str = pa.Field(description="Its default channel group.")
    last_touch_source: str = pa.Field(nullable=True, description="Its source.")
    last_touch_medium: str = pa.Field(nullable=True, description="Its medium.")
    last_touch_campaign: str = pa.Field(nullable=True, description="Its campaign.")


class Places(
    TableContract, table="profiles.places", key=("person_id", "field", "value", "source"), subject=("person_id",)
):
    """Where people are.

    One row per person, source, and country or city that the person was seen in.
    """

    person_id: str = pa.Field(description="The person.")
    field: str = pa.Field(isin=GEOGRAPHY, description="country or city.")
    value: str = pa.Field(description="The country or city, as events have it.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    observed_at: Instant = pa.Field(description="Newest event there (UTC).")


class ProfileHistory(
    TableContract, table="profiles.profile_history", key=("as_of_date", "person_id"), subject=("person_id",)
):
    """How the RFM group of each buyer changed from month to month.

    One row per month's end and person with an order by then: the RFM part of that day's profile.
    """

    as_of_date: pl.Date = pa.Field(description="Last day of the month.")
    person_id: str = pa.Field(description="The person, by the persons of today.")
    orders: pl.Int64 = pa.Field(ge=1, description="Orders so far.")
    revenue: MoneySum = pa.Field(description="Net sales less reversals so far, base currency.")
    recency_days: pl.Int64 = pa.Field(ge=0, description="Days since the last order.")
    rfm_score: str = pa.Field(nullable=True, description="Recency, frequency and monetary score side by side.")
    rfm_group: str = pa.Field(
        isin=(*RFM_GROUPS, NOT_ENOUGH_DATA),
        description="Name of the scores, among the buyers of that day; 'Not enough data' with fewer than 5.",
    )
