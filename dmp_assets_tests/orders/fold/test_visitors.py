"""Visitors whom one order names are one person's, if they are several and near in time."""

from dmp_assets_tests.orders.support.reports import day, folded, shop, web

SHOP = shop("1", "2026-10-05T10:00:00", email="guest@mail.org")


def test_a_guest_of_shop_and_web_is_two_visitors_of_one_order() -> None:
    seen = folded(SHOP, web("1", "2026-10-05T10:00:01", anonymous_id="c1")).visitors
    assert seen.sort("visitor_id").select("order_id", "order_date", "visitor_id", "source").rows() == [
        ("shop:1", day("2026-10-05"), "anonymous_id:c1", "web"),
        ("shop:1", day("2026-10-05"), "email:guest@mail.org", "shop"),
    ]


def test_one_visitor_is_no_evidence() -> None:
    assert folded(SHOP, web("1", "2026-10-05T10:00:01", email="guest@mail.org")).visitors.is_empty()


def test_a_page_that_another_opens_long_after_says_nothing() -> None:
    first, late = (
        web("1", f"{at}T10:00:01", anonymous_id=who) for at, who in (("2026-10-05", "c1"), ("2026-12-05", "c2"))
    )
    assert set(folded(SHOP, first, late).visitors["visitor_id"]) == {"anonymous_id:c1", "email:guest@mail.org"}
