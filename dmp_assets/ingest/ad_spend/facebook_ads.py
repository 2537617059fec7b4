"""Facebook Ads (Meta): insights in units of the account's currency.

Conversions are in a separate table of actions, by action type. It holds no spend and is not read here.
"""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

FACEBOOK_ADS = AdPlatform(
    platform="facebook_ads",
    columns={
        "date": ("date", "date_start", "day"),
        "account_id": ("account_id",),
        "account_name": ("account_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_group_id": ("adset_id", "ad_set_id"),
        "ad_group_name": ("adset_name", "ad_set_name"),
        "ad_id": ("ad_id",),
        "ad_name": ("ad_name",),
        "currency": ("account_currency", "currency"),
        "impressions": ("impressions",),
        "clicks": ("inline_link_clicks", "link_clicks", "clicks"),
        "spend": ("spend", "amount_spent"),
        "conversions": ("conversions",),
        "conversion_value": ("conversion_value",),
        "time_zone": ("timezone_name",),
        "updated_at": ("fivetran_synced",),
    },
    breakdowns=(
        "country", "region", "dma", "age", "gender", "publisher_platform", "platform_position", "impression_device",
        "device_platform", "product_id", "hourly_stats_aggregated_by_advertiser_time_zone",
    ),
)  # fmt: skip
