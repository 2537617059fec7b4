"""Tables of campaigns: their periods and audiences, and what ad platforms report of them."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, MoneySum
from dmp_assets.foundation.values.contracts import TableContract


class RawCampaigns(TableContract, table="ingest.raw_campaigns", key=("campaign_id",), subject="none"):
    """The campaigns, and when they ran.

    One row per campaign with its dates.
    """

    campaign_id: str = pa.Field(description="Campaign id.")
    campaign_name: str = pa.Field(nullable=True, description="Name that people use.")
    campaign_type: str = pa.Field(nullable=True, description="Type of campaign, as the source names it.")
    start_date: pl.Date = pa.Field(nullable=True, description="First day.")
    end_date: pl.Date = pa.Field(nullable=True, description="Last day, inclusive.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")


class RawCampaignAudiences(
    TableContract, table="ingest.raw_campaign_audiences", key=("campaign_id", "user_id"), subject=("user_id",)
):
    """Who was sent which campaign.

    One row per person that a campaign was sent to.
    """

    campaign_id: str = pa.Field(description="Campaign id.")
    user_id: str = pa.Field(description="Account that the source names.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")


LEVELS = ("account", "campaign", "ad_group", "ad")
"""Levels of a report, from the widest to the finest."""
REQUIRED_AD_SPEND = ("date", "platform", "level")
"""Columns without which a row cannot be placed; a report without any id has no level."""


class RawAdSpend(
    TableContract,
    table="ingest.raw_ad_spend",
    key=(
        "platform",
        "account_id",
        "level",
        "campaign_id",
        "ad_group_id",
        "ad_id",
        "date",
        "hour_at",
        "breakdown_by",
        "breakdown",
        "currency",
    ),
    subject="none",
):
    """What advertising cost, as the ad platforms report it.

    One row per report line of an ad platform: its newest statement for a day, a level and a breakdown.

    The same spend is often delivered at several levels and breakdowns. Rows add up only within one ``platform``,
    ``level`` and ``breakdown_by``, and either with ``hour_at`` or without: filter all four before summing.
    """

    date: pl.Date = pa.Field(description="Day of the report, in the time zone of the account.")
    hour_at: Instant = pa.Field(nullable=True, description="Start of the hour (UTC); null for daily reports.")
    platform: str = pa.Field(description="Ad platform: google_ads, facebook_ads, ...")
    account_id: str = pa.Field(nullable=True, description="Account, customer, advertiser or profile.")
    account_name: str = pa.Field(nullable=True, description="Name of the account.")
    campaign_id: str = pa.Field(nullable=True, description="Campaign.")
    campaign_name: str = pa.Field(nullable=True, description="Name of the campaign.")
    ad_group_id: str = pa.Field(nullable=True, description="Ad group, ad set, ad squad or line item.")
    ad_group_name: str = pa.Field(nullable=True, description="Name of the ad group.")
    ad_id: str = pa.Field(nullable=True, description="Ad, creative, pin promotion or promoted tweet.")
    ad_name: str = pa.Field(nullable=True, description="Name of the ad.")
    level: str = pa.Field(
        isin=LEVELS, description="Finest id of the row. Levels repeat the same spend: never add two of them."
    )
    breakdown_by: str = pa.Field(
        nullable=True,
        description="What divides the report further, such as 'country, device'. Each value of this column repeats "
        "the same spend: never add two of them.",
    )
    breakdown: str = pa.Field(
        nullable=True, description="Values of the breakdown as JSON; null where nothing divides the report."
    )
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of the account's currency.")
    impressions: pl.Float64 = pa.Field(
        nullable=True, description="Times an ad was shown; paid ones where reported apart."
    )
    clicks: pl.Float64 = pa.Field(nullable=True, description="Clicks, taps or swipes; paid ones where reported apart.")
    spend: MoneySum = pa.Field(nullable=True, description="Cost in units of the account's currency, never micros.")
    conversions: pl.Float64 = pa.Field(
        nullable=True, description="Conversions by the platform's own attribution; fractions are possible."
    )
    conversion_value: MoneySum = pa.Field(
        nullable=True, description="Value of the conversions in units of the account's currency."
    )
    time_zone: str = pa.Field(nullable=True, description="Time zone of the account, where the report says.")
    updated_at: Instant = pa.Field(
        nullable=True, description="When the platform or its exporter last wrote the row (UTC), where it says."
    )
    records: pl.Int64 = pa.Field(
        ge=1, description="Report lines in this row; more than 1 where a file has several lines with this key."
    )
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file; the first of several.")
