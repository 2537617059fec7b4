"""The table of profiles, and the RFM groups that segments and reports name people by."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, MoneySum, Names
from dmp_assets.foundation.values.contracts import TableContract

RFM_GRID = (
    ("Lost", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
    ("Hibernating", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
    ("About to Sleep", "About to Sleep", "Need Attention", "Loyal Customers", "Loyal Customers"),
    ("Promising", "Potential Loyalists", "Potential Loyalists", "Loyal Customers", "Loyal Customers"),
    ("New Customers", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"),
)
"""The group of each recency score (row, 1 first) and each mean of frequency and monetary score (column, 1 first)."""

RFM_GROUPS = (
    "Champions",
    "Loyal Customers",
    "Potential Loyalists",
    "New Customers",
    "Promising",
    "Need Attention",
    "About to Sleep",
    "At Risk",
    "Cannot Lose Them",
    "Hibernating",
    "Lost",
)

NO_ORDERS = "No orders"
NOT_ENOUGH_DATA = "Not enough data"
TOP_CATEGORIES = 5


class Profiles(TableContract, table="profiles.profiles", key=("person_id",), subject=("person_id",)):
    """What we know of each person: orders, spending, favourites, scores.

    One row per person with an event, order or reversal up to the as-of day: what we know of the person that day.
    """

    person_id: str = pa.Field(description="The person.")
    as_of_date: pl.Date = pa.Field(description="Events and orders up to and including this day were used.")
    first_seen_at: Instant = pa.Field(
        nullable=True, description="First event (UTC); null where orders alone name the person."
    )
    last_seen_at: Instant = pa.Field(
        nullable=True, description="Last event (UTC); null where orders alone name the person."
    )
    active_days: pl.Int64 = pa.Field(ge=0, description="Days with an event.")
    events: pl.Int64 = pa.Field(ge=0, description="Events of any name.")
    first_order_date: pl.Date = pa.Field(nullable=True, description="Day of the first order; null without orders.")
    last_order_date: pl.Date = pa.Field(nullable=True, description="Day of the last order; null without orders.")
    recency_days: pl.Int64 = pa.Field(nullable=True, ge=0, description="Days from the last order to the as-of day.")
    orders: pl.Int64 = pa.Field(ge=0, description="Orders that count, cancelled and refunded ones too.")
    revenue: MoneySum = pa.Field(description="Net sales of orders less reversals, each on its own day, base currency.")
    average_order_value: MoneySum = pa.Field(nullable=True, description="revenue / orders, base currency.")
    items: pl.Int64 = pa.Field(ge=0, description="Item lines bought.")
    discount: MoneySum = pa.Field(description="All discounts of orders, base currency, positive.")
    discount_rate: pl.Float64 = pa.Field(
        nullable=True,
        ge=0,
        le=1,
        description="discount / (revenue + discount): the share of the price before discounts that was saved; "
        "1 where reversals exceed net sales, null where the sum is not positive.",
    )
    top_categories: Names = pa.Field(
        nullable=True,
        description="Up to 5 item categories, most bought first: net sales of their lines, halved in weight with every "
        "half-life (interest_half_life_days in dmp.yaml) of age; blocked_categories are left out; null where none is "
        "known.",
    )
    top_category: str = pa.Field(nullable=True, description="The first of top_categories.")
    top_category_share: pl.Float64 = pa.Field(
        nullable=True,
        ge=0,
        le=1,
        description="Share of top_category in the weighted net sales of all known categories.",
    )
    rfm_recency_score: pl.Int64 = pa.Field(
        nullable=True,
        ge=1,
        le=5,
        description="5 for the latest buyers; fifths of all buyers, equal values score equal.",
    )
    rfm_frequency_score: pl.Int64 = pa.Field(
        nullable=True, ge=1, le=5, description="5 for most orders; fifths of all buyers, equal values score equal."
    )
    rfm_monetary_score: pl.Int64 = pa.Field(
        nullable=True, ge=1, le=5, description="5 for most revenue; fifths of all buyers, equal values score equal."
    )
    rfm_score: str = pa.Field(nullable=True, description="The three scores side by side: recency, frequency, monetary.")
    rfm_group: str = pa.Field(
        isin=(*RFM_GROUPS, NO_ORDERS, NOT_ENOUGH_DATA),
        description="Name of the scores; 'No orders' without an order, 'Not enough data' with fewer than 5 buyers.",
    )
    age_range: str = pa.Field(nullable=True, description="Age band, from the CRM.")
    income_range: str = pa.Field(nullable=True, description="Yearly income band, from the CRM.")
    home_ownership: str = pa.Field(nullable=True, description="Owner, renter, ..., from the CRM.")
    marital_status: str = pa.Field(nullable=True, description="Marital status, from the CRM.")
    household_size: str = pa.Field(nullable=True, description="Persons in the household, from the CRM.")
    household_composition: str = pa.Field(nullable=True, description="Adults and children in words, from the CRM.")
    children: str = pa.Field(nullable=True, description="Children in the household, from the CRM.")
    country: str = pa.Field(nullable=True, description="Country, from the CRM.")
    city: str = pa.Field(nullable=True, description="City, from the CRM.")
