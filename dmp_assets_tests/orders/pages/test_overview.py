"""The overview on a few orders: figures by hand, in their period, against the one before and a year ago."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dmp_assets.foundation.pages.blocks import Figure, Figures, Periods
from dmp_assets.orders.pages.overview import DAYS, OVERVIEW
from dmp_assets_tests.support.editions import (
    LAST_DAY,
    Rows,
    built,
    chart,
    connected,
    edition_of,
    headline,
    nonsense,
    texts,
)

Part = dict[str, list[dict[str, Any]]]
"""Rows of some tables."""


def sale(number: int, days_ago: int, person: str, net: str, category: str = "cheese") -> Part:
    """Return an order of one item, some days before the last day."""
    day = LAST_DAY - timedelta(days=days_ago)
    at = datetime.combine(day, time(12))
    money = {"gross_sales": Decimal(net), "discounts": Decimal(0), "net_sales": Decimal(net)}
    nothing = {"shipping": Decimal(0), "taxes": Decimal(0), "total_sales": Decimal(net)}
    owner = {"order_id": f"o{number}", "order_date": day, "ordered_at": at, "visitor_id": f"v-{person}"}
    order = {**owner, **money, **nothing, "order_number": f"{number}", "counts": True, "status": "paid", "items": 1}
    item = {"line": 1, "item_id": "i", "item_category": category, "quantity": 1.0}
    return {
        "orders.orders": [order],
        "orders.order_items": [{**owner, **money, **item}],
        "events.event_ledger": [{"event_date": day, "source": "shop", "records": 1, "kept": 1}],
    }


def refund(number: int, days_ago: int, net: str) -> Part:
    day = LAST_DAY - timedelta(days=days_ago)
    row = {"reversal_id": f"r{number}", "reversal_date": day, "order_id": f"o{number}", "sales_reversals": Decimal(net)}
    return {"orders.reversals": [{**row, "shipping": Decimal(0), "taxes": Decimal(0)}]}


def world(*parts: Part, people: str = "abc") -> Rows:
    rows: Part = {"identity.visitors": [{"visitor_id": f"v-{one}", "person_id": one} for one in people]}
    for part in parts:
        for table, given in part.items():
            rows.setdefault(table, []).extend(given)
    return rows


def of_period(blocks: list[Any], period: str) -> dict[str, Figure]:
    (periods,) = [one for one in blocks if isinstance(one, Periods)]
    return {f.key: f for one in periods.by_period[period] if isinstance(one, Figures) for f in one.figures}


SHOP = world(
    sale(1, 400, "a", "10"),
    sale(2, 40, "a", "60"),
    sale(3, 30, "b", "40"),
    sale(4, 20, "a", "90", "wine"),
    sale(5, 6, "b", "50"),
    sale(6, 0, "c", "20"),
    sale(7, 0, "c", "20"),
    refund(3, 10, "40"),
)


def test_figures_of_a_period_are_those_of_its_days() -> None:
    shown = of_period(built(OVERVIEW, SHOP), "last_28")
    wanted = {
        "revenue": Decimal(140),  # 90 + 50 + 20 + 20 - 40 taken back
        "orders": 4,
        "average_order": Decimal(45),
        "buyers": 3,
        "new_buyers": 1,
        "returning_buyers": 2,
        "repeat_rate": 1 / 3,
        "refunds": Decimal(40),
        "refund_rate": 40 / 180,
    }
    assert {name: float(shown[name].value or 0) for name in wanted} == {
        name: float(value) for name, value in wanted.items()
    }


def test_change_is_against_the_days_before_and_a_year_ago_where_the_data_reach_back() -> None:
    blocks = built(OVERVIEW, SHOP)
    assert headline(blocks) == "$140.00 were sold in the last 28 days, 40% more than in the 28 days before."
    shown = of_period(blocks, "last_28")
    assert shown["revenue"].changes == [
        ("40% more than the period before", "good"),
        ("Nothing then (a year ago)", "even"),
    ]
    said = [text for text, _ in shown["refunds"].changes]
    assert said == ["Nothing then (the period before)", "Nothing then (a year ago)"]
    assert shown["orders"].changes[0] == ("100% more than the period before", "good")
    year = of_period(blocks, "last_365")
    assert year["revenue"].changes == [], "a year before 400 days ago is not in the data"


def test_part_with_the_largest_share_of_a_change_is_named_with_its_size() -> None:
    # Wine 90 now and 0 before, cheese 90 and 100, and 40 of cheese was taken back now.
    said = "wine grew most: $90.00 more, while everything together is $40.00 more."
    assert said in texts(built(OVERVIEW, SHOP))


def test_part_is_not_called_the_largest_change_where_another_moved_further_the_other_way() -> None:
    # Wine fell by 50, cheese rose by 30 and tea by 25: of a rise of 5.
    before = [sale(1, 60, "a", "1"), sale(2, 8, "a", "90", "wine"), sale(3, 8, "b", "10")]
    now = [sale(4, 1, "b", "40"), sale(5, 1, "a", "40", "wine"), sale(6, 1, "a", "25", "tea")]
    said = texts(built(OVERVIEW, world(*before, *now)))
    assert "cheese grew most: $30.00 more, while everything together is $5.00 more." in said


def test_edition_without_a_day_says_that_there_is_nothing() -> None:
    blocks = built(OVERVIEW, {}, last_day=None)
    assert headline(blocks) == "There are no orders yet."
    assert nonsense(blocks) == []


def test_one_person_on_one_day_makes_sense() -> None:
    blocks = built(OVERVIEW, world(sale(1, 0, "a", "5")))
    assert headline(blocks) == "$5.00 were sold in the last 28 days, in 1 order."
    assert nonsense(blocks) == []
    assert of_period(blocks, "last_7")["revenue"].value == Decimal(5)
    assert of_period(blocks, "last_7")["revenue"].changes == []


def test_period_without_orders_says_so_and_claims_no_rate() -> None:
    blocks = built(OVERVIEW, world(sale(1, 60, "a", "5")))
    assert headline(blocks) == "Nothing was sold in the last 28 days."
    assert nonsense(blocks) == []
    assert of_period(blocks, "last_7")["average_order"].value is None
    assert of_period(blocks, "last_7")["repeat_rate"].value is None


def test_day_is_of_the_last_day_and_not_of_the_clock() -> None:
    blocks = built(OVERVIEW, SHOP, last_day=LAST_DAY - timedelta(days=20))
    assert of_period(blocks, "last_7")["revenue"].value == Decimal(90)
    assert date(2026, 3, 31) == LAST_DAY


def test_the_query_shown_with_the_days_gives_the_days_that_are_drawn() -> None:
    edition = edition_of(connected(SHOP))
    (periods,) = [one for one in OVERVIEW.build(edition) if isinstance(one, Periods)]
    table = chart(periods.by_period["last_365"], "revenue").table
    assert table is not None
    assert table.rows.rows() == edition.ask(DAYS, last_day=LAST_DAY).rows()
