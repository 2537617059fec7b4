"""Contracts of what analysts' views are made over."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Money, MoneySum
from dmp_assets.foundation.values.contracts import TableContract


class Items(TableContract, table="analytics.items", key=("item_id",), subject="none"):
    """What each item is called, its category, brand and price.

    One row per item that a catalogue, an event or an order names.

    The catalogue's source counts before the newest value of events, and these before that of orders.
    """

    item_id: str = pa.Field(description="Product.")
    item_name: str = pa.Field(nullable=True, description="Name.")
    item_category: str = pa.Field(nullable=True, description="Category: the level that profiles and reports use.")
    item_category2: str = pa.Field(nullable=True, description="Sub-category; only a catalogue's source gives it.")
    item_brand: str = pa.Field(nullable=True, description="Brand.")
    item_department: str = pa.Field(nullable=True, description="Widest grouping; only a catalogue's source gives it.")
    price: Money = pa.Field(
        nullable=True, description="Price of one unit seen last in an event, else in an order, base currency."
    )
    is_in_catalogue: pl.Boolean = pa.Field(description="Whether a source of kind items has it.")


class DailyAdSpend(
    TableContract,
    table="analytics.daily_ad_spend",
    key=("event_date", "platform", "account_id", "campaign_id", "campaign_name"),
    subject="none",
):
    """What was spent on ads, by day and campaign, each amount once.

    One row per day, ad account and campaign, whatever levels and breakdowns of the reports repeat it.

    Of each account and day one report counts: campaigns before ad groups, ads and the whole account; undivided before
    divided, daily before hourly.
    """

    event_date: pl.Date = pa.Field(description="Day of the report, in the calendar of the ad account.")
    platform: str = pa.Field(description="Ad platform: google_ads, facebook_ads, ...")
    account_id: str = pa.Field(nullable=True, description="Account, customer, advertiser or profile.")
    campaign_id: str = pa.Field(nullable=True, description="Campaign, as the platform numbers it.")
    campaign_name: str = pa.Field(nullable=True, description="Name of the campaign.")
    spend: MoneySum = pa.Field(
        nullable=True, description="Cost, base currency; null where a line has none, or no rate to the base currency."
    )
    impressions: pl.Float64 = pa.Field(nullable=True, description="Times an ad was shown; null where no line says it.")
    clicks: pl.Float64 = pa.Field(nullable=True, description="Clicks, taps or swipes; null where no line says it.")
