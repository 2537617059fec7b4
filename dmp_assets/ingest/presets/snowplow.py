"""Snowplow's atomic or enriched events as CSV, TSV or Parquet with the names of the columns."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.ingest.presets.item_lines import LINE_COLUMNS, LINES, item_lines, order_amounts
from dmp_assets.ingest.presets.preset import Preset
from dmp_assets.ingest.presets.snowplow_contexts import READS as ENTITY_COLUMNS
from dmp_assets.ingest.presets.snowplow_contexts import Entities, read_entities
from dmp_assets.ingest.presets.snowplow_properties import KEPT_COLUMNS, properties_of
from dmp_assets.ingest.presets.texts import text_of
from dmp_assets.ingest.values.event_names import NO_NAMES, to_our_name
from dmp_assets.ingest.web.distinct import on_distinct

_TIMES = ("derived_tstamp", "collector_tstamp", "dvce_created_tstamp")
_READS = (
    *_TIMES,
    *KEPT_COLUMNS,
    "event_name",
    "user_id",
    "domain_userid",
    "domain_sessionid",
    "tr_orderid",
    "tr_currency",
    "ti_orderid",
    "ti_sku",
    "ti_name",
    "ti_category",
    "ti_price",
    "ti_quantity",
    "ti_currency",
    *ENTITY_COLUMNS,
)
_PRODUCT_FIELDS = {
    "item_id": ("id",),
    "item_name": ("name",),
    "item_brand": ("brand",),
    "item_category": ("category",),
    "price": ("price",),
    "quantity": ("quantity",),
    "coupon": ("coupon",),
}
_OWN_FIELDS = {
    "item_id": "ti_sku",
    "item_name": "ti_name",
    "item_category": "ti_category",
    "price": "ti_price",
    "quantity": "ti_quantity",
}
_NO_PERSON = ("Robot", "Robot Mobile", "Robot Imitator", "Hacker", "Special")
"""Agent classes of Yauaa that are no people."""


def prepare(frame: pl.DataFrame, own_names: Mapping[str, str] = NO_NAMES) -> pl.DataFrame:
    """Return the events with the columns that entities and fallbacks decide.

    The time is the derived one, else the collector's, else the device's. Mobile trackers keep visitor and session in
    the client_session entity. ``network_userid`` is no fallback: it is the id of the collector's cookie, from another
    space of ids, and stays in the properties. The shop's own user id counts as the person where it is no guest's.
    """
    events = pl.DataFrame([text_of(frame, name) for name in _READS if name not in ENTITY_COLUMNS])
    entities = read_entities(frame)
    guest = entities.first("user", "is_guest").str.to_lowercase().is_in(["true", "1"]).fill_null(value=False)
    shop_user = entities.first("user", "id")
    names = _event_names(events, entities, own_names)
    return frame.with_columns(
        pl.select(pl.coalesce(events[name] for name in _TIMES)).to_series().alias("=event_at"),
        names.alias("=event_name"),
        _either("=anonymous_id", events["domain_userid"], entities.first("client_session", "userId", "user_id")),
        _either("=session_id", events["domain_sessionid"], entities.first("client_session", "sessionId", "session_id")),
        _either("=user_id", events["user_id"], shop_user.set(guest, None)),
        entities.first("user", "email").alias("=email"),
        _either(
            "=transaction_id",
            entities.first("transaction", "transaction_id"),
            entities.first("refund", "transaction_id"),
            events["tr_orderid"],
            events["ti_orderid"],
        ),
        _either(
            "=currency",
            *(entities.first(name, "currency") for name in ("product", "transaction", "refund")),
            events["tr_currency"],
            events["ti_currency"],
        ),
        _bot_rules(entities).alias("=bot_rule"),
        *_order_amounts(events, entities, names),
        _lines(events, entities, names),
        properties_of(events, entities, shop_user.set(~guest, None)).alias("=properties"),
    )


def _either(name: str, *values: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(values)).to_series().alias(name)


def _event_names(events: pl.DataFrame, entities: Entities, own_names: Mapping[str, str]) -> pl.Series:
    """Return GA4's names: of the e-commerce action by its type, of a structured event by its action."""
    given = events.with_columns(
        entities.first("action", "type").alias("action_type"), name=pl.coalesce("event_name", "event")
    )
    structured = (pl.col("event") == "struct") | (pl.col("name").is_in(["event", "struct"]))
    theirs = given.select(
        pl.when(pl.col("name") == "snowplow_ecommerce_action")
        .then(pl.coalesce("action_type", "name"))
        .when(structured)
        .then(pl.coalesce("se_action", "name"))
        .otherwise("name")
    ).to_series()
    return on_distinct(theirs, lambda names: to_our_name(names, own_names, "snowplow"))


