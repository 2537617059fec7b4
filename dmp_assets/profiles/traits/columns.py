"""What a computed trait can be made of: kinds, operators, and the types of the columns of events and orders.

A trait of the event ``ORDERED`` is made of orders and their items, one of ``REVERSED`` of reversals: an order that shop
and web report counts once.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

import polars as pl

from dmp_assets.events.schema import CleanedEvents, EventItems
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.orders.schema import ORDERED, REVERSED, OrderItems, Orders, Reversals

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

MAX_NUMBER = 1e20
"""More than any order. Beyond it a sum of millionths no longer fits 38 digits for sure."""

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
AMOUNTS = ("revenue", "quantity", "shipping", "taxes", "total_sales")
"""Amounts of a reversal, which are negative in traits, so that a sum over orders and reversals is net."""

Contract = type[TableContract]

RENAMED: dict[Contract, dict[str, str]] = {
    Orders: {
        "order_date": "event_date",
        "ordered_at": "event_at",
        "order_id": "event_id",
        "order_number": "transaction_id",
        "net_sales": "revenue",
    },
    OrderItems: {"order_date": "event_date", "order_id": "event_id", "net_sales": "item_revenue"},
    Reversals: {
        "reversal_date": "event_date",
        "reversed_at": "event_at",
        "reversal_id": "event_id",
        "order_number": "transaction_id",
        "sales_reversals": "revenue",
        "total_reversals": "total_sales",
    },
}
"""Columns of orders that traits name as they name those of events: one trait may be made of both."""

# Rows have a person before traits are computed, and no longer the visitor's column. Amounts in many currencies do not
# add up, and only orders that count are there.
_NOT_PROPERTIES = ("visitor_id", "properties", "counts", "stated_sales", "given_sales", "given_total")
_OF_EVENT = ("event_date", "event_id", "event_at", "event_name", "ordered_at", "visitor_id")
"""Columns of item lines that are their event's, which has them too."""


@cache
def _types(rows: Contract, lines: Contract | None) -> dict[str, ColumnType]:
    """Return the type of each column that a trait may name of a table, and of the table of its item lines."""
    found = {name: dtype for name, dtype in _named(rows).items() if name not in _NOT_PROPERTIES}
    if lines is not None:
        found |= {ITEMS + name: dtype for name, dtype in _named(lines).items() if name not in _OF_EVENT}
    return {name: _type_of(dtype) for name, dtype in {"event_name": pl.String(), **found}.items()}


def _named(contract: Contract) -> dict[str, pl.DataType]:
    names = RENAMED.get(contract, {})
    return {names.get(name, name): column.dtype.type for name, column in contract.to_schema().columns.items()}


def column_types(events: Sequence[str] = ()) -> dict[str, ColumnType]:
    """Return the type of each column that a trait of these events may name, apart from ``properties.<key>``.

    Args:
        events: Names of events, all of which have the columns; none: columns of any event.
    """
    tables = {
        ORDERED: _types(Orders, OrderItems),
        REVERSED: _types(Reversals, None),
        "": _types(CleanedEvents, EventItems),
    }
    of_events = [tables.get(name, tables[""]) for name in events]
    known = {name: kind for table in tables.values() for name, kind in table.items()}
    return {name: kind for name, kind in known.items() if all(name in table for table in of_events)}


def _type_of(dtype: pl.DataType) -> ColumnType:
    if dtype.is_numeric():
        return "number"
    return "text" if dtype == pl.String else "day" if dtype == pl.Date else "instant"


def column_type(name: str, events: Sequence[str] = ()) -> ColumnType | None:
    """Return the type of a column by its name in ``traits.yaml``; None where the events have no such column.

    >>> column_type("revenue"), column_type("items.item_brand"), column_type("properties.plan"), column_type("colour")
    ('number', 'text', 'json', None)
    >>> [column_type("shipping", [name]) for name in (ORDERED, REVERSED, "view_item")]
    ['number', 'number', None]
    """
    if name.startswith(PROPERTIES):
        return "json" if _has_json(events) and _JSON_PATH.fullmatch(name.removeprefix(PROPERTIES)) else None
    return column_types(events).get(name)


def columns_of(types: tuple[ColumnType, ...], events: Sequence[str] = ()) -> str:
    """Return in words which columns of the events are of one of the types, for messages."""
    names = sorted(name for name, kind in column_types(events).items() if kind in types)
    return ", ".join([*names, *(["properties.<key>"] if _has_json(events) else [])])


def _has_json(events: Sequence[str]) -> bool:
    return not {ORDERED, REVERSED} & set(events)
