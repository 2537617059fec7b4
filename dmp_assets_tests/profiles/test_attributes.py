"""Attributes of people's events: what is counted under which name, and prices in their bands."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dmp_assets.money import unit_price
from dmp_assets.profiles.attributes import build_attributes, price_band, with_brand
from dmp_assets_tests.profiles.factories import MONEY, Row, activity

DAY = date(2024, 5, 1)
VISITS = {
    "event_date": pl.Date,
    "person_id": pl.String,
    "started_at": pl.Datetime("us"),
    "events": pl.Int64,
} | dict.fromkeys(("channel_group", "platform"), pl.String)
LINES = {"event_date": pl.Date, "person_id": pl.String, "event_name": pl.String, "item_id": pl.String} | {
    "item_brand": pl.String,
    "price": MONEY,
    "quantity": pl.Float64,
    "item_revenue": MONEY,
}
CONTENTS = {"event_date": pl.Date, "person_id": pl.String, "event_name": pl.String, "content_group": pl.String}


def attributes(
    rows: tuple[Row, ...] = (),
    visits: tuple[dict[str, Any], ...] = (),
    lines: tuple[dict[str, Any], ...] = (),
    contents: tuple[dict[str, Any], ...] = (),
) -> list[tuple[Any, ...]]:
    found = build_attributes(
        activity(list(rows)).lazy(),
        pl.LazyFrame(list(visits), schema=VISITS),
        pl.LazyFrame(list(lines), schema=LINES),
        pl.LazyFrame(list(contents), schema=CONTENTS),
    ).collect()
    assert (found["event_date"] == DAY).all()
    return sorted(found.select("attribute", "value", "event_name", "events").rows())


def line(**changes: Any) -> dict[str, Any]:
    row = {"event_date": DAY, "person_id": "ann", "event_name": "purchase", "item_id": "i1", "item_brand": None}
    return row | {"price": None, "quantity": 2.0, "item_revenue": Decimal(10)} | changes


def test_a_visit_tells_its_hour_channel_and_platform_with_its_events() -> None:
    visit = {
        "event_date": DAY,
        "person_id": "ann",
        "started_at": datetime.fromisoformat("2024-05-01T23:59"),
        "events": 3,
    }
    assert attributes(visits=(visit | {"channel_group": "Email", "platform": None},)) == [
        ("channel_group", "Email", "visit", 3),
        ("hour", "23", "visit", 3),
    ]


def test_a_line_tells_its_brand_and_price_band() -> None:
    assert attributes(lines=(line(item_brand="acme"), line(item_brand="acme", price=Decimal(4)))) == [
        ("brand", "acme", "purchase", 2),
        ("price_band", "2 to 5", "purchase", 1),
        ("price_band", "5 to 10", "purchase", 1),
    ]


def test_every_line_of_a_category_counts_and_no_category_is_none() -> None:
    rows = (("ann", DAY, "purchase", "tea", 1, "1", "0"), ("ann", DAY, "page_view", "", 4, "0", "0"))
    assert attributes(rows) == [("item_category", "tea", "purchase", 1)]


def test_content_is_counted_by_event() -> None:
    view = {"event_date": DAY, "person_id": "ann", "event_name": "page_view", "content_group": "recipes"}
    assert attributes(contents=(view, view)) == [("content_group", "recipes", "page_view", 2)]


def test_nothing_in_nothing_out() -> None:
    assert attributes() == []


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
    rows = pl.DataFrame([line(**changes)], schema=LINES)
    assert rows.select(price_band(unit_price())).item() == band


def test_the_catalogue_knows_the_brand_better_than_the_event() -> None:
    lines = pl.LazyFrame([line(item_brand="x"), line(item_id="i2", item_brand="y")], schema=LINES)
    items = pl.DataFrame({"item_id": ["i1"], "item_brand": ["acme"]})
    assert with_brand(lines, items).sort("item_id").collect()["item_brand"].to_list() == ["acme", "y"]
