"""What people's events are about, when and how they come: what affinities and preferences are made of."""

from itertools import pairwise

import polars as pl

from dmp_assets.money import unit_price

PRICE_BANDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Bounds of the price bands, base currency: each about twice the one before, as prices are told apart."""

COLUMNS = ("event_date", "person_id", "attribute", "value", "event_name", "events")


def build_attributes(
    activity: pl.LazyFrame, visits: pl.LazyFrame, lines: pl.LazyFrame, contents: pl.LazyFrame
) -> pl.LazyFrame:
    """Return event_date, person_id, attribute, value, event_name and events, one row per combination and source.

    Args:
        activity: ``DailyActivity`` with person_id: item categories; every item line counts.
        visits: ``Sessions`` with person_id: channel group, platform and hour (UTC) of each visit; its events count.
        lines: ``EventItems`` with person_id and ``item_brand`` filled from the catalogue: brand and price band.
        contents: ``CleanedEvents`` with person_id and content_group.
    """
    days = ["event_date", "person_id", "event_name"]
    categories = activity.filter(pl.col("item_category") != "").with_columns(pl.col("items").alias("events"))
    named = lines.with_columns(price_band=price_band(unit_price()))
    visit = pl.lit("visit").alias("event_name")
    hours = visits.with_columns(visit, hour=pl.col("started_at").dt.hour().cast(pl.String))
    parts = [
        _rows(categories, "item_category", pl.col("events").sum(), days),
        *(_rows(named, column, pl.len(), days) for column in ("item_brand", "price_band")),
        _rows(contents, "content_group", pl.len(), days),
        *(_rows(hours, column, pl.col("events").sum(), days) for column in ("channel_group", "platform", "hour")),
    ]
    return pl.concat(parts)


def with_brand(lines: pl.LazyFrame, raw_items: pl.DataFrame) -> pl.LazyFrame:
    """Return item lines with the brand of the catalogue (``RawItems``), else the one that the event names."""
    catalogue = raw_items.lazy().select("item_id", catalogue_brand="item_brand")
    named = lines.join(catalogue, on="item_id", how="left")
    return named.with_columns(item_brand=pl.coalesce("catalogue_brand", "item_brand")).drop("catalogue_brand")


def price_band(price: pl.Expr) -> pl.Expr:
    """Return the band of a price, its lower bound included; null for prices of 0 or below, and without one.

    >>> prices = pl.DataFrame({"price": [0.99, 1.0, 499.99, 500.0, 0.0]})
    >>> prices.select(price_band(pl.col("price"))).to_series().to_list()
    ['under 1', '1 to 2', '200 to 500', '500 and more', None]
    """
    labels = ["under 1", *(f"{low} to {high}" for low, high in pairwise(PRICE_BANDS)), f"{PRICE_BANDS[-1]} and more"]
    return pl.when(price > 0).then(price.bin_intervals(PRICE_BANDS, labels=labels).cast(pl.String))


def _rows(rows: pl.LazyFrame, column: str, events: pl.Expr, days: list[str]) -> pl.LazyFrame:
    name = {"item_brand": "brand"}.get(column, column)
    counted = rows.filter(pl.col(column).is_not_null()).group_by(*days, pl.col(column).alias("value"))
    return counted.agg(events=events.cast(pl.Int64)).with_columns(attribute=pl.lit(name)).select(COLUMNS)
