"""The rows that computed traits are made of: events, orders and reversals in the same columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.orders.schema import ORDERED, REVERSED
from dmp_assets.profiles.traits.aggregates import LINE_KEY
from dmp_assets.profiles.traits.columns import AMOUNTS, ITEMS, PROPERTIES, RENAMED
from dmp_assets.profiles.traits.compute import event_names, item_traits, named_columns
from dmp_assets.profiles.traits.settings import Trait


@dataclass(frozen=True)
class TraitTables:
    """The tables that traits are made of."""

    events: StoredTable
    """``CleanedEvents``."""
    lines: StoredTable
    """``EventItems``."""
    orders: StoredTable
    """``Orders``."""
    bought: StoredTable
    """``OrderItems``."""
    reversals: StoredTable
    """``Reversals``."""


def rows_of_traits(
    tables: TraitTables, traits: Mapping[str, Trait], days: Days, visitors: pl.DataFrame
) -> tuple[pl.LazyFrame, pl.LazyFrame | None]:
    """Return the events of some days that the traits name, with person_id, and their item lines if any trait has some.

    Args:
        tables: Where they are.
        traits: Name -> trait.
        days: The days that the traits look at.
        visitors: ``Visitors``.

    Orders that count stand as events named ``ORDERED``, reversals as ``REVERSED`` with negative amounts. What shop and
    web told of them under these names is left out.
    """
    key = [*LINE_KEY, "event_at", "visitor_id"]
    others, ordered, taken_back = _made_of(traits)
    parts = [tables.events.lazy(days, _columns(others, [*key, "event_name"]), _event_names(others))]
    if ordered:
        orders = _renamed(tables.orders, days, _columns(ordered, [*key, "counts"]))
        # Pending, failed and test orders have no amounts, but a count would count them.
        parts.append(orders.filter("counts").drop("counts").with_columns(event_name=pl.lit(ORDERED)))
    if taken_back:
        reversals = _renamed(tables.reversals, days, _columns(taken_back, key))
        amounts = [-pl.col(name) for name in AMOUNTS if name in reversals.collect_schema().names()]
        parts.append(reversals.with_columns(*amounts, event_name=pl.lit(REVERSED)))
    # Diagonal: an order has no page, and an event no shipping.
    events = of_persons(pl.concat(parts, how="diagonal_relaxed"), visitors, "event_at")
    of_items = {name: traits[name] for name in item_traits(traits)}
    return events, _lines(tables, of_items, days) if of_items else None


def _lines(tables: TraitTables, of_items: Mapping[str, Trait], days: Days) -> pl.LazyFrame:
    key = [*LINE_KEY, "line"]
    others, ordered, _ = _made_of(of_items)
    parts = []
    if others:
        parts.append(tables.lines.lazy(days, _columns(others, key, of_lines=True), _event_names(others)))
    if ordered:
        parts.append(_renamed(tables.bought, days, _columns(ordered, key, of_lines=True)))
    return pl.concat(parts, how="diagonal_relaxed")


def _made_of(traits: Mapping[str, Trait]) -> tuple[dict[str, Trait], dict[str, Trait], dict[str, Trait]]:
    """Return the traits that are made of other events, of orders, and of reversals; one may be made of several."""
    others = {name: trait for name, trait in traits.items() if {*trait.event} - {ORDERED, REVERSED}}
    ordered, taken_back = (
        {name: trait for name, trait in traits.items() if event in trait.event} for event in (ORDERED, REVERSED)
    )
    return others, ordered, taken_back


def _event_names(traits: Mapping[str, Trait]) -> pl.DataFrame:
    """Return the names of the events that are read: the demo's traits are made of one event in eleven."""
    names = [name for name in event_names(traits) if name not in (ORDERED, REVERSED)]
    return pl.DataFrame({"event_name": names}, schema={"event_name": pl.String})


def _columns(traits: Mapping[str, Trait], always: Sequence[str], *, of_lines: bool = False) -> list[str]:
    """Return the columns to read, by the names of ``traits.yaml``: those of rows, or those of their item lines."""
    named = [name for name in named_columns(traits) if name.startswith(ITEMS) == of_lines]
    plain = ["properties" if name.startswith(PROPERTIES) else name.removeprefix(ITEMS) for name in named]
    # A row of orders has no such column: its name is that of its table.
    return sorted({*always, *(name for name in plain if name != "event_name")})


def _renamed(stored: StoredTable, days: Days, columns: Sequence[str]) -> pl.LazyFrame:
    """Return columns of a table of orders, named as those of events."""
    names = RENAMED[stored.table.contract]
    given = {shown: column for column, shown in names.items()}
    return stored.lazy(days, [given.get(name, name) for name in columns]).rename(names, strict=False)
