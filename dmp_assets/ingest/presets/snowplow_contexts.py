"""Snowplow's entities: contexts and self-describing events of enriched events, as text and as fields."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dmp_assets.foundation.warehouse.json_text import JsonText, json_parser
from dmp_assets.ingest.presets.texts import json_strings, text_of
from dmp_assets.ingest.values.texts import all_null

_ECOMMERCE = "com.snowplowanalytics.snowplow.ecommerce"
_SNOWPLOW = "com.snowplowanalytics.snowplow"


@dataclass(frozen=True)
class Entity:
    """A schema, by vendor and name, and which of its fields are looked at."""

    vendor: str
    name: str
    fields: tuple[str, ...] = ()
    prefix: str = "contexts"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that warehouses keep it in: by the whole version or by its first number."""
        stem = f"{self.prefix}_{self.vendor}_{self.name}".replace(".", "_")
        return tuple(f"{stem}_{version}" for version in ("1", "1_0_0", "1_0_1", "1_0_2", "1_0_3", "1_1_0"))


ENTITIES = {
    "web_page": Entity(_SNOWPLOW, "web_page", ("id",)),
    "screen": Entity("com.snowplowanalytics.mobile", "screen", ("id", "name")),
    "client_session": Entity(_SNOWPLOW, "client_session", ("userId", "sessionId", "user_id", "session_id")),
    "spiders": Entity(
        "com.iab.snowplow", "spiders_and_robots", ("spiderOrRobot", "spider_or_robot", "category", "reason")
    ),
    "yauaa": Entity("nl.basjes", "yauaa_context", ("agentClass", "agent_class", "deviceClass", "device_class")),
    "action": Entity(_ECOMMERCE, "snowplow_ecommerce_action", ("type", "name"), "unstruct_event"),
    "product": Entity(
        _ECOMMERCE, "product", ("id", "name", "brand", "category", "price", "quantity", "currency", "coupon")
    ),
    "transaction": Entity(
        _ECOMMERCE,
        "transaction",
        ("transaction_id", "currency", "revenue", "discount_code", "discount_amount", "shipping", "tax"),
    ),
    "refund": Entity(_ECOMMERCE, "refund", ("transaction_id", "currency", "refund_amount")),
    "cart": Entity(_ECOMMERCE, "cart", ("currency",)),
    "user": Entity(_ECOMMERCE, "user", ("id", "email", "is_guest")),
    "checkout_step": Entity(_ECOMMERCE, "checkout_step"),
    "promotion": Entity(_ECOMMERCE, "promotion"),
    "ecommerce_page": Entity(_ECOMMERCE, "page"),
    "consent_preferences": Entity(_SNOWPLOW, "consent_preferences", prefix="unstruct_event"),
    "cmp_visible": Entity(_SNOWPLOW, "cmp_visible", prefix="unstruct_event"),
    "link_click": Entity(_SNOWPLOW, "link_click", prefix="unstruct_event"),
}

SELF_DESCRIBING = ("contexts", "derived_contexts", "unstruct_event")
"""Columns of the enriched format, each of which holds entities of any schema."""

READS = (*(column for entity in ENTITIES.values() for column in entity.columns), *SELF_DESCRIBING)

_LISTED = '[{"schema":"VARCHAR","data":"JSON"}]'
_ENVELOPE = '{"schema":"VARCHAR","data":"JSON"}'


@dataclass(frozen=True)
class Entities:
    """The entities of a batch by short name: lists of structs, and JSON members where they have a column."""

    lists: Mapping[str, pl.Series]
    members: Mapping[str, pl.Series]

    def first(self, name: str, *fields: str) -> pl.Series:
        """Return, as text, a field of the first entity of a schema: the first of the spellings that is filled."""
        values = self.lists[name].list.first().struct
        texts = [values.field(field).str.strip_chars().replace("", None) for field in fields]
        return pl.select(pl.coalesce(texts)).to_series().alias(name)


