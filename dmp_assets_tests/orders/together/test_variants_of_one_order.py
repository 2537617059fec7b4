"""One order that several files tell of, as web sites, servers and shops write it: counted once, or marked."""

from datetime import date
from pathlib import Path

import pytest

from dmp_assets_tests.orders.support.landing import (
    GA4,
    SHOP_HEADER,
    WEB_HEADER,
    csv,
    found,
    ga4,
    log,
    made,
    orders,
    shop,
    web,
)  # fmt: skip

AT = "2026-10-05 10:00:00"


def test_an_intraday_table_stays_beside_the_next_days_and_the_page_is_loaded_again(tmp_path: Path) -> None:
    files = {
        "ga4/events_intraday_20261005.ndjson": ga4(AT, "T-1"),
        "ga4/events_20261005.ndjson": ga4(AT, "T-1") + ga4("2026-10-05 10:03:00", "T-1"),
        "ga4/events_intraday_20261006.ndjson": ga4("2026-10-06 09:00:00", "T-1"),
    }
    assert orders(made(tmp_path, [GA4], files), "order_date", "net_sales", "flags") == [(date(2026, 10, 5), 30.0, None)]


def test_a_guest_whom_the_server_knows_has_the_browsers_session_and_the_servers_account(tmp_path: Path) -> None:
    server = csv(WEB_HEADER, "2026-10-05 10:00:03,purchase,,7,T-1,30.00,EUR")
    tables = made(tmp_path, [GA4, web("server")], {"ga4/e.ndjson": ga4(AT, "T-1"), "server/s.csv": server})
    assert orders(tables, "net_sales", "user_id", "visitor_id", "anonymous_id", "channel_group", "flags") == [
        (30.0, "7", "user_id:7", "p1.1", "Paid Search", None)
    ]


def test_a_server_that_is_nearer_in_time_does_not_hide_the_browsers_channel(tmp_path: Path) -> None:
    server = csv(WEB_HEADER, "2026-10-05 10:00:04,purchase,,,1001,30.00,EUR")
    files = {
        "ga4/e.ndjson": ga4(AT, 1001),
        "server/s.csv": server,
        "shop/o.csv": csv(SHOP_HEADER, "2026-10-05 10:00:04,1001,7,,tea,30.00,,"),
    }
    tables = made(tmp_path, [GA4, web("server"), shop()], files)
    assert orders(tables, "net_sales", "user_id", "channel_group") == [(30.0, "7", "Paid Search")]


@pytest.mark.parametrize(
    ("shops", "webs"),
    [
        ("#1001", "1001"), ("1001", "#1001"), ("0001001", "1001"), ("WEB-1001", "web-1001"), ("1001", "1001.0"),
        ("# 1001", "1001"), ("'0001001", "1001"),
    ],
)  # fmt: skip
def test_a_number_that_shop_and_web_write_differently_is_one_order(tmp_path: Path, shops: str, webs: str) -> None:
    files = {
        "web/w.csv": csv(WEB_HEADER, f"{AT},purchase,c1,7,{webs},30.00,EUR"),
        "shop/o.csv": csv(SHOP_HEADER, f"2026-10-05 10:00:02,{shops},7,,tea,30.00,,"),
    }
    tables = made(tmp_path, [web(), shop()], files)
    assert orders(tables, "record", "net_sales", "anonymous_id", "flags") == [("shop", 30.0, "c1", None)]


def test_a_shop_that_has_7_and_007_is_not_guessed_at(tmp_path: Path) -> None:
    files = {
        "web/w.csv": csv(WEB_HEADER, f"{AT},purchase,c1,,#7,30.00,EUR"),
        "shop/o.csv": csv(SHOP_HEADER, f"{AT},7,1,,tea,30.00,,", f"{AT},007,2,,tea,40.00,,"),
    }
    tables = made(tmp_path, [web(), shop()], files)
    assert sorted(orders(tables, "order_id")) == [("@web:#7",), ("shop:007",), ("shop:7",)]


def test_two_trackers_that_write_a_number_differently_tell_of_one_order(tmp_path: Path) -> None:
    server = csv(WEB_HEADER, "2026-10-05 10:00:03,purchase,,7,#t-1,30.00,EUR")
    tables = made(tmp_path, [GA4, web("server")], {"ga4/e.ndjson": ga4(AT, "T-1"), "server/s.csv": server})
    assert orders(tables, "order_id", "net_sales") == [("@web:T-1", 30.0)]


@pytest.mark.parametrize("number", ["(not set)", "not set", "undefined", "{{order id}}", "${orderId}", "order_id", "0"])
def test_a_number_that_was_never_filled_in_is_none(tmp_path: Path, number: str) -> None:
    lines = (f"2026-10-05 1{hour}:00:00,purchase,c{hour},,{number},1{hour}.00,EUR" for hour in range(3))
    tables = made(tmp_path, [web()], {"web/w.csv": csv(WEB_HEADER, *lines)})
    assert orders(tables, "net_sales", "flags") == [(10.0, "no_number"), (11.0, "no_number"), (12.0, "no_number")]


def test_a_guest_who_logs_in_before_the_page_is_loaded_again_has_one_order(tmp_path: Path) -> None:
    lines = (f"{AT},purchase,c1,guest,T-1,30.00,EUR", "2026-10-05 10:02:00,purchase,c1,7,T-1,30.00,EUR")
    tables = made(tmp_path, [web()], {"web/w.csv": csv(WEB_HEADER, *lines)})
    assert orders(tables, "net_sales", "user_id", "flags") == [(30.0, "7", None)]


