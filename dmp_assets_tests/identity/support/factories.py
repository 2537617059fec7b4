"""Edges in short: ``edge("u1 a1", 5)`` is account u1 and anonymous id a1, seen together in minute 5."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dmp_assets.identity.observation import EDGE_COLUMNS, aggregate_edges, order_pairs
from dmp_assets.identity.resolution import Resolution, resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import (
    PAIR,
    TYPES,
    DailyEdges,
    Edges,
    Merges,
    PersonHistory,
    PersonIdentifiers,
    Persons,
    Visitors,
)
from dmp_assets.identity.schema.resolution import Verdicts
from dmp_assets.identity.tables import person_id
from dmp_assets.orders.schema import OrderVisitors

START = datetime.fromisoformat("2024-05-01")
RULES = IdentityRules()
TABLES = {
    "edges": Edges,
    "identifiers": PersonIdentifiers,
    "persons": Persons,
    "history": PersonHistory,
    "merges": Merges,
    "verdicts": Verdicts,
    "visitors": Visitors,
}
_KINDS = {kind[0]: kind for kind in TYPES}
"""u1 is an account, e1 an e-mail, p1 a phone, d1 a device, a1 an anonymous id, c1 a click id."""


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def minute(moment: datetime | None) -> int | None:
    return None if moment is None else int((moment - START).total_seconds() // 60)


def edge(pair: str, first: int, last: int | None = None, **changes: Any) -> dict[str, Any]:
    """Return an edge between two identifiers, or of one that was seen alone, from minute ``first`` to ``last``."""
    a, b = (*sorted(pair.split(), key=lambda value: (TYPES.index(_KINDS[value[0]]), value)), None)[:2]
    row = {
        "type_a": _KINDS[a[0]],
        "value_a": a,
        "type_b": "" if b is None else _KINDS[b[0]],
        "value_b": b or "",
        "rule": "event",
        "events": 1,
        "first_seen_at": at(first),
        "last_seen_at": at(first if last is None else last),
        "source": "web",
        "event_id": f"event{first}",
    }
    return row | changes


def edges(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = {name: column.dtype.type for name, column in Edges.to_schema().columns.items() if name in EDGE_COLUMNS}
    return pl.DataFrame([{name: row[name] for name in EDGE_COLUMNS} for row in rows], schema=schema)


def daily(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return the rows as a day each, of the day that they began on."""
    schema = {name: column.dtype.type for name, column in DailyEdges.to_schema().columns.items()}
    found = [{"begins_at": row["first_seen_at"], **row, "event_date": row["first_seen_at"].date()} for row in rows]
    return pl.DataFrame(found, schema=schema)


def order(order_id: str, day: int | None = None, /, **named: int | tuple[int, int]) -> pl.DataFrame:
    """Return the visitors of an order: who is named by it in which minute, or from which to which minute.

    The order is of the day of the earliest report, or of another one.
    """
    times = {value: when if isinstance(when, tuple) else (when, when) for value, when in named.items()}
    ordered = min(first for first, _ in times.values()) if day is None else day * 1440
    rows = [
        {
            "order_id": order_id,
            "order_date": at(ordered).date(),
            "visitor_id": f"{_KINDS[value[0]]}:{value}",
            "source": "shop",
            "first_seen_at": at(first),
            "last_seen_at": at(last),
        }
        for value, (first, last) in times.items()
    ]
    return order_visitors(pl.DataFrame(rows))


def order_visitors(*orders: pl.DataFrame) -> pl.DataFrame:
    """Return the orders as one table."""
    schema = {name: column.dtype.type for name, column in OrderVisitors.to_schema().columns.items()}
    return pl.concat([pl.DataFrame(schema=schema), *(rows.cast(schema) for rows in orders)])


def resolved(
    *rows: dict[str, Any],
    orders: Sequence[pl.DataFrame] = (),
    rules: IdentityRules = RULES,
    seen: pl.DataFrame | None = None,
) -> Resolution:
    """Return the persons of the edges and of the orders, every table held to its contract."""
    of_orders = order_pairs(order_visitors(*orders).lazy(), rules).collect()
    pairs = aggregate_edges(pl.concat([edges(*rows), of_orders.select(EDGE_COLUMNS)]).lazy()).collect()
    return checked(resolve(pairs, rules, None if seen is None else pl.concat([seen, of_orders]).lazy()))


def checked(found: Resolution) -> Resolution:
    for name, model in TABLES.items():
        model.validate(getattr(found, name), lazy=True)
    return found


def namers(found: Resolution) -> dict[str, str]:
    """Return for each person id that there can be the identifier that it is made of."""
    rows = found.identifiers.select("identifier_type", "identifier").iter_rows()
    return {person_id(kind, value): value for kind, value in rows}


def clusters(found: Resolution) -> dict[str, str]:
    """Return for each person, by the identifier that names it, its identifiers now."""
    rows = found.identifiers.drop_nulls("person_id").sort("identifier")
    names = namers(found)
    return {
        names[name]: " ".join(values)
        for name, values in rows.group_by("person_id", maintain_order=True).agg("identifier").iter_rows()
    }


def history(found: Resolution, value: str) -> list[tuple[str, int, int | None, str]]:
    """Return the stretches of an identifier: who named its person, from and until which minute, and why."""
    names = namers(found)
    rows = found.history.filter(pl.col("identifier") == value).sort("effective_at")
    return [
        (names[row["person_id"]], minute(row["effective_at"]), minute(row["superseded_at"]), row["change_type"])
        for row in rows.iter_rows(named=True)
    ]


def merges(found: Resolution) -> list[tuple[str, str, int, str]]:
    """Return who was merged into whom, in which minute, by which pair."""
    names = namers(found)
    rows = found.merges.sort("merged_at", "value_a", "value_b", "person_id").iter_rows(named=True)
    return [
        (
            names[row["person_id"]],
            names[row["into_person_id"]],
            minute(row["merged_at"]),
            f"{row['value_a']} {row['value_b']}",
        )
        for row in rows
    ]


def verdict_of(found: Resolution, pair: str) -> str:
    """Return the verdict on an edge."""
    row = edge(pair, 0)
    same = pl.all_horizontal(pl.col(name) == row[name] for name in PAIR)
    return found.edges.filter(same)["verdict"].item()


def rules_fired(found: Resolution) -> list[tuple[str, str, int, int, int]]:
    """Return the verdicts: whom or which edge, the rule, measure, limit and edges."""
    return [
        (f"{row['value_a']} {row['value_b']}".strip(), row["rule"], row["measure"], row["limit"], row["edges"])
        for row in found.verdicts.iter_rows(named=True)
    ]