def _lines(events: pl.DataFrame, entities: Entities, names: pl.Series) -> pl.Series:
    """Return the products; an item event of the old e-commerce tracking is about one.

    Its revenue stays empty, because the transaction event of the same order has the total of all items.
    """
    amount = _either("amount", entities.first("transaction", "revenue"), entities.first("refund", "refund_amount"))
    sold = pl.DataFrame(
        {
            "event_name": names,
            "amount": _either("amount", amount, events["tr_total"]),
            "coupon": entities.first("transaction", "discount_code"),
        }
    )
    own = events.select(pl.col(theirs).alias(ours) for ours, theirs in _OWN_FIELDS.items())
    return item_lines(sold, entities.lists["product"], _PRODUCT_FIELDS, own)


def _order_amounts(events: pl.DataFrame, entities: Entities, names: pl.Series) -> list[pl.Series]:
    """Return the amounts of the whole order.

    The old tracking's total holds shipping and tax; a transaction entity says its revenue, and a refund its amount.
    """
    order = "transaction"
    amounts = {
        "=order_revenue": _either("", entities.first(order, "revenue"), entities.first("refund", "refund_amount")),
        "=order_total": events["tr_total"],
        "=order_discount": entities.first(order, "discount_amount"),
        "=shipping": _either("", entities.first(order, "shipping"), events["tr_shipping"]),
        "=tax": _either("", entities.first(order, "tax"), events["tr_tax"]),
    }
    return order_amounts(names, amounts)


def _bot_rules(entities: Entities) -> pl.Series:
    """Return which enrichment found a robot: IAB's list of spiders or Yauaa's class of the agent."""
    spider = entities.first("spiders", "spiderOrRobot", "spider_or_robot").str.to_lowercase() == "true"
    category = entities.first("spiders", "category").fill_null("SPIDER_OR_ROBOT")
    agent = entities.first("yauaa", "agentClass", "agent_class")
    rules = pl.coalesce(
        pl.when(spider).then("IAB: " + category), pl.when(agent.is_in(_NO_PERSON)).then("Yauaa: " + agent)
    )
    return pl.select(rules).to_series()


SNOWPLOW = Preset(
    kind="events",
    columns={
        "bot_rule": "=bot_rule",
        "event_id": "event_id",
        "event_name": "=event_name",
        "event_at": "=event_at",
        "received_at": "collector_tstamp",
        "sent_at": "dvce_sent_tstamp",
        "user_id": "=user_id",
        "anonymous_id": "=anonymous_id",
        "transaction_id": "=transaction_id",
        "email": "=email",
        "session_id": "=session_id",
        "platform": "platform",
        "country": "geo_country",
        "city": "geo_city",
        "page_url": "page_url",
        "page_title": "page_title",
        "referrer_url": "page_referrer",
        "user_agent": "useragent",
        "mkt_source": "mkt_source",
        "mkt_medium": "mkt_medium",
        "mkt_campaign": "mkt_campaign",
        "mkt_term": "mkt_term",
        "mkt_content": "mkt_content",
        "mkt_clickid": "mkt_clickid",
        "mkt_network": "mkt_network",
        "time_zone": "os_timezone",
        "currency": "=currency",
        "order_revenue": "=order_revenue",
        "order_total": "=order_total",
        "order_discount": "=order_discount",
        "shipping": "=shipping",
        "tax": "=tax",
        "properties": "=properties",
        **LINE_COLUMNS,
    },
    # BigQuery writes the zone behind its times.
    time_formats=("%Y-%m-%d %H:%M:%S%.f UTC",),
    # Every timestamp of the canonical event model is UTC; the TSV and BigQuery spell it without saying so.
    time_zone="UTC",
    reads=_READS,
    prepare=prepare,
    explode=LINES,
    whole_record=False,
    compared_by={"event_at": "dvce_created_tstamp"},
)
"""The enriched format without a header line is not read: its 131 columns have no names."""
