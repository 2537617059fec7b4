"""Apple Search Ads: reports in units of the organisation's currency; a tap is our click.

Exporters write campaigns and keywords under the same headers, with a bare ``id``. Reading one as the other would
count keywords as campaigns, so a bare ``id`` is left to the source's own mapping (``campaign_id: id``).
"""

from dmp_assets.ingest.ad_spend.platform import AdPlatform

APPLE_SEARCH_ADS = AdPlatform(
    platform="apple_search_ads",
    columns={
        "date": ("date",),
        "account_id": ("organization_id", "org_id"),
        "account_name": ("organization_name", "org_name"),
        "campaign_id": ("campaign_id",),
        "campaign_name": ("campaign_name",),
        "ad_group_id": ("ad_group_id",),
        "ad_group_name": ("ad_group_name",),
        "ad_id": ("ad_id",),
        "ad_name": ("ad_name",),
        "currency": ("local_spend_currency",),
        "impressions": ("impressions",),
        "clicks": ("taps",),
        "spend": ("local_spend_amount",),
        "conversions": ("conversions", "tap_installs"),
        "time_zone": ("time_zone",),
        "updated_at": ("fivetran_synced",),
    },
    breakdowns=("keyword_id", "match_type", "search_term_source", "search_term_text", "country_or_region"),
)
