"""TikTok Ads: hourly and daily reports in units of the account's currency."""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

TIKTOK_ADS = AdPlatform(
    platform="tiktok_ads",
    columns={
        "date": ("stat_time_day", "stat_time_hour", "date"),
        "hour_at": ("stat_time_hour",),
        "account_id": ("advertiser_id",),
        "account_name": ("advertiser_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_group_id": ("adgroup_id", "ad_group_id"),
        "ad_group_name": ("adgroup_name", "ad_group_name"),
        "ad_id": ("ad_id",),
        "ad_name": ("ad_name",),
        "currency": ("currency",),
        "impressions": ("impressions",),
        "clicks": ("clicks",),
        "spend": ("spend",),
        "conversions": ("conversion", "conversions"),
        "conversion_value": ("total_purchase_value",),
        "time_zone": ("timezone",),
        "updated_at": ("fivetran_synced",),
    },
    breakdowns=("country_code", "province_id", "age", "gender", "platform", "placement", "language"),
)
