"""Events of the web shop as Segment-spec calls, one JSON object per line."""

import polars as pl

from dmp_assets.simulation.catalogue import TOPICS
from dmp_assets.simulation.events import CART, CHECKOUT, LOGIN, PURCHASE, REFUND, SEARCH, VIEW
from dmp_assets.simulation.files.faults import MISSING_TIME, UNREADABLE_STAMP, UNREADABLE_TIME, spoil_json
from dmp_assets.simulation.files.json_pieces import amount, chosen, joined, when
from dmp_assets.simulation.files.web_records import (
    ALIAS,
    BROWSERS,
    CRAWLERS,
    GROUP,
    SCREEN,
    campaign_text,
    web_records,
)
from dmp_assets.simulation.parameters import CHANNELS, ZONES
from dmp_assets.simulation.world import World

HOST = "https://shop.example"
_PATHS = ("/", "/login", "", "/search", "/p/", "/cart", "/checkout", "/order/confirmation", "/account/orders",
          "/kiosk", "/account", "/account")  # fmt: skip
_TITLES = ("Home", "Log in", "", "Search", "Product", "Cart", "Checkout", "Thank you", "Orders",
           "Kiosk", "Account", "Account")  # fmt: skip
_SERVER = ',"context":{"library":{"name":"analytics-node","version":"2.1.0"}}'


def segment_lines(
    events: pl.DataFrame, orders: pl.DataFrame, catalogue: pl.DataFrame, world: World, epoch_us: int
) -> pl.DataFrame:
    """Return the events with their ``line``, ``event_id`` and ``event_name``.

    Args:
        events: Web events with their faults.
        orders: Online orders, by session.
        catalogue: ``Catalogue.frame``.
        world: Persons and devices.
        epoch_us: The first day, in microseconds since 1970.

    ``timestamp`` is left to the reader: ``receivedAt - (sentAt - originalTimestamp)`` is ``at_us`` to the millisecond,
    whatever the device's clock says.
    """
    frame = web_records(events, world).join(
        orders.select("session", "transaction_id", "products", order_cents="cents"),
        on="session", how="left", maintain_order="left",
    )  # fmt: skip
    goods = catalogue[events["item"].cast(pl.Int64).clip(0)]
    frame = pl.concat([frame, goods], how="horizontal").with_columns(stamp_us=pl.col("at_us") + epoch_us, **_page())
    call, name = pl.col("call"), pl.col("event_name")
    is_track = call.is_between(SEARCH, REFUND)
    line = joined(
        '{"type":"', pl.when(is_track).then(joined('track","event":"', name)).otherwise(name), '"',
        ',"messageId":"', pl.col("event_id"), '"', when(~pl.col("server"), ',"anonymousId":"', pl.col("browser"), '"'),
        when(pl.col("identified"), ',"userId":"', pl.col("account"), '"'), _content(call), _context(), _times(), "}",
    )  # fmt: skip
    lines = frame.select(line=line)["line"]
    return frame.with_columns(line=spoil_json(lines, frame["violation"], frame["message"]))


def _page() -> dict[str, pl.Expr]:
    """Return the address of each call; the first of a session carries what led there."""
    queries = [
        f"?utm_source={channel.source}&utm_medium={channel.medium}&utm_campaign=" if channel.source else None
        for channel in CHANNELS
    ]
    number = pl.col("channel")
    click = joined("&", chosen([c.click_id for c in CHANNELS], number), "=", pl.col("event_id"))
    query = joined(chosen(queries, number), campaign_text(), when(_ad().is_not_null(), "&utm_content=", _ad()),
                   when(chosen([c.click_id for c in CHANNELS], number).is_not_null(), click))  # fmt: skip
    item = when(pl.col("call") == VIEW, pl.col("item_id"))
    tagged = pl.col("first") & chosen(queries, number).is_not_null()
    search = when(pl.col("call") == SEARCH, "?q=", _search_term())
    path = joined(chosen(_PATHS, pl.col("call")), item)
    return {"path": path, "query": pl.coalesce(pl.when(tagged).then(query), search)}


def _ad() -> pl.Expr:
    ads = [ad for channel in CHANNELS for ad in (*channel.ads, None, None, None)[:3]]
    return chosen(ads, pl.col("channel").cast(pl.Int64) * 3 + pl.col("session") % 3)


def _search_term() -> pl.Expr:
    return chosen(TOPICS, pl.col("session") % len(TOPICS))


