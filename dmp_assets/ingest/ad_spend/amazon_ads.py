"""Amazon Ads: reports in units of the profile's currency; conversions are purchases within 30 days."""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

AMAZON_ADS = AdPlatform(
    platform="amazon_ads",
    columns={
        "date": ("date",),
        "account_id": ("profile_id", "account_id"),
        "account_name": ("account_name", "profile_name"),
        "campaign_id": ("campaign_id", "campaignid"),
        "campaign_name": ("campaign_name", "campaignname"),
        "ad_group_id": ("ad_group_id", "adgroupid"),
        "ad_group_name": ("ad_group_name", "adgroupname"),
        "ad_id": ("ad_id", "adid"),
        "currency": ("campaign_budget_currency_code", "campaignbudgetcurrencycode", "currency_code"),
        "impressions": ("impressions",),
        "clicks": ("clicks",),
        "spend": ("cost", "spend"),
        "conversions": ("purchases_30_d", "purchases30d"),
        "conversion_value": ("sales_30_d", "sales30d"),
        "updated_at": ("fivetran_synced",),
    },
    breakdowns=(
        "keyword_id", "targeting", "keyword_type", "match_type", "search_term", "advertised_asin", "advertised_sku",
        "placement_classification",
    ),
)  # fmt: skip
