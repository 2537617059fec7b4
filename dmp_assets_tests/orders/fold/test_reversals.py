"""What was taken back: on its own day, each cent once, never more than was sold."""

from datetime import datetime, timedelta

import pytest

from dmp_assets.orders.schema import CANCELLATION, REFUND
from dmp_assets_tests.orders.support.reports import Report, day, folded, older, shop, web

SOLD = shop("1", "2026-10-05T10:00:00", [("tea", 20.0), ("mug", 10.0)], user_id="7", shipping=5.0)
BACK = ("reversal_date", "sales_reversals", "known_by")


def memo(at: str, paid: float, number: str = "1", **facts: object) -> Report:
    return shop(number, at, [("tea", paid)], report_kind=REFUND, **facts)


def test_a_refund_lies_on_its_own_day_and_the_order_stays() -> None:
    made = folded(SOLD, memo("2026-11-02T10:00:00", 20.0))
    assert made.taken_back(*BACK, "order_id", "kind") == [(day("2026-11-02"), 20.0, "record", "shop:1", "refund")]
    assert made.amounts("net_sales") == [(30.0,)]
    assert made.revenue == 10.0


def test_one_refund_that_a_memo_the_order_and_the_web_tell_is_one() -> None:
    sold = Report(SOLD.row | {"refunded_amount": 20.0, "refunded_at": datetime(2026, 10, 9)}, SOLD.lines)  # noqa: DTZ001
    seen = web("1", "2026-10-10T10:00:00", [("tea", 20.0)], report_kind=REFUND)
    assert folded(sold, memo("2026-10-08T10:00:00", 20.0), seen).taken_back(*BACK) == [
        (day("2026-10-08"), 20.0, "record")
    ]
    assert folded(sold, seen).taken_back(*BACK) == [(day("2026-10-09"), 20.0, "order")]
    assert folded(SOLD, seen).taken_back(*BACK) == [(day("2026-10-10"), 20.0, "web event")]


def test_what_one_tells_beyond_the_others_is_further() -> None:
    sold = Report(SOLD.row | {"refunded_amount": 25.0, "refunded_at": datetime(2026, 10, 12)}, SOLD.lines)  # noqa: DTZ001
    assert folded(sold, memo("2026-10-08T10:00:00", 20.0)).taken_back(*BACK) == [
        (day("2026-10-08"), 20.0, "record"), (day("2026-10-12"), 5.0, "order"),
    ]  # fmt: skip


def test_growth_between_statements_lies_on_the_day_of_each() -> None:
    sold = Report(SOLD.row | {"refunded_amount": 12.0, "updated_at": datetime(2026, 10, 20)}, SOLD.lines)  # noqa: DTZ001
    before = older(SOLD, refunded_amount=5.0, updated_at="2026-10-09T10:00:00")
    assert folded(sold, before).taken_back(*BACK, "flags") == [
        (day("2026-10-09"), 5.0, "order", None), (day("2026-10-20"), 7.0, "order", None),
    ]  # fmt: skip


def test_a_refund_without_any_time_lies_on_the_orders_day_and_is_marked() -> None:
    sold = Report(SOLD.row | {"refunded_amount": 12.0}, SOLD.lines)
    assert folded(sold).taken_back(*BACK, "flags") == [(day("2026-10-05"), 12.0, "order", "reversal_date_unknown")]


def test_a_cancelled_order_is_gross_and_reversal() -> None:
    sold = Report(SOLD.row | {"status": "cancelled", "cancelled_at": datetime(2026, 10, 7)}, SOLD.lines)  # noqa: DTZ001
    made = folded(sold)
    assert made.amounts("gross_sales", "net_sales", "counts", "status") == [(30.0, 30.0, True, "cancelled")]
    assert made.taken_back("reversal_date", "kind", "sales_reversals", "shipping") == [
        (day("2026-10-07"), CANCELLATION, 30.0, 5.0)
    ]
    assert made.revenue == 0.0


def test_a_web_cancellation_takes_all_that_is_left_whatever_lines_it_names() -> None:
    part, rest = (
        memo("2026-10-06T10:00:00", 10.0),
        web("1", "2026-10-07T10:00:00", [("tea", 20.0)], report_kind=CANCELLATION),
    )
    assert folded(SOLD, part, rest).taken_back(*BACK, "shipping") == [
        (day("2026-10-06"), 10.0, "record", 0.0), (day("2026-10-07"), 20.0, "web event", 5.0),
    ]  # fmt: skip


def test_a_refunded_order_that_names_no_amount_is_taken_back_whole() -> None:
    sold = Report(SOLD.row | {"status": "refunded", "updated_at": datetime(2026, 10, 8)}, SOLD.lines)  # noqa: DTZ001
    assert folded(sold).taken_back(*BACK, "shipping") == [(day("2026-10-08"), 30.0, "order", 5.0)]


