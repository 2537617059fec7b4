"""GA4's default channel group of a source, medium and campaign."""

import polars as pl

from dmp_assets.ingest.web.sources import classify_sources

_EMAIL = ("email", "e-mail", "e_mail", "e mail")
_SOCIAL = ("social", "social-network", "social-media", "sm", "social network", "social media")
_DISPLAY = ("display", "banner", "expandable", "interstitial", "cpm")
_FREE_LISTINGS = ("google shopping", "shopping free listings")
_SHOP = r"(?:^|[^a-df-z])shop|shopping"


def default_channel_group(source: pl.Series, medium: pl.Series, campaign: pl.Series) -> pl.Series:
    """Return GA4's default channel group of each source, medium and campaign; null where all are missing.

    The rules are those for manually tagged traffic of GA4's help page "Default channel group", in its order; the first
    that holds wins, letter case does not count, ``Unassigned`` is left for the rest. Two rules say more than the page:

    * A shopping site named without any medium is Paid Shopping: a link that names its marketplace but was not followed
      from it was placed there. Google's free listings are not, and a referrer always brings a medium.
    * AI Assistant holds for a known assistant as the source too, not only for the medium ``ai-assistant``: ChatGPT
      tags its links with a source and no medium.

    >>> default_channel_group(
    ...     pl.Series(["google", "google", "shop news"]), pl.Series(["cpc", None, "email"]), pl.Series([None] * 3)
    ... ).to_list()
    ['Paid Search', 'Organic Search', 'Email']
    """
    given = pl.DataFrame(
        {"source": source, "medium": medium, "campaign": campaign},
        schema_overrides=dict.fromkeys(("source", "medium", "campaign"), pl.String),
    )
    distinct = given.unique()
    texts = distinct.select(pl.all().str.strip_chars().str.to_lowercase().replace("", None))
    texts = texts.with_columns(category=classify_sources(texts["source"])["category"])
    groups = distinct.with_columns(texts.select(channel_group=_channel_rules()).to_series())
    joined = given.join(
        groups, on=["source", "medium", "campaign"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined["channel_group"]


def _channel_rules() -> pl.Expr:
    source, medium, category = pl.col("source"), pl.col("medium"), pl.col("category")
    paid = (
        medium.str.contains("cp", literal=True) | medium.is_in(["ppc", "retargeting"]) | medium.str.starts_with("paid")
    )
    placed = (category == "shopping") & medium.is_null() & ~source.is_in(_FREE_LISTINGS)
    shop_campaign = pl.col("campaign").str.contains(_SHOP)
    rules = (
        ((source == "(direct)") & medium.is_in(["(none)", "(not set)"]), "Direct"),
        (pl.col("campaign").str.contains("cross-network", literal=True), "Cross-network"),
        ((((category == "shopping") | shop_campaign) & paid) | placed, "Paid Shopping"),
        ((category == "search") & paid, "Paid Search"),
        ((category == "social") & paid, "Paid Social"),
        ((category == "video") & paid, "Paid Video"),
        (medium.is_in(_DISPLAY), "Display"),
        (paid, "Paid Other"),
        ((category == "shopping") | shop_campaign, "Organic Shopping"),
        ((category == "social") | medium.is_in(_SOCIAL), "Organic Social"),
        ((category == "video") | medium.str.contains("video", literal=True), "Organic Video"),
        ((category == "search") | (medium == "organic"), "Organic Search"),
        ((category == "ai") | (medium == "ai-assistant"), "AI Assistant"),
        (medium.is_in(["referral", "app", "link"]), "Referral"),
        (source.is_in(_EMAIL) | medium.is_in(_EMAIL), "Email"),
        (medium == "affiliate", "Affiliates"),
        (medium == "audio", "Audio"),
        ((source == "sms") | (medium == "sms"), "SMS"),
        (
            medium.str.ends_with("push") | medium.str.contains("mobile|notification") | (source == "firebase"),
            "Mobile Push Notifications",
        ),
        (source.is_not_null() | medium.is_not_null() | pl.col("campaign").is_not_null(), "Unassigned"),
    )
    return pl.coalesce(pl.when(holds).then(pl.lit(group)) for holds, group in rules)
