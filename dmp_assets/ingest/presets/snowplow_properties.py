"""What no column holds of Snowplow's events, as one JSON object."""

import polars as pl

from dmp_assets.ingest.presets.snowplow_contexts import Entities
from dmp_assets.ingest.presets.texts import json_strings

KEPT_COLUMNS = (
    "app_id",
    "event",
    "event_vendor",
    "network_userid",
    "domain_sessionidx",
    "se_category",
    "se_action",
    "se_label",
    "se_property",
    "se_value",
    "refr_medium",
    "refr_source",
    "refr_term",
    "pp_xoffset_max",
    "pp_yoffset_max",
    "doc_width",
    "doc_height",
    "tr_affiliation",
    "tr_total",
    "tr_tax",
    "tr_shipping",
    "geo_region",
    "br_lang",
)
"""Columns that go to the properties under their own names."""

_RAW = (
    "transaction",
    "refund",
    "cart",
    "checkout_step",
    "promotion",
    "ecommerce_page",
    "consent_preferences",
    "cmp_visible",
    "link_click",
    "contexts",
    "unstruct_event",
)
"""Entities that go to the properties whole, under short names."""


def properties_of(events: pl.DataFrame, entities: Entities, guest_id: pl.Series) -> pl.Series:
    """Return what no column holds as one JSON object; entities are whole, as a string where they are no JSON."""
    page = entities.first("web_page", "id")
    texts = {
        "page_view_id": page.zip_with(page.is_not_null(), entities.first("screen", "id")),
        "screen_name": entities.first("screen", "name"),
        "agent_class": entities.first("yauaa", "agentClass", "agent_class"),
        "device_class": entities.first("yauaa", "deviceClass", "device_class"),
        "guest_id": guest_id,
        "action_name": entities.first("action", "name"),
        **{name: events[name] for name in KEPT_COLUMNS},
    }
    members = [f'"{name}":' + json_strings(text) for name, text in texts.items()]
    members += [entities.members[name] for name in _RAW if name in entities.members]
    inner = pl.concat_str(members, separator=",", ignore_nulls=True)
    return pl.select(pl.when(inner != "").then("{" + inner + "}")).to_series()
