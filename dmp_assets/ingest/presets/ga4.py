"""Google Analytics 4: the events of its BigQuery export, as NDJSON or Parquet."""

from collections.abc import Mapping, Sequence

import polars as pl

from dmp_assets.ingest.presets.ga4_parameters import VALUES, by_event, parameter, parameters_as_json
from dmp_assets.ingest.presets.item_lines import LINE_COLUMNS, LINES, item_lines, order_amounts
from dmp_assets.ingest.presets.preset import Preset
from dmp_assets.ingest.presets.texts import json_strings, text_of
from dmp_assets.ingest.schema.events import PURCHASE, REFUND
from dmp_assets.ingest.values.event_names import NO_NAMES, to_our_name
from dmp_assets.ingest.web.distinct import on_distinct

_ITEM_FIELDS = {
    "item_id": ("item_id",),
    "item_name": ("item_name",),
    "item_brand": ("item_brand",),
    "item_category": ("item_category",),
    "price": ("price",),
    "quantity": ("quantity",),
    "coupon": ("coupon",),
    "item_revenue": ("item_revenue", "item_refund"),
}
_COLLECTED = "collected_traffic_source"
_CAMPAIGN = {
    "mkt_source": ("manual_source", "source"),
    "mkt_medium": ("manual_medium", "medium"),
    "mkt_campaign": ("manual_campaign_name", "campaign"),
    "mkt_term": ("manual_term", "term"),
    "mkt_content": ("manual_content", "content"),
    "campaign_id": ("manual_campaign_id", "campaign_id"),
}
"""Our column -> field of ``collected_traffic_source``, event parameter."""
_PROMOTED = (
    "page_location",
    "page_title",
    "page_referrer",
    "firebase_screen",
    "ga_session_id",
    "search_term",
    "content_group",
    "gclid",
    "dclid",
    "transaction_id",
    "currency",
    "value",
    "coupon",
    "shipping",
    "tax",
    *(name for _, name in _CAMPAIGN.values()),
)
_SEQUENCE = ("event_bundle_sequence_id", "batch_page_id", "batch_ordering_id", "batch_event_index")
_PRIVACY = ("analytics_storage", "ads_storage")
_READS = (
    "event_timestamp",
    "event_date",
    "event_name",
    "user_id",
    "user_pseudo_id",
    "platform",
    "device.category",
    "device.advertising_id",
    "device.vendor_id",
    "geo.country",
    "geo.city",
    "ecommerce.transaction_id",
    "ecommerce.purchase_revenue",
    "ecommerce.refund_value",
    "ecommerce.shipping_value",
    "ecommerce.tax_value",
    f"{_COLLECTED}.gclid",
    f"{_COLLECTED}.dclid",
    *(f"{_COLLECTED}.{name}" for name, _ in _CAMPAIGN.values()),
    *(f"privacy_info.{name}" for name in _PRIVACY),
    *_SEQUENCE,
)

_REFUNDED = pl.when(pl.col("event_name") == REFUND).then("ecommerce.refund_value")
_NOT_SET = ("(not set)",)
# Where advertising ids are switched off, all devices have this one.
_NO_DEVICE = "00000000-0000-0000-0000-000000000000"
_MICROSECONDS = r"^\d{1,18}$"
_SEED = 4


def prepare(frame: pl.DataFrame, own_names: Mapping[str, str] = NO_NAMES) -> pl.DataFrame:
    """Return the events with their parameters, ids and item lines as columns.

    The campaign comes from ``collected_traffic_source`` where any of its ``manual_*`` fields is set, and else from the
    event parameters: never half from each. A session is ``user_pseudo_id.ga_session_id``, because GA4 numbers
    sessions per user. ``event_date`` is a day in the property's zone, so it stays a property. Amounts are in the
    event's own ``currency``. The export has no event id: see ``_event_ids``.
    """
    texts = pl.DataFrame([_set(text_of(frame, name)) for name in _READS])
    parameters = by_event(frame["event_params"] if "event_params" in frame.columns else None)
    promoted = [
        _set(parameter(parameters, name, frame.height)).alias(f"param.{name}") for name in dict.fromkeys(_PROMOTED)
    ]
    events = texts.with_columns(*promoted, properties=parameters_as_json(parameters, texts["event_date"]))
    clickid = pl.coalesce(f"{_COLLECTED}.gclid", "param.gclid")
    double_click = pl.coalesce(f"{_COLLECTED}.dclid", "param.dclid")
    advertising = pl.col("device.advertising_id")
    computed = events.select(
        *_campaign(),
        pl.coalesce(clickid, double_click).alias("=mkt_clickid"),
        pl.when(clickid.is_not_null())
        .then(pl.lit("Google"))
        .when(double_click.is_not_null())
        .then(pl.lit("DoubleClick"))
        .alias("=mkt_network"),
        pl.concat_str("user_pseudo_id", pl.lit("."), "param.ga_session_id").alias("=session_id"),
        pl.coalesce("ecommerce.transaction_id", "param.transaction_id").alias("=transaction_id"),
        pl.coalesce(pl.when(advertising != _NO_DEVICE).then(advertising), "device.vendor_id").alias("=device_id"),
        pl.coalesce(pl.col("platform", "device.category").str.to_lowercase()).alias("=platform"),
        pl.coalesce("param.page_title", "param.firebase_screen").alias("=page_title"),
        *(pl.col(name).alias(f"={name}") for name in ("user_id", "user_pseudo_id", "properties")),
        *(pl.col(f"geo.{name}").alias(f"={name}") for name in ("country", "city")),
        *(
            pl.col(f"param.{name}").alias(f"={name}")
            for name in ("page_location", "page_referrer", "search_term", "content_group", "currency")
        ),
    )
    named = events["event_name"]
    if own_names:
        named = on_distinct(named, lambda names: to_our_name(names, own_names))
    told = events.with_columns(named)
    lines = _lines(frame, told)
    return frame.with_columns(
        *computed,
        named.alias("=event_name"),
        _event_times(events["event_timestamp"]),
        _event_ids(events, lines),
        *_order_amounts(told),
        _consents(events),
        lines,
    )


