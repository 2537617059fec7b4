"""LinkedIn Ads: analytics in units of the account's currency; its creative is our ad.

Reports by month have no day and are not read. Spread over days, they would be numbers that LinkedIn did not report.
"""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

LINKEDIN_ADS = AdPlatform(
    platform="linkedin_ads",
    columns={
        "date": ("day", "date", "start_date"),
        "account_id": ("account_id",),
        "account_name": ("account_name",),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_id": ("creative_id",),
        "ad_name": ("creative_name",),
        "currency": ("currency", "currency_code"),
        "impressions": ("impressions",),
        "clicks": ("clicks",),
        "spend": ("cost_in_local_currency",),
        "conversions": ("external_website_conversions",),
        "conversion_value": ("conversion_value_in_local_currency",),
        "updated_at": ("fivetran_synced",),
    },
    breakdowns=("member_country", "member_region", "campaign_group_id"),
)