def _content(call: pl.Expr) -> pl.Expr:
    """Return what a call says besides who and where, by kind of call."""
    goods = joined('"product_id":"', pl.col("item_id"), '","name":', pl.col("name_json"), ',"brand":',
                   pl.col("brand_json"), ',"category":"', pl.col("category"), '","price":', amount(pl.col("cents")),
                   ',"quantity":1,"currency":"EUR"')  # fmt: skip
    order = joined('"order_id":"', pl.col("transaction_id"), '","revenue":', amount(pl.col("order_cents")),
                   ',"currency":"EUR","products":[', pl.col("products"), "]")  # fmt: skip
    traits = joined(
        '"email":"', pl.col("email"), '"', when(pl.col("session") % 3 == 0, ',"phone":"', pl.col("phone"), '"')
    )
    return (
        pl.when(call.is_between(VIEW, CART)).then(joined(',"properties":{', goods, "}"))
        .when(call.is_in([PURCHASE, REFUND])).then(joined(',"properties":{', order, "}"))
        .when(call == CHECKOUT).then(pl.lit(',"properties":{"currency":"EUR"}'))
        .when(call == SEARCH).then(joined(',"properties":{"query":"', _search_term(), '"}'))
        .when(call == LOGIN).then(joined(',"traits":{', traits, "}"))
        .when(call == ALIAS).then(joined(',"previousId":"', pl.col("browser"), '"'))
        .when(call == GROUP).then(pl.lit(',"groupId":"club","traits":{"name":"Club"}'))
        .when(call == SCREEN).then(pl.lit(',"name":"Kiosk","properties":{}'))
        .otherwise(joined(',"name":"', chosen(_TITLES, call), '","properties":{}'))
    )  # fmt: skip


def _context() -> pl.Expr:
    human = pl.col("bot") == 0
    referrer = chosen([channel.referrer for channel in CHANNELS], pl.col("channel"))
    number = pl.col("channel")
    campaign = when(
        pl.col("first") & chosen([c.source for c in CHANNELS], number).is_not_null(),
        ',"campaign":{"source":"', chosen([c.source for c in CHANNELS], number),
        '","medium":"', chosen([c.medium for c in CHANNELS], number), '","name":"', campaign_text(), '"',
        when(_ad().is_not_null(), ',"content":"', _ad(), '"'), "}",
    )  # fmt: skip
    seen = joined(
        ',"context":{"page":{"url":"', HOST, pl.col("path"), pl.col("query"), '","path":"', pl.col("path"), '"',
        when(pl.col("first") & referrer.is_not_null(), ',"referrer":"', referrer, '"'),
        ',"title":"', chosen(_TITLES, pl.col("call")), '"}', campaign,
        ',"userAgent":"', chosen((*BROWSERS, *CRAWLERS), pl.col("agent")), '"',
        when(human, ',"device":{"id":"', pl.col("device_id"), '"},"timezone":"', chosen(ZONES, pl.col("country")), '"',
             ',"consent":{"categoryPreferences":{"Functional":true,"Analytics":true,"Advertising":',
             pl.col("advertising"), ',"Personalization":', pl.col("personalisation"), "}}"),
        "}",
    )  # fmt: skip
    return pl.when("server").then(pl.lit(_SERVER)).otherwise(seen)


def _times() -> pl.Expr:
    """Return the three stamps: by the device's clock, by the device's clock, by the server's."""
    # What the network took is in the device's stamps, so that the corrected time is exact.
    network = 40_000 + pl.col("message") % 200 * 1_000
    device = pl.col("stamp_us") + pl.col("skew_us") - network
    original, sent, received = device, device + pl.col("delay_us"), pl.col("stamp_us") + pl.col("delay_us")
    good = joined(',"originalTimestamp":"', _stamp(original), '","sentAt":"', _stamp(sent), '","receivedAt":"',
                  _stamp(received), '"')  # fmt: skip
    bad = "".join(f',"{name}":"{UNREADABLE_STAMP}"' for name in ("originalTimestamp", "sentAt", "receivedAt"))
    violation = pl.col("violation")
    return (
        pl.when(violation == MISSING_TIME).then(pl.lit(None, dtype=pl.String))
        .when(violation == UNREADABLE_TIME).then(pl.lit(bad))
        .otherwise(good)
    )  # fmt: skip


def _stamp(microseconds: pl.Expr) -> pl.Expr:
    return microseconds.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
