"""Attributes of people's events and orders, which affinities and preferences are made of."""

from collections.abc import Collection, Mapping
from itertools import pairwise

import polars as pl

from dmp_assets.foundation.values.calendar import on_clock
from dmp_assets.foundation.values.money import in_units, unit_price
from dmp_assets.orders.schema import ORDERED
from dmp_assets.profiles.schema.interests import DAY_PARTS

EVENT_WEIGHTS: Mapping[str, int] = {
    "page_view": 1,
    "screen_view": 1,
    "view_item": 1,
    "select_item": 1,
    "add_to_wishlist": 2,
    "add_to_cart": 3,
    "begin_checkout": 4,
    ORDERED: 5,
}
"""Each step towards an order says a little more than the one before; an order says as much as five looks.

Events that are not named, such as removals from the cart, do not show what a person likes.
"""

LOOKED_AT = pl.DataFrame({"event_name": [name for name in EVENT_WEIGHTS if name != ORDERED]})
"""Keys of the events whose item lines count by the weight of the event: of orders those that were bought count."""

PRICE_BANDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Bounds of the price bands, base currency: each about twice the one before, as people distinguish prices."""

_CATEGORIES = ("item_category", "spend_category")

Attributes = dict[str, pl.LazyFrame]
"""Attribute -> rows of person_id, event_date, value and weighted: the weight of a person's events of a day for a value.

