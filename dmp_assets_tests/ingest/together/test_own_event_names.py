"""Event names that a source maps itself, and the hint to do so."""

import io
import json
from decimal import Decimal

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.kinds import CONTRACTS, EVENT_KINDS
from dmp_assets.ingest.records.mapping import MappingError, check_source
from dmp_assets.ingest.values.event_names import to_our_name
from dmp_assets_tests.ingest.support.cases import written
from dmp_assets_tests.ingest.support.landing import Landing, small

OWN = {"transaction": "purchase", "addtocart": "add_to_cart", "Sale": "purchase", "Return": "refund"}
COLUMNS = {"event_at": "at", "event_name": "what", "transaction_id": "order", "item_revenue": "paid"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("transaction", "purchase"),
        (" Transaction ", "purchase"),
        ("ADDTOCART", "add_to_cart"),
        ("Sale", "purchase"),
        ("return", "refund"),
        ("view", "view"),
        ("Sales", "Sales"),
        ("", None),
    ],
)
def test_names_are_mapped_exactly_or_ignoring_case(landing: Landing, name: str, expected: str | None) -> None:
    source = Source(kind="events", columns=COLUMNS, event_names=OWN)
    for file in ("e.csv", "e.ndjson", "e.parquet"):
        rows = [{"at": "2024-05-02", "what": name, "order": "1", "paid": "5"}]
        _, staged = landing.read(written(rows, file, landing), source)
        assert staged["event_name"].to_list() == [expected]


def test_an_exact_name_wins_and_one_that_fits_two_is_not_guessed() -> None:
    own = {"Order": "purchase", "order": "add_to_cart"}
    assert to_our_name(pl.Series(["Order", "order", "ORDER"]), own).to_list() == ["purchase", "add_to_cart", "ORDER"]
    assert to_our_name(pl.Series(["a", "b"]), {"a": "b", "b": "c"}).to_list() == ["b", "c"]


def test_a_return_of_orders_is_a_refund_with_an_id_of_its_own(landing: Landing) -> None:
    source = Source(kind="orders", columns=COLUMNS, event_names=OWN)
    lines = ["at,what,order,paid", "2024-05-02,Sale,1,5", "2024-05-02,RETURN,1,-5"]
    _, staged = landing.read(landing.put("o.csv", lines), source)
    assert staged["event_name"].to_list() == ["purchase", "refund"]
    first, second = staged["event_id"]
    assert second == f"{first}:refund"
    assert staged["item_revenue"].to_list() == [Decimal(5), Decimal(-5)]


@pytest.mark.parametrize(
    ("name", "expected", "ending"),
    [
        ("Sale", "purchase", ""),
        ("INVOICE", "purchase", ""),
        ("", "purchase", ""),
        ("Credit-Note", "refund", ":refund"),
        ("storno", "refund", ":refund"),
        ("Umtausch", "refund", ":refund"),
        ("void", "order_cancelled", ":cancelled"),
        ("order cancelled", "order_cancelled", ":cancelled"),
    ],
)
def test_the_name_of_an_orders_line_is_one_of_three_and_ends_its_id(
    landing: Landing, name: str, expected: str, ending: str
) -> None:
    source = Source(kind="orders", columns=COLUMNS, event_names={"umtausch": "refund"})
    for file in ("o.csv", "o.ndjson", "o.parquet"):
        rows = [{"at": "2024-05-02", "what": name, "order": "1", "paid": "5"}]
        _, staged = landing.read(written(rows, file, landing), source)
        assert staged.select("event_name", "event_id").rows() == [(expected, f"shop:1{ending}")]


@pytest.mark.parametrize("name", ["view", "add_to_cart", "Exchange", "refund?no", "1"])
def test_an_unknown_name_of_an_orders_line_is_refused_with_those_allowed(landing: Landing, name: str) -> None:
    source = Source(kind="orders", columns=COLUMNS, event_names={"Exchange": "swap"})
    reading, staged = landing.read(landing.put("o.csv", ["at,what,order,paid", f"2024-05-02,{name},1,5"]), source)
    assert (reading.records, reading.rejected) == (1, 1)
    code, message = staged.select("violation_code", "violation_message").row(0)
    assert code == "Datatype-Mismatch"
    assert "column 'what' (event_name): expected purchase (or sale" in message
    assert "event_names" in message
    assert name not in message.replace("event_name", "")


