"""Refunds as shops, tills and trackers write them: any sign, with and without amounts, items and currency."""

from pathlib import Path

import pytest

from dmp_assets_tests.orders.support.landing_folders import segment, worth

MEMOS = """\
  shop: {kind: orders, refunds: ^CM, columns: {event_at: at, transaction_id: nr, item_id: sku, quantity: n,
         item_revenue: paid, refunded_order_id: of}}
"""
PRICED = MEMOS.replace("item_revenue", "price")
SOLD = "at,nr,sku,n,paid,of\n2026-10-05,1,A,2,20.00,\n2026-10-05,1,B,1,15.00,\n"


@pytest.mark.parametrize(
    ("memo", "back"),
    [
        ("CM1,A,1,10.00,1", 10.0),
        ("CM1,A,-1,-10.00,1", 10.0),
        ("CM1,A,1,-10.00,1", 10.0),
        ("CM1,A,-1,10.00,1", 10.0),
        ("CM1,A,1,10.00,1\n2026-10-07,CM1,FEE,1,-2.00,1", 8.0),
        ("CM1,A,-1,-10.00,1\n2026-10-07,CM1,FEE,1,2.00,1", 8.0),
        ("CM1,A,1,10.00,1\n2026-10-07,CM2,A,-1,-4.00,1", 14.0),
        ("CM1,A,1,,1", 10.0),
        ("CM1,A,,,1", 20.0),
        ("CM1,A,1,,1\n2026-10-07,CM2,B,1,,1", 25.0),
    ],
)
def test_a_memo_takes_back_what_it_lists_whatever_the_signs(tmp_path: Path, memo: str, back: float) -> None:
    orders, reversals = worth(tmp_path, MEMOS, {"shop/a.csv": f"{SOLD}2026-10-07,{memo}\n"})
    assert orders == [("1", 35.0, 0.0, 35.0, 0.0, 0.0, None)]
    assert sum(reversal[2] for reversal in reversals) == back
    assert {(reversal[0], reversal[1], reversal[5]) for reversal in reversals} == {("10-07", "1", None)}


def test_a_line_without_a_price_beside_one_with_a_price_counts(tmp_path: Path) -> None:
    text = f"{SOLD}2026-10-07,CM1,A,1,,1\n2026-10-07,CM1,B,1,15.00,1\n"
    _, reversals = worth(tmp_path, PRICED, {"shop/a.csv": text})
    assert reversals == [("10-07", "1", 35.0, 0.0, 0.0, None)]


def test_a_sale_and_a_return_in_one_order_are_both(tmp_path: Path) -> None:
    text = f"{SOLD}2026-10-05,1,C,-1,-8.00,\n2026-10-06,2,C,-1,-3.00,\n"
    orders, reversals = worth(tmp_path, MEMOS, {"shop/a.csv": text})
    assert [order[:4] for order in orders] == [("1", 35.0, 0.0, 35.0)]
    assert [reversal[:3] for reversal in reversals] == [("10-05", "1", 8.0), ("10-06", "2", 3.0)]


@pytest.mark.parametrize("total_of", ["C", "A"])
def test_a_total_after_a_return_in_the_order_is_no_discount(tmp_path: Path, total_of: str) -> None:
    sources = MEMOS.replace("refunded_order_id: of", "order_total: sum, shipping: ship, tax: tax")
    text = "at,nr,sku,n,paid,sum,ship,tax\n"
    for item, units, paid in (("C", -1, "-8.00"), ("A", 2, "20.00")):
        text += f"2026-10-05,1,{item},{units},{paid},{'17.00,5.00,0.00' if item == total_of else ',,'}\n"
    orders, reversals = worth(tmp_path, sources, {"shop/a.csv": text})
    assert orders == [("1", 20.0, 0.0, 20.0, 5.0, 0.0, None)]
    assert reversals == [("10-05", "1", 8.0, 0.0, 0.0, None)]


MAGENTO = """\
  shop: {kind: orders, order_space: all, columns: {event_at: at, transaction_id: nr, item_id: sku, item_revenue: row,
         shipping: ship, tax: tax, order_total: sum, currency: cur}}
  memos: {kind: orders, order_space: all, constants: {event_name: refund}, columns: {event_at: at, transaction_id: nr,
          refunded_order_id: of, item_id: sku, item_revenue: row, shipping: ship, tax: tax, order_total: sum,
          currency: cur}}
"""
ORDER = "at,nr,cur,sku,row,ship,tax,sum\n2026-10-05,100,{cur},A,20,5,3,38\n2026-10-05,100,{cur},B,10,5,3,38\n"
MEMO = "at,nr,of,cur,sku,row,ship,tax,sum\n2026-10-08,900,100,"


