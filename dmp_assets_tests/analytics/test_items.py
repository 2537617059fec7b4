"""Items by name: the catalogue first, then events, then orders, and of these the newest that is known."""

from decimal import Decimal

import polars as pl

from dmp_assets.analytics.items import SEEN, build_items
from dmp_assets.analytics.schema import Items
from dmp_assets.foundation.warehouse.contract import conform
from dmp_assets.foundation.warehouse.tables import Table

CATALOGUE = ("item_id", "item_name", "item_category", "item_category2", "item_brand", "item_department")


def catalogue(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(CATALOGUE, pl.String), orient="row")


def seen(*rows: tuple[object, ...]) -> pl.DataFrame:
    types = {"item_id": pl.String} | dict.fromkeys(SEEN, pl.String) | {"price": pl.Decimal(18, 4)}
    return pl.DataFrame(rows, schema=types, orient="row")


def test_each_value_comes_from_the_catalogue_else_from_events_else_from_orders() -> None:
    found = build_items(
        catalogue(("tea", "Tea", None, "hot", None, "FOOD")),
        seen(("tea", "TEA!", "DRINKS", None, Decimal(2)), ("mug", None, None, "Cup", None)),
        seen(
            ("tea", "x", "y", "Leaf", Decimal(3)),
            ("mug", "Mug", None, "no", Decimal(4)),
            ("jug", "Jug", None, None, None),
        ),
    )
    assert found.select(*CATALOGUE, "price", "is_in_catalogue").sort("item_id").rows() == [
        ("jug", "Jug", None, None, None, None, None, False),
        ("mug", "Mug", None, None, "Cup", None, Decimal(4), False),
        ("tea", "Tea", "DRINKS", "hot", "Leaf", "FOOD", Decimal(2), True),
    ]
    assert conform(found.lazy(), Table(Items)).collect().height == 3


def test_nothing_in_nothing_out() -> None:
    assert build_items(catalogue(), seen(), seen()).is_empty()
