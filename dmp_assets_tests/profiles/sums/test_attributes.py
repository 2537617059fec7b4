"""Attributes of people's events: what is counted under which name, and prices in their bands."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dmp_assets.foundation.values.money import unit_price
from dmp_assets.orders.schema import ORDERED, REVERSED
from dmp_assets.profiles.sums.attributes import (
    Attributes,
    blocked_values,
    of_activity,
    of_contents,
    of_products,
    of_visits,
    price_band,
    product_lines,
    together,
    without,
)
from dmp_assets_tests.profiles.support.bought import BOUGHT, Row
from dmp_assets_tests.profiles.support.factories import CONTENTS, ITEMS, LINES, activity

DAY = date(2024, 5, 1)
VISITS = {
    "event_date": pl.Date,
    "person_id": pl.String,
    "started_at": pl.Datetime("us"),
    "events": pl.Int64,
} | dict.fromkeys(("channel_group", "platform"), pl.String)


def said(attributes: Attributes) -> list[tuple[Any, ...]]:
    """Return attribute, value and the sum of what is said for it."""
    found = []
    for name, rows in attributes.items():
        frame = rows.collect()
        assert (frame["event_date"] == DAY).all()
        assert (frame["person_id"] == "ann").all()
        sums = frame.group_by(pl.col("value").cast(pl.String)).agg(pl.col("weighted").sum())
        found += [(name, *row) for row in sums.rows()]
    return sorted(found)


def of_rows(*rows: Row) -> list[tuple[Any, ...]]:
    return said(of_activity(activity(list(rows)).lazy()))


def of_orders(*rows: dict[str, Any], items: pl.DataFrame = ITEMS) -> list[tuple[Any, ...]]:
    usual = {"event_date": DAY, "person_id": "ann", "item_id": "i1", "quantity": 2.0, "net_sales": Decimal(10)}
    bought = pl.LazyFrame([usual | row for row in rows], schema=BOUGHT.schema)
    return said(of_products(product_lines(LINES.clear().lazy(), bought, items)))


def of_brands(lines: list[dict[str, Any]], items: pl.DataFrame = ITEMS) -> list[tuple[Any, ...]]:
    looked_at = pl.LazyFrame(lines, schema=LINES.schema)
    return said(of_products(product_lines(looked_at, BOUGHT.clear().lazy(), items)))


def line(**changes: Any) -> dict[str, Any]:
    row = {"event_date": DAY, "person_id": "ann", "event_name": "add_to_cart", "item_id": "i1", "item_brand": None}
    return row | {"price": None, "quantity": 2.0, "item_revenue": Decimal(10)} | changes


def test_a_visit_tells_its_part_of_the_day_channel_and_platform_with_its_events() -> None:
    visit = {"event_date": DAY, "person_id": "ann", "started_at": datetime.fromisoformat("2024-05-01T23:59")}
    rows = [visit | {"events": 3, "channel_group": "Email", "platform": None}]
    assert said(of_visits(pl.LazyFrame(rows, schema=VISITS))) == [
        ("channel_group", "Email", 3),
        ("day_part", "evening", 3),
    ]


def test_a_line_tells_its_brand_and_price_band_by_the_weight_of_its_event() -> None:
    looked = line(event_name="view_item", item_brand="acme", price=Decimal(4))
    assert of_brands([line(item_brand="acme"), looked, line(event_name="scroll")]) == [
        ("brand", "acme", 4),
        ("price_band", "2 to 5", 1),
        ("price_band", "5 to 10", 3),
    ]


@pytest.mark.parametrize("name", [ORDERED, REVERSED])
def test_lines_that_shop_and_web_tell_of_an_order_say_nothing_beside_the_order(name: str) -> None:
    told = line(event_name=name, item_brand="acme")
    page = {"event_date": DAY, "person_id": "ann", "event_name": name, "content_group": "thanks"}
    assert of_brands([told, told]) == []
    assert said(of_contents(pl.LazyFrame([page], schema=CONTENTS.schema))) == []
    rolled_up = activity([("ann", DAY, "view_item", "tea", 1, "0", "0")]).with_columns(event_name=pl.lit(name))
    assert said(of_activity(rolled_up.lazy())) == []


def test_a_bought_line_tells_brand_price_and_category_by_the_weight_of_an_order_and_what_was_spent() -> None:
    tea = {"item_category": "tea", "item_brand": "acme", "net_sales": Decimal("1.5"), "quantity": 1.0}
    gift = {"item_category": "tea", "price": Decimal(3), "net_sales": Decimal(0)}
    assert of_orders(tea, tea, gift) == [
        ("brand", "acme", 10),
        ("item_category", "tea", 15),
        ("price_band", "1 to 2", 10),
        ("price_band", "2 to 5", 5),
        ("spend_category", "tea", 30_000),
    ]


def test_the_catalogue_knows_brand_and_category_of_what_was_bought_better_than_the_order() -> None:
    known = {"item_id": ["i1", "i2"], "item_brand": ["acme", None], "item_category": ["tea", None]}
    named = {"item_brand": "x", "item_category": "y"}
    found = of_orders(*({"item_id": item, **named} for item in ("i1", "i2", "i3")), items=pl.DataFrame(known))
    values = {(attribute, value) for attribute, value, _ in found if attribute != "price_band"}
    assert values == {
        *(("brand", value) for value in ("acme", "x")),
        *((attribute, value) for attribute in ("item_category", "spend_category") for value in ("tea", "y")),
    }
    assert [row[2] for row in found if row[0] == "spend_category"] == [100_000, 200_000]


def test_a_bought_line_without_category_says_what_it_can() -> None:
    assert [row[0] for row in of_orders({"item_category": None}, {"item_category": ""})] == ["price_band"]


def test_every_line_of_a_category_counts_and_no_category_is_none() -> None:
    tea, page = ("ann", DAY, "view_item", "tea", 0, "0", "0"), ("ann", DAY, "page_view", "", 4, "0", "0")
    assert of_rows(tea, page) == [("item_category", "tea", 1)]


def test_what_several_tables_say_of_one_attribute_counts_together() -> None:
    looked = activity([("ann", DAY, "view_item", "tea", 1, "0", "0")]).lazy()
    bought = pl.LazyFrame([{"event_date": DAY, "person_id": "ann", "item_category": "tea"}], schema=BOUGHT.schema)
    products = product_lines(LINES.clear().lazy(), bought, ITEMS)
    assert ("item_category", "tea", 6) in said(together(of_activity(looked), of_products(products)))


def test_a_blocked_category_is_no_interest_looked_at_or_bought_but_its_brand_is() -> None:
    looked = activity([("ann", DAY, "view_item", name, 1, "0", "0") for name in ("gas", "tea")]).lazy()
    rows = [{"item_category": name, "item_brand": "own", "net_sales": Decimal(1)} for name in ("gas", "tea")]
    bought = pl.LazyFrame([{"event_date": DAY, "person_id": "ann"} | row for row in rows], schema=BOUGHT.schema)
    all_of_them = together(of_activity(looked), of_products(product_lines(LINES.clear().lazy(), bought, ITEMS)))
    assert said(without(all_of_them, ["gas"])) == [
        ("brand", "own", 10),
        ("item_category", "tea", 6),
        ("spend_category", "tea", 10_000),
    ]


def test_a_blocked_department_blocks_the_categories_that_it_alone_has() -> None:
    items = pl.DataFrame({"item_category": ["gas", "tea", "tea", None], "item_department": ["F", "F", None, "F"]})
    assert blocked_values(items, ["F", "coupon"]) == ["F", "coupon", "gas"]


def test_content_is_counted_by_event() -> None:
    view = {"event_date": DAY, "person_id": "ann", "event_name": "page_view", "content_group": "recipes"}
    no_weight = view | {"event_name": "scroll"}
    rows = pl.LazyFrame([view, view, no_weight], schema=CONTENTS.schema)
    assert said(of_contents(rows)) == [("content_group", "recipes", 2)]


def test_nothing_in_nothing_out() -> None:
    products = product_lines(LINES.clear().lazy(), BOUGHT.clear().lazy(), ITEMS)
    nothing = [of_activity(activity([]).lazy()), of_products(products)]
    nothing += [of_visits(pl.LazyFrame(schema=VISITS)), of_contents(pl.LazyFrame(schema=CONTENTS.schema))]
    assert [said(rows) for rows in nothing] == [[], [], [], []]


@pytest.mark.parametrize(
    ("changes", "band"),
    [
        ({"price": Decimal("0.9999")}, "under 1"),
        ({"price": Decimal(1)}, "1 to 2"),
        ({"price": Decimal(500)}, "500 and more"),
        ({"price": Decimal(0)}, None),
        ({"quantity": 0.0}, None),
        ({"quantity": -2.0, "item_revenue": Decimal(-10)}, "5 to 10"),
    ],
)
def test_bands_hold_their_lower_bound(changes: dict[str, Any], band: str | None) -> None:
    rows = pl.DataFrame([line(**changes)], schema=LINES.schema)
    assert rows.select(price_band(unit_price()).cast(pl.String)).item() == band


def test_the_catalogue_knows_the_brand_better_than_the_event() -> None:
    items = pl.DataFrame({"item_id": ["i1"], "item_brand": ["acme"], "item_category": ["tea"]})
    found = of_brands([line(item_brand="x"), line(item_id="i2", item_brand="y"), line(item_id="i3")], items)
    assert found[:-1] == [("brand", "acme", 3), ("brand", "y", 3)]


def test_the_category_of_a_line_that_was_looked_at_is_counted_by_the_rollup_alone() -> None:
    items = pl.DataFrame({"item_id": ["i1"], "item_brand": ["acme"], "item_category": ["tea"]})
    assert {row[0] for row in of_brands([line()], items)} == {"brand", "price_band"}


def test_an_empty_value_is_none() -> None:
    assert [row[0] for row in of_brands([line(item_brand="")])] == ["price_band"]


@pytest.mark.parametrize(("zone", "part"), [("UTC", "evening"), ("Europe/Berlin", "night"), ("Asia/Tokyo", "morning")])
def test_the_part_of_the_day_is_that_of_the_businesss_clocks(zone: str, part: str) -> None:
    visit = {"event_date": DAY, "person_id": "ann", "started_at": datetime.fromisoformat("2024-05-01T22:00")}
    visits = pl.LazyFrame([visit | {"events": 1, "channel_group": None, "platform": None}], schema=VISITS)
    assert said(of_visits(visits, zone)) == [("day_part", part, 1)]
