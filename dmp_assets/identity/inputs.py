"""What the persons are made of, and by that which way to make them again when some of it has changed."""

import hashlib
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.inputs import DAY, RULES, changed_days, is_same
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.resolution import CUSTOMERS

EVERYTHING, DIFFERENCE, ADDED_DAYS = "everything", "difference", "added days"

MOST_CHANGED = 0.25
"""An increment of a larger share of the rows costs more than it saves."""


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
    if not is_same(made_of, now, RULES):
        return Plan(EVERYTHING, "the rules, the code or the layout of the tables changed")
    changed = changed_days(made_of, now)
    added = changed["fingerprint_was"].null_count()
    words = f"{added} days added, {changed.height - added} changed"
    touched = changed.select(pl.max_horizontal("rows", "rows_was").sum()).item()
    both = pl.concat([made_of, now]).filter(pl.col("input") == DAY)
    every = both.group_by("event_date").agg(pl.col("rows").max()).select(pl.col("rows").sum()).item()
    if touched > MOST_CHANGED * every:
        return Plan(EVERYTHING, f"{words}: {touched:,} of {every:,} rows")
    days = tuple(changed["event_date"])
    if not is_same(made_of, now, CUSTOMERS):
        return Plan(DIFFERENCE, f"{words}, and customer records", days)
    return Plan(ADDED_DAYS if added == changed.height else DIFFERENCE, words, days)
