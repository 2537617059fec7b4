"""Segment's calls: names, times, ids, item lines, and what nobody should send."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

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

SEGMENT = Source(kind="events", preset="segment")
AT = "2024-05-01T12:00:00.000Z"


def track(event: str = "Order Completed", **properties: Any) -> dict[str, Any]:
    """Return a track call."""
    return {"type": "track", "event": event, "messageId": "m1", "timestamp": AT, "properties": properties}


def staged(landing: Landing, *calls: Any, source: Source = SEGMENT) -> pl.DataFrame:
    """Return the records of the calls, part by part."""
    lines = [call if isinstance(call, str) else json.dumps(call) for call in calls]
    reading, records = read(landing, lines, source)
    assert reading.records == reading.accepted + reading.rejected == sum(1 for line in lines if line.strip())
    return records


def read(landing: Landing, lines: list[str], source: Source = SEGMENT) -> tuple[Reading, pl.DataFrame]:
    """Return reading and records; unlike the landing's own reading, a record may have several rows."""
    file = landing.put("calls.ndjson", lines)
    reading = LandingFile(
        path=file.relative_to(landing.root / "landing").as_posix(),
        file_id=file_hash(file),
        source_name="shop",
        source=check_source("shop", source),
        landing_dir=landing.root / "landing",
        staging_dir=landing.root / "staging",
        first_day=date(2024, 1, 1),
        last_day=None,
        arrived_at=ARRIVED_AT,
    ).read()
    return reading, pl.read_parquet(reading.staged)


def test_the_six_calls_have_their_events(landing: Landing) -> None:
    calls = [
        track("Product Viewed"),
        track("Quiz Started"),
        {"type": "page", "name": "Home", "category": "Docs", "properties": {"title": "ignored"}},
        {"type": "Screen", "name": "Cart"},
        {"type": "identify", "userId": "u", "traits": {"email": "a@example.com", "phone": "+49 30 1234567"}},
        {"type": "group", "groupId": 'g"1', "traits": {"plan": "pro"}},
        {"type": "alias", "userId": "u", "previousId": "anonymous"},
        {"event": "Signed Up"},
    ]
    found = staged(landing, *({"timestamp": AT} | call for call in calls))
    names = ["view_item", "quiz_started", "page_view", "screen_view", "identify", "group", "alias", "sign_up"]
    assert found["event_name"].to_list() == names
    assert found["page_title"].to_list()[2:4] == ["Home", "Cart"]
    assert found["content_group"].to_list()[1:3] == [None, "Docs"]
    assert found.select("email", "phone").row(4) == ("a@example.com", "+49301234567")
    assert [json.loads(text) for text in found["properties"][4:7]] == [
        {"email": "a@example.com", "phone": "+49 30 1234567"},
        {"groupId": 'g"1', "traits": {"plan": "pro"}},
        {"previousId": "anonymous"},
    ]
    assert found.select("user_id", "anonymous_id").row(6) == ("u", "anonymous")


def test_a_call_without_a_known_type_or_an_event_is_rejected(landing: Landing) -> None:
    found = staged(landing, {"type": "delete", "timestamp": AT}, {"type": "track", "timestamp": AT}, {"timestamp": AT})
    assert found["violation_code"].to_list() == ["Required-Missing"] * 3
    assert set(found["violation_message"]) == {"event_name: required, but empty"}


ORIGINAL, SENT, RECEIVED = "2024-05-01T09:00:00.000001Z", "2024-05-01T09:00:05Z", "2024-05-01T12:00:07.25Z"
CORRECTED, GIVEN = datetime(2024, 5, 1, 12, 0, 2, 250001), datetime(2024, 5, 1, 12)


