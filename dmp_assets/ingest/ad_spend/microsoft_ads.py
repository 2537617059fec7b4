"""Microsoft Advertising: performance reports in units of the account's currency."""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

MICROSOFT_ADS = AdPlatform(
    platform="microsoft_ads",
    columns={
        "date": ("date", "time_period", "timeperiod", "gregorian_date"),
        "account_id": ("account_id", "accountid"),
        "account_name": ("account_name", "accountname"),
        "campaign_id": ("campaign_id", "campaignid"),
        "campaign_name": ("campaign_name", "campaignname"),
        "ad_group_id": ("ad_group_id", "adgroupid"),
        "ad_group_name": ("ad_group_name", "adgroupname"),
        "ad_id": ("ad_id", "adid"),
        "ad_name": ("ad_name", "ad_title", "adtitle"),
        "currency": ("currency_code", "currencycode"),
        "impressions": ("impressions",),
        "clicks": ("clicks",),
        "spend": ("spend",),
        "conversions": ("conversions",),
        "conversion_value": ("revenue",),
        "updated_at": ("fivetran_synced",),
    },
    breakdowns=(
        "device_os", "device_type", "network", "language", "ad_distribution", "bid_match_type",
        "delivered_match_type", "top_vs_other", "budget_association_status", "budget_name",
        "keyword_id", "search_query", "goal", "location_type", "location_id",
        "country", "state", "county", "city", "metro_area", "postal_code",
    ),
)  # fmt: skip
