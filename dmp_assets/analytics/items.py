"""The items by name, from the catalogue, else as events and orders named them last."""

import polars as pl

SEEN = ("item_name", "item_category", "item_brand", "price")
"""Columns that events and orders name of an item; the others are the catalogue's alone."""


def build_items(raw_items: pl.DataFrame, of_events: pl.DataFrame, of_orders: pl.DataFrame) -> pl.DataFrame:
    """Return every item that is named anywhere (``Items``).

    Args:
        raw_items: ``RawItems``.
        of_events: ``item_id`` with the newest known values of ``SEEN`` in events.
        of_orders: The same of orders.

    >>> catalogue = pl.DataFrame({"item_id": ["tea"], "item_name": ["Tea"], "item_category": [None],
    ...     "item_category2": ["hot"], "item_brand": [None], "item_department": [None]})
    >>> seen = pl.DataFrame({"item_id": ["tea"], "item_name": ["TEA!"], "item_category": ["DRINKS"],
    ...     "item_brand": [None], "price": [2.0]})
    >>> build_items(catalogue, seen, seen.clear()).select("item_name", "item_category", "price").rows()
    [('Tea', 'DRINKS', 2.0)]
    """
    catalogue = raw_items.select(
        "item_id",
        "item_name",
        "item_category",
        "item_category2",
        "item_brand",
        "item_department",
        is_in_catalogue=pl.lit(value=True),
    )
    both = _with(catalogue, of_events.select("item_id", *SEEN), "_event")
    all_three = _with(both, of_orders.select("item_id", *SEEN), "_order")
    chosen = {name: pl.coalesce(name, f"{name}_event", f"{name}_order") for name in SEEN if name != "price"}
    return all_three.select(
        "item_id",
        "item_category2",
        "item_department",
        **chosen,
        price=pl.coalesce("price_event", "price_order"),
        is_in_catalogue=pl.col("is_in_catalogue").fill_null(value=False),
    )


def _with(items: pl.DataFrame, seen: pl.DataFrame, suffix: str) -> pl.DataFrame:
    return items.join(seen.rename({name: name + suffix for name in SEEN}), on="item_id", how="full", coalesce=True)
