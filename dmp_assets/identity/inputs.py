"""What the persons are made of, and by that which way to make them again when some of it has changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema import CUSTOMERS, DAY, RULES, Inputs

EVERYTHING, DIFFERENCE, ADDED_DAYS = "everything", "difference", "added days"

MOST_CHANGED = 0.25
"""An increment of a larger share of the rows costs more than it saves."""


@dataclass(frozen=True)
class InputState:
    """How much an input holds, and a fingerprint that changes with it."""

    rows: int
    fingerprint: str


@dataclass(frozen=True)
class Plan:
    """How to make the persons: by all edges, by those that differ from the stored ones, or by those of added days."""

    way: str
    """``EVERYTHING``, ``DIFFERENCE`` or ``ADDED_DAYS``."""
    reason: str
    """Why, in words."""
    changed_days: tuple[date, ...] = ()
    """Days whose pairs are other than those that the persons were made of, those without any now among them."""


def rules_fingerprint(rules: IdentityRules, *more: str) -> str:
    """Return a fingerprint of the rules and of whatever else must be as it was for stored tables to be built on."""
    said = (
        sorted(rules.limits.items()),
        rules.super_node_users,
        rules.super_node_stronger,
        rules.blocked_patterns,
        sorted(rules.blocked),
        more,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def input_table(days: Mapping[date, InputState], customers: InputState, rules: str) -> pl.DataFrame:
    """Return what the persons are made of (``Inputs``).

    Args:
        days: The days of ``DailyEdges`` that count; one without rows is as if it were not there.
        customers: The customer records.
        rules: As ``rules_fingerprint`` returns it.
    """
    rows = [
        *((DAY, day, state.rows, state.fingerprint) for day, state in sorted(days.items()) if state.rows),
        (CUSTOMERS, None, customers.rows, customers.fingerprint),
        (RULES, None, 0, rules),
    ]
    schema = {name: column.dtype.type for name, column in Inputs.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def plan_resolution(made_of: pl.DataFrame, now: pl.DataFrame) -> Plan:
    """Return which way leads from the stored tables to what resolving everything would give, for the least.

    Args:
        made_of: ``Inputs`` of the stored tables; empty where they cannot be built on.
        now: ``Inputs`` as they are.

    Days that were not there before can only add, whenever they lie: what they do is told by their own rows. A day that
    was built again, or is gone, has taken rows along that nobody has any more, so all pairs are compared.
    """
    if made_of.is_empty():
        return Plan(EVERYTHING, "no tables to build on")
    if _fingerprint(made_of, RULES) != _fingerprint(now, RULES):
        return Plan(EVERYTHING, "the rules, the code or the layout of the tables changed")
    days = now.filter(pl.col("input") == DAY).join(
        made_of.filter(pl.col("input") == DAY), on="event_date", how="full", coalesce=True, suffix="_was"
    )
    changed = days.filter(pl.col("fingerprint").ne_missing(pl.col("fingerprint_was"))).sort("event_date")
    added = changed["fingerprint_was"].null_count()
    words = f"{added} days added, {changed.height - added} changed"
    touched = changed.select(pl.max_horizontal("rows", "rows_was").sum()).item()
    every = days.select(pl.max_horizontal("rows", "rows_was").sum()).item()
    if touched > MOST_CHANGED * every:
        return Plan(EVERYTHING, f"{words}: {touched:,} of {every:,} rows")
    changed_days = tuple(changed["event_date"])
    if _fingerprint(made_of, CUSTOMERS) != _fingerprint(now, CUSTOMERS):
        return Plan(DIFFERENCE, f"{words}, and customer records", changed_days)
    return Plan(ADDED_DAYS if added == changed.height else DIFFERENCE, words, changed_days)


def _fingerprint(inputs: pl.DataFrame, name: str) -> str:
    return str(inputs.filter(pl.col("input") == name)["fingerprint"].item())
