"""The update of stored tables, one flow for every domain: inputs, plan, and the rows to write."""

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
    """The rows of each table, without the table of inputs. Those of an incremental update name the replaced keys."""
    counted: int
    """The number of persons, orders, ... that the rows describe."""


@dataclass(frozen=True)
class TooLarge:
    """The answer, in place of rows, where an update would touch too much (``plan.is_too_large``)."""

    reason: str
    """How much it would touch, in words."""


class UpdateStep(Protocol):
    """What a domain knows of the tables that it updates. Both modes give equal tables."""

    @property
    def counts(self) -> str:
        """What ``Made.counted`` is called in the metadata, such as ``persons touched``."""

    @property
    def stored_inputs(self) -> StoredTable:
        """The table (``InputRows``) of what the stored tables were made of."""

    def inputs(self) -> pl.DataFrame:
        """Return what the tables are to be made of (``InputRows``)."""

    def incremental(self, plan: Plan) -> Made | TooLarge:
        """Return the rows that change and the replaced keys; the cost follows what changed.

        This is the place to open the warehouse once for many look-ups. It must be closed when this returns.
        """

    def full_refresh(self) -> Made:
        """Return all rows of all tables, whatever is stored."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """The rows that bring stored tables up to date, to be written in one transaction."""

    tables: Mapping[Contract, TableRows]
    """The rows of each table, the table of inputs among them."""
    plan: Plan
    """How they were made, and why."""
    metadata: Mapping[str, Any]
    """The mode, the reason and the count of the step, in words; every table carries it."""

    @property
    def is_full_refresh(self) -> bool:
        """Whether all rows of all tables are replaced."""
        return self.plan.mode is Mode.FULL_REFRESH


def update(step: UpdateStep, *, full_refresh: bool = False) -> Update:
    """Return the rows that bring the stored tables of a step up to date, at the least cost.

    Args:
        step: What the domain knows.
        full_refresh: Make all rows, whatever is stored.
    """
    stored = step.stored_inputs
    # The file is opened once for all that the plan reads. It is closed before anything is made, because a full refresh
    # takes longer than a writer waits for the file.
    with stored.warehouse.get_connection(read_only=True):
        inputs = step.inputs()
        plan = plan_update(stored.frame(), inputs, full_refresh=full_refresh)
    made = step.incremental(plan) if plan.mode is Mode.INCREMENTAL else TooLarge(plan.reason)
    if isinstance(made, TooLarge):
        plan = Plan(mode=Mode.FULL_REFRESH, reason=made.reason)
        made = step.full_refresh()
    metadata = {"mode": plan.mode.value, "because": plan.reason, step.counts: made.counted}
    # The inputs that the plan saw are booked. An input that changes while the rows are made then differs from its
    # booking, and the next run makes its rows. Inputs read afterwards would book a change that no row holds.
    tables = {**made.tables, stored.table.contract: TableRows(inputs)}
    return Update(
        tables={contract: replace(rows, metadata={**metadata, **rows.metadata}) for contract, rows in tables.items()},
        plan=plan,
        metadata=metadata,
    )
