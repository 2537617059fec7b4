"""Snowplow's events: which time and which id counts, names, entities in columns or self-describing, products."""

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.presets.snowplow import prepare
from dmp_assets_tests.ingest.presets.support.pipeline import Tables, tables_of

SOURCE = Source(kind="events", preset="snowplow")
SNOWPLOW = "com_snowplowanalytics_snowplow"
PRODUCT = f"contexts_{SNOWPLOW}_ecommerce_product_1"
TRANSACTION = f"contexts_{SNOWPLOW}_ecommerce_transaction_1_0_0"
REFUND = f"contexts_{SNOWPLOW}_ecommerce_refund_1"
ACTION = f"unstruct_event_{SNOWPLOW}_ecommerce_snowplow_ecommerce_action_1_0_1"
WEB_PAGE = f"contexts_{SNOWPLOW}_web_page_1"
SPIDERS = "contexts_com_iab_snowplow_spiders_and_robots_1"
YAUAA = "contexts_nl_basjes_yauaa_context_1"


def prepared(**columns: object) -> dict[str, object]:
    """Return the computed columns of one event."""
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in columns.items()}
    return prepare(pl.DataFrame({name: [value] for name, value in values.items()})).row(0, named=True)


def described(name: str, data: object, vendor: str = "com.snowplowanalytics.snowplow") -> dict[str, object]:
    return {"schema": f"iglu:{vendor}/{name}/jsonschema/1-0-0", "data": data}


