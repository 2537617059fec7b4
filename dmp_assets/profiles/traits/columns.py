"""What a computed trait can be made of: kinds, operators, and the types of the columns of events."""

import re
from functools import cache
from typing import Literal

import polars as pl

from dmp_assets.events.schema import CleanedEvents, EventItems

ITEMS = "items."
PROPERTIES = "properties."

Kind = Literal[
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "first",
    "last",
    "most_frequent",
    "least_frequent",
    "unique_list",
    "unique_count",
    "time_since",
]
Operator = Literal["eq", "ne", "gt", "ge", "lt", "le", "in", "contains"]
ColumnType = Literal["text", "number", "instant", "day", "json"]

MAX_NUMBER = 1e15
"""Beyond it a float cannot hold cents, and a sum of millionths no longer fits 38 digits for sure."""

ANY: tuple[ColumnType, ...] = ("text", "number", "instant", "day", "json")
_ORDERED: tuple[ColumnType, ...] = ("number", "instant", "day", "json")
_NUMBERS: tuple[ColumnType, ...] = ("number", "json")
_TEXTS: tuple[ColumnType, ...] = ("text", "json")

PROPERTY_TYPES: dict[str, tuple[ColumnType, ...]] = {
    "count": (),
    "time_since": (),
    "sum": _NUMBERS,
    "mean": _NUMBERS,
    "min": _ORDERED,
    "max": _ORDERED,
    "first": ANY,
    "last": ANY,
    "most_frequent": _TEXTS,
    "least_frequent": _TEXTS,
    "unique_list": _TEXTS,
    "unique_count": ANY,
}
"""Kind -> types of the property that it can have; none for kinds that have no property."""

OPERATOR_TYPES: dict[str, tuple[ColumnType, ...]] = {
    **dict.fromkeys(("eq", "ne", "in"), ANY),
    **dict.fromkeys(("gt", "ge", "lt", "le"), _ORDERED),
    "contains": _TEXTS,
}
_JSON_PATH = re.compile(r"[^\x00-\x1f\"'\\\[\].]{1,200}(?:\.[^\x00-\x1f\"'\\\[\].]{1,200}){0,9}")
# Events have a person before traits are computed, and no longer the visitor's column.
_NOT_PROPERTIES = ("visitor_id", "properties")


@cache
def column_types() -> dict[str, ColumnType]:
    """Return the type of each column that a trait may name, apart from ``properties.<key>``."""
    columns = {name: column.dtype.type for name, column in CleanedEvents.to_schema().columns.items()}
    columns |= {ITEMS + name: column.dtype.type for name, column in EventItems.to_schema().columns.items()}
    shared = [ITEMS + name for name in ("event_date", "event_id", "event_at", "event_name", "visitor_id")]
    return {name: _type_of(dtype) for name, dtype in columns.items() if name not in (*_NOT_PROPERTIES, *shared)}


def _type_of(dtype: pl.DataType) -> ColumnType:
    if dtype.is_numeric():
        return "number"
    return "text" if dtype == pl.String else "day" if dtype == pl.Date else "instant"


def column_type(name: str) -> ColumnType | None:
    """Return the type of a column by its name in ``traits.yaml``; None where there is no such column.

    >>> column_type("revenue"), column_type("items.item_brand"), column_type("properties.plan"), column_type("colour")
    ('number', 'text', 'json', None)
    """
    if name.startswith(PROPERTIES):
        return "json" if _JSON_PATH.fullmatch(name.removeprefix(PROPERTIES)) else None
    return column_types().get(name)


def columns_of(types: tuple[ColumnType, ...]) -> str:
    """Return in words which columns are of one of the types, for messages."""
    return ", ".join([*sorted(name for name, kind in column_types().items() if kind in types), "properties.<key>"])