def test_a_refund_without_any_amount_takes_all_and_is_marked() -> None:
    bare = web("1", "2026-10-08T10:00:00", [], report_kind=REFUND)
    assert folded(SOLD, bare).taken_back(*BACK, "flags") == [
        (day("2026-10-08"), 30.0, "web event", "refund_without_amount")
    ]


def test_never_more_than_was_sold() -> None:
    made = folded(SOLD, memo("2026-10-06T10:00:00", 20.0), memo("2026-10-07T10:00:00", 90.0))
    assert made.taken_back("sales_reversals", "shipping", "flags") == [
        (20.0, 0.0, None), (10.0, 5.0, "reversed_more_than_sold"),
    ]  # fmt: skip


def test_a_refund_of_an_order_that_does_not_count_takes_nothing_and_is_marked() -> None:
    pending = Report(SOLD.row | {"status": "pending"}, SOLD.lines)
    made = folded(pending, memo("2026-10-06T10:00:00", 20.0))
    assert made.taken_back("sales_reversals", "given_total", "flags") == [(0.0, 20.0, "reversed_more_than_sold")]


def test_a_thousand_partial_refunds_end_at_zero_to_the_cent() -> None:
    lines = [(f"i{n}", 0.37) for n in range(1000)]
    abroad = {"currency": "USD", "exchange_rate": 0.813729}
    converted = [(item, round(paid * 0.813729, 4)) for item, paid in lines]
    sold = shop("1", "2026-10-05T10:00:00", converted, given_sales=370.0, **abroad)
    start = datetime(2026, 10, 6)  # noqa: DTZ001
    # Told at rates of their own days: the order's rate counts.
    later = {"currency": "USD", "exchange_rate": 0.9}
    parts = [
        memo((start + timedelta(minutes=n)).isoformat(), 0.333, given_sales=0.37, of_customer=True, **later)
        for n in range(1000)
    ]
    made = folded(sold, *parts)
    assert made.revenue == 0.0
    assert made.reversals.height == 1000


def test_a_refund_at_another_rate_nets_to_zero_and_an_unknown_orders_is_at_its_own() -> None:
    sold = shop("1", "2026-10-05T10:00:00", [("tea", 8.0)], currency="USD", exchange_rate=0.8, given_sales=10.0)
    back = {"currency": "USD", "exchange_rate": 0.9, "given_sales": 10.0}
    made = folded(sold, memo("2026-10-20T10:00:00", 9.0, **back), memo("2026-10-20T10:00:00", 9.0, "77", **back))
    assert made.taken_back("order_id", "sales_reversals", "given_total") == [("shop:1", 8.0, 10.0), (None, 9.0, 10.0)]


def test_shipping_goes_after_sales_where_a_total_is_paid_back() -> None:
    parts = [
        (Report(SOLD.row | {"refunded_amount": paid}, SOLD.lines), (net, shipping))
        for paid, net, shipping in ((12.0, 12.0, 0.0), (33.0, 30.0, 3.0), (35.0, 30.0, 5.0))
    ]
    for sold, wanted in parts:
        assert folded(sold).taken_back("sales_reversals", "shipping") == [wanted]


def test_a_refund_finds_the_order_of_its_store_and_its_newest_before() -> None:
    stores = [shop("1", f"2026-10-05T10:00:0{n}", store_id=f"s{n}") for n in (1, 2)]
    assert folded(*stores, memo("2026-10-06T10:00:00", 4.0, store_id="s2")).taken_back("order_id") == [("shop/s2:1",)]
    assert folded(*stores, memo("2026-10-06T10:00:00", 4.0)).taken_back("order_id", "order_number") == [(None, "1")]
    days = [shop("1", f"2026-10-0{n}T10:00:00") for n in (5, 7)]
    assert folded(*days, memo("2026-10-06T11:00:00", 4.0)).taken_back("order_id") == [("shop:1|2026-10-05",)]


@pytest.mark.parametrize(("user", "order"), [("7", "shop:1"), ("8", None)])
def test_a_memo_of_another_source_is_the_orders_if_its_customer_says_so(user: str, order: str | None) -> None:
    other = memo("2026-10-06T10:00:00", 4.0, source="memos", user_id=user)
    assert folded(SOLD, other).taken_back("order_id") == [(order,)]


def test_refunds_of_an_order_that_nobody_knows_are_told_once_by_shop_and_web() -> None:
    both = folded(
        memo("2026-10-06T10:00:00", 4.0, "9"), web("9", "2026-10-06T11:00:00", [("tea", 4.0)], report_kind=REFUND)
    )
    assert both.taken_back("sales_reversals", "order_number") == [(4.0, "9")]
    apart = folded(memo("2026-10-06T10:00:00", 4.0, "9"), memo("2026-10-06T10:00:01", 4.0, "9", source="other"))
    assert apart.taken_back("sales_reversals") == [(4.0,), (4.0,)]
