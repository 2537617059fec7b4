"""Amounts of refunds have one sign, whatever the file writes."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.records.amounts import sources_without_amount
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets_tests.ingest.support.cases import written
from dmp_assets_tests.ingest.support.landing import Landing

COLUMNS = {"event_at": "at", "transaction_id": "no", "quantity": "n"}
GIVEN, PRICED = COLUMNS | {"item_revenue": "paid"}, COLUMNS | {"price": "price"}
ROW = {"at": "2024-05-02", "no": "C1"}


def read(landing: Landing, source: Source, **row: str) -> dict[str, Any]:
    """Return one record of a file, equal in all formats."""
    found = [landing.read(written([ROW | row], f"o.{end}", landing), source)[1] for end in ("csv", "ndjson", "parquet")]
    read = [one.drop("path", "line_number").row(0, named=True) for one in found]
    assert read[0] == read[1] == read[2]
    assert read[0]["violation_message"] is None
    return read[0]


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (GIVEN, {"n": "1", "paid": "10.00"}),
        (GIVEN, {"n": "-1", "paid": "-10.00"}),
        (GIVEN, {"n": "1", "paid": "-10.00"}),
        (GIVEN, {"n": "-1", "paid": "10.00"}),
        (PRICED, {"n": "1", "price": "10.00"}),
        (PRICED, {"n": "-1", "price": "10.00"}),
        (PRICED, {"n": "1", "price": "-10.00"}),
    ],
)
@pytest.mark.parametrize(
    "more",
    [
        {"refunds": "^C"},
        {"constants": {"event_name": "refund"}},
        {"constants": {"event_name": "order_cancelled"}},
        {"kind": "events", "constants": {"event_name": "refund"}},
    ],
)
def test_a_refund_of_ten_takes_back_ten(landing: Landing, columns: dict, row: dict, more: dict) -> None:
    found = read(landing, Source(**{"kind": "orders", "columns": columns} | more), **row)
    assert (found["quantity"], found["item_revenue"]) == (-1.0, Decimal(-10))


def test_discounts_and_amounts_of_the_order_are_positive_on_a_refund(landing: Landing) -> None:
    names = ["retail_discount", "order_revenue", "order_total", "shipping", "tax", "order_discount", "refunded_amount"]
    columns = GIVEN | {name: name for name in names}
    for sign in ("", "-"):
        row = {"n": "1", "paid": "9", **dict.fromkeys(names, f"{sign}2.50")}
        found = read(landing, Source(kind="orders", refunds="^C", columns=columns), **row)
        assert {found[name] for name in names} == {Decimal("2.5")}
        sale = read(landing, Source(kind="orders", columns=columns), **row)
        assert {sale["order_discount"], sale["refunded_amount"]} == {Decimal("2.5")}
        assert {sale["order_total"], sale["shipping"]} == {Decimal(f"{sign}2.5")}


def test_a_sale_keeps_its_signs_and_a_price_without_units_is_that_of_one(landing: Landing) -> None:
    found = read(landing, Source(kind="orders", columns=GIVEN), n="-1", paid="-5")
    assert (found["quantity"], found["item_revenue"]) == (-1.0, Decimal(-5))
    columns = {"event_at": "at", "transaction_id": "no", "price": "price"}
    assert read(landing, Source(kind="orders", columns=columns), price="4.20")["item_revenue"] == Decimal("4.2")


def test_a_view_has_a_price_and_no_revenue(landing: Landing) -> None:
    source = Source(kind="events", columns=PRICED, constants={"event_name": "view_item"})
    assert read(landing, source, n="2", price="4")["item_revenue"] is None


LINES = Source(kind="order_lines", columns={"transaction_id": "no", "price": "price"})
BARE = Source(kind="orders", columns={"event_at": "at", "transaction_id": "no"})


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"shop": BARE}, {"shop"}),
        ({"shop": BARE, "lines": LINES}, set()),
        ({"shop": BARE.model_copy(update={"order_space": "all"}), "lines": LINES}, set()),
        (
            {"shop": BARE, "tills": BARE, "lines": LINES.model_copy(update={"order_space": "tills"})},
            {"shop"},
        ),
        ({"shop": BARE.model_copy(update={"columns": BARE.columns | {"order_total": "sum"}})}, set()),
        ({"shop": BARE.model_copy(update={"constants": {"price": "5"}})}, set()),
    ],
)
def test_orders_without_any_amount_are_told_of(sources: dict[str, Source], expected: set[str]) -> None:
    assert sources_without_amount(check_sources(sources)) == expected


def test_only_what_a_source_supplies_is_staged(landing: Landing) -> None:
    of_orders = {"status", "order_total", "shipping", "tax", "refunded_amount", "given_revenue", "flags", "line_id"}
    _, staged = landing.read(
        written([ROW | {"n": "1", "paid": "1"}], "o.csv", landing), Source(kind="orders", columns=GIVEN)
    )
    assert not of_orders & set(staged.columns)
    assert staged["order_space"].to_list() == ["shop"]
    assert staged.schema["order_space"] == pl.String