def test_a_constant_name_of_orders_is_one_of_three_too(landing: Landing) -> None:
    columns = {"event_at": "at", "transaction_id": "order"}
    source = Source(kind="orders", columns=columns, constants={"event_name": "Credit memo"})
    _, staged = landing.read(landing.put("o.csv", ["at,order", "2024-05-02,1"]), source)
    assert staged["event_name"].to_list() == ["refund"]
    with pytest.raises(MappingError, match="constant 'event_name' has the value 'in_store'; allowed: purchase"):
        check_source("shop", source.model_copy(update={"constants": {"event_name": "in_store"}}))


def test_a_constant_name_of_events_is_not_mapped(landing: Landing) -> None:
    source = Source(kind="events", columns={"event_at": "at"}, constants={"event_name": "Sale"}, event_names=OWN)
    _, staged = landing.read(landing.put("o.csv", ["at,order", "2024-05-02,1"]), source)
    assert staged["event_name"].to_list() == ["Sale"]


def test_the_sources_own_names_win_over_the_vocabulary_of_a_preset(landing: Landing) -> None:
    columns = {"event_at": "at", "event_name": "what"}
    source = Source(kind="events", preset="social", columns=columns, event_names={"liked": "applause", "share": "pass"})
    lines = ["at,what", *(f"2024-05-02,{name}" for name in ("Liked", "heart", "retweet", "Odd Name"))]
    _, staged = landing.read(landing.put("s.csv", lines), source)
    assert staged["event_name"].to_list() == ["applause", "like", "pass", "odd_name"]


def call(**fields: str) -> str:
    products = {"properties": {"products": [{"sku": "a", "price": 2.5, "quantity": 2}]}}
    return json.dumps({"type": "track", "timestamp": "2024-05-02T10:00:00Z"} | products | fields)


def test_a_purchase_by_a_name_of_its_own_is_worth_as_much_in_every_preset(landing: Landing) -> None:
    own = {"Basket Paid": "purchase", "screen_view": "app_view"}
    calls = [call(event="basket paid"), call(event="Order Completed"), call(event="Other Thing"), call(type="screen")]
    segment = Source(kind="events", preset="segment", event_names=own)
    _, staged = landing.read(landing.put("s.ndjson", calls), segment)
    assert staged["event_name"].to_list() == ["purchase", "purchase", "other_thing", "app_view"]
    assert staged["item_revenue"].to_list() == [Decimal(5), Decimal(5), None, None]

    event = {"event_timestamp": 1_714_644_000_000_000, "user_pseudo_id": "1.2", "items": [{"item_id": "a", "price": 5}]}
    events = [event | {"event_name": name} for name in ("basket_paid", "purchase", "view_item")]
    ga4 = Source(kind="events", preset="ga4", event_names={"basket_paid": "purchase", "purchase": "kept_apart"})
    for name in ("g.ndjson", "g.parquet"):
        _, staged = landing.read(written(events, name, landing), ga4)
        assert staged["event_name"].to_list() == ["purchase", "kept_apart", "view_item"]
        assert staged["item_revenue"].to_list() == [Decimal(5), None, None]

    snowplow = Source(kind="events", preset="snowplow", event_names={"basket_paid": "purchase"})
    lines = ["event,event_name,collector_tstamp,tr_total", "ue,basket_paid,2024-05-02 10:00:00,5"]
    _, staged = landing.read(landing.put("w.csv", lines), snowplow)
    assert staged.select("event_name", "item_revenue").rows() == [("purchase", Decimal(5))]


def test_a_name_leaves_the_ids_of_ga4_as_they_are(landing: Landing) -> None:
    event = {"event_timestamp": 1_714_644_000_000_000, "user_pseudo_id": "1.2", "event_name": "paid"}
    file = landing.put("g.ndjson", [json.dumps(event)])
    ids = [
        landing.read(file, Source(kind="events", preset="ga4", event_names=own))[1]["event_id"][0]
        for own in ({}, {"paid": "purchase"})
    ]
    assert ids[0] == ids[1]


