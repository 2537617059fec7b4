"""The inputs of the persons: pairs of days and customer records up to a day, and the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table, rules_state
from dmp_assets.foundation.values.calendar import day_of
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.identity.observation import aggregate_edges, crm_edges
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import Edges, Merges, PersonHistory, PersonIdentifiers, Persons, Visitors
from dmp_assets.identity.schema.resolution import CUSTOMERS, Verdicts

RESOLVED: tuple[Contract, ...] = (Edges, PersonIdentifiers, Persons, PersonHistory, Merges, Verdicts, Visitors)
"""The tables of a resolution."""


@dataclass(frozen=True, kw_only=True)
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
    time_zone: str = "UTC"
    """Zone of the business's days."""
    made_by: str
    """Fingerprint of settings and code; another one leads to a full refresh."""

    @property
    def is_counted(self) -> pl.Expr:
        """Whether a row of a day counts."""
        return pl.col("event_date") <= self.as_of_date

    @property
    def is_known(self) -> pl.Expr:
        """Whether a customer record counts; one that was changed after the day does not describe it."""
        return pl.col("updated_at").is_null() | (day_of(pl.col("updated_at"), self.time_zone) <= self.as_of_date)

    def days(self) -> pl.LazyFrame:
        """Return the pairs of all days that count."""
        return self.pairs.lazy().filter(self.is_counted)

    def matching(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that agree with the keys, of days that count."""
        return self.pairs.matching(keys).filter(self.is_counted)

    def of_days(self, days: Sequence[date]) -> pl.DataFrame:
        """Return the rows of some days."""
        return self.matching(pl.DataFrame({"event_date": days}, schema={"event_date": pl.Date}))

    @cached_property
    def edges(self) -> pl.DataFrame:
        """The pairs over all days and customer records (``Edges`` without verdict)."""
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
        # The hash covers all records, whatever the day. Of equal records, the number known by a day says which count.
        hashes = [f"{known}:{commit.row_hash:016x}" for commit in self.customers.commits()]
        customers = InputState(known, *hashes or [""])
        made_by = self.made_by, _in_words(self.rules), str(self.known_since)
        rules = rules_state([self.pairs.table.contract, *RESOLVED], *made_by)
        return input_table(days, {CUSTOMERS: customers, RULES: rules})


def _in_words(rules: IdentityRules) -> str:
    """Return the rules as text, equal for equal rules."""
    said = (
        sorted(rules.limits.items()),
        rules.super_node_users,
        rules.super_node_stronger,
        rules.blocked_patterns,
        sorted(rules.blocked),
    )
    return repr(said)