def read_entities(frame: pl.DataFrame) -> Entities:
    """Return the entities of enriched events.

    An entity has a column of its own (``contexts_com_snowplowanalytics_snowplow_web_page_1``), or is self-describing in
    ``contexts``, ``derived_contexts`` or ``unstruct_event``. Its own column wins. Text that is no JSON gives no fields,
    and a member that is a string.
    """
    lists, members = {}, {}
    with json_parser() as parser:
        described = _described(frame, parser)
        for name, entity in ENTITIES.items():
            own = [_as_list(text_of(frame, column)) for column in entity.columns if column in frame.columns]
            text = _first([*own, described[name]])
            good = _are_json(text, parser)
            lists[name] = _fields(text, good, entity.fields, parser)
            if own:
                members[name] = _member(name, _first(own), good)
        for column in SELF_DESCRIBING:
            if column in frame.columns:
                text = text_of(frame, column)
                members[column] = _member(column, text, _are_json(text, parser))
    return Entities(lists, members)


def _first(texts: list[pl.Series]) -> pl.Series:
    return texts[0] if len(texts) == 1 else pl.select(pl.coalesce(texts)).to_series()


def _as_list(text: pl.Series) -> pl.Series:
    """Return the JSON of one entity or of a list as a list; null where there is none."""
    cases = pl.when(text.str.starts_with("{")).then("[" + text + "]").otherwise(text)
    return pl.select(cases).to_series().replace(["[]", "null", "[null]"], None)


def _are_json(text: pl.Series, parser: JsonText) -> pl.Series:
    rows = text.is_not_null().arg_true()
    good = pl.Series([False]).new_from_index(0, len(text))
    return good if rows.is_empty() else good.scatter(rows, parser.are_objects('{"v":' + text.gather(rows) + "}"))


def _member(name: str, text: pl.Series, good: pl.Series) -> pl.Series:
    """Return text as a member of a JSON object; a string where it is no list or object."""
    plain = text.is_not_null() & ~(good & text.str.contains(r"^[\[{]"))
    if plain.any():
        text = text.clone().scatter(plain.arg_true(), json_strings(text.filter(plain)))
    return f'"{name}":' + text


def _fields(text: pl.Series, good: pl.Series, fields: tuple[str, ...], parser: JsonText) -> pl.Series:
    dtype = pl.List(pl.Struct(dict.fromkeys(fields or ("none",), pl.String)))
    if not fields or not good.any():
        return all_null("", dtype, len(text))
    lines = '{"v":' + text.set(~good, "null") + "}"
    shape = json.dumps([dict.fromkeys(fields, "VARCHAR")])
    return parser.extract(lines, [], {"v": shape})["v"].cast(dtype)


def _described(frame: pl.DataFrame, parser: JsonText) -> dict[str, pl.Series]:
    """Return the entities of the self-describing columns by short name, each row's as one JSON list."""
    parts = [_opened(text_of(frame, column), column, parser) for column in SELF_DESCRIBING if column in frame.columns]
    nothing = all_null("", pl.String(), frame.height)
    if not parts:
        return dict.fromkeys(ENTITIES, nothing)
    opened = pl.concat(parts)
    found = {}
    for name, entity in ENTITIES.items():
        mark = f"iglu:{entity.vendor}/{entity.name}/"
        rows = opened.filter(pl.col("schema").str.starts_with(mark) & (pl.col("prefix") == entity.prefix))
        lists = rows.group_by("row", maintain_order=True).agg(data="[" + pl.col("data").str.join(",") + "]")
        found[name] = nothing.clone().scatter(lists["row"], lists["data"])
    return found


def _opened(text: pl.Series, column: str, parser: JsonText) -> pl.DataFrame:
    """Return ``row``, ``schema``, ``data`` and ``prefix`` of the entities of one self-describing column."""
    is_event = column == "unstruct_event"
    empty = pl.Schema({"row": pl.UInt32, "schema": pl.String, "data": pl.String, "prefix": pl.String})
    rows = text.is_not_null().arg_true()
    good = parser.are_objects(text.gather(rows))
    rows = rows.filter(good)
    if rows.is_empty():
        return pl.DataFrame(schema=empty)
    found = parser.extract(text.gather(rows), [], {"data": _ENVELOPE if is_event else _LISTED})
    table = found.select(rows.alias("row"), "data")
    table = table if is_event else table.filter(pl.col("data").list.len() > 0).explode("data")
    prefix = "unstruct_event" if is_event else "contexts"
    return table.unnest("data").drop_nulls().with_columns(prefix=pl.lit(prefix)).select(*empty).cast(empty)
