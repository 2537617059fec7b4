"""The update of stored tables, one flow for every domain: inputs, plan, increment or full refresh, rows to write."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import polars as pl

from dmp_assets.foundation.incremental.plan import Mode, Plan, plan_update
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a step has made."""

    tables: Mapping[Contract, TableRows]
    """The rows of each table, with keys of the replaced ones after an increment; without the table of inputs."""
    counted: int
    """How many persons, orders, ... the rows are of."""


@dataclass(frozen=True)
class TooLarge:
    """What an increment returns in place of rows where it would touch too much, see ``plan.is_too_large``."""

    reason: str
    """How much, in words."""


class UpdateStep(Protocol):
    """What a domain knows of the tables that it keeps up to date. Both ways of making them give equal tables."""

    @property
    def counts(self) -> str:
        """What ``Made.counted`` is called in the metadata, such as ``persons touched``."""

    @property
    def stored_inputs(self) -> StoredTable:
        """The table (``InputRows``) that holds what the stored tables were made of."""

    def inputs(self) -> pl.DataFrame:
        """Return what the tables are to be made of (``InputRows``)."""

    def incremental(self, plan: Plan) -> Made | TooLarge:
        """Return the rows that change and the keys of those they replace, by the cost of what changed.

        This is the place to open the warehouse once for many look-ups. It is closed when this returns.
        """

    def full_refresh(self) -> Made:
        """Return all rows of all tables, whatever is stored."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """What brings stored tables up to date, to be written in one transaction."""

    tables: Mapping[Contract, TableRows]
    """The rows of each table, the table of inputs among them."""
    plan: Plan
    """How they were made, and why."""
    metadata: Mapping[str, Any]
    """The same in words, with the count of the step; every table carries it."""

    @property
    def is_full_refresh(self) -> bool:
        """Whether all rows of all tables are replaced."""
        return self.plan.mode is Mode.FULL_REFRESH


def update(step: UpdateStep, *, full_refresh: bool = False) -> Update:
    """Return what brings the stored tables of a step up to date, for the least cost.

    Args:
        step: What the domain knows.
        full_refresh: Make all rows, whatever is stored.
    """
    stored = step.stored_inputs
    # Opened once for all that the plan reads, and closed before anything is made: a full refresh takes longer than a
    # writer waits for the file.
    with stored.warehouse.get_connection(read_only=True):
        inputs = step.inputs()
        plan = plan_update(stored.frame(), inputs, full_refresh=full_refresh)
    made = step.incremental(plan) if plan.mode is Mode.INCREMENTAL else TooLarge(plan.reason)
    if isinstance(made, TooLarge):
        plan = Plan(mode=Mode.FULL_REFRESH, reason=made.reason)
        made = step.full_refresh()
    metadata = {"mode": plan.mode.value, "because": plan.reason, step.counts: made.counted}
    # Inputs are those that the plan saw. What changes while the rows are made differs from them, so the next run makes
    # it again; inputs read afterwards would let it pass as done.
    tables = {**made.tables, stored.table.contract: TableRows(inputs)}
    return Update(
        tables={contract: replace(rows, metadata={**metadata, **rows.metadata}) for contract, rows in tables.items()},
        plan=plan,
        metadata=metadata,
    )
