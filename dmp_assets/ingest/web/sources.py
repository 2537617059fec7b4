"""What kind of site a traffic source is: search, social, video, shopping or an AI assistant."""

import functools
from pathlib import Path

import polars as pl

from dmp_assets.ingest.web.distinct import encode

_TABLE = Path(__file__).with_name("source_categories.csv")
_COUNTRY_ENDING = r"\.(?:com|net|org|cat|(?:(?:com?|net|org)\.)?[a-z]{2})$"
# A portal is a search engine at these subdomains only; at others (mail, docs, blog, news) it is an ordinary site.
_SEARCH_LABELS = r"^(?:(?:[a-z]{1,2}|www\d*|wap|mobile|search|suche|images?|video|scholar|cse|html|lite)\.)*$"
# The deepest known hosts have five labels; more than eight are no site that the table could name.
_DEEPEST = 8


@functools.cache
def source_categories() -> pl.DataFrame:
    """Return the table of known sources: ``source``, ``category`` and ``name``.

    A source is a word as found in ``utm_source`` (``google``), a domain, which stands for its subdomains too
    (``bing.com``), or a domain under any country ending (``google.*``). The longest match wins: ``aws.amazon.com``,
    of category ``none``, is no shop. Of search engines only the usual subdomains count: ``mail.google.com`` is none.
    """
    return pl.read_csv(_TABLE, infer_schema=False)


def classify_sources(sources: pl.Series) -> pl.DataFrame:
    """Return ``category`` (search, social, video, shopping, ai, null) and ``name`` of each source or host.

    Letter case and surrounding spaces do not count. A name is the word for the site, null where it is not known.

    >>> classify_sources(pl.Series(["Google", "www.google.co.uk", "mail.google.com", "example.com"])).rows()
    [('search', 'google'), ('search', 'google'), (None, None), (None, None)]
    """
    places, distinct = encode(sources.cast(pl.String))
    return _match(distinct).select(pl.all().gather(places))


def _match(sources: pl.Series) -> pl.DataFrame:
    """Look each source up, then what is left of it without its first label, and so on."""
    given = sources.to_frame("given")
    known, matched = source_categories().rename({"source": "key"}), []
    left = given.select("given", labels=pl.lit(""), source=pl.col("given").str.strip_chars().str.to_lowercase())
    for _ in range(_DEEPEST):
        for key in (pl.col("source"), pl.col("source").str.replace(_COUNTRY_ENDING, ".*")):
            looked_up = left.with_columns(key=key).join(known, on="key", how="left")
            matched.append(looked_up.drop_nulls("category").select("given", "labels", "category", "name"))
            left = looked_up.filter(pl.col("category").is_null()).select("given", "labels", "source")
        parts = pl.col("source").str.splitn(".", 2).struct
        left = left.select("given", labels=pl.col("labels") + parts[0] + ".", source=parts[1]).drop_nulls("source")
        if left.is_empty():
            break
    no_search = (pl.col("category") == "search") & ~pl.col("labels").str.contains(_SEARCH_LABELS)
    sites = pl.concat(matched).filter(~no_search & (pl.col("category") != "none"))
    return given.join(sites, on="given", how="left", maintain_order="left").select("category", "name")
