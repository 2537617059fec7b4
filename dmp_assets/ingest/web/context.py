"""Fill the web columns of events from their page address, referrer and user agent."""

from collections.abc import Iterable

import polars as pl

from dmp_assets.ingest.values.texts import trim
from dmp_assets.ingest.web.bots import bot_rule
from dmp_assets.ingest.web.channels import default_channel_group
from dmp_assets.ingest.web.distinct import encode, on_distinct
from dmp_assets.ingest.web.traffic import traffic_source
from dmp_assets.ingest.web.urls import UTM_PARAMETERS, parse_hosts, parse_pages

_CLICK = ("mkt_clickid", "mkt_network")
_RAW = ("page_url", "referrer_url", "user_agent")
WEB_COLUMNS = ("page_host", "page_path", "referrer_host", *UTM_PARAMETERS, *_CLICK, "channel_group", "bot_rule")


def add_web_context(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with all of ``WEB_COLUMNS`` as text, filled where the source left them open.

    What the source gave wins. The tags of the address fill the gaps of a row only where both agree: a source that
    books another campaign than the address carries is not completed with that address's medium. ``channel_group`` is
    GA4's for the row's ``traffic_source``; null on an inner link and without page, referrer and tags.

    Args:
        frame: Any of ``page_url``, ``referrer_url``, ``user_agent`` and ``WEB_COLUMNS``; what is absent counts as null.

    >>> urls = ["https://a.com/?utm_source=news&utm_medium=email"]
    >>> add_web_context(pl.DataFrame({"page_url": urls, "user_agent": ["curl/8"]})).select(
    ...     "page_host", "mkt_source", "channel_group", "bot_rule"
    ... ).row(0)
    ('a.com', 'news', 'Email', 'http library: ^curl')
    """
    given = [name for name in (*_RAW, *WEB_COLUMNS) if name in frame.columns and frame[name].count()]
    if not given:
        return frame.with_columns(_nothing(WEB_COLUMNS))
    web = frame.select(_text(frame[name]) for name in given).with_row_index("row")
    web = web.with_columns(_nothing([name for name in (*_RAW, *WEB_COLUMNS) if name not in given]))
    some = web.select(pl.any_horizontal(pl.col(given).is_not_null())).to_series()
    if some.all():
        return frame.with_columns(_fill(web).drop("row"))
    filled = web.select("row").join(_fill(web.filter(some)), on="row", how="left", maintain_order="left")
    return frame.with_columns(filled.drop("row"))


def _fill(web: pl.DataFrame) -> pl.DataFrame:
    places, addresses = encode(web["page_url"])
    web = web.with_columns(parse_pages(addresses).select(pl.all().gather(places).name.prefix("url_")))
    web = web.with_columns(
        pl.coalesce("page_host", "url_page_host").alias("page_host"),
        pl.coalesce("page_path", "url_page_path").alias("page_path"),
        pl.coalesce("referrer_host", on_distinct(web["referrer_url"], parse_hosts)).alias("referrer_host"),
        pl.coalesce("bot_rule", bot_rule(web["user_agent"])).alias("bot_rule"),
    )
    web = _complete(_complete(web, tuple(UTM_PARAMETERS)), _CLICK)
    traffic = traffic_source(web)
    group = default_channel_group(traffic["source"], traffic["medium"], web["mkt_campaign"])
    return web.with_columns(channel_group=pl.coalesce("channel_group", group)).select("row", *WEB_COLUMNS)


def _complete(web: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """Complete the given values from the address, where no given value contradicts it."""
    given = [name for name in names if web[name].count()]
    differs = pl.any_horizontal(
        pl.lit(False), *(pl.col(name).str.to_lowercase() != pl.col(f"url_{name}").str.to_lowercase() for name in given)
    )
    web = web.with_columns(differs=differs.fill_null(False)) if given else web
    return web.with_columns(
        pl.when("differs").then(name).otherwise(pl.coalesce(name, f"url_{name}")).alias(name)
        if given
        else pl.col(f"url_{name}").alias(name)
        for name in names
    )


def _nothing(names: Iterable[str]) -> list[pl.Expr]:
    return [pl.lit(None, dtype=pl.String).alias(name) for name in names]


def _text(values: pl.Series) -> pl.Series:
    text = values if values.dtype == pl.String else values.cast(pl.String, strict=False)
    return text if values.name in _RAW else trim(text)
