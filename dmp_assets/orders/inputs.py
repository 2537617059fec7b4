"""The inputs of orders: reports by day, lines that come apart, and the rules; and which numbers of them changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table, rules_state
from dmp_assets.foundation.warehouse.contract import to_engine
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.orders.fold.fold import Folded, fold
from dmp_assets.orders.fold.items import LINE_COLUMNS
from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets.orders.schema import FoldedReports, OrderItems, Orders, OrderVisitors, Reversals

LINES_APART = "order_lines"
FOLDED: tuple[Contract, ...] = (Orders, OrderItems, Reversals, OrderVisitors)
"""The tables of a fold."""

_MANY = 100_000
"""Events whose lines are looked up by name; of more, all lines of reports are read."""

_SEED = 16


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What orders are made of."""

    reports: StoredTable
    """``OrderReports``."""
    lines: StoredTable
    """``EventItems``."""
    lines_apart: StoredTable
    """``RawOrderLines``."""
    event_names: pl.DataFrame
    """Names of the events that are reports."""
    rules: FoldRules
    made_by: str
    """Fingerprint of settings and code; another one leads to a full refresh."""

    def inputs(self) -> pl.DataFrame:
        """Return what the orders are made of (``OrderInputs``)."""
        days = {
            commit.day: InputState(commit.rows, f"{commit.row_hash:016x}")
            for commit in self.reports.commits()
            if commit.day is not None
        }
        apart = [InputState(commit.rows, f"{commit.row_hash:016x}") for commit in self.lines_apart.commits()]
        rules = rules_state([self.reports.table.contract, *FOLDED, FoldedReports], self.made_by)
        return input_table(days, {LINES_APART: next(iter(apart), InputState(0, "")), RULES: rules})

    def fold_all(self) -> tuple[Folded, pl.DataFrame]:
        """Return the fold of all reports, and what it was made of (``FoldedReports``)."""
        reports, apart = self.reports.lazy().collect(), self.lines_apart.frame()
        return self._fold(reports, apart), folded_reports(reports, apart)

    def fold_numbers(self, numbers: pl.DataFrame) -> Folded:
        """Return the fold of all reports of some numbers (``order_number``)."""
        apart = self.lines_apart.matching(numbers.rename({"order_number": "transaction_id"}))
        return self._fold(self.reports.matching(numbers), apart)

    def of_days(self, days: Sequence[date]) -> pl.DataFrame:
        """Return ``FoldedReports`` of some days as they are now."""
        keys = pl.DataFrame({"event_date": days}, schema={"event_date": pl.Date})
        return folded_reports(self.reports.matching(keys), self.lines_apart.frame().clear())

    def of_lines(self) -> pl.DataFrame:
        """Return ``FoldedReports`` of the lines that come apart, as they are now."""
        return folded_reports(pl.DataFrame(schema=self.reports.table.polars_schema), self.lines_apart.frame())

    def _fold(self, reports: pl.DataFrame, apart: pl.DataFrame) -> Folded:
        # In one order whatever the files and days were: what the fold breaks ties by must not depend on them.
        in_order = to_engine(reports.lazy()).sort("event_date", "report_id").collect()
        return fold(in_order, self._lines_of, to_engine(apart.lazy()).collect(), self.rules)

    def _lines_of(self, events: pl.DataFrame) -> pl.DataFrame:
        keys = ["event_date", "event_id"]
        if events.height <= _MANY:
            found = self.lines.matching(events.select(keys).unique(), LINE_COLUMNS).lazy()
        else:
            found = self.lines.lazy(columns=LINE_COLUMNS, matching=self.event_names)
        return to_engine(found).collect(engine="streaming")


def folded_reports(reports: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """Return a fingerprint of what is reported of each number on each day (``FoldedReports``).

    Args:
        reports: ``OrderReports`` of whole days.
        apart: ``RawOrderLines``; their day is null.
    """
    parts = [
        reports.select("order_number", "event_date", hashed=reports.hash_rows(_SEED)),
        apart.select(order_number="transaction_id", event_date=pl.lit(None, pl.Date), hashed=apart.hash_rows(_SEED)),
    ]
    # A sum that wraps around is a hash of the rows in any order, and counts equal ones.
    return (
        pl.concat(parts)
        .group_by("order_number", "event_date")
        .agg(fingerprint=pl.col("hashed").reinterpret(signed=True).sum())
    )
