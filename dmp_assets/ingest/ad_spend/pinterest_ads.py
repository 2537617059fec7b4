"""Pinterest Ads: reports in micros. Only paid impressions and clicks (``_1``) are read, not earned (``_2``)."""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

PINTEREST_ADS = AdPlatform(
    platform="pinterest_ads",
    columns={
        "date": ("date",),
        "account_id": ("advertiser_id", "ad_account_id"),
        "account_name": ("advertiser_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_group_id": ("ad_group_id",),
        "ad_group_name": ("ad_group_name",),
        "ad_id": ("pin_promotion_id", "ad_id"),
        "ad_name": ("pin_promotion_name", "ad_name"),
        "currency": ("currency",),
        "impressions": ("impression_1",),
        "clicks": ("clickthrough_1",),
        "spend": ("spend_in_micro_dollar",),
        "conversions": ("total_conversions",),
        "conversion_value": ("total_conversions_value_in_micro_dollar",),
        "updated_at": ("fivetran_synced",),
    },
    micros=frozenset({"spend_in_micro_dollar", "total_conversions_value_in_micro_dollar"}),
    breakdowns=("keyword_id", "targeting_type", "targeting_value"),
)