def _set(values: pl.Series) -> pl.Series:
    return values.set(values.is_in(list(_NOT_SET)), None)


def _campaign() -> list[pl.Expr]:
    collected = pl.any_horizontal(pl.col(f"{_COLLECTED}.{field}").is_not_null() for field, _ in _CAMPAIGN.values())
    return [
        pl.when(collected).then(f"{_COLLECTED}.{field}").otherwise(f"param.{name}").alias(f"={ours}")
        for ours, (field, name) in _CAMPAIGN.items()
    ]


def _event_times(stamps: pl.Series) -> pl.Series:
    """Return microseconds as ISO text, which no setting of the source can misread; other values as they are."""
    known = stamps.str.contains(_MICROSECONDS).fill_null(value=False)
    instants = stamps.filter(known).cast(pl.Int64).cast(pl.Datetime("us"))
    written = instants.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return stamps.scatter(known.arg_true(), written).alias("=event_at")


def _event_ids(events: pl.DataFrame, lines: pl.Series) -> pl.Series:
    """Return an id made of user, time, name and place in the upload.

    Without user or ``batch_event_index`` (older exports; pings without consent) two events can be equal in all of
    these: two items that are put into the cart at one microsecond. So a hash of the parameters and items is added:
    equal records keep equal ids, and different ones get different ids.
    """
    vague = pl.col("user_pseudo_id").is_null() | pl.col("batch_event_index").is_null()
    items = lines.list.eval(pl.element().struct.json_encode()).list.join(",").alias("items")
    content = pl.struct(*events.columns, items).hash(_SEED).cast(pl.String)
    parts = ["user_pseudo_id", "event_timestamp", "event_name", *_SEQUENCE]
    known = pl.concat_str(parts, separator=".", ignore_nulls=True)
    made = pl.when(vague).then(pl.concat_str(known, content, separator=".")).otherwise(known)
    return events.select(made.alias("=event_id")).to_series()


def _consents(events: pl.DataFrame) -> pl.Series:
    """Return ``privacy_info`` as JSON, purpose -> choice, without what is unknown."""
    fields = [f'"{name}":' + json_strings(events[f"privacy_info.{name}"]) for name in _PRIVACY]
    inside = pl.select(pl.concat_str(fields, separator=",", ignore_nulls=True)).to_series()
    return ("{" + inside.set(inside == "", None) + "}").alias("=consent")


def _lines(frame: pl.DataFrame, events: pl.DataFrame) -> pl.Series:
    """Return the items; of a purchase or refund without any, one line with its amount."""
    amount = pl.coalesce(_REFUNDED, "ecommerce.purchase_revenue", "param.value")
    sums = events.select("event_name", amount=amount, coupon="param.coupon")
    return item_lines(sums, frame["items"] if "items" in frame.columns else None, _ITEM_FIELDS, unset=_NOT_SET)


def _order_amounts(events: pl.DataFrame) -> list[pl.Series]:
    """Return revenue, shipping and tax of the whole order.

    GA4's own reports show the event's revenue and not the sum of its items: an order coupon is in the first alone.
    """
    bought = pl.when(pl.col("event_name") == PURCHASE).then("ecommerce.purchase_revenue")
    amounts = events.select(
        pl.coalesce(_REFUNDED, bought, "param.value").alias("=order_revenue"),
        pl.coalesce("ecommerce.shipping_value", "param.shipping").alias("=shipping"),
        pl.coalesce("ecommerce.tax_value", "param.tax").alias("=tax"),
    )
    return order_amounts(events["event_name"], amounts.to_dict())


def _structure(fields: Sequence[str]) -> str:
    return "{" + ",".join(f'"{field}":"VARCHAR"' for field in fields) + "}"


GA4 = Preset(
    kind="events",
    columns={
        "event_id": "=event_id",
        "event_name": "=event_name",
        "event_at": "=event_at",
        "user_id": "=user_id",
        "anonymous_id": "=user_pseudo_id",
        "transaction_id": "=transaction_id",
        "campaign_id": "=campaign_id",
        "device_id": "=device_id",
        "session_id": "=session_id",
        "platform": "=platform",
        "country": "=country",
        "city": "=city",
        "page_url": "=page_location",
        "page_title": "=page_title",
        "referrer_url": "=page_referrer",
        "search_term": "=search_term",
        "content_group": "=content_group",
        "mkt_source": "=mkt_source",
        "mkt_medium": "=mkt_medium",
        "mkt_campaign": "=mkt_campaign",
        "mkt_term": "=mkt_term",
        "mkt_content": "=mkt_content",
        "mkt_clickid": "=mkt_clickid",
        "mkt_network": "=mkt_network",
        "consent": "=consent",
        "currency": "=currency",
        "order_revenue": "=order_revenue",
        "shipping": "=shipping",
        "tax": "=tax",
        "properties": "=properties",
        **LINE_COLUMNS,
    },
    reads=_READS,
    shapes={
        "event_params": '[{"key":"VARCHAR","value":' + _structure(VALUES) + "}]",
        "items": "[" + _structure([name for names in _ITEM_FIELDS.values() for name in names]) + "]",
    },
    prepare=prepare,
    explode=LINES,
    whole_record=False,
    provisional=(r"events_(?:intraday|fresh)_(\d{8})", r"events_(\d{8})"),
)
"""All columns are computed, so that an export that lacks some of them is not reported."""
