"""Products: revenue of items as the analysts' view has it, changes against whole periods, blocked ones left out."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dmp_assets.foundation.pages.blocks import Block, NotEnough, Periods, Table
from dmp_assets.foundation.pages.page import Edition
from dmp_assets.orders.pages.products import PRODUCTS
from dmp_assets_tests.support.editions import (
    LAST_DAY,
    built,
    connected,
    edition_of,
    every,
    headline,
    nonsense,
    table,
    texts,
)

NOW, BEFORE, FIRST = LAST_DAY, LAST_DAY - timedelta(days=28), LAST_DAY - timedelta(days=100)


def sold(order: str, day: date, item: str, sales: str, person: str = "Ann") -> dict[str, dict[str, Any]]:
    at = datetime.combine(day, time(12))
    line = {"order_id": order, "line": 1, "order_date": day, "ordered_at": at, "visitor_id": f"user_id:{person}"}
    money = {"quantity": 1, "gross_sales": Decimal(sales), "discounts": 0, "net_sales": Decimal(sales)}
    owned = {"order_id": order, "person_id": person, "order_date": day, "ordered_at": at}
    return {"orders.order_items": line | money | {"item_id": item}, "profiles.orders_of_persons": owned}


def world(*orders: dict[str, dict[str, Any]], **more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    names = {row["orders.order_items"]["item_id"] for row in orders}
    people = {row["profiles.orders_of_persons"]["person_id"] for row in orders}
    items = [
        {"item_id": name, "item_name": name.title() if name != "x9" else None, "item_category": category(name)}
        for name in sorted(names)
        if name
    ]
    return {
        "orders.order_items": [row["orders.order_items"] for row in orders],
        "profiles.orders_of_persons": list(
            {
                row["profiles.orders_of_persons"]["order_id"]: row["profiles.orders_of_persons"] for row in orders
            }.values()
        ),
        "identity.visitors": [{"visitor_id": f"user_id:{name}", "person_id": name} for name in sorted(people)],
        "analytics.items": items,
        **more,
    }


def category(item: str) -> str:
    return {"voucher": "COUPON", "x9": "TEA"}.get(item, "FRUIT")


def pair(item: str, other: str, p_value: float) -> dict[str, Any]:
    counts = {"orders_together": 9, "support_rate": 0.02, "lift": 3.5, "rank": 1}
    return {"item_id": item, "other_item_id": other, "p_value": p_value} | counts


@pytest.fixture(scope="module")
def edition() -> Edition:
    rows = world(
        sold("o0", FIRST, "apple", "1"),
        sold("o1", NOW, "apple", "60.0050"),
        sold("o2", NOW, "apple", "10", "Bob"),
        sold("o3", BEFORE, "apple", "30"),
        sold("o4", NOW, "pear", "20"),
        sold("o5", BEFORE, "pear", "80"),
        sold("o6", NOW, "x9", "10"),
        sold("o7", NOW, "voucher", "100"),
        sold("o8", NOW, "", "500"),
        sold("o10", date(2026, 1, 15), "apple", "7"),
        sold("o11", date(2026, 2, 2), "pear", "8"),
        sold("o9", LAST_DAY + timedelta(days=1), "pear", "900"),
        **{
            "recommendations.bought_together": [
                pair("apple", "pear", 1e-9),
                pair("pear", "apple", 1e-9),
                pair("apple", "x9", 1e-12),
                pair("voucher", "apple", 1e-99),
            ]
        },
    )
    return edition_of(connected(rows), left_out=["COUPON"])


@pytest.fixture(scope="module")
def page(edition: Edition) -> list[Block]:
    return list(PRODUCTS.build(edition))


def of_period(blocks: list[Block], period: str = "last_28") -> list[Block]:
    return list(next(one for one in blocks if isinstance(one, Periods)).by_period[period])


def test_the_headline_names_the_best_seller_and_the_largest_change(page: list[Block]) -> None:
    assert headline(page) == (
        "Apple sold most in the last 28 days: $70.00, 70% of what all items brought. "
        "Pear changed most: $60.00 less than in the 28 days before."
    )


def test_items_stand_by_name_with_revenue_buyers_and_change(page: list[Block]) -> None:
    rows = [(row["item"], row["revenue"], row["buyers"], row["change"]) for row in table(of_period(page), "top-items")]
    assert rows == [
        ("Apple", Decimal("70.0050"), 2, Decimal("40.0050")),
        ("Pear", Decimal(20), 1, Decimal(-60)),
        ("TEA x9", Decimal(10), 1, Decimal(10)),
    ]


def test_what_gained_and_lost_most_stands_apart(page: list[Block]) -> None:
    assert [row["item"] for row in table(of_period(page), "gained")] == ["Apple", "TEA x9"]
    assert [row["item"] for row in table(of_period(page), "lost")] == ["Pear"]


def test_no_change_is_told_where_the_period_before_is_not_whole(page: list[Block]) -> None:
    year = of_period(page, "last_90")
    assert {row["change"] for row in table(year, "top-items")} == {None}
    assert [one.text for one in year if isinstance(one, NotEnough)] == [
        "The data begin on 21 Dec 2025, so there is no whole period before this one to compare with."
    ]


def test_blocked_categories_are_in_no_list_and_their_share_is_said(page: list[Block]) -> None:
    shown = {cell for row in table(of_period(page), "top-items") + table(page, "pairs") for cell in row.values()}
    assert not shown & {"Voucher", "voucher"}
    left_out = "Left out of the lists, as blocked in the settings: COUPON. They hold 50% of the revenue of items."
    assert left_out in texts(of_period(page))


def test_the_items_of_all_days_have_the_revenue_and_buyers_of_the_view_to_the_cent() -> None:
    rows = world(
        sold("o1", FIRST, "apple", "0.1250"), sold("o2", NOW, "apple", "2.2250"), sold("o3", NOW, "pear", "4", "Bob")
    )
    edition = edition_of(connected(rows))
    blocks = of_period(list(PRODUCTS.build(edition)), "last_365")
    view = edition.ask(
        "SELECT item_name AS item, revenue, buyers FROM product_performance ORDER BY revenue DESC"
    ).rows()
    shown = [(row["item"], round(row["revenue"], 2), row["buyers"]) for row in table(blocks, "top-items")]
    assert shown == view == [("Pear", Decimal("4.00"), 1), ("Apple", Decimal("2.35"), 1)]


def test_a_pair_stands_once_the_strongest_evidence_first(page: list[Block]) -> None:
    found = [(row["item"], row["other_item"], row["lift"], row["support_rate"]) for row in table(page, "pairs")]
    assert found == [("Apple", "TEA x9", 3.5, 0.02), ("Apple", "Pear", 3.5, 0.02)]


def test_repeated_purchases_need_thirty_buyers_and_agree_with_the_view(page: list[Block]) -> None:
    assert "No best seller has 30 known buyers." in texts(page)
    orders = [sold(f"o{n}", NOW, "apple", "1", f"p{n % 30}") for n in range(40)]
    twice = sold("o15", NOW, "apple", "1", "p15")  # two lines of one order are no second purchase
    twice["orders.order_items"]["line"] = 2
    edition = edition_of(connected(world(*orders, twice)))
    (row,) = table(list(PRODUCTS.build(edition)), "repeat")
    view = edition.ask("SELECT buyers, repeat_buyers, round(repeat_rate, 4) FROM product_performance").row(0)
    assert (row["buyers"], row["repeat_buyers"], round(row["repeat_rate"], 4)) == view == (30, 10, 0.3333)


def test_categories_are_drawn_by_whole_months_with_nothing_as_0(page: list[Block]) -> None:
    months = [date(2026, month, 1) for month in (1, 2, 3)]
    fruit, tea = [Decimal(7), Decimal(8), Decimal("200.0050")], [Decimal(0), Decimal(0), Decimal(10)]
    assert [tuple(row.values()) for row in table(page, "categories")] == [
        *zip(months, ["FRUIT"] * 3, fruit, strict=True),
        *zip(months, ["TEA"] * 3, tea, strict=True),
    ]


def test_the_queries_behind_the_tables_run(page: list[Block], edition: Edition) -> None:
    queries = {one.query for one in every(page) if isinstance(one, Table) and one.query}
    assert queries
    assert all(not edition.ask(query).is_empty() for query in queries)


@pytest.mark.parametrize(
    ("rows", "last_day", "words"),
    [
        ({}, None, "No item has been sold yet."),
        (world(sold("o1", FIRST, "apple", "5")), LAST_DAY, "No item was sold in the last 28 days."),
        (
            world(sold("o1", NOW, "apple", "5")),
            LAST_DAY,
            "Apple sold most in the last 28 days: $5.00, 100% of what all items brought.",
        ),
        (world(sold("o1", NOW, "", "5")), LAST_DAY, "No item was sold in the last 28 days."),
    ],
)
def test_little_or_nothing_makes_sense(rows: dict[str, Any], last_day: date | None, words: str) -> None:
    blocks = built(PRODUCTS, rows, last_day=last_day)
    assert (headline(blocks), nonsense(blocks)) == (words, [])