Only their sums count, so a day may have several rows.
"""


def of_activity(activity: pl.LazyFrame) -> Attributes:
    """Return item_category by item lines times their event's weight; bought ones are ``of_products``'s."""
    known = activity.filter(pl.col("item_category") != "").with_columns(value=_coded("item_category"))
    return {"item_category": _weighted(known, event_weight() * pl.col("items"))}


def product_lines(lines: pl.LazyFrame, bought: pl.LazyFrame, raw_items: pl.DataFrame) -> pl.LazyFrame:
    """Return item lines, looked at and bought, with the weight of their event and what is known of the product.

    Args:
        lines: ``EventItems`` with person_id; those of events without a weight are left out.
        bought: ``OrderItems`` with person_id.
        raw_items: ``RawItems``: brand and category of the catalogue count before those that event or order name.

    Columns: person_id, event_date, weighted, brand, price_band; category and spent (units of money) of bought ones.
    """
    looked_at = lines.with_columns(weighted=event_weight(), is_bought=pl.lit(value=False))
    ordered = bought.with_columns(
        item_revenue="net_sales",
        weighted=pl.lit(EVENT_WEIGHTS[ORDERED], pl.Int64),
        spent=in_units(pl.col("net_sales")),
        is_bought=pl.lit(value=True),
    )
    catalogue = raw_items.lazy().select(
        "item_id", catalogue_brand=_coded("item_brand"), catalogue_category=_coded("item_category")
    )
    both = pl.concat([looked_at.filter(pl.col("weighted") > 0), ordered], how="diagonal_relaxed")
    # Left: a line whose item the catalogue lacks keeps its brand, its category and its money.
    return both.join(catalogue, on="item_id", how="left").select(
        "person_id",
        "event_date",
        "weighted",
        "spent",
        brand=pl.coalesce("catalogue_brand", _coded("item_brand")),
        category=pl.when("is_bought").then(pl.coalesce("catalogue_category", _coded("item_category"))),
        price_band=price_band(unit_price()),
    )


def of_products(products: pl.LazyFrame) -> Attributes:
    """Return brand and price_band of ``product_lines``, and item_category and spend_category of the bought ones."""
    by_attribute = {
        "brand": ("brand", "weighted"),
        "price_band": ("price_band", "weighted"),
        "item_category": ("category", "weighted"),
        "spend_category": ("category", "spent"),
    }
    return {
        name: _weighted(products.with_columns(value=value), pl.col(by)) for name, (value, by) in by_attribute.items()
    }


def of_contents(contents: pl.LazyFrame) -> Attributes:
    """Return content_group of ``CleanedEvents`` with person_id by the weight of the event."""
    return {"content_group": _weighted(contents.with_columns(value=_coded("content_group")), event_weight())}


def of_visits(visits: pl.LazyFrame, time_zone: str = "UTC") -> Attributes:
    """Return channel_group, day_part and platform of ``Sessions`` with person_id by their events.

    Args:
        visits: ``Sessions`` with person_id.
        time_zone: Zone of the business's clocks, which say the part of the day.

    Every event of a visit counts the same: looking is using a device, too.
    """
    parts = visits.with_columns(day_part=day_part(on_clock(pl.col("started_at"), time_zone).dt.hour()))
    names = ("channel_group", "day_part", "platform")
    return {name: _weighted(parts.with_columns(value=_coded(name)), pl.col("events")) for name in names}


def together(*parts: Attributes) -> Attributes:
    """Return the rows of all parts by attribute."""
    names = sorted(set().union(*parts))
    return {name: pl.concat([part[name] for part in parts if name in part]) for name in names}


def blocked_values(raw_items: pl.DataFrame, blocked: Collection[str]) -> list[str]:
    """Return the categories that are no interest of anybody, such as coupons and fuel, sorted.

    Args:
        raw_items: ``RawItems``.
        blocked: Values of item_category or item_department.

    Of a blocked department these are the categories that no other department has: activity knows no departments.

    >>> items = pl.DataFrame({"item_category": ["GAS", "TEA", "TEA"], "item_department": ["FUEL", "FUEL", "FOOD"]})
    >>> blocked_values(items, ["FUEL", "COUPON"])
    ['COUPON', 'FUEL', 'GAS']
    """
    of_department = pl.col("item_department").is_in(list(blocked)).fill_null(value=False)
    by_category = raw_items.drop_nulls("item_category").group_by("item_category").agg(of_department.all().alias("all"))
    return sorted({*blocked, *by_category.filter("all")["item_category"]})


def without(attributes: Attributes, blocked: Collection[str]) -> Attributes:
    """Return the attributes without the blocked categories; their brands and prices stay."""
    kept = ~pl.col("value").is_in(pl.lit(pl.Series(list(blocked), dtype=pl.Categorical)).implode())
    return {name: rows.filter(kept) if blocked and name in _CATEGORIES else rows for name, rows in attributes.items()}


def event_weight() -> pl.Expr:
    """Return the weight of one event for what its person likes: ``EVENT_WEIGHTS``, 0 for others and for orders.

    One order may be several events, of browser, server and shop. Its lines count once: ``product_lines`` weighs them.
    """
    weights = {name: EVENT_WEIGHTS[name] for name in LOOKED_AT["event_name"]}
    return pl.col("event_name").replace_strict(weights, default=0, return_dtype=pl.Int64)


def day_part(hour: pl.Expr) -> pl.Expr:
    """Return night (0 to 5), morning (6 to 11), afternoon (12 to 17), evening (18 to 23) or null.

    >>> hours = pl.DataFrame({"hour": [5, 6, 23, 24]})
    >>> hours.select(day_part(pl.col("hour"))).to_series().to_list()
    ['night', 'morning', 'evening', None]
    """
    names = dict(enumerate(DAY_PARTS))
    return (hour // 6).replace_strict(names, default=None, return_dtype=pl.String)


def price_band(price: pl.Expr) -> pl.Expr:
    """Return the band of a price, its lower bound included; null for prices of 0 or below, and for none.

    >>> prices = pl.DataFrame({"price": [0.99, 1.0, 499.99, 500.0, 0.0]})
    >>> prices.select(price_band(pl.col("price")).cast(pl.String)).to_series().to_list()
    ['under 1', '1 to 2', '200 to 500', '500 and more', None]
    """
    labels = ["under 1", *(f"{low} to {high}" for low, high in pairwise(PRICE_BANDS)), f"{PRICE_BANDS[-1]} and more"]
    return pl.when(price > 0).then(price.bin_intervals(PRICE_BANDS, labels=labels).cast(pl.Categorical))


def _coded(column: str) -> pl.Expr:
    # Grouping ten million rows by codes costs a third of grouping them by text.
    return pl.col(column).cast(pl.Categorical)


def _weighted(rows: pl.LazyFrame, weighted: pl.Expr) -> pl.LazyFrame:
    said = rows.select("person_id", "event_date", "value", weighted=weighted)
    return said.filter(pl.col("value").is_not_null(), pl.col("value").cast(pl.String) != "", pl.col("weighted") > 0)
