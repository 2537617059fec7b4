"""Keeping the stored persons up with the days: as an increment where that tells the same for less, else anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, layout_id
from dmp_assets.identity.increment import ChangedPairs, Stored, added_pairs, differing_pairs, resolve_increment
from dmp_assets.identity.inputs import (
    ADDED_DAYS,
    DIFFERENCE,
    EVERYTHING,
    MOST_CHANGED,
    Plan,
    plan_resolution,
    rules_fingerprint,
)
from dmp_assets.identity.observation import aggregate_edges, crm_edges
from dmp_assets.identity.resolution import Resolution, resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import Edges, Merges, PersonHistory, PersonIdentifiers, Persons, Visitors
from dmp_assets.identity.schema.resolution import CUSTOMERS, Inputs, Verdicts

RESOLVED: dict[Contract, str] = {
    Edges: "edges",
    PersonIdentifiers: "identifiers",
    Persons: "persons",
    PersonHistory: "history",
    Merges: "merges",
    Verdicts: "verdicts",
    Visitors: "visitors",
}
"""The tables of a resolution, and its fields that hold them."""


@dataclass(frozen=True)
class Observed:
    """What the persons of a day are made of."""

    pairs: StoredTable
    """``DailyEdges``."""
    as_of_date: date
    """The last day that counts."""
    customers: StoredTable
    """``RawCustomers``."""
    known_since: datetime
    """Time (UTC) of customer records without one."""
    rules: IdentityRules

    @property
    def is_counted(self) -> pl.Expr:
        """Whether a row of a day counts."""
        return pl.col("event_date") <= self.as_of_date

    @property
    def is_known(self) -> pl.Expr:
        """Whether a customer record counts: one that was changed after the day says nothing of it."""
        return pl.col("updated_at").is_null() | (pl.col("updated_at").dt.date() <= self.as_of_date)

    def days(self) -> pl.LazyFrame:
        """Return the pairs of all days that count."""
        return self.pairs.lazy().filter(self.is_counted)

    def matching(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of days that count and agree with the keys."""
        return self.pairs.matching(keys).filter(self.is_counted)

    def of_days(self, days: Sequence[date]) -> pl.DataFrame:
        """Return the rows of some days."""
        return self.matching(pl.DataFrame({"event_date": days}, schema={"event_date": pl.Date}))

    def edges(self) -> pl.DataFrame:
        """Return the pairs over all days and customer records: ``Edges`` without verdict."""
        known = crm_edges(self.customers.frame().filter(self.is_known), self.known_since)
        rows = pl.concat([self.days().drop("event_date"), known.lazy()], how="diagonal")
        return aggregate_edges(rows).collect(engine="streaming")

    def inputs(self) -> pl.DataFrame:
        """Return what the persons are made of (``Inputs``)."""
        days = {
            commit.day: InputState(commit.rows, f"{commit.row_hash:016x}")
            for commit in self.pairs.commits()
            if commit.day is not None and commit.day <= self.as_of_date
        }
        known = self.customers.lazy(columns=["updated_at"]).filter(self.is_known).select(pl.len()).collect().item()
        # Of the same records, how many are known by a day says which.
        hashes = [f"{known}:{commit.row_hash:016x}" for commit in self.customers.commits()]
        customers = InputState(known, *hashes or [""])
        made_by = layout_id([self.pairs.table.contract, *RESOLVED]), version("dmp-assets"), str(self.known_since)
        return input_table(days, {CUSTOMERS: customers, RULES: InputState(0, rules_fingerprint(self.rules, *made_by))})


@dataclass(frozen=True)
class Upkeep:
    """What to write."""

    rows: Resolution
    """Rows to insert; all rows where nothing is ``replaced``."""
    replaced: Resolution | None
    """Keys of the rows that go before; None: all rows."""
    inputs: pl.DataFrame
    """``Inputs``."""
    metadata: Mapping[str, Any]
    """Which way it went, and how many persons it touched."""

    def of(self, name: str) -> tuple[pl.DataFrame, pl.DataFrame | None]:
        """Return the rows of a table, by its field, and the keys of those that go before; None: all rows."""
        return getattr(self.rows, name), None if self.replaced is None else getattr(self.replaced, name)


def keep_up(observed: Observed, stored: Mapping[Contract, StoredTable], *, anew: bool) -> Upkeep:
    """Return what makes the stored tables those of ``resolve`` of all edges.

    Args:
        observed: What the persons are to be made of.
        stored: The tables of ``RESOLVED``, and ``Inputs``.
        anew: Resolve everything, whatever is stored.
    """
    inputs = observed.inputs()
    made_of = inputs.clear() if anew else stored[Inputs].frame()
    plan = plan_resolution(made_of, inputs)
    if plan.way == ADDED_DAYS:
        return _increment(added_pairs(observed.of_days(plan.changed_days)), observed, stored, inputs, plan)
    edges = observed.edges()
    if plan.way == DIFFERENCE:
        changed = differing_pairs(observed.of_days(plan.changed_days), edges, stored[Edges].lazy())
        if changed.keys.height <= MOST_CHANGED * edges.height:
            return _increment(changed, observed, stored, inputs, plan)
    found = resolve(edges, observed.rules, observed.days())
    return Upkeep(found, None, inputs, _metadata(EVERYTHING, plan.reason, found.persons.height))


def _increment(
    changed: ChangedPairs, observed: Observed, stored: Mapping[Contract, StoredTable], inputs: pl.DataFrame, plan: Plan
) -> Upkeep:
    lookups = Stored(
        edges=stored[Edges].matching,
        identifiers=stored[PersonIdentifiers].matching,
        history=stored[PersonHistory].matching,
        daily=observed.matching,
    )
    # The look-ups share a file that stays open: opening it costs as much as what each finds.
    with stored[Inputs].warehouse.get_connection(read_only=True):
        found = resolve_increment(changed, lookups, observed.rules)
    return Upkeep(found.inserted, found.deleted, inputs, _metadata(plan.way, plan.reason, found.persons))


def _metadata(way: str, reason: str, persons: int) -> dict[str, Any]:
    return {"resolved": way, "because": reason, "persons touched": persons}
