"""GA4's export: parameters, ids, campaigns and items, the same from NDJSON and from Parquet."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import io
import json
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.landing.reading import LandingFile, Reading, file_hash
from dmp_assets.ingest.records.mapping import check_source
from dmp_assets_tests.ingest.support.landing import ARRIVED_AT, Landing, rejects

GA4 = Source(kind="events", preset="ga4", time_zone="America/New_York")
AT = 1714564800123456

AS_WRITTEN = ("path", "raw_record")
"""Columns that say how the file was written; the text of a record with a currency is kept until it has a rate."""


def value(given: Any) -> dict[str, Any]:
    """Return a parameter's value in its typed field."""
    fields: dict[str, Any] = dict.fromkeys(("string_value", "int_value", "float_value", "double_value"))
    kind = {str: "string_value", int: "int_value", float: "double_value"}.get(type(given))
    return fields if kind is None else fields | {kind: given}


def event(name: str = "page_view", params: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Return one event with parameters."""
    listed = [{"key": key, "value": value(given)} for key, given in (params or {}).items()]
    base = {"event_date": "20240501", "event_timestamp": AT, "event_name": name, "event_params": listed}
    return base | {"user_pseudo_id": "p1", "batch_event_index": 1} | fields


def item(**fields: Any) -> dict[str, Any]:
    """Return one item with all fields of an item."""
    names = ("item_id", "item_name", "item_brand", "item_category", "coupon", "price", "quantity", "item_revenue")
    return dict.fromkeys((*names, "item_refund", "item_variant")) | fields


def read(landing: Landing, file: Path) -> tuple[Reading, pl.DataFrame]:
    """Return reading and records; a record may have several rows."""
    reading = LandingFile(
        path=file.relative_to(landing.root / "landing").as_posix(),
        file_id=file_hash(file),
        source_name="shop",
        source=check_source("shop", GA4),
        landing_dir=landing.root / "landing",
        staging_dir=landing.root / "staging",
        first_day=date(2024, 1, 1),
        last_day=None,
        arrived_at=ARRIVED_AT,
    ).read()
    assert reading.records == reading.accepted + reading.rejected
    return reading, pl.read_parquet(reading.staged)


def from_json(landing: Landing, *events: Any) -> pl.DataFrame:
    """Return the records of an NDJSON export."""
    lines = [given if isinstance(given, str) else json.dumps(given) for given in events]
    reading, found = read(landing, landing.put("events.ndjson", lines))
    assert (reading.status, reading.records) == ("ok", len(events)), reading.message
    return found


def from_parquet(landing: Landing, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the records of a Parquet export."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    reading, found = read(landing, landing.put_bytes("events.parquet", buffer.getvalue()))
    assert (reading.status, reading.records, reading.message if not reading.rejected else None) == (
        "ok",
        frame.height,
        None,
    )
    return found


FULL = event(
    "purchase",
    {
        "page_location": "https://example.com/thanks?gclid=g0",
        "page_title": 'Thanks "you"',
        "page_referrer": "https://example.org/",
        "ga_session_id": 1714560000,
        "currency": "EUR",
        "transaction_id": "o-param",
        "value": 9.5,
        "coupon": "MAY",
        "source": "param-source",
        "engagement_time_msec": 12,
        "ratio": 3.0,
        "nothing": None,
    },
    user_id="u1",
    platform="WEB",
    event_bundle_sequence_id=77,
    device={"category": "mobile", "advertising_id": "d1"},
    geo={"country": "Germany", "city": "(not set)"},
    ecommerce={"transaction_id": "o1", "purchase_revenue": 65.5},
    collected_traffic_source={"manual_source": "news", "manual_medium": "email", "manual_term": None, "gclid": "g1"},
    privacy_info={"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"},
    items=[
        item(item_id="a", item_name="A", item_brand="(not set)", item_category="C", price=19.99, quantity=3),
        item(item_id="b", price=0.5, quantity=None, coupon="OWN"),
    ],
)
VIEW = event(
    "view_item",
    {"search_term": "shoes", "content_group": "docs", "gclid": "g2"},
    event_timestamp=AT + 1,
    user_id=None,
    platform="IOS",
    event_bundle_sequence_id=None,
    device={"category": "mobile", "advertising_id": "00000000-0000-0000-0000-000000000000"},
    geo={"country": "", "city": "Bonn"},
    ecommerce={"transaction_id": "(not set)", "purchase_revenue": None},
    collected_traffic_source=None,
    privacy_info={"analytics_storage": None, "ads_storage": None, "uses_transient_token": "No"},
    items=[item(item_id="a", price=19.99, quantity=1)],
)
PING = VIEW | {"user_pseudo_id": None, "batch_event_index": None, "event_params": [], "items": []}
EVENTS = [FULL, VIEW, PING]


def test_ndjson_and_parquet_give_equal_records(landing: Landing) -> None:
    lines = from_json(landing, *EVENTS).drop(*AS_WRITTEN)
    assert lines["violation_code"].null_count() == lines.height == 4
    assert from_parquet(landing, pl.DataFrame(EVENTS, infer_schema_length=None)).drop(*AS_WRITTEN).equals(lines)


def test_integers_may_be_text(landing: Landing) -> None:
    texts = FULL | {"event_timestamp": str(AT), "event_bundle_sequence_id": "77"}
    found, wanted = (from_json(landing, event).drop(*AS_WRITTEN) for event in (texts, FULL))
    assert found.equals(wanted)


def test_the_fields_of_an_event(landing: Landing) -> None:
    row = from_json(landing, *EVENTS).row(0, named=True)
    expected = {
        "event_name": "purchase",
        "event_at": datetime(2024, 5, 1, 12, 0, 0, 123456),
        "event_date": date(2024, 5, 1),
        "event_id": f"shop:p1.{AT}.purchase.77.1",
        "user_id": "u1",
        "anonymous_id": "p1",
        "session_id": "p1.1714560000",
        "transaction_id": "o1",
        "platform": "web",
        "device_id": "d1",
        "country": "Germany",
        "city": None,
        "page_url": "https://example.com/thanks?gclid=g0",
        "page_title": 'Thanks "you"',
        "referrer_url": "https://example.org/",
        "mkt_source": "news",
        "mkt_medium": "email",
        "mkt_clickid": "g1",
        "mkt_network": "Google",
        "currency": "EUR",
        "part": 1,
        "item_id": "a",
        "item_name": "A",
        "item_brand": None,
        "item_category": "C",
        "price": Decimal("19.99"),
        "quantity": 3.0,
        "item_revenue": Decimal("59.97"),
        "coupon": "MAY",
    }
    assert {name: row[name] for name in expected} == expected
    assert json.loads(row["consent"]) == {"analytics_storage": "Yes", "ads_storage": "No"}
    properties = json.loads(row["properties"])
    assert properties["event_date"] == "20240501"
    assert [properties[name] for name in ("engagement_time_msec", "ratio", "nothing")] == [12, 3, None]
    assert properties["page_title"] == 'Thanks "you"'


def test_lines_of_a_purchase_and_of_a_view(landing: Landing) -> None:
    found = from_json(landing, *EVENTS)
    assert found["part"].to_list() == [1, 2, 0, 0]
    assert found["item_revenue"].to_list() == [Decimal("59.97"), Decimal("0.5"), None, None]
    assert found["coupon"].to_list() == ["MAY", "OWN", None, None]
    assert found["item_id"].to_list() == ["a", "b", "a", None]
    view = found.row(2, named=True)
    assert (view["search_term"], view["content_group"], view["mkt_clickid"]) == ("shoes", "docs", "g2")
    assert [view[name] for name in ("consent", "device_id", "country", "transaction_id")] == [None] * 4


@pytest.mark.parametrize(
    ("name", "fields", "params", "expected"),
    [
        ("purchase", {"ecommerce": {"purchase_revenue": 12.5}}, {"value": 9}, "12.5"),
        ("purchase", {}, {"value": 9}, "9"),
        ("purchase", {"items": [item(item_id="a", item_revenue=7.25)]}, {"value": 9}, "7.25"),
        ("purchase", {"items": [item(item_id="a")]}, {"value": 9}, "9"),
        ("refund", {"ecommerce": {"purchase_revenue": 1, "refund_value": 12.5}}, {}, "-12.5"),
        ("refund", {"items": [item(item_id="a", price=2, quantity=2)]}, {"value": 9}, "-4"),
        ("refund", {"items": [item(item_id="a", item_refund=3)]}, {}, "-3"),
        ("add_to_cart", {"items": [item(item_id="a", price=2, quantity=2)]}, {"value": 4}, None),
    ],
)
def test_the_revenue_of_an_event(
    landing: Landing, name: str, fields: dict[str, Any], params: dict[str, Any], expected: str | None
) -> None:
    found = from_json(landing, event(name, params, **fields))
    assert found["item_revenue"].to_list() == [None if expected is None else Decimal(expected)]


@pytest.mark.parametrize(
    ("name", "fields", "params", "expected"),
    [
        (
            "purchase",
            {"ecommerce": {"purchase_revenue": 25.5, "shipping_value": 4, "tax_value": 2}},
            {"value": 9, "shipping": 8, "tax": 7},
            (25.5, 4, 2),
        ),
        ("purchase", {}, {"value": 9, "shipping": 8, "tax": 7}, (9, 8, 7)),
        ("refund", {"ecommerce": {"purchase_revenue": 1, "refund_value": 12.5}}, {"value": 9}, (12.5, None, None)),
        ("refund", {}, {"value": -9, "tax": -1}, (9, None, 1)),
        ("purchase", {}, {"value": 9, "tax": "19%"}, (9, None, None)),
        ("begin_checkout", {"ecommerce": {"purchase_revenue": 5}}, {"value": 9, "shipping": 8}, (None, None, None)),
    ],
)
def test_the_amounts_of_the_whole_order_stand_beside_its_lines(
    landing: Landing, name: str, fields: dict[str, Any], params: dict[str, Any], expected: tuple
) -> None:
    items = [item(item_id="a", price=10, quantity=2), item(item_id="b", price=8, quantity=1)]
    found = from_json(landing, event(name, params, items=items, **fields))
    assert found["violation_code"].to_list() == [None, None]
    assert found.select("order_revenue", "shipping", "tax").unique().rows() == [expected]
    sign = {"purchase": 1, "refund": -1}.get(name)
    assert found["item_revenue"].to_list() == ([None, None] if sign is None else [sign * 20, sign * 8])


def test_a_campaign_is_taken_from_one_place_only(landing: Landing) -> None:
    params = {"source": "s", "medium": "m", "campaign": "c", "term": "t", "content": "x", "campaign_id": "7"}
    collected = {"manual_source": None, "manual_medium": None, "manual_campaign_name": "spring"}
    names = ["mkt_source", "mkt_medium", "mkt_campaign", "mkt_term", "mkt_content", "campaign_id"]
    alone, both, empty = (
        event(params=params, batch_event_index=number, collected_traffic_source=given)
        for number, given in enumerate([None, collected, {"manual_source": None}])
    )
    found = from_json(landing, alone, both, empty).select(names).rows()
    assert found == [tuple(params.values()), (None, None, "spring", None, None, None), tuple(params.values())]


def test_ids_tell_events_apart_and_duplicates_together(landing: Landing) -> None:
    vague = event("scroll", {"percent": 50}, batch_event_index=None)
    other = event("scroll", {"percent": 90}, batch_event_index=None)
    nobody = event("scroll", {"percent": 50}, user_pseudo_id=None)
    ids = from_json(landing, vague, other, vague, nobody, nobody)["event_id"].to_list()
    assert ids[0] == ids[2] != ids[1]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 3


def test_two_items_put_into_the_cart_at_one_microsecond_are_two_events(landing: Landing) -> None:
    added = [event("add_to_cart", items=[item(item_id=name)], batch_event_index=None) for name in ("a", "b", "a")]
    ids = from_json(landing, *added)["event_id"].to_list()
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize(
    ("stamp", "code"),
    [
        (None, "Required-Missing"),
        ("soon", "Datatype-Mismatch"),
        (-1, "Datatype-Mismatch"),
        (AT / 10, "Datatype-Mismatch"),
    ],
)
def test_a_time_that_is_none_rejects_the_record(landing: Landing, stamp: Any, code: str) -> None:
    assert from_json(landing, event(event_timestamp=stamp))["violation_code"].to_list() == [code]


def test_of_a_repeated_parameter_the_first_counts(landing: Landing) -> None:
    twice = event(params={"page_title": "first"})
    twice["event_params"] += [{"key": "page_title", "value": value("second")}, {"key": None, "value": value("x")}]
    row = from_json(landing, twice).row(0, named=True)
    assert (row["page_title"], json.loads(row["properties"])["page_title"]) == ("first", "first")


def test_one_bad_item_rejects_its_whole_record(landing: Landing) -> None:
    good = item(item_id="a", price=2, quantity=1)
    bad = json.dumps(event("purchase", items=[good, item(item_id="b", price="free")]))
    found = from_json(landing, bad, event("purchase", items=[good, good]))
    assert (rejects(found)[1][0], rejects(found)[1][2]) == ("Datatype-Mismatch", bad)
    assert found["part"].to_list() == [0, 1, 2]


@pytest.mark.parametrize(
    "field", ["event_params", "items", "device", "geo", "ecommerce", "user_pseudo_id", "event_name"]
)
@pytest.mark.parametrize("shape", [None, "x", 5, True, [], {}, [1], [None], [{"key": "a"}], [{"value": 1}], {"a": [1]}])
def test_any_field_may_have_any_shape(landing: Landing, field: str, shape: Any) -> None:
    assert from_json(landing, event(params={"page_title": "t"}) | {field: shape}).height == 1
    rows = pl.DataFrame([event(params={"page_title": "t"}) | {field: shape}])
    empty = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Struct) and not dtype.fields]
    assert from_parquet(landing, rows.drop(empty)).height == 1


KEYS = st.sampled_from(
    [
        "event_timestamp",
        "event_name",
        "event_params",
        "user_pseudo_id",
        "items",
        "key",
        "value",
        "string_value",
        "int_value",
        "double_value",
        "price",
        "quantity",
        "item_id",
        "item_revenue",
        "device",
        "geo",
        "ecommerce",
        "transaction_id",
        "purchase_revenue",
        "privacy_info",
        "ads_storage",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.sampled_from([AT, "purchase", "refund", "page_title", "ga_session_id", "1e400", "2.50"]),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)
RECORDS = st.fixed_dictionaries(
    {
        "event_timestamp": st.just(AT) | VALUES,
        "event_name": st.sampled_from(["purchase", "refund"]) | VALUES,
        "event_params": st.lists(st.fixed_dictionaries({"key": VALUES, "value": VALUES}), max_size=3) | VALUES,
        "items": st.lists(VALUES, max_size=3) | VALUES,
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORDS | st.dictionaries(KEYS, VALUES, max_size=8), min_size=1, max_size=10))
def test_random_objects_are_all_accounted_for(records: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert from_json(Landing(Path(folder)), *records)["line_number"].n_unique() == len(records)
