"""Events of one order: of a shop's, if it is the only one near by; else of one of the web."""

import pytest

from dmp_assets_tests.orders.support.reports import folded, shop, web

SHOP = shop("A-1", "2026-10-05T10:02:03", [("tea", 11.8), ("mug", 9.5)], user_id="u1")


def test_an_order_that_shop_and_web_report_counts_once_with_the_webs_channel() -> None:
    seen = web("A-1", "2026-10-05T10:02:00", [("", 21.3)], user_id="u1", anonymous_id="c1", channel_group="Paid Search")
    (order,) = folded(SHOP, seen).amounts("order_id", "net_sales", "items", "channel_group", "anonymous_id", "flags")
    assert order == ("shop:A-1", 21.3, 2, "Paid Search", "c1", None)


@pytest.mark.parametrize("again", ["2026-10-05T10:05:00", "2026-10-06T10:00:00", "2027-04-23T10:00:00"])
def test_a_page_that_is_loaded_again_is_no_order(again: str) -> None:
    first = web("T-1", "2026-10-05T10:00:00", [("tea", 30.0)], anonymous_id="p1")
    (order,) = folded(first, web("T-1", again, [("tea", 30.0)], anonymous_id="p2")).amounts(
        "order_id", "net_sales", "order_date"
    )
    assert order[:2] == ("@web:T-1", 30.0)
    (beside,) = folded(SHOP, web("A-1", "2026-10-05T10:02:05"), web("A-1", again)).amounts(
        "order_id", "net_sales", "flags"
    )
    assert beside[:2] == ("shop:A-1", 21.3)


def test_browser_and_server_and_a_second_tracker_tell_of_one_order() -> None:
    reports = [web("T-1", f"2026-10-05T10:00:0{n}", [("tea", 30.0)], source=source) for n, source in enumerate("abc")]
    assert folded(*reports).amounts("net_sales", "source") == [(30.0, "a")]


def test_a_first_report_without_money_does_not_decide_it() -> None:
    empty = web("T-1", "2026-10-05T10:00:00", [], source="server")
    assert folded(empty, web("T-1", "2026-10-05T10:00:02", [("tea", 30.0)])).revenue == 30.0


def test_lines_of_a_log_are_one_order_and_a_repeated_line_is_none() -> None:
    def line(at: str, item: str, paid: float) -> object:
        return web("B-1", f"2026-10-06T{at}", [(item, paid)], source="log", is_single_line=True, item_id=item)

    made = folded(line("10:00:00", "tea", 5.0), line("10:00:00.001", "mug", 7.0), line("10:09:00", "tea", 5.0))
    assert made.amounts("net_sales", "items") == [(12.0, 2)]


def test_events_without_a_number_cannot_be_told_apart_and_are_marked() -> None:
    made = folded(web(None, "2026-10-07T10:00:00", [("tea", 7.0)]), web(None, "2026-10-07T10:01:00", [("tea", 7.0)]))
    assert made.amounts("net_sales", "flags") == [(7.0, "no_number"), (7.0, "no_number")]


@pytest.mark.parametrize(
    ("day", "joined"), [("2026-09-28", True), ("2026-09-27", False), ("2026-10-12", True), ("2026-10-13", False)]
)
def test_an_event_joins_the_shops_order_within_7_days(day: str, *, joined: bool) -> None:
    made = folded(SHOP, web("A-1", f"{day}T10:02:03", [("tea", 21.3)]))
    assert made.amounts("order_id", "flags") == (
        [("shop:A-1", None)] if joined else [("@web:A-1", "no_shop_order"), ("shop:A-1", None)]
    )


def test_a_number_of_two_spaces_or_stores_is_nobodys_and_stays_apart() -> None:
    other = shop("A-1", "2026-10-06T10:00:00", source="wholesale")
    made = folded(SHOP, other, web("A-1", "2026-10-05T10:02:00", [("tea", 21.3)]))
    assert made.amounts("order_id", "flags") == [
        ("@web:A-1", "ambiguous_number"), ("shop:A-1", None), ("wholesale:A-1", None),
    ]  # fmt: skip
    stores = [shop("1", f"2026-10-05T09:00:0{n}", store_id=f"s{n}") for n in (1, 2)]
    assert folded(*stores, web("1", "2026-10-05T09:00:00")).orders.height == 3


def test_of_a_shops_two_orders_of_a_number_the_one_of_the_account_is_meant() -> None:
    one, other = (
        shop("1", f"2026-10-05T1{n}:00:00", [("tea", 5.0)], user_id=f"u{n}", of_customer=True) for n in (1, 2)
    )
    seen = web("1", "2026-10-05T12:00:01", [("tea", 5.0)], user_id="u1", anonymous_id="c1")
    assert folded(one, other, seen).amounts("order_id", "anonymous_id") == [("shop:1|u1", "c1"), ("shop:1|u2", None)]


def test_accounts_that_differ_inside_one_web_source_are_two_orders_and_across_sources_a_mark() -> None:
    seen = [web("1", f"2026-10-05T10:00:0{n}", [("tea", 5.0)], user_id=f"u{n}") for n in (1, 2)]
    assert folded(*seen).amounts("order_id", "net_sales") == [("@web:1|u1", 5.0), ("@web:1|u2", 5.0)]
    across = folded(SHOP, web("A-1", "2026-10-05T10:02:00", [("tea", 21.3)], user_id="u9"))
    assert across.amounts("user_id", "flags") == [("u1", "customers_differ")]


def test_an_amount_that_the_order_has_nowhere_is_marked_and_the_shops_stands() -> None:
    taxed = shop("A-2", "2026-10-05T10:00:00", [("tea", 20.0)], shipping=5.0, taxes=4.0)
    for amount, flags in ((20.0, None), (29.0, None), (24.0, None), (25.0, None), (19.0, "amounts_differ")):
        made = folded(taxed, web("A-2", "2026-10-05T10:00:00", [("tea", amount)]))
        assert made.amounts("net_sales", "flags") == [(20.0, flags)]


def test_a_web_event_in_another_currency_decides_no_money() -> None:
    abroad = web("A-1", "2026-10-05T10:02:00", [("", 24.0)], currency="USD", exchange_rate=0.8)
    assert folded(SHOP, abroad).amounts("net_sales", "currency", "flags") == [(21.3, None, None)]
