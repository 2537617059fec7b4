"""Reddit Ads: reports in micros of the account's currency.

Conversions are in a separate table of events. It holds no spend and is not read here.
"""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

REDDIT_ADS = AdPlatform(
    platform="reddit_ads",
    columns={
        "date": ("date",),
        "account_id": ("account_id",),
        "account_name": ("account_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_group_id": ("ad_group_id",),
        "ad_group_name": ("ad_group_name",),
        "ad_id": ("ad_id",),
        "ad_name": ("ad_name",),
        "currency": ("currency",),
        "impressions": ("impressions",),
        "clicks": ("clicks",),
        "spend": ("spend",),
        "time_zone": ("time_zone_id",),
        "updated_at": ("fivetran_synced",),
    },
    micros=frozenset({"spend"}),
    breakdowns=("country", "region", "community", "placement", "interest", "gallery_item_id"),
)