def staged(folder: Path, rows: list[dict[str, str]], name: str = "events.tsv") -> Tables:
    """Return the tables of a file with a header, tab-separated."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = pl.DataFrame({column: [row.get(column, "") for row in rows] for column in columns})
    content = table.write_csv(separator="\t").encode()
    return tables_of(folder, name, content, SOURCE.model_copy(update={"delimiter": "\t", "format": "csv"}))


@pytest.mark.parametrize(
    ("derived", "collected", "created", "counts"),
    [("d", "c", "v", "d"), ("", "c", "v", "c"), (" ", "", "v", "v"), ("", "", "", None)],
)
def test_the_derived_time_counts_then_the_collectors_then_the_devices(
    derived: str, collected: str, created: str, counts: str | None
) -> None:
    found = prepared(derived_tstamp=derived, collector_tstamp=collected, dvce_created_tstamp=created)
    assert found["=event_at"] == counts


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"event_name": "page_view"}, "page_view"),
        ({"event_name": "link_click"}, "click"),
        ({"event_name": "My Own Event"}, "my_own_event"),
        ({"event": "page_ping"}, "page_ping"),
        ({"event": "struct", "event_name": "event", "se_action": "login"}, "login"),
        ({"event": "struct", "event_name": "event"}, "event"),
        ({"event_name": "snowplow_ecommerce_action", ACTION: {"type": "product_view"}}, "view_item"),
        ({"event_name": "snowplow_ecommerce_action", ACTION: [{"type": "transaction"}]}, "purchase"),
        ({"event_name": "snowplow_ecommerce_action"}, "snowplow_ecommerce_action"),
        ({"event_name": "page_view", ACTION: {"type": "product_view"}}, "page_view"),
        ({"event_name": "transaction"}, "purchase"),
        ({"event_name": "transaction_item"}, "transaction_item"),
        ({}, None),
    ],
)
def test_event_names_are_ga4s(columns: dict[str, object], name: str | None) -> None:
    assert prepared(platform="web", **columns)["=event_name"] == name


def test_the_network_cookie_is_no_visitor_and_a_mobile_client_session_is() -> None:
    assert prepared(network_userid="n1")["=anonymous_id"] is None
    client = {"contexts_com_snowplowanalytics_snowplow_client_session_1_0_1": [{"userId": "u1", "sessionId": "s1"}]}
    found = prepared(domain_userid="", **client)
    assert (found["=anonymous_id"], found["=session_id"]) == ("u1", "s1")
    found = prepared(domain_userid="d1", domain_sessionid="ds1", **client)
    assert (found["=anonymous_id"], found["=session_id"]) == ("d1", "ds1")


@pytest.mark.parametrize(
    ("user_id", "guest", "person"),
    [
        ("known", "false", "known"),
        ("", "false", "shop"),
        ("", None, "shop"),
        ("", "true", None),
        ("known", "true", "known"),
    ],
)
def test_the_shops_user_is_the_person_unless_a_guest(user_id: str, guest: str | None, person: str | None) -> None:
    user = {"id": "shop", "email": "a@example.com", "is_guest": guest}
    found = prepared(user_id=user_id, **{f"contexts_{SNOWPLOW}_ecommerce_user_1": [user]})
    assert (found["=user_id"], found["=email"]) == (person, "a@example.com")
    kept = json.loads(str(found["=properties"] or "{}")).get("guest_id")
    assert kept == ("shop" if guest == "true" else None)


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({SPIDERS: [{"spiderOrRobot": True, "category": "SPIDER_OR_ROBOT"}]}, "IAB: SPIDER_OR_ROBOT"),
        ({SPIDERS: [{"spider_or_robot": "true", "category": None}]}, "IAB: SPIDER_OR_ROBOT"),
        (
            {SPIDERS: [{"spiderOrRobot": False, "category": "BROWSER"}], YAUAA: [{"agentClass": "Robot"}]},
            "Yauaa: Robot",
        ),
        ({SPIDERS: [{"spiderOrRobot": False, "category": "BROWSER"}], YAUAA: [{"agentClass": "Browser"}]}, None),
        ({}, None),
    ],
)
def test_either_enrichment_finds_a_robot(columns: dict[str, object], rule: str | None) -> None:
    assert prepared(platform="web", **columns)["=bot_rule"] == rule


def test_entities_are_read_from_columns_of_their_own_and_from_self_describing_ones() -> None:
    page, product = {"id": "pv1"}, {"id": "i1", "price": 3, "currency": "EUR"}
    own = prepared(event_name="x", **{WEB_PAGE: [page], PRODUCT: [product]})
    together = prepared(
        event_name="x",
        contexts={
            "schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1",
            "data": [
                described("web_page", page),
                described("product", product, "com.snowplowanalytics.snowplow.ecommerce"),
                described("mine", {"id": "no"}, "com.acme"),
            ],
        },
    )
    for name in ("=items", "=currency"):
        assert own[name] == together[name]
    assert own["=items"][0]["item_id"] == "i1"
    for found in (own, together):
        assert json.loads(str(found["=properties"]))["page_view_id"] == "pv1"
    event = described("unstruct_event", described("link_click", {"targetUrl": "u"}))
    kept = json.loads(str(prepared(event_name="link_click", unstruct_event=event)["=properties"]))
    assert kept["unstruct_event"]["data"]["data"] == {"targetUrl": "u"}


@pytest.mark.parametrize(
    "text",
    [
        "nope",
        "[",
        '{"id"',
        "5",
        '"x"',
        "NaN",
        "[[1]]",
        "[5, null]",
        '{"data":[4,{"schema":5}]}',
        '[{"id":{"a":[1]}}]',
        "\\",
    ],
)
def test_entities_that_are_no_json_stay_as_text_and_raise_nothing(text: str) -> None:
    cart = f"contexts_{SNOWPLOW}_ecommerce_cart_1"
    found = prepared(event_name="x", contexts=text, unstruct_event=text, **{WEB_PAGE: text, cart: text})
    kept = json.loads(str(found["=properties"]))
    assert kept["contexts"] in (text, json.loads(text) if text[0] in "[{" and text[-1] in "]}" else None)
    assert found["=event_name"] == "x"


def test_one_bad_entity_costs_no_other_row() -> None:
    frame = pl.DataFrame({WEB_PAGE: ['[{"id":"a"}]', '[{"id"', '[{"id":"c"}]'], "event_name": ["x"] * 3})
    kept = [json.loads(text).get("page_view_id") for text in prepare(frame)["=properties"].fill_null("{}")]
    assert kept == ["a", None, "c"]


def test_nothing_gives_nothing() -> None:
    found = prepare(pl.DataFrame({"event_name": []}, schema={"event_name": pl.String}))
    assert found.is_empty()
    assert "=items" in found.columns


def test_a_tab_separated_file_with_two_products_becomes_one_purchase(tmp_path: Path) -> None:
    products = [
        {
            "id": "i1",
            "name": "Hat",
            "category": "Hats",
            "brand": "B",
            "price": "12.50",
            "quantity": 2,
            "currency": "EUR",
        },
        {"id": "i2", "price": 0.1, "currency": "EUR"},
    ]
    row = {
        "event_id": "e1",
        "event_name": "snowplow_ecommerce_action",
        "derived_tstamp": "2024-05-01 10:00:00.123456 UTC",
        "collector_tstamp": "2024-05-01 10:00:01.5",
        "dvce_sent_tstamp": "2024-05-01T10:00:00Z",
        "domain_userid": "d1",
        "geo_country": "GR",
        "page_url": "https://shop.example/checkout?x=1",
        ACTION: json.dumps({"type": "transaction"}),
        PRODUCT: json.dumps(products),
        TRANSACTION: json.dumps([{"transaction_id": "t1", "revenue": 30, "currency": "EUR", "discount_code": "MAY"}]),
    }
    tables = staged(tmp_path, [row])
    event = tables.cleaned_events.row(0, named=True)
    assert (event["event_name"], event["transaction_id"], event["currency"]) == ("purchase", "t1", "EUR")
    assert (event["revenue"], event["items"], event["coupon"]) == (Decimal("25.1"), 2, "MAY")
    assert (event["page_host"], event["page_path"], event["country"]) == ("shop.example", "/checkout", "GR")
    assert event["event_at"].microsecond == 123_456
    assert json.loads(event["properties"])["transaction"][0]["revenue"] == 30
    lines = tables.event_items.select("item_id", "price", "item_revenue").rows()
    assert lines == [("i1", Decimal("12.5"), Decimal(25)), ("i2", Decimal("0.1"), Decimal("0.1"))]
    assert tables.sessions.select("anonymous_id", "is_engaged").rows() == [("d1", True)]


def test_refunds_take_their_amount_back(tmp_path: Path) -> None:
    row = {
        "event_id": "e1",
        "event_name": "snowplow_ecommerce_action",
        "collector_tstamp": "2024-05-01 10:00:00",
        ACTION: json.dumps({"type": "refund"}),
        REFUND: json.dumps([{"transaction_id": "t1", "refund_amount": 7.25, "currency": "EUR"}]),
    }
    tables = staged(tmp_path, [row])
    event = tables.cleaned_events.row(0, named=True)
    assert (event["event_name"], event["transaction_id"], event["revenue"]) == ("refund", "t1", Decimal("-7.25"))
    assert tables.raw_events["order_revenue"].to_list() == [Decimal("7.25")]


def test_the_amounts_of_the_whole_order_come_from_the_entity_or_the_old_columns(tmp_path: Path) -> None:
    entity = {"transaction_id": "t1", "revenue": 30, "currency": "EUR", "shipping": 4, "tax": 2, "discount_amount": 3}
    new = {"event_name": "snowplow_ecommerce_action", ACTION: json.dumps({"type": "transaction"})}
    old = {"event": "transaction", "tr_orderid": "o1", "tr_total": "30.50", "tr_tax": "1.25", "tr_shipping": "n/a"}
    at = {"collector_tstamp": "2024-05-01 10:00:00"}
    rows = [at | new | {"event_id": "a", TRANSACTION: json.dumps([entity])}, at | old | {"event_id": "b"}]
    rows.append(at | old | {"event_id": "c", "event": "page_view"})
    found = staged(tmp_path, rows).raw_events.sort("event_id")
    assert found["violation_code"].null_count() == 3
    assert found.select("order_revenue", "order_total", "shipping", "tax", "order_discount").rows() == [
        (30, None, 4, 2, 3),
        (None, Decimal("30.5"), None, Decimal("1.25"), None),
        (None,) * 5,
    ]


def test_the_old_tracking_counts_an_order_once(tmp_path: Path) -> None:
    order = {"collector_tstamp": "2024-05-01 10:00:00", "domain_userid": "d1"}
    rows = [
        {
            **order,
            "event_id": "a",
            "event": "transaction",
            "tr_orderid": "o1",
            "tr_total": "30.50",
            "tr_currency": "EUR",
        },
        {
            **order,
            "event_id": "b",
            "event": "transaction_item",
            "ti_orderid": "o1",
            "ti_sku": "i1",
            "ti_price": "10",
            "ti_quantity": "3",
        },
    ]
    tables = staged(tmp_path, rows)
    assert tables.cleaned_events["revenue"].sum() == Decimal("30.5")
    assert tables.cleaned_events["transaction_id"].to_list() == ["o1", "o1"]
    item = tables.event_items.filter(pl.col("item_id") == "i1").row(0, named=True)
    assert (item["event_name"], item["price"], item["quantity"]) == ("transaction_item", Decimal(10), 3.0)


def test_times_that_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    rows = [
        {
            "event_id": "a",
            "event_name": "page_view",
            "derived_tstamp": "soon",
            "collector_tstamp": "2024-05-01 10:00:00",
        },
        {"event_id": "b", "event_name": "page_view", "derived_tstamp": "", "collector_tstamp": "2024-05-01 10:00:00"},
        {"event_id": "c", "event_name": "", "derived_tstamp": "", "collector_tstamp": "2024-05-01 10:00:00"},
    ]
    tables = staged(tmp_path, rows)
    found = tables.quarantined_events.sort("line_number").select("line_number", "violation_code").rows()
    assert found == [(2, "Datatype-Mismatch"), (4, "Required-Missing")]
    assert tables.cleaned_events["event_id"].to_list() == ["web:b"]