def test_one_number_for_all_orders_of_a_test_shop_is_marked(tmp_path: Path) -> None:
    known = (f"2026-10-0{day} 10:00:00,purchase,c{day},{day},12345,{day}0.00,EUR" for day in (1, 2))
    tables = made(tmp_path / "known", [web()], {"web/w.csv": csv(WEB_HEADER, *known)})
    assert orders(tables, "net_sales", "flags") == [(10.0, "several_customers"), (20.0, "several_customers")]
    unknown = (f"2026-10-0{day} 10:00:00,purchase,c{day},,12345,{day}0.00,EUR" for day in (1, 2))
    tables = made(tmp_path / "unknown", [web()], {"web/w.csv": csv(WEB_HEADER, *unknown)})
    assert orders(tables, "net_sales", "flags") == [(10.0, "amounts_differ")]
    assert [row[0] for row in found(tables, "orders.orders.doubtful")] == ["amounts_differ"]


TWO_WEBS = {
    "weba/w.csv": csv(WEB_HEADER, f"{AT},purchase,c1,7,1001,30.00,EUR"),
    "webb/w.csv": csv(WEB_HEADER, "2026-10-05 11:00:00,purchase,d1,9,1001,50.00,EUR"),
}
TWO_SHOPS = {
    "shopa/o.csv": csv(SHOP_HEADER, "2026-10-05 10:00:02,1001,7,,tea,30.00,,"),
    "shopb/o.csv": csv(SHOP_HEADER, "2026-10-05 11:00:02,1001,9,,tea,50.00,,"),
}


def test_two_businesses_that_name_their_spaces_keep_their_numbers_apart(tmp_path: Path) -> None:
    webs = [web("weba", ", order_space: shopa"), web("webb", ", order_space: shopb")]
    tables = made(tmp_path / "both", [*webs, shop("shopa"), shop("shopb")], TWO_WEBS | TWO_SHOPS)
    assert orders(tables, "order_id", "net_sales", "anonymous_id", "flags") == [
        ("shopa:1001", 30.0, "c1", None), ("shopb:1001", 50.0, "d1", None),
    ]  # fmt: skip
    alone = made(tmp_path / "alone", webs, TWO_WEBS)
    assert orders(alone, "order_id", "net_sales", "flags") == [
        ("@web/shopa:1001", 30.0, None), ("@web/shopb:1001", 50.0, None),
    ]  # fmt: skip


def test_two_businesses_that_name_no_space_are_marked(tmp_path: Path) -> None:
    sources = [web("weba"), web("webb"), shop("shopa"), shop("shopb")]
    flags = [flags for (flags,) in orders(made(tmp_path / "both", sources, TWO_WEBS | TWO_SHOPS), "flags")]
    assert flags == ["ambiguous_number,amounts_differ,customers_differ", None, None]
    one = TWO_WEBS | {"shopa/o.csv": TWO_SHOPS["shopa/o.csv"]}
    assert orders(made(tmp_path / "one", sources[:3], one), "net_sales", "flags") == [
        (30.0, "amounts_differ,customers_differ")
    ]


def test_tills_beside_a_web_shop_do_not_take_its_orders_from_it(tmp_path: Path) -> None:
    files = {
        "ga4/e.ndjson": ga4("2026-10-05 22:30:00", "1001", user="7"),
        "pos/o.csv": csv(SHOP_HEADER, "2026-10-04 09:00:00,1001,,berlin,tea,4.00,,"),
        "shop/o.csv": csv(SHOP_HEADER, "2026-10-06 00:30:02,1001,7,,tea,30.00,,"),
    }
    sources = [GA4.replace("ga4}", "ga4, order_space: shop}"), shop("pos"), shop(more=", time_zone: Europe/Berlin")]
    tables = made(tmp_path, sources, files)
    assert orders(tables, "order_id", "net_sales", "channel_group", "flags") == [
        ("pos/berlin:1001", 4.0, None, None), ("shop:1001", 30.0, "Paid Search", None),
    ]  # fmt: skip


def test_a_log_beside_the_shop_names_no_other_amount(tmp_path: Path) -> None:
    header = "at,event,cookie,user,order,value,item"
    lines = (f"{AT},purchase,v1,,B-1,5.00,tea", "2026-10-05 10:00:01,purchase,v1,,B-1,7.00,mug")
    again = ("2026-10-05 10:09:00,purchase,v1,,B-1,5.00,tea", "2026-10-05 10:09:01,purchase,v1,,B-1,7.00,mug")
    files = {
        "log/l.csv": csv(header, *lines, *again),
        "shop/o.csv": csv(SHOP_HEADER, f"{AT},B-1,7,,tea,5.00,,", f"{AT},B-1,7,,mug,7.00,,"),
    }
    assert orders(made(tmp_path, [log(), shop()], files), "net_sales", "items", "flags") == [(12.0, 2, None)]


def test_numbers_of_web_and_shop_that_never_meet_are_told_with_both_forms(tmp_path: Path) -> None:
    files = {
        "web/w.csv": csv(WEB_HEADER, *(f"2026-10-0{d} 10:00:00,purchase,c{d},,gid5123{d},{d}0,EUR" for d in (1, 2, 3))),
        "shop/o.csv": csv(SHOP_HEADER, *(f"2026-10-0{d} 10:00:05,#100{d},{d},,tea,{d}0,," for d in (1, 2, 3))),
    }
    tables = made(tmp_path / "apart", [web(), shop()], files)
    ((source, of_shop, number, near, rate, sales, *forms),) = found(tables, "orders.orders.never_met")
    assert (source, of_shop, number, near, rate, float(str(sales))) == ("web", "shop", 3, 3, 1.0, 60.0)
    assert forms == ["A99999", "#9999"]
    meeting = files | {"shop/o.csv": files["shop/o.csv"].replace("#100", "GID5123")}
    assert found(made(tmp_path / "meeting", [web(), shop()], meeting), "orders.orders.never_met") == []
