"""What an order is worth by itself and by its lines."""

import polars as pl
import pytest

from dmp_assets.foundation.warehouse.contract import to_engine
from dmp_assets.orders.fold.money import order_money
from dmp_assets_tests.orders.support.reports import folded, frame_of, shop

LINES = [("tea", 20.0), ("pen", 8.0)]
MONEY = ("gross_sales", "discounts", "net_sales", "shipping", "taxes", "total_sales")


def money(**facts: object) -> tuple[object, ...]:
    (found,) = folded(shop("1", "2026-10-05T10:00:00", LINES, **facts)).amounts(*MONEY, "flags")
    return found


def test_lines_alone_are_the_order() -> None:
    assert money() == (28.0, 0.0, 28.0, 0.0, 0.0, 28.0, None)


def test_an_order_discount_is_taken_from_the_lines() -> None:
    assert money(order_discount=2.5, shipping=4.0, taxes=2.0) == (28.0, 2.5, 25.5, 4.0, 2.0, 31.5, None)


def test_the_orders_own_revenue_stands_and_the_difference_is_a_marked_discount() -> None:
    assert money(order_revenue=25.5) == (28.0, 2.5, 25.5, 0.0, 0.0, 25.5, "lines_and_order_differ")


def test_a_revenue_that_lines_and_discount_explain_is_not_marked() -> None:
    assert money(order_revenue=25.5, order_discount=2.5)[-1] is None


def test_a_total_without_shipping_and_tax_is_the_revenue() -> None:
    assert money(order_total=31.5, shipping=4.0, taxes=2.0, order_discount=2.5)[:3] == (28.0, 2.5, 25.5)


def test_a_total_above_the_lines_may_hold_shipping_that_nobody_names() -> None:
    assert money(order_total=33.0) == (28.0, 0.0, 28.0, 0.0, 0.0, 28.0, "lines_and_order_differ")
    assert money(order_total=33.0, shipping=5.0)[-1] is None


def test_a_total_below_the_lines_is_a_discount() -> None:
    assert money(order_total=26.0)[:3] == (28.0, 2.0, 26.0)


def test_tax_that_prices_include_is_no_revenue() -> None:
    assert money(taxes=4.0, is_tax_included=True, order_total=33.0, shipping=5.0) == (
        24.0,
        0.0,
        24.0,
        5.0,
        4.0,
        33.0,
        None,
    )
    assert money(taxes=4.0, is_tax_included=True, order_revenue=28.0)[2] == 24.0


def test_an_order_without_lines_is_worth_what_it_says() -> None:
    bare = folded(shop("1", "2026-10-05T10:00:00", [], order_total=30.0, shipping=5.0, order_discount=3.0))
    assert bare.amounts(*MONEY[:3], "flags") == [(28.0, 3.0, 25.0, None)]


def test_discounts_of_lines_are_in_the_gross() -> None:
    sold = to_engine(frame_of([shop("1", "2026-10-05T10:00:00", LINES, line_discounts=3.0)]).lazy()).collect()
    found = sold.with_columns(returned=0).select(**order_money()).select(pl.col(MONEY[:3]) / 10_000)
    assert found.row(0) == (31.0, 3.0, 28.0)


@pytest.mark.parametrize(
    ("status", "counts"),
    [("paid", True), ("cancelled", True), ("refunded", True), ("pending", False), ("failed", False), ("test", False)],
)
def test_what_does_not_count_is_shown_with_zero_amounts(status: str, *, counts: bool) -> None:
    made = folded(shop("1", "2026-10-05T10:00:00", LINES, status=status, shipping=4.0))
    wanted = (28.0, 4.0, 2, counts) if counts else (0.0, 0.0, 0, counts)
    assert made.amounts("net_sales", "shipping", "items", "counts") == [wanted]
    assert made.amounts("stated_sales", "status") == [(28.0, status)]
    assert made.items.height == (2 if counts else 0)
