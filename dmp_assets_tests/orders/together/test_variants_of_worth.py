"""Exports of orders as shops write them: amounts on the order or on its lines, once or on every line."""

from pathlib import Path

import pytest

from dmp_assets_tests.orders.support.landing_folders import segment, worth

SHOPIFY = """\
  shop: {kind: orders, columns: {event_at: Created at, transaction_id: Name, email: Email, currency: Currency,
         item_id: Lineitem sku, price: Lineitem price, quantity: Lineitem quantity, retail_discount: Lineitem discount,
         order_revenue: Subtotal, order_discount: Discount Amount, shipping: Shipping, tax: Taxes, order_total: Total}}
"""
FIELDS = (
    "Name,Email,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem price,"
    "Lineitem sku,Lineitem discount\n"
)
AT = "2026-10-05 09:00:00 +0200"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        pytest.param(
            f"#1,a@x.org,USD,30,5,0,35,0,{AT},1,10,MUG,0\n#1,,,,,,,,,2,10,TEA,0\n",
            ("#1", 24.0, 0.0, 24.0, 4.0, 0.0, None),
            id="the currency on the first line",
        ),
        pytest.param(
            f"#1,a@x.org,,,,,,,{AT},1,10,MUG,0\n#1,a@x.org,USD,30,5,0,35,0,{AT},2,10,TEA,0\n",
            ("#1", 24.0, 0.0, 24.0, 4.0, 0.0, None),
            id="the currency on the last line",
        ),
        pytest.param(
            f"#1,a@x.org,USD,27,5,2,34,3,{AT},1,10,MUG,0\n#1,a@x.org,USD,27,5,2,34,3,{AT},2,10,TEA,0\n",
            ("#1", 24.0, 2.4, 21.6, 4.0, 1.6, None),
            id="every field on every line",
        ),
        pytest.param(
            f"#1,a@x.org,EUR,26,5,0,31,2,{AT},1,10,MUG,0\n#1,,,,,,,,,2,10,TEA,2\n",
            ("#1", 30.0, 4.0, 26.0, 5.0, 0.0, None),
            id="a discount of a line and one of the order",
        ),
        pytest.param(
            f"#1,a@x.org,EUR,26,5,0,31,2,{AT},1,10,MUG,0\n#1,,,,,,,,,2,10,TEA,-2\n",
            ("#1", 30.0, 4.0, 26.0, 5.0, 0.0, None),
            id="a discount of a line that is written negative",
        ),
        pytest.param(
            f"#1,a@x.org,EUR,119,5,19,124,0,{AT},1,119,MUG,0\n",
            ("#1", 100.0, 0.0, 100.0, 5.0, 19.0, None),
            id="tax in the prices, which only the total shows",
        ),
        pytest.param(
            f"#1,a@x.org,EUR,109,5,19,114,10,{AT},1,119,MUG,0\n",
            ("#1", 100.0, 10.0, 90.0, 5.0, 19.0, None),
            id="tax in the prices and a discount",
        ),
        pytest.param(
            f"#1,a@x.org,EUR,30,5,0,38,0,{AT},3,10,MUG,0\n",
            ("#1", 30.0, 0.0, 30.0, 5.0, 0.0, "lines_and_order_differ"),
            id="a tip that the total has alone",
        ),
        pytest.param(
            f"#1,a@x.org,EUR,0,0,0,0,20,{AT},2,10,MUG,0\n",
            ("#1", 20.0, 20.0, 0.0, 0.0, 0.0, None),
            id="all of it given away",
        ),
        pytest.param(
            f"#1,a@x.org,EUR,3000000000.03,0,0,3000000000.03,0.01,{AT},1,1000000000.01,MUG,0\n"
            "#1,,,,,,,,,1,2000000000.03,TEA,0\n",
            ("#1", 3000000000.04, 0.01, 3000000000.03, 0.0, 0.0, None),
            id="one cent off a large order",
        ),
    ],
)
def test_a_shopify_order_is_worth_what_its_total_says(tmp_path: Path, text: str, order: tuple) -> None:
    assert worth(tmp_path, SHOPIFY, {"shop/a.csv": FIELDS + text}) == ([order], [])


WOOCOMMERCE = """\
  woo: {kind: orders, columns: {event_at: day, transaction_id: nr, status: status, order_total: order_total,
        order_discount: cart_discount, shipping: ship, tax: tax, item_id: sku, item_revenue: line_total}}
"""


def test_a_discount_that_lines_have_given_already_counts_once(tmp_path: Path) -> None:
    text = (
        "nr,day,status,order_total,cart_discount,ship,tax,sku,line_total\n"
        "7,2026-10-05,wc-completed,23.00,2.00,5.00,0.00,A,9.00\n7,2026-10-05,wc-completed,23.00,2.00,5.00,0.00,B,9.00\n"
        "8,2026-10-05,wc-on-hold,9.00,0.00,0.00,0.00,A,9.00\n"
    )
    orders, _ = worth(tmp_path, WOOCOMMERCE, {"woo/a.csv": text})
    assert orders == [("7", 20.0, 2.0, 18.0, 5.0, 0.0, None), ("8", 0.0, 0.0, 0.0, 0.0, 0.0, None)]