@pytest.mark.parametrize(
    ("original", "sent", "received", "stamped", "expected"),
    [
        (ORIGINAL, SENT, RECEIVED, AT, CORRECTED),
        ("2024-05-01T11:00:00.000001+02:00", SENT, "2024-05-01 14:00:07.25+0200", AT, CORRECTED),
        (ORIGINAL[:-1], SENT[:-1], RECEIVED[:-1], AT, CORRECTED),
        (ORIGINAL, SENT, RECEIVED, None, CORRECTED),
        # Two clocks that name their zone and one that does not cannot be compared.
        (ORIGINAL, SENT[:-1], RECEIVED, AT, GIVEN),
        (ORIGINAL, None, RECEIVED, AT, GIVEN),
        (None, SENT, RECEIVED, AT, GIVEN),
        (ORIGINAL, SENT, None, AT, GIVEN),
        ("?", SENT, RECEIVED, AT, GIVEN),
        (ORIGINAL, None, RECEIVED, None, datetime(2024, 5, 1, 9, 0, 0, 1)),
        (None, SENT, RECEIVED, None, datetime(2024, 5, 1, 12, 0, 7, 250000)),
        (None, SENT, None, None, "Required-Missing"),
        (None, None, None, None, "Required-Missing"),
        (None, None, RECEIVED, "soon", "Datatype-Mismatch"),
        ("?", SENT, RECEIVED, None, "Datatype-Mismatch"),
        (ORIGINAL, "?", RECEIVED, AT, "Datatype-Mismatch"),
        (ORIGINAL, SENT, "?", AT, "Datatype-Mismatch"),
        # A phone whose clock is ten years ahead.
        (
            "2034-05-01T00:00:00Z",
            "2034-05-01T00:00:01Z",
            "2024-05-01T00:00:01.5Z",
            None,
            datetime(2024, 5, 1, 0, 0, 0, 500000),
        ),
        # Corrected beyond what a time can be.
        ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", RECEIVED, None, "Datatype-Mismatch"),
        (1714564800000, SENT, RECEIVED, AT, GIVEN),
    ],
)
def test_the_time_of_an_event(
    landing: Landing, original: Any, sent: Any, received: Any, stamped: Any, expected: Any
) -> None:
    names = ("originalTimestamp", "sentAt", "receivedAt", "timestamp")
    values = zip(names, (original, sent, received, stamped), strict=True)
    row = staged(landing, track() | dict(values)).row(0, named=True)
    if isinstance(expected, str):
        assert row["violation_code"] == expected
    else:
        assert (row["violation_code"], row["event_at"]) == (None, expected)


def test_a_time_without_a_zone_is_the_sources(landing: Landing) -> None:
    seoul = SEGMENT.model_copy(update={"time_zone": "Asia/Seoul"})
    call = track() | {"originalTimestamp": ORIGINAL[:-1], "sentAt": SENT[:-1], "receivedAt": RECEIVED[:-1]}
    row = staged(landing, call, source=seoul).row(0, named=True)
    assert row["event_at"] == datetime(2024, 5, 1, 3, 0, 2, 250001)
    assert row["received_at"] == datetime(2024, 5, 1, 3, 0, 7, 250000)


def test_the_context_is_promoted(landing: Landing) -> None:
    context = {
        "campaign": {"name": "May", "source": "news", "medium": "email", "term": "a", "content": "b", "id": "c1"},
        "page": {"url": "https://example.com/a?b", "referrer": "https://example.org/", "title": "T"},
        "userAgent": "Mozilla/5.0",
        "device": {"advertisingId": "d1"},
        "timezone": "Europe/Berlin",
        "consent": {"categoryPreferences": {"Advertising": False}},
        "location": {"country": "DE", "city": "Berlin"},
        "traits": {"email": "b@example.com"},
    }
    call = track("Products Searched", query="shoes") | {"context": context, "sentAt": AT, "anonymousId": 7}
    row = staged(landing, call).row(0, named=True)
    names = ["mkt_source", "mkt_medium", "mkt_campaign", "mkt_term", "mkt_content", "campaign_id"]
    assert [row[name] for name in names] == ["news", "email", "May", "a", "b", "c1"]
    names = ["page_url", "referrer_url", "page_title", "user_agent", "device_id", "time_zone"]
    expected = ["https://example.com/a?b", "https://example.org/", "T", "Mozilla/5.0", "d1", "Europe/Berlin"]
    assert [row[name] for name in names] == expected
    assert json.loads(row["consent"]) == {"Advertising": False}
    names = ["country", "city", "email", "search_term", "event_name", "anonymous_id", "event_id"]
    assert [row[name] for name in names] == ["DE", "Berlin", "b@example.com", "shoes", "search", "7", "shop:m1"]
    assert (row["sent_at"], row["received_at"]) == (GIVEN, None)
    assert json.loads(row["properties"]) == {"query": "shoes"}
    plain = staged(landing, call | {"context": {"consent": {"ads": True}}}).row(0, named=True)
    assert json.loads(plain["consent"]) == {"ads": True}


@pytest.mark.parametrize(
    ("library", "device", "channel", "expected"),
    [
        ("analytics.js", "iPhone OS", None, "web"),
        ("analytics-ios", None, None, "ios"),
        ("analytics-kotlin", None, None, "android"),
        ("@segment/analytics-react-native", "Android", "mobile", "android"),
        ("analytics-flutter", None, None, None),
        ("analytics-python", None, "server", "server"),
        (None, None, "browser", "web"),
        (None, "ios", "server", "ios"),
        (None, None, None, None),
    ],
)
def test_the_library_tells_the_platform(
    landing: Landing, library: str | None, device: str | None, channel: str | None, expected: str | None
) -> None:
    context = {"library": {"name": library}, "device": {"type": device}}
    found = staged(landing, track() | {"context": context, "channel": channel})
    assert found["platform"].to_list() == [expected]


