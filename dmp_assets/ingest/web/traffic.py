"""Source and medium of events, whether their links were tagged or not."""

import polars as pl

from dmp_assets.ingest.web.distinct import encode
from dmp_assets.ingest.web.sources import classify_sources

# What a click id says where the link has no tags. GA4 books DoubleClick as cpm; Facebook marks unpaid links too.
NETWORK_TRAFFIC = {
    "Google": ("google", "cpc"),
    "Microsoft": ("bing", "cpc"),
    "DoubleClick": ("doubleclick", "cpm"),
    "TikTok": ("tiktok", "cpc"),
    "LinkedIn": ("linkedin", "cpc"),
    "Facebook": ("facebook", "referral"),
}

_TAGS = ("mkt_source", "mkt_medium", "mkt_campaign")


def traffic_source(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ``source`` and ``medium`` of each row, in GA4's words.

    The first of these that says something:

    1. The tags: ``mkt_source`` and ``mkt_medium``; what one of them leaves open is taken from the click id.
    2. The click id's network: ``google / cpc`` for Google, as ``NETWORK_TRAFFIC`` has them.
    3. A campaign tag alone: the link was tagged, so neither referrer nor ``(direct)`` is believed; both null.
    4. The referrer's host. The page's own host, ``www.`` aside: an inner link, both null. A search engine: its name
       and ``organic``. An AI assistant: its host and ``ai-assistant``. Any other: its host and ``referral``.
    5. A page without a referrer: ``(direct) / (none)``. No page either: both null.

    Args:
        frame: ``mkt_source``, ``mkt_medium``, ``mkt_campaign``, ``mkt_network``, ``page_host``, ``referrer_host``.

    >>> row = {"mkt_source": None, "mkt_medium": None, "mkt_campaign": None, "mkt_network": None}
    >>> traffic_source(pl.DataFrame([
    ...     row | {"page_host": "a.com", "referrer_host": "www.bing.com"},
    ...     row | {"page_host": "a.com", "referrer_host": None},
    ... ])).rows()
    [('bing', 'organic'), ('(direct)', '(none)')]
    """
    columns = (*_TAGS, "mkt_network", "page_host", "referrer_host")
    facts = frame.select(pl.col(columns).cast(pl.String))
    for column, table in (("mkt_network", _of_networks), ("referrer_host", _of_referrers)):
        places, distinct = encode(facts[column])
        facts = facts.with_columns(table(distinct).select(pl.all().gather(places)))
    referrer, page = pl.col("referrer_host"), pl.col("page_host")
    facts = facts.with_columns(
        tagged=pl.any_horizontal(pl.col(*_TAGS, "click_source").is_not_null()),
        inner=referrer.str.strip_prefix("www.") == page.str.strip_prefix("www."),
    )
    direct = page.is_not_null() & referrer.is_null()
    return facts.select(
        pl.when("tagged")
        .then(pl.coalesce(f"mkt_{name}", f"click_{name}"))
        .when(direct)
        .then(pl.lit(nothing))
        .when(pl.col("inner").fill_null(False).not_())
        .then(f"referrer_{name}")
        .alias(name)
        for name, nothing in (("source", "(direct)"), ("medium", "(none)"))
    )


def _of_networks(networks: pl.Series) -> pl.DataFrame:
    rows = [NETWORK_TRAFFIC.get(network, (None, None)) for network in networks]
    return pl.DataFrame(rows, schema={"click_source": pl.String, "click_medium": pl.String}, orient="row")


def _of_referrers(hosts: pl.Series) -> pl.DataFrame:
    searched = pl.col("category") == "search"
    assistant = pl.when(pl.col("category") == "ai").then(pl.lit("ai-assistant"))
    return (
        classify_sources(hosts)
        .with_columns(host=hosts)
        .select(
            referrer_source=pl.when(searched).then("name").otherwise("host"),
            referrer_medium=pl.when(searched)
            .then(pl.lit("organic"))
            .otherwise(assistant.otherwise(pl.lit("referral"))),
        )
    )
