"""Orders from landing files to events: one number of several customers, amounts of the whole order, currencies."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from dmp_assets_tests.support.landed import Landed, landed

SHOPIFY = """
start_date: 2026-10-01
base_currency: EUR
sources:
  orders:
    kind: orders
    columns: {event_at: Created at, transaction_id: Name, email: Email, currency: Currency, item_id: Lineitem sku,
              price: Lineitem price, quantity: Lineitem quantity, financial_status: Financial Status,
              status: Fulfillment Status, cancelled_at: Cancelled at, refunded_amount: Refunded Amount,
              order_discount: Discount Amount, shipping: Shipping, tax: Taxes, order_total: Total}
  rates: {kind: rates, preset: ecb}
"""
SHOPIFY_FILE = """\
Name,Email,Financial Status,Fulfillment Status,Currency,Shipping,Taxes,Total,Discount Amount,Created at,\
Lineitem quantity,Lineitem price,Lineitem sku,Cancelled at,Refunded Amount
#1001,ana@shop-a.org,paid,fulfilled,USD,5.00,0.00,35.00,0.00,2026-10-05 09:30:26 +0200,1,10.00,MUG-B,,0.00
#1001,ana@shop-a.org,,,,,,,,2026-10-05 09:30:26 +0200,2,10.00,MUG-R,,
#1002,ben@shop-a.org,paid,fulfilled,EUR,5.00,0.00,20.00,5.00,2026-10-06 23:30:26 +0200,1,10.00,MUG-B,,0.00
#1002,ben@shop-a.org,,,,,,,,2026-10-06 23:30:26 +0200,1,10.00,MUG-R,,
#1003,ana@shop-a.org,refunded,unfulfilled,USD,0.00,0.00,10.00,0.00,2026-10-07 10:30:26 +0200,1,10.00,MUG-B,\
2026-10-07 12:00:00 +0200,10.00
"""
RATES = """\
Date,USD,GBP
2026-10-05,1.2500,0.8000
2026-10-06,1.2500,0.8000
2026-10-07,1.2500,0.8000
"""
TILL = """
start_date: 2026-10-01
base_currency: EUR
sources:
  pos:
    kind: orders
    columns: {event_at: at, transaction_id: nr, user_id: who, item_id: sku, item_revenue: paid}
"""


def made(folder: Path, configuration: str, files: Mapping[str, str]) -> Landed:
    """Return the tables of a configuration and its landing files."""
    for name, text in files.items():
        file = folder / "data" / "landing" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "dmp.yaml").write_text(configuration)
    return landed(folder / "dmp.yaml", datetime(2026, 11, 1))


def test_amounts_of_the_whole_order_are_converted_with_those_of_its_lines(tmp_path: Path) -> None:
    found = made(tmp_path, SHOPIFY, {"orders/shopify.csv": SHOPIFY_FILE, "rates/ecb.csv": RATES})
    assert found.rows("cleaned_events", "transaction_id", "revenue", "given_revenue", "currency") == [
        ("#1001", Decimal(24), Decimal(30), "USD"),
        ("#1002", Decimal(20), None, "EUR"),
        ("#1003", Decimal(8), Decimal(10), "USD"),
    ]
    assert found.rows("order_details", "event_id", "status", "order_total", "shipping", "refunded_amount") == [
        ("orders:#1001", "paid", Decimal(28), Decimal(4), Decimal(0)),
        ("orders:#1002", "paid", Decimal(20), Decimal(5), Decimal(0)),
        ("orders:#1003", "cancelled", Decimal(8), Decimal(0), Decimal(8)),
    ]
    assert found["order_details"]["order_discount"].sum() == 5


def test_an_order_without_a_rate_is_refused_with_its_text_though_only_its_total_is_mapped(tmp_path: Path) -> None:
    configuration = TILL.replace("item_revenue: paid", "order_total: paid, currency: cur")
    found = made(tmp_path, configuration, {"pos/a.csv": "at,nr,who,sku,paid,cur\n2026-10-05,1,7,tea,9.00,USD\n"})
    assert found.rows("quarantined_events", "violation_code", "raw_record") == [
        ("Rate-Missing", "2026-10-05,1,7,tea,9.00,USD")
    ]


HEADER = "at,nr,who,sku,paid\n"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("2026-10-05,1,8,tea,10.00\n", [("pos:1", "8", 10)]),
        ("2026-10-05,1,8,tea,10.00\n2026-10-05,1,7,mug,5.00\n", [("pos:1|7", "7", 5), ("pos:1|8", "8", 10)]),
        ("2026-10-05,1,,tea,10.00\n", [("pos:1", None, 10)]),
        ("2026-10-05,2,9,mug,1.00\n2026-10-06,1,8,tea,10.00\n", [("pos:1", "8", 10), ("pos:2", "9", 1)]),
        # Of the next day alone it is that day's first receipt.
        ("2026-10-06,1,8,tea,10.00\n", [("pos:1", "7", 10), ("pos:1", "8", 10)]),
        ("2026-10-05,2,8,tea,10.00\n", [("pos:1", "7", 10), ("pos:2", "8", 10)]),
    ],
)
def test_a_corrected_statement_replaces_the_older_one_whatever_account_it_names(
    tmp_path: Path, second: str, expected: list[tuple]
) -> None:
    first = f"{HEADER}2026-10-05,1,7,tea,10.00\n"
    found = made(tmp_path, TILL, {"pos/o-1.csv": first, "pos/o-2.csv": HEADER + second})
    assert found.rows("cleaned_events", "event_id", "user_id", "revenue") == expected
    ledger = found["event_ledger"].sum()
    assert ledger["records"][0] == ledger["kept"][0] + ledger["superseded"][0]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("2026-10-05,1,7,tea,10.00\n2026-10-05,1,8,tea,20.00\n", {"7": 10, "8": 20}),
        ("2026-10-05,1,7,tea,10.00\n2026-10-05,1,8,tea,20.00\n2026-10-05,1,7,mug,5.00\n", {"7": 15, "8": 20}),
        ("2026-10-05,1,7,tea,10.00\n2026-10-05,1,,mug,20.00\n", {"7": 30}),
        ("2026-10-05,1,,mug,20.00\n2026-10-05,1,7,tea,10.00\n", {"7": 30}),
        ("2026-10-05,1,7,tea,10.00\n2026-10-06,1,,mug,20.00\n", {"7": 10, None: 20}),
    ],
)
def test_the_money_of_a_number_stays_with_each_customer(tmp_path: Path, lines: str, expected: dict) -> None:
    found = made(tmp_path, TILL, {"pos/a.csv": HEADER + lines})
    assert dict(found.rows("cleaned_events", "user_id", "revenue")) == expected
    assert found["cleaned_events"]["revenue"].sum() == found["event_items"]["item_revenue"].sum()