PRODUCTS = [
    {"product_id": "a", "name": "A", "brand": "B", "category": "C", "price": 19.99, "quantity": 3},
    {"sku": 5, "price": "0.33335", "quantity": 0.5, "coupon": "OWN"},
    {"product_id": "c", "price": 4},
]


def test_an_order_is_one_row_per_product(landing: Landing) -> None:
    order = track(order_id="o1", revenue=99, coupon="MAY", currency="EUR", products=PRODUCTS)
    found = staged(landing, order)
    assert found["part"].to_list() == [1, 2, 3]
    assert found["event_id"].to_list() == ["shop:m1"] * 3
    assert found["transaction_id"].to_list() == ["o1"] * 3
    assert found["item_id"].to_list() == ["a", "5", "c"]
    assert found["item_revenue"].to_list() == [Decimal("59.97"), Decimal("0.1667"), Decimal(4)]
    assert found["quantity"].to_list() == [3.0, 0.5, None]
    assert found["coupon"].to_list() == ["MAY", "OWN", "MAY"]
    assert found.select("item_name", "item_brand", "item_category", "price").row(0) == ("A", "B", "C", Decimal("19.99"))
    assert found["event_name"].unique().to_list() == ["purchase"]


def test_a_refund_is_negative_whatever_its_sign(landing: Landing) -> None:
    signed = [PRODUCTS[0], {"product_id": "b", "price": 2, "quantity": -2}]
    found = staged(
        landing, track("Order Refunded", order_id="o1", products=signed), track("Order Refunded", total="-7")
    )
    assert found["quantity"].to_list() == [-3.0, -2.0, None]
    assert found["item_revenue"].to_list() == [Decimal("-59.97"), Decimal(-4), Decimal(-7)]
    assert found["price"].to_list() == [Decimal("19.99"), Decimal(2), None]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"revenue": 5, "total": 6, "value": 7}, 5),
        ({"total": 6, "value": 7}, 6),
        ({"value": 7}, 7),
        ({"products": [], "revenue": 5}, 5),
        ({"products": [{"product_id": "a"}], "revenue": 5}, 5),
        ({"products": [{"product_id": "a", "price": 2}], "revenue": 5}, 2),
        ({"product_id": "a", "price": 2, "quantity": 2, "revenue": 5}, 4),
        ({}, None),
    ],
)
def test_the_revenue_of_an_order_is_counted_once(landing: Landing, properties: dict[str, Any], expected: Any) -> None:
    assert staged(landing, track(**properties))["item_revenue"].to_list() == [expected]
    assert staged(landing, track("Product Added", **properties))["item_revenue"].to_list() == [None]


@pytest.mark.parametrize(
    ("name", "properties", "expected"),
    [
        (
            "Order Completed",
            {"revenue": 25.5, "total": 31, "shipping": 4, "tax": 1.5, "discount": 2.5},
            (25.5, 31, 4, 1.5, 2.5),
        ),
        ("Order Completed", {"total": 31, "value": 7}, (None, 31, None, None, None)),
        ("Order Refunded", {"total": -30}, (None, 30, None, None, None)),
        ("Order Refunded", {"value": 7, "discount": -1}, (7, None, None, None, 1)),
        ("Order Cancelled", {"revenue": 25.5}, (25.5, None, None, None, None)),
        ("Order Completed", {"revenue": 9, "discount": "10%", "tax": "incl."}, (9, None, None, None, None)),
        ("Checkout Started", {"revenue": 9, "shipping": 4}, (None,) * 5),
    ],
)
def test_the_amounts_of_the_whole_order_stand_beside_its_lines(
    landing: Landing, name: str, properties: dict[str, Any], expected: tuple
) -> None:
    found = staged(landing, track(name, products=PRODUCTS[:1], **properties))
    assert found["violation_code"].to_list() == [None]
    assert found.select("order_revenue", "order_total", "shipping", "tax", "order_discount").rows() == [expected]


def test_lines_of_a_cancelled_order_are_priced_as_those_of_a_refund(landing: Landing) -> None:
    found = staged(landing, track("Order Cancelled", products=PRODUCTS[:1]), track("Order Cancelled", revenue=7))
    assert found["event_name"].unique().to_list() == ["order_cancelled"]
    assert found.select("quantity", "item_revenue").rows() == [(-3.0, Decimal("-59.97")), (None, Decimal(-7))]


