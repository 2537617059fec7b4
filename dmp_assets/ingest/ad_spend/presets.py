"""The platforms whose reports can be read, by the name of their preset."""

from dmp_assets.ingest.ad_spend.amazon_ads import AMAZON_ADS
from dmp_assets.ingest.ad_spend.apple_search_ads import APPLE_SEARCH_ADS
from dmp_assets.ingest.ad_spend.facebook_ads import FACEBOOK_ADS
from dmp_assets.ingest.ad_spend.google_ads import GOOGLE_ADS
from dmp_assets.ingest.ad_spend.linkedin_ads import LINKEDIN_ADS
from dmp_assets.ingest.ad_spend.microsoft_ads import MICROSOFT_ADS
from dmp_assets.ingest.ad_spend.pinterest_ads import PINTEREST_ADS
from dmp_assets.ingest.ad_spend.platform import AdPlatform
from dmp_assets.ingest.ad_spend.reddit_ads import REDDIT_ADS
from dmp_assets.ingest.ad_spend.snapchat_ads import SNAPCHAT_ADS
from dmp_assets.ingest.ad_spend.tiktok_ads import TIKTOK_ADS
from dmp_assets.ingest.ad_spend.twitter_ads import TWITTER_ADS

AD_PLATFORMS: dict[str, AdPlatform] = {
    platform.platform: platform
    for platform in (
        GOOGLE_ADS,
        FACEBOOK_ADS,
        MICROSOFT_ADS,
        LINKEDIN_ADS,
        TIKTOK_ADS,
        PINTEREST_ADS,
        REDDIT_ADS,
        SNAPCHAT_ADS,
        TWITTER_ADS,
        AMAZON_ADS,
        APPLE_SEARCH_ADS,
    )
}
"""Preset name -> platform."""
