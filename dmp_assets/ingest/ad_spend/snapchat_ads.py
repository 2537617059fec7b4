"""Snapchat Ads: hourly and daily reports in micros; an ad squad is our ad group, a swipe our click."""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

SNAPCHAT_ADS = AdPlatform(
    platform="snapchat_ads",
    columns={
        "date": ("date", "start_time"),
        "hour_at": ("date", "start_time"),
        "account_id": ("ad_account_id", "account_id"),
        "account_name": ("ad_account_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_group_id": ("ad_squad_id",),
        "ad_group_name": ("ad_squad_name",),
        "ad_id": ("ad_id",),
        "ad_name": ("ad_name",),
        "currency": ("currency",),
        "impressions": ("impressions",),
        "clicks": ("swipes",),
        "spend": ("spend",),
        "conversions": ("conversion_purchases",),
        "conversion_value": ("conversion_purchases_value",),
        "time_zone": ("timezone",),
        "updated_at": ("fivetran_synced",),
    },
    micros=frozenset({"spend", "conversion_purchases_value"}),
    breakdowns=("country", "region", "dma", "gender", "age", "os", "make"),
)