@pytest.mark.parametrize(
    ("word", "net", "back"),
    [("offen", 0.0, 0.0), ("annulée", 9.0, 9.0), ("remboursé", 9.0, 9.0), ("payée", 9.0, 0.0), ("échouée", 0.0, 0.0)],
)
def test_german_and_french_words_say_the_status(tmp_path: Path, word: str, net: float, back: float) -> None:
    text = f"nr,day,status,order_total,cart_discount,ship,tax,sku,line_total\n7,2026-10-05,{word},9,0,0,0,A,9\n"
    orders, reversals = worth(tmp_path, WOOCOMMERCE, {"woo/a.csv": text})
    assert [(order[3], order[-1]) for order in orders] == [(net, None)]
    assert sum(reversal[2] for reversal in reversals) == back


TEA, MUG = {"product_id": "tea", "price": 10, "quantity": 2}, {"product_id": "mug", "price": 20.0, "quantity": 1}


@pytest.mark.parametrize(
    ("said", "order"),
    [
        pytest.param(
            {"total": 46, "revenue": 38, "shipping": 5, "tax": 3, "discount": 2},
            ("1", 40.0, 2.0, 38.0, 5.0, 3.0, None),
            id="revenue after the discount",
        ),
        pytest.param(
            {"total": 46, "revenue": 40, "shipping": 5, "tax": 3, "discount": 2},
            ("1", 40.0, 2.0, 38.0, 5.0, 3.0, None),
            id="revenue before the discount, which the total shows",
        ),
        pytest.param(
            {"revenue": 48, "shipping": 5, "tax": 3},
            ("1", 40.0, 0.0, 40.0, 5.0, 3.0, None),
            id="the total in place of the revenue",
        ),
        pytest.param(
            {"revenue": 36, "shipping": 5}, ("1", 40.0, 4.0, 36.0, 5.0, 0.0, "lines_and_order_differ"), id="unexplained"
        ),
        pytest.param({"discount": 2.5}, ("1", 40.0, 2.5, 37.5, 0.0, 0.0, None), id="a discount alone"),
        pytest.param({"revenue": 0, "discount": 40}, ("1", 40.0, 40.0, 0.0, 0.0, 0.0, None), id="paid by voucher"),
    ],
)
def test_an_order_of_the_web_is_worth_its_revenue(tmp_path: Path, said: dict, order: tuple) -> None:
    text = segment(("Order Completed", "05", said | {"products": [TEA, MUG]}))
    assert worth(tmp_path, "  seg: {kind: events, preset: segment}\n", {"seg/a.ndjson": text}) == ([order], [])


APART = """\
  shop: {kind: orders, columns: {event_at: at, transaction_id: nr, currency: cur, order_total: sum, cancelled_at: gone}}
  lines: {kind: order_lines, columns: {transaction_id: nr, item_id: sku, quantity: n, price: p, retail_discount: d}}
"""


@pytest.mark.parametrize(
    ("shop", "lines", "expected"),
    [
        ("2026-10-05,1,,27.00,", "1,A,2,10.00,\n1,B,1,10.00,", (30.0, 3.0, 27.0)),
        ("2026-10-05,1,USD,25.00,", "1,A,2,10.00,\n1,B,1,10.00,", (24.0, 4.0, 20.0)),
        ("2026-10-05,1,,,", "1,A,2,10.00,2.00\n1,B,1,10.00,", (30.0, 2.0, 28.0)),
        ("2026-10-05,1,,,", "1,A,2,10.00,-2.00\n9,B,1,99.00,", (20.0, 2.0, 18.0)),
        ("2026-10-05,1,,,", "1,A,0.333,9.99,\n1,B,1.5,0.01,", (3.3417, 0.0, 3.3417)),
    ],
)
def test_lines_of_a_file_of_their_own_make_the_order(tmp_path: Path, shop: str, lines: str, expected: tuple) -> None:
    files = {"shop/o.csv": f"at,nr,cur,sum,gone\n{shop}\n", "lines/l.csv": f"nr,sku,n,p,d\n{lines}\n"}
    (order,), _ = worth(tmp_path, APART, files)
    assert order[1:4] == expected


def test_a_later_file_of_lines_changes_the_orders_it_names(tmp_path: Path) -> None:
    files = {
        "shop/o.csv": "at,nr,cur,sum,gone\n2026-10-05,1,,,2026-10-07\n2026-10-05,2,,,\n",
        "lines/l-1.csv": "nr,sku,n,p,d\n1,A,2,10.00,\n2,A,1,10.00,\n",
        "lines/l-2.csv": "nr,sku,n,p,d\n1,A,1,10.00,\n",
    }
    orders, reversals = worth(tmp_path, APART, files)
    assert [order[:4] for order in orders] == [("1", 10.0, 0.0, 10.0), ("2", 10.0, 0.0, 10.0)]
    assert reversals == [("10-07", "1", 10.0, 0.0, 0.0, None)]
