"""The inputs of the persons: pairs of days, visitors of orders and customer records up to a day, and the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table, rules_state
from dmp_assets.foundation.values.calendar import day_of
from dmp_assets.foundation.warehouse.read import Commit, StoredTable
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.identity.observation import aggregate_edges, crm_edges, order_pairs
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
    order_visitors: StoredTable
    """``OrderVisitors``."""
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
        return pl.col("updated_at").is_null() | self._is_until("updated_at")

    def _is_until(self, instant: str) -> pl.Expr:
        return day_of(pl.col(instant), self.time_zone) <= self.as_of_date

    def days(self) -> pl.LazyFrame:
        """Return the pairs of all days that count, those of orders too."""
        pairs = self.pairs.lazy().filter(self.is_counted)
        return pl.concat([pairs, self._of_orders(self.order_visitors.lazy())]) if self._orders else pairs

    def matching(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of some pairs, of days that count.

        Args:
            keys: type_a, value_a, type_b and value_b.
        """
        rows = self.pairs.matching(keys).filter(self.is_counted)
        if not self._orders:
            return rows
        # A pair is of an order that names its weaker end: far fewer orders than those of an account.
        weaker = keys.select(visitor_id=pl.concat_str("type_b", "value_b", separator=":")).unique()
        orders = self.order_visitors.matching(weaker, ["order_id"]).unique()
        found = self._of_orders(self.order_visitors.matching(orders).lazy()).collect()
        return pl.concat([rows, found.join(keys, on=keys.columns, how="semi")])

    def of_days(self, days: Sequence[date]) -> pl.DataFrame:
        """Return the rows of some days."""
        keys = pl.DataFrame({"event_date": days}, schema={"event_date": pl.Date})
        rows = self.pairs.matching(keys).filter(self.is_counted)
        if not self._orders:
            return rows
        # All visitors of an order are booked on the order's day, so these are whole orders.
        visitors = self.order_visitors.matching(keys.rename({"event_date": "order_date"}))
        return pl.concat([rows, self._of_orders(visitors.lazy()).collect()])

    def _of_orders(self, visitors: pl.LazyFrame) -> pl.LazyFrame:
        """Return the pairs of whole orders as they were known at the end of the day."""
        known = visitors.filter((pl.col("order_date") <= self.as_of_date) & self._is_until("first_seen_at"))
        # A later report of an order is no sighting yet; when the one before it was, the row does not say.
        last = pl.when(self._is_until("last_seen_at")).then("last_seen_at").otherwise("first_seen_at")
        return order_pairs(known.with_columns(last_seen_at=last), self.rules)

    @cached_property
    def _orders(self) -> dict[date, Commit]:
        """The commits of the days that have orders of several visitors; without any, nothing of them is looked up."""
        return _by_day(self.order_visitors)

    @cached_property
    def edges(self) -> pl.DataFrame:
        """The pairs over all days and customer records (``Edges`` without verdict)."""
        known = crm_edges(self.customers.frame().filter(self.is_known), self.known_since)
        rows = pl.concat([self.days().drop("event_date"), known.lazy()], how="diagonal")
        return aggregate_edges(rows).collect(engine="streaming")

    def inputs(self) -> pl.DataFrame:
        """Return what the persons are made of (``Inputs``)."""
        days = self._states()
        known = self.customers.lazy(columns=["updated_at"]).filter(self.is_known).select(pl.len()).collect().item()
        # The hash covers all records, whatever the day. Of equal records, the number known by a day says which count.
        hashes = [f"{known}:{commit.row_hash:016x}" for commit in self.customers.commits()]
        customers = InputState(known, *hashes or [""])
        made_by = self.made_by, _in_words(self.rules), str(self.known_since)
        rules = rules_state([self.pairs.table.contract, self.order_visitors.table.contract, *RESOLVED], *made_by)
        return input_table(days, {CUSTOMERS: customers, RULES: rules})

    def _states(self) -> dict[date, InputState]:
        """Return rows and fingerprint of each day that counts: of its pairs, and of its orders where it has any."""
        of_pairs, of_orders = _by_day(self.pairs), self._orders
        reported = self._reported() if of_orders else {}
        states = {}
        for day in {*of_pairs, *of_orders}:
            found = [table[day] for table in (of_pairs, of_orders) if day in table]
            hashes = [f"{one.row_hash:016x}" for one in found]
            # Which of the two tables a hash is of: rows of one are never those of the other.
            marks = ["orders", *reported[day]] if day in of_orders else []
            if day <= self.as_of_date:
                states[day] = InputState(sum(one.rows for one in found), ":".join([*hashes, *marks]))
        return states

    def _reported(self) -> dict[date, tuple[str, str]]:
        """Return how many visitors of each day's orders are known by the day, and how many no later report names.

        An order of the day before may be named by a report of the day after. The hash covers that one too; of equal
        rows these numbers say which count.
        """
        columns = ["order_date", "first_seen_at", "last_seen_at"]
        counts = (
            self.order_visitors.lazy(columns=columns)
            .group_by("order_date")
            .agg(first=self._is_until("first_seen_at").sum(), last=self._is_until("last_seen_at").sum())
            .collect()
        )
        return {day: (str(first), str(last)) for day, first, last in counts.iter_rows()}


def _by_day(table: StoredTable) -> dict[date, Commit]:
    """Return the newest commit of each day that has rows."""
    return {commit.day: commit for commit in table.commits() if commit.rows and commit.day}


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
