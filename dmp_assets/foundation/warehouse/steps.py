"""Steps: what is made from what, by which settings. No asset is loaded for it, so asking is cheap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dmp_assets.foundation.warehouse.tables import Contract, Table


@dataclass(frozen=True, kw_only=True)
class Step:
    """One asset function: the tables that it makes together, those that it reads, and its settings."""

    name: str
    """Name of the function in the domain's ``assets``, and of the step in a run."""
    makes: tuple[Contract, ...]
    """Tables of one domain; all are split into days, or none is."""
    reads: tuple[Contract, ...] = ()
    """Tables that are inputs. A step's own tables, which it may read back, are none."""
    settings: tuple[str, ...] = ()
    """Keys of dmp.yaml, as ``quality`` or ``identity.limits``, whose change makes the tables stale. A key that names
    a file stands for what the file says."""
    internal: tuple[Contract, ...] = ()
    """Those of its tables that only steps read: fingerprints of inputs, sums that go on, pairs to be joined."""
    is_split: bool = True
    """Whether tables that have days are made day by day; else all days together, as an order has reports of many."""

    def __post_init__(self) -> None:
        days = {self.is_split and Table(contract).partition_by is not None for contract in self.makes}
        domains = {Table(contract).schema for contract in self.makes}
        if len(days) != 1 or len(domains) != 1:
            names = ", ".join(Table(contract).qualified_name for contract in self.makes)
            raise TypeError(f"step {self.name} makes {names or 'nothing'}: one domain's tables, all by day or none")
        if not set(self.internal) <= set(self.makes):
            raise TypeError(f"step {self.name} calls a table internal that it does not make")

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables that the step makes."""
        return tuple(map(Table, self.makes))

    @property
    def domain(self) -> str:
        """The domain whose step this is."""
        return self.tables[0].schema

    def group_of(self, table: Table) -> str:
        """Return the group of a table in Dagster: its domain, or the domain's internal tables."""
        return f"{table.schema}_internal" if table.contract in self.internal else table.schema

    @property
    def is_daily(self) -> bool:
        """Whether the tables are made day by day."""
        return self.is_split and self.tables[0].partition_by is not None

    @property
    def booked(self) -> Table:
        """The table whose commit says when an undivided step was made last: one without days is always written."""
        return next((table for table in self.tables if table.partition_by is None), self.tables[0])


@dataclass(frozen=True)
class MadeBy:
    """Fingerprints of what makes a step's tables, besides its inputs."""

    code: str = ""
    settings: str | None = None
    """The business's time zone, which every table depends on, and what else the step uses; None for neither."""

    def __str__(self) -> str:
        return f"{self.code} {self.settings or ''}".strip()


def tables_of(steps: Iterable[Step]) -> list[Table]:
    """Return the tables that the steps make, in the steps' order."""
    return [table for step in steps for table in step.tables]


def by_table(steps: Iterable[Step]) -> dict[Table, Step]:
    """Return every table with the step that makes it."""
    return {table: step for step in steps for table in step.tables}


def with_descendants(steps: Sequence[Step], chosen: Iterable[Step]) -> list[Step]:
    """Return the chosen steps and all that read from them, in the steps' order.

    Args:
        steps: All steps, in the order in which data flows: a step stands after those that it reads from.
        chosen: Some of them.
    """
    # One pass is enough, because a step stands after those that it reads from.
    wanted = set(chosen)
    made: set[Contract] = set()
    for step in steps:
        if step in wanted or made & set(step.reads):
            wanted.add(step)
            made |= set(step.makes)
    return [step for step in steps if step in wanted]


def fingerprints_by_table(steps: Iterable[Step], made_by: Mapping[str, MadeBy]) -> dict[Table, MadeBy]:
    """Return what makes each table, of fingerprints by the step's name."""
    return {table: made_by.get(step.name, MadeBy()) for step in steps for table in step.tables}
