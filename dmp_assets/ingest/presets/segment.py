"""Segment's calls: track, identify, page, screen, group and alias, one JSON object per line."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.ingest.presets.item_lines import LINE_COLUMNS, LINES, item_lines, order_amounts
from dmp_assets.ingest.presets.preset import Preset
from dmp_assets.ingest.presets.segment_clock import event_times
from dmp_assets.ingest.presets.texts import json_strings, text_of
from dmp_assets.ingest.schema.events import REFUND
from dmp_assets.ingest.values.event_names import NO_NAMES, to_our_name
from dmp_assets.ingest.web.distinct import on_distinct

_PRODUCTS = "properties.products"
_PRODUCT_FIELDS = {
    "item_id": ("product_id", "sku", "id"),
    "item_name": ("name",),
    "item_brand": ("brand",),
    "item_category": ("category",),
    "price": ("price",),
    "quantity": ("quantity",),
    "coupon": ("coupon",),
}
_OWN_FIELDS = {
    "item_name": "properties.name",
    "item_brand": "properties.brand",
    "item_category": "properties.category",
    "price": "properties.price",
    "quantity": "properties.quantity",
}
_READS = (
    "type",
    "event",
    "name",
    "category",
    "channel",
    "previousId",
    "groupId",
    "anonymousId",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "timestamp",
    "properties",
    "traits",
    "traits.email",
    "traits.phone",
    "context.traits.email",
    "context.traits.phone",
    "context.consent",
    "context.consent.categoryPreferences",
    "context.device.id",
    "context.device.advertisingId",
    "context.device.type",
    "context.os.name",
    "context.library.name",
    "context.page.title",
    "properties.product_id",
    "properties.sku",
    *_OWN_FIELDS.values(),
    "properties.revenue",
    "properties.total",
    "properties.value",
    "properties.shipping",
    "properties.tax",
    "properties.discount",
    "properties.coupon",
)

# Identify, group and alias say something about a person; they stay events under their own names.
_TYPE_NAMES = {
    "page": "page_view",
    "screen": "screen_view",
    "identify": "identify",
    "group": "group",
    "alias": "alias",
}
_LIBRARIES = (
    (r"react-native|flutter|unity|xamarin|csharp|maui", "app"),
    (r"ios|swift", "ios"),
    (r"android|kotlin", "android"),
    (r"\.js|javascript|browser|analytics-next", "web"),
    (r".", "server"),
)
_CHANNELS = ((r"^(browser|web|client)$", "web"), (r"^server$", "server"))
_DEVICES = ((r"^(ios|ipados|iphone os)$", "ios"), (r"^android$", "android"))


def prepare(frame: pl.DataFrame, own_names: Mapping[str, str] = NO_NAMES) -> pl.DataFrame:
    """Return the calls with the columns that more than one field decides.

    A ``type`` outside the specification leaves the event without a name. A call that has an ``event`` and no ``type``
    is a track call. The consent is ``context.consent.categoryPreferences`` where it is filled, because it gives a
    choice per purpose. An alias call's ``previousId`` is its anonymous id.
    """
    calls = pl.DataFrame([text_of(frame, path) for path in _READS])
    event = pl.col("event")
    kind = pl.coalesce(pl.col("type").str.to_lowercase(), pl.when(event.is_not_null()).then(pl.lit("track")))
    calls = calls.with_columns(kind=kind)
    type_names = _TYPE_NAMES
    if own_names:
        type_names = dict(zip(_TYPE_NAMES, to_our_name(pl.Series(_TYPE_NAMES.values()), own_names), strict=True))
    name, is_page = pl.col("kind").replace_strict(type_names, default=None), pl.col("kind").is_in(["page", "screen"])
    tracked = on_distinct(calls["event"], lambda names: to_our_name(names, own_names, "segment"))
    computed = calls.with_columns(tracked.alias("tracked")).select(
        pl.when(pl.col("kind") == "track").then("tracked").otherwise(name).alias("=event_name"),
        pl.coalesce("anonymousId", pl.when(pl.col("kind") == "alias").then("previousId")).alias("=anonymous_id"),
        pl.coalesce("traits.email", "context.traits.email").alias("=email"),
        pl.coalesce("traits.phone", "context.traits.phone").alias("=phone"),
        pl.coalesce("context.device.id", "context.device.advertisingId").alias("=device_id"),
        pl.coalesce("context.page.title", pl.when(is_page).then(pl.coalesce("name", "properties.name"))).alias(
            "=page_title"
        ),
        pl.when(is_page).then(pl.coalesce("category", "properties.category")).alias("=content_group"),
        pl.coalesce("context.consent.categoryPreferences", "context.consent").alias("=consent"),
    )
    times = [calls[name] for name in ("originalTimestamp", "sentAt", "receivedAt", "timestamp")]
    return frame.with_columns(
        *computed,
        event_times(*times).alias("=event_at"),
        _platforms(calls).alias("=platform"),
        _properties(calls).alias("=properties"),
        *_order_amounts(calls, computed["=event_name"]),
        _lines(frame, calls, computed["=event_name"]),
    )


def _lines(frame: pl.DataFrame, calls: pl.DataFrame, event_name: pl.Series) -> pl.Series:
    """Return the products; a track call about one product names it in its own properties."""
    amount = pl.coalesce("properties.revenue", "properties.total", "properties.value")
    events = calls.select(event_name=event_name, amount=amount, coupon="properties.coupon")
    item_id = pl.coalesce("properties.product_id", "properties.sku")
    about_one = (pl.col("kind") == "track") & item_id.is_not_null()
    named = [pl.when(about_one).then(path).alias(field) for field, path in _OWN_FIELDS.items()]
    own = calls.select(pl.when(about_one).then(item_id).alias("item_id"), *named)
    products = frame[_PRODUCTS] if _PRODUCTS in frame.columns else None
    return item_lines(events, products, _PRODUCT_FIELDS, own)


def _order_amounts(calls: pl.DataFrame, event_name: pl.Series) -> list[pl.Series]:
    """Return the amounts of the whole order; a refund may say what it is worth in ``value`` alone."""
    names = {"order_total": "total", "order_discount": "discount", "shipping": "shipping", "tax": "tax"}
    value = pl.when(event_name == REFUND).then("properties.value")
    amounts = calls.select(
        pl.coalesce("properties.revenue", value).alias("=order_revenue"),
        *(pl.col(f"properties.{theirs}").alias(f"={ours}") for ours, theirs in names.items()),
    )
    return order_amounts(event_name, amounts.to_dict())


def _properties(calls: pl.DataFrame) -> pl.Series:
    """Return the properties; of identify the traits, of group and alias what the call is about."""
    about = calls.select("traits", "kind", "groupId", "previousId").with_row_index("row")
    about = about.filter(pl.col("kind").is_in(["identify", "group", "alias"]))
    group = pl.concat_str(
        pl.lit('{"groupId":'),
        json_strings(about["groupId"]),
        pl.lit(',"traits":'),
        pl.col("traits").fill_null("{}"),
        pl.lit("}"),
    )
    alias = pl.concat_str(pl.lit('{"previousId":'), json_strings(about["previousId"]), pl.lit("}"))
    texts = about.select(
        "row",
        text=pl.when(pl.col("kind") == "group")
        .then(group)
        .when(pl.col("kind") == "alias")
        .then(alias)
        .otherwise("traits"),
    ).drop_nulls()
    return calls["properties"].scatter(texts["row"], texts["text"])


def _platforms(calls: pl.DataFrame) -> pl.Series:
    """Return web, server, ios or android: what the library says, else the device, else the channel."""
    library = _named(calls["context.library.name"], _LIBRARIES)
    device = pl.coalesce(_named(calls["context.device.type"], _DEVICES), _named(calls["context.os.name"], _DEVICES))
    channel = _named(calls["channel"], _CHANNELS)
    return pl.select(pl.coalesce(library.set(library == "app", None), device, channel)).to_series()


def _named(values: pl.Series, rules: tuple[tuple[str, str], ...]) -> pl.Series:
    def name(distinct: pl.Series) -> pl.Series:
        lower = distinct.str.to_lowercase()
        cases = [pl.when(lower.str.contains(pattern)).then(pl.lit(name)) for pattern, name in rules]
        return pl.select(pl.coalesce(cases)).to_series()

    return on_distinct(values, name)


SEGMENT = Preset(
    kind="events",
    # Segment's common fields are UTC; a sender that leaves out the zone gets it, too.
    time_zone="UTC",
    columns={
        "event_id": "messageId",
        "event_name": "=event_name",
        "event_at": "=event_at",
        "received_at": "receivedAt",
        "sent_at": "sentAt",
        "user_id": "userId",
        "anonymous_id": "=anonymous_id",
        "transaction_id": "properties.order_id",
        "campaign_id": "context.campaign.id",
        "email": "=email",
        "phone": "=phone",
        "device_id": "=device_id",
        "session_id": "context.sessionId",
        "platform": "=platform",
        "country": "context.location.country",
        "city": "context.location.city",
        "page_url": "context.page.url",
        "page_title": "=page_title",
        "referrer_url": "context.page.referrer",
        "search_term": "properties.query",
        "content_group": "=content_group",
        "user_agent": "context.userAgent",
        "mkt_source": "context.campaign.source",
        "mkt_medium": "context.campaign.medium",
        "mkt_campaign": "context.campaign.name",
        "mkt_term": "context.campaign.term",
        "mkt_content": "context.campaign.content",
        "consent": "=consent",
        "time_zone": "context.timezone",
        "currency": "properties.currency",
        "order_revenue": "=order_revenue",
        "order_total": "=order_total",
        "order_discount": "=order_discount",
        "shipping": "=shipping",
        "tax": "=tax",
        "properties": "=properties",
        **LINE_COLUMNS,
    },
    reads=_READS,
    shapes={
        _PRODUCTS: '[{"product_id":"VARCHAR","sku":"VARCHAR","id":"VARCHAR","name":"VARCHAR","brand":"VARCHAR",'
        '"category":"VARCHAR","price":"VARCHAR","quantity":"VARCHAR","coupon":"VARCHAR"}]'
    },
    prepare=prepare,
    explode=LINES,
    whole_record=False,
    compared_by={"event_at": "originalTimestamp"},
)
"""Values that one field decides are mapped from it; ``prepare`` makes the others."""
