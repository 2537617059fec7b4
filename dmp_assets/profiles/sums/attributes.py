"""Attributes of people's events, which affinities and preferences are made of."""

from collections.abc import Mapping
from itertools import pairwise

import polars as pl

from dmp_assets.events.schema import PURCHASE
from dmp_assets.foundation.values.calendar import on_clock
from dmp_assets.foundation.values.money import in_units, unit_price
from dmp_assets.profiles.schema.interests import DAY_PARTS

EVENT_WEIGHTS: Mapping[str, int] = {
    "page_view": 1,
    "screen_view": 1,
    "view_item": 1,
    "select_item": 1,
    "add_to_wishlist": 2,
    "add_to_cart": 3,
    "begin_checkout": 4,
    "purchase": 5,
}
"""Each step towards an order says a little more than the one before; a purchase says as much as five looks.

Events that are not named, such as refunds and removals from the cart, do not show what a person likes.
"""

PRICE_BANDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Bounds of the price bands, base currency: each about twice the one before, as people distinguish prices."""

Attributes = dict[str, pl.LazyFrame]
"""Attribute -> rows of person_id, event_date, value and weighted: the weight of a person's events of a day for a value.

Only their sums count, so a day may have several rows.
"""


def of_activity(activity: pl.LazyFrame) -> Attributes:
    """Return item_category by item lines times their event's weight, and spend_category by revenue."""
    known = activity.filter(pl.col("item_category") != "").with_columns(value=_coded("item_category"))
    spent = (pl.col("event_name") == PURCHASE) & (pl.col("revenue") > 0)
    return {
        "item_category": _weighted(known, event_weight() * pl.col("items")),
        "spend_category": _weighted(known.filter(spent), in_units(pl.col("revenue"))),
    }


def of_lines(lines: pl.LazyFrame, raw_items: pl.DataFrame) -> Attributes:
    """Return brand and price_band of item lines by the weight of their event.

    Args:
        lines: ``EventItems`` with person_id.
        raw_items: ``RawItems``: the brand of the catalogue counts before the one that the event names.
    """
    catalogue = raw_items.lazy().select("item_id", catalogue_brand=_coded("item_brand"))
    said = lines.with_columns(weighted=event_weight()).filter(pl.col("weighted") > 0)
    named = said.join(catalogue, on="item_id", how="left").select(
        "person_id",
        "event_date",
        "weighted",
        brand=pl.coalesce("catalogue_brand", _coded("item_brand")),
        price_band=price_band(unit_price()),
    )
    return {name: _weighted(named.with_columns(value=name), pl.col("weighted")) for name in ("brand", "price_band")}


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


def event_weight() -> pl.Expr:
    """Return the weight of one event for what its person likes: ``EVENT_WEIGHTS``, 0 for others."""
    return pl.col("event_name").replace_strict(dict(EVENT_WEIGHTS), default=0, return_dtype=pl.Int64)


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
    said = rows.select("person_id", "event_date", "value", weighted=weighted.cast(pl.Int64))
    return said.filter(pl.col("value").is_not_null(), pl.col("value").cast(pl.String) != "", pl.col("weighted") > 0)
