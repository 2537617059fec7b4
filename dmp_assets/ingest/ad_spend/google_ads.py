"""Google Ads: reports of its API and of exporters in micros; downloaded reports have ``cost`` in units."""

from dmp_assets.ingest.ad_spend.platform import AdPlatform, Beside

GOOGLE_ADS = AdPlatform(
    platform="google_ads",
    columns={
        "date": ("date", "segments_date", "day"),
        "account_id": ("customer_id", "account_id"),
        "account_name": ("customer_descriptive_name", "account_name", "account"),
        "campaign_id": ("campaign_id", Beside("id", "base_campaign")),
        "campaign_name": ("campaign_name", "campaign"),
        "ad_group_id": ("ad_group_id", Beside("id", "base_ad_group")),
        "ad_group_name": ("ad_group_name",),
        "ad_id": ("ad_id", "ad_group_ad_ad_id"),
        "ad_name": ("ad_name", "ad_group_ad_ad_name"),
        "currency": ("customer_currency_code", "currency_code"),
        "impressions": ("impressions", "metrics_impressions", "impr"),
        "clicks": ("clicks", "metrics_clicks"),
        "spend": ("cost_micros", "metrics_cost_micros", "cost"),
        "conversions": ("conversions", "metrics_conversions"),
        "conversion_value": ("conversions_value", "metrics_conversions_value", "conversion_value", "conv_value"),
        "time_zone": ("customer_time_zone", "time_zone"),
        "updated_at": ("fivetran_synced",),
    },
    micros=frozenset({"cost_micros", "metrics_cost_micros"}),
    breakdowns=(
        "device", "segments_device", "ad_network_type", "segments_ad_network_type", "network", "hour", "segments_hour",
        "keyword_id", "ad_group_criterion_criterion_id", "keyword_ad_group_criterion",
        "search_term", "search_term_match_type", "country", "region", "city",
    ),
)  # fmt: skip