def test_the_first_line_of_an_unpriced_order_has_its_revenue(landing: Landing) -> None:
    found = staged(landing, track(revenue=9.5, products=[{"product_id": "a"}, {"product_id": "b"}]))
    assert found["item_revenue"].to_list() == [Decimal("9.5"), None]


def test_a_track_call_can_be_about_one_product(landing: Landing) -> None:
    product = PRODUCTS[0]
    page = {"type": "page", "timestamp": AT, "properties": product}
    found = staged(landing, track("Product Viewed", **product), page, track("Coupon Entered", coupon="MAY"))
    assert found["item_id"].to_list() == ["a", None, None]
    assert found["item_name"].to_list() == ["A", None, None]
    assert found["quantity"].to_list() == [3.0, None, None]
    assert found["coupon"].to_list() == [None, None, "MAY"]
    assert found["part"].to_list() == [0, 0, 0]


@pytest.mark.parametrize(
    "bad",
    [{"product_id": "b", "price": "free"}, {"quantity": [1]}, {}, "x", None, 3, {"price": 1, "quantity": "1e20e"}],
)
def test_one_bad_item_rejects_its_whole_record(landing: Landing, bad: Any) -> None:
    line = json.dumps(track(products=[PRODUCTS[0], bad, PRODUCTS[2]]))
    found = staged(landing, line, track(products=PRODUCTS) | {"messageId": "m2"})
    code, _, raw = rejects(found)[1]
    assert (code, raw) == ("Datatype-Mismatch", line)
    assert found["part"].to_list() == [0, 1, 2, 3]
    assert found["fingerprint"].null_count() == 1


@pytest.mark.parametrize("products", ["a", 1, True, {"product_id": "a"}, None, [], [[]], [None], [{"a": {}}]])
def test_products_of_any_shape_are_accounted_for(landing: Landing, products: Any) -> None:
    found = staged(landing, track(products=products, revenue=3))
    assert found.height == 1
    if found["violation_code"][0] is None:
        assert found["item_revenue"].to_list() == [3]
        assert json.loads(found["properties"][0])["products"] == products


@pytest.mark.parametrize(
    "part", ["properties", "context", "traits", "event", "type", "messageId", "sentAt", "timestamp"]
)
@pytest.mark.parametrize("value", [None, "x", 5, 1.5, True, [], {}, [1], {"a": None}, [None]])
def test_any_field_may_have_any_shape(landing: Landing, part: str, value: Any) -> None:
    assert staged(landing, track(products=PRODUCTS) | {part: value}).height in (1, 3)


def test_no_line_changes_another(landing: Landing) -> None:
    calls = [track(products=PRODUCTS), track(revenue=1), {"type": "identify", "traits": {"a": 1}, "timestamp": AT}]
    calls = [call | {"messageId": str(number)} for number, call in enumerate(calls * 2)]
    apart = pl.concat([staged(landing, call) for call in calls])
    assert staged(landing, *calls).drop("line_number").equals(apart.drop("line_number"))


KEYS = st.sampled_from(
    [
        "type",
        "event",
        "messageId",
        "userId",
        "anonymousId",
        "timestamp",
        "sentAt",
        "receivedAt",
        "originalTimestamp",
        "properties",
        "traits",
        "context",
        "products",
        "product_id",
        "sku",
        "name",
        "price",
        "quantity",
        "coupon",
        "revenue",
        "value",
        "order_id",
        "campaign",
        "page",
        "consent",
        "library",
        "device",
        "email",
        "id",
        "url",
        "previousId",
        "groupId",
        "channel",
        "query",
        "currency",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.sampled_from([AT, "track", "page", "alias", "group", "Order Completed", "Order Refunded", "1e400", "-", "2.50"]),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)
ORDERS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "identify", "group", "alias"]) | VALUES,
        "event": st.sampled_from(["Order Completed", "Order Refunded", "Product Viewed"]) | VALUES,
        "timestamp": st.just(AT) | VALUES,
        "properties": st.fixed_dictionaries({"products": st.lists(VALUES, max_size=4)}) | VALUES,
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ORDERS | st.dictionaries(KEYS, VALUES, max_size=8), min_size=1, max_size=12))
def test_random_objects_are_all_accounted_for(calls: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reading, found = read(Landing(Path(folder)), [json.dumps(call) for call in calls])
        assert reading.status == "ok", reading.message
        assert reading.records == reading.accepted + reading.rejected == len(calls)
        assert found["line_number"].n_unique() == len(calls)
