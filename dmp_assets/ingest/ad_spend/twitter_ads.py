"""Twitter (X) Ads: billed charges in micros; a line item is our ad group, a promoted tweet our ad.

A day is written as the instant in UTC at which it began in the account's zone: 07:00 in summer and 08:00 in winter
is a day of Los Angeles. So the source's ``time_zone`` must be the account's.
"""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

TWITTER_ADS = AdPlatform(
    platform="twitter_ads",
    columns={
        "date": ("date",),
        "account_id": ("account_id",),
        "account_name": ("account_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_group_id": ("line_item_id",),
        "ad_group_name": ("line_item_name",),
        "ad_id": ("promoted_tweet_id",),
        "currency": ("currency",),
        "impressions": ("impressions",),
        "clicks": ("clicks",),
        "spend": ("billed_charge_local_micro",),
        "conversions": ("conversion_purchases_metric", "conversion_purchases"),
        "conversion_value": ("conversion_purchases_sale_amount_local_micro", "conversion_purchases_sale_amount"),
        "time_zone": ("timezone",),
        "updated_at": ("fivetran_synced",),
    },
    micros=frozenset({"billed_charge_local_micro", "conversion_purchases_sale_amount_local_micro"}),
    breakdowns=("placement", "segment", "location_name", "location_type", "keyword", "keywords"),
    utc_days=True,
)
