"""Attributes of people's events: what is counted under which name, and prices in their bands."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dmp_assets.foundation.values.money import unit_price
from dmp_assets.profiles.sums.attributes import Attributes, of_activity, of_contents, of_lines, of_visits, price_band
from dmp_assets_tests.profiles.support.factories import CONTENTS, ITEMS, LINES, Row, activity

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


def of_brands(lines: list[dict[str, Any]], items: pl.DataFrame = ITEMS) -> list[tuple[Any, ...]]:
    return said(of_lines(pl.LazyFrame(lines, schema=LINES.schema), items))


def line(**changes: Any) -> dict[str, Any]:
    row = {"event_date": DAY, "person_id": "ann", "event_name": "purchase", "item_id": "i1", "item_brand": None}
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
    refunded = line(event_name="refund", item_brand="acme")
    assert of_brands([line(item_brand="acme"), looked, refunded]) == [
        ("brand", "acme", 6),
        ("price_band", "2 to 5", 1),
        ("price_band", "5 to 10", 5),
    ]


def test_every_line_of_a_category_counts_and_no_category_is_none() -> None:
    tea, page = ("ann", DAY, "purchase", "tea", 0, "1.5", "0"), ("ann", DAY, "page_view", "", 4, "0", "0")
    assert of_rows(tea, page) == [("item_category", "tea", 5), ("spend_category", "tea", 15_000)]


@pytest.mark.parametrize(("name", "revenue"), [("purchase", "0"), ("refund", "-1"), ("view_item", "1")])
def test_only_revenue_of_purchases_is_spent(name: str, revenue: str) -> None:
    found = of_rows(("ann", DAY, name, "tea", 1, revenue, "0"))
    assert not [row for row in found if row[0] == "spend_category"]


def test_content_is_counted_by_event() -> None:
    view = {"event_date": DAY, "person_id": "ann", "event_name": "page_view", "content_group": "recipes"}
    no_weight = view | {"event_name": "scroll"}
    rows = pl.LazyFrame([view, view, no_weight], schema=CONTENTS.schema)
    assert said(of_contents(rows)) == [("content_group", "recipes", 2)]


def test_nothing_in_nothing_out() -> None:
    nothing = [of_activity(activity([]).lazy()), of_lines(pl.LazyFrame(schema=LINES.schema), ITEMS)]
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
    items = pl.DataFrame({"item_id": ["i1"], "item_brand": ["acme"]})
    found = of_brands([line(item_brand="x"), line(item_id="i2", item_brand="y"), line(item_id="i3")], items)
    assert found[:-1] == [("brand", "acme", 5), ("brand", "y", 5)]


def test_an_empty_value_is_none() -> None:
    assert [row[0] for row in of_brands([line(item_brand="")])] == ["price_band"]


@pytest.mark.parametrize(("zone", "part"), [("UTC", "evening"), ("Europe/Berlin", "night"), ("Asia/Tokyo", "morning")])
def test_the_part_of_the_day_is_that_of_the_businesss_clocks(zone: str, part: str) -> None:
    visit = {"event_date": DAY, "person_id": "ann", "started_at": datetime.fromisoformat("2024-05-01T22:00")}
    visits = pl.LazyFrame([visit | {"events": 1, "channel_group": None, "platform": None}], schema=VISITS)
    assert said(of_visits(visits, zone)) == [("day_part", part, 1)]