def test_only_kinds_with_event_names_can_map_them() -> None:
    for kind in set(CONTRACTS) - set(EVENT_KINDS):
        with pytest.raises(MappingError) as refusal:
            check_source("crm", Source(kind=kind, event_names=OWN, constants={}))
        assert "source 'crm'" in str(refusal.value)
        assert "event_names is for kinds events, orders" in str(refusal.value) or "required" in str(refusal.value)
    with pytest.raises(MappingError, match="source 'crm': event_names is for kinds events, orders, not 'customers'"):
        check_source("crm", Source(kind="customers", columns={"user_id": "no"}, event_names=OWN))
    with pytest.raises(MappingError, match=r"event_names has 'Sale': ' '; allowed: two names"):
        check_source("web", Source(kind="events", columns=COLUMNS, event_names={"Sale": " "}))


WEB = Source(kind="events", columns=COLUMNS)


@pytest.mark.parametrize(
    ("names", "hinted"),
    [
        (["view", "transaction", "transaction"], ["transaction, of 2 records; event_names: {transaction: purchase}"]),
        (["view", "Order Completed"], ["Order Completed, of 1 records; event_names: {Order Completed: purchase}"]),
        (["Purchase", "view"], ["event_names: {Purchase: purchase}"]),
        (
            ["returned", "sale", "sale"],
            ["sale, of 2 records", "returned, of 1 records; event_names: {returned: refund}"],
        ),
        (["bought: now!", "checkout_completed"], ["checkout_completed, of 1"]),
        (["view", "view_item", "begin_checkout"], []),
        (["purchase", "transaction"], []),
        (["transaction", "transaction", "refund"], []),
        (["coupon_redemption", "add_to_cart"], []),
    ],
)
def test_events_that_look_like_purchases_get_a_hint(landing: Landing, names: list[str], hinted: list[str]) -> None:
    lines = ["at,what,order,paid", *(f"2024-05-02,{name},," for name in names)]
    for size in (1, 100):
        reading, _ = landing.read(landing.put(f"{size}.csv", lines), WEB, limits=small(batch_records=size))
        assert len(reading.remarks) == len(reading.values_seen) == len(hinted)
        for words, remark, seen in zip(hinted, reading.remarks, reading.values_seen, strict=True):
            assert words in seen
            name, _, records = seen.removeprefix("event_name: ").partition(", of ")
            assert f"event_name: {records.partition(' ')[0]} records of one name look like a " in remark
            assert name not in remark.replace("purchase", "")
            assert "SELECT unnest(values_seen) FROM ingest.landing_files WHERE path = 'shop/" in remark


@pytest.mark.parametrize(
    ("line", "is_hinted"),
    [
        ("2024-05-02,paid up,o1,", True),
        ("2024-05-02,paid up,,9.5", True),
        ("2024-05-02,paid up,,0", False),
        ("2024-05-02,paid up,,", False),
        ("2024-05-02,begin_checkout,o1,9.5", False),
        ("2024-05-02,view_item,,9.5", False),
    ],
)
def test_what_an_event_carries_can_make_it_look_like_a_purchase(landing: Landing, line: str, is_hinted: bool) -> None:
    reading, _ = landing.read(landing.put("e.csv", ["at,what,order,paid", line]), WEB)
    assert bool(reading.remarks) == is_hinted
    paid, _ = landing.read(landing.put("f.csv", ["at,what,order,paid", line, "2024-05-02,purchase,o2,1"]), WEB)
    assert paid.remarks == []


def test_a_mapped_log_gets_no_hint(landing: Landing) -> None:
    source = WEB.model_copy(update={"event_names": OWN})
    reading, _ = landing.read(landing.put("e.csv", ["at,what,order,paid", "2024-05-02,transaction,1,5"]), source)
    assert reading.remarks == []


def test_a_file_that_is_refused_has_no_remarks(landing: Landing) -> None:
    data = io.BytesIO()
    pl.DataFrame({"at": ["2024-05-02"]}).write_parquet(data)
    reading, _ = landing.read(landing.put_bytes("e.parquet", data.getvalue()), WEB)
    assert (reading.status, reading.remarks, reading.left_out) == ("failed", [], 0)