@pytest.mark.parametrize(
    ("cur", "memo", "back"),
    [
        ("EUR", "EUR,A,10,0,1,11", (10.0, 0.0, 1.0, None)),
        ("EUR", "EUR,,0,5,0,5", (0.0, 5.0, 0.0, None)),
        ("EUR", "EUR,,,0,0,7", (7.0, 0.0, 0.0, None)),
        ("EUR", "EUR,A,30,5,3,38", (30.0, 5.0, 3.0, None)),
        ("USD", "USD,A,30,5,3,38", (24.0, 4.0, 2.4, None)),
        ("USD", "EUR,A,8,0,0,8", (8.0, 0.0, 0.0, None)),
        ("USD", ",A,20,0,0,20", (16.0, 0.0, 0.0, "refund_without_currency")),
    ],
)
def test_a_credit_memo_says_what_of_it_is_shipping_and_tax(tmp_path: Path, cur: str, memo: str, back: tuple) -> None:
    files = {"shop/o.csv": ORDER.format(cur=cur), "memos/c.csv": f"{MEMO}{memo}\n"}
    _, reversals = worth(tmp_path, MAGENTO, files)
    assert reversals == [("10-08", "100", *back)]


TEA, MUG = {"product_id": "tea", "price": 10, "quantity": 2}, {"product_id": "mug", "price": 20.0, "quantity": 1}
SEGMENT = "  seg: {kind: events, preset: segment}\n"


def back_of_web(folder: Path, *calls: tuple[str, str, dict], items: tuple[dict, ...] = (TEA, MUG)) -> list[tuple]:
    sold = ("Order Completed", "05", {"revenue": 36, "products": list(items)})
    return worth(folder, SEGMENT, {"seg/a.ndjson": segment(sold, *calls)})[1]


@pytest.mark.parametrize(
    ("items", "back", "flag"),
    [
        ([{"product_id": "tea", "quantity": 1}], 9.0, None),
        ([{"product_id": "tea"}], 18.0, None),
        ([{"product_id": "mug", "quantity": 1}], 18.0, None),
        ([{"product_id": "tea", "quantity": 2}, {"product_id": "mug", "quantity": 1}], 36.0, None),
        ([{"product_id": "tea", "quantity": 9}], 18.0, "reversed_more_than_sold"),
        ([{"product_id": "pen", "quantity": 1}], 36.0, "refund_without_amount"),
        ([{"product_id": "tea", "quantity": 1}, {"product_id": "pen"}], 36.0, "refund_without_amount"),
        ([], 36.0, "refund_without_amount"),
    ],
)
def test_items_without_an_amount_are_worth_what_they_were_sold_for(
    tmp_path: Path, items: list, back: float, flag: str | None
) -> None:
    found = back_of_web(tmp_path, ("Order Refunded", "07", {"products": items}))
    assert found == [("10-07", "1", back, 0.0, 0.0, flag)]


def test_items_of_an_order_whose_lines_say_no_amount_take_all_and_are_marked(tmp_path: Path) -> None:
    bare = ({"product_id": "tea"}, {"product_id": "mug"})
    found = back_of_web(tmp_path, ("Order Refunded", "07", {"products": [bare[0]]}), items=bare)
    assert found == [("10-07", "1", 36.0, 0.0, 0.0, "refund_without_amount")]


def test_an_item_that_comes_back_one_by_one_ends_at_what_it_was_sold_for(tmp_path: Path) -> None:
    three = ({"product_id": "tea", "price": 12, "quantity": 3.0}, {"product_id": "mug", "price": 1.01})
    one = {"products": [{"product_id": "tea", "quantity": 1}]}
    found = back_of_web(tmp_path, *(("Order Refunded", day, one) for day in ("06", "07", "08")), items=three)
    assert round(sum(row[2] for row in found), 4) == round(36 * 36 / 37.01, 2)
    assert [row[5] for row in found] == [None, None, None]


def test_a_cancellation_after_a_refund_takes_the_rest_without_a_mark(tmp_path: Path) -> None:
    found = back_of_web(tmp_path, ("Order Refunded", "06", {"total": -10}), ("Order Cancelled", "07", {"revenue": 36}))
    assert found == [("10-06", "1", 10.0, 0.0, 0.0, None), ("10-07", "1", 26.0, 0.0, 0.0, None)]
