"""The update of the stored persons: of the components that changed pairs touch, or of all persons."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dmp_assets.foundation.incremental.plan import Plan, is_too_large
from dmp_assets.foundation.incremental.update import Made, TooLarge
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.identity.increment import ChangedPairs, Stored, added_pairs, differing_pairs, resolve_increment
from dmp_assets.identity.inputs import Observed
from dmp_assets.identity.resolution import Resolution, resolve
from dmp_assets.identity.schema.persons import Edges, Merges, PersonHistory, PersonIdentifiers, Persons, Visitors
from dmp_assets.identity.schema.resolution import Inputs, Verdicts


@dataclass(frozen=True)
class PersonsStep:
    """The step that updates the tables of persons (``foundation.incremental.update.UpdateStep``).

    Added days can only add pairs, wherever they lie, and their own rows name them. A day that was rebuilt or removed
    may have lost pairs that no present row names, and so may the customer records: then all pairs are compared.
    """

    observed: Observed
    """What the persons are to be made of."""
    stored: Mapping[Contract, StoredTable]
    """The tables of ``RESOLVED``, and ``Inputs``."""
    counts: str = "persons touched"

    @property
    def stored_inputs(self) -> StoredTable:
        """``Inputs`` of the stored persons."""
        return self.stored[Inputs]

    def inputs(self) -> pl.DataFrame:
        """Return what the persons are to be made of (``Inputs``)."""
        return self.observed.inputs()

    def incremental(self, plan: Plan) -> Made | TooLarge:
        """Return the rows of the components that changed pairs touch, and the replaced keys."""
        if is_too_large(plan.changed_rows, plan.all_rows):
            return TooLarge(f"{plan.reason}: {plan.changed_rows:,} of {plan.all_rows:,} rows")
        if plan.only_adds:
            changed = added_pairs(self.observed.of_days(plan.changed_days))
        else:
            changed = self._differing_pairs(plan)
            pairs, every = changed.keys.height, self.observed.edges.height
            if is_too_large(pairs, every):
                return TooLarge(f"{plan.reason}: {pairs:,} of {every:,} pairs differ")
        return self._resolve(changed)

    def full_refresh(self) -> Made:
        """Return all rows, resolved of all pairs."""
        found = resolve(self.observed.edges, self.observed.rules, self.observed.days())
        tables = {contract: TableRows(rows) for contract, rows in by_contract(found).items()}
        return Made(tables=tables, counted=found.persons.height)

    def _differing_pairs(self, plan: Plan) -> ChangedPairs:
        of_days = self.observed.of_days(plan.changed_days)
        return differing_pairs(of_days, self.observed.edges, self.stored[Edges].lazy())

    def _resolve(self, changed: ChangedPairs) -> Made:
        lookups = Stored(
            edges=self.stored[Edges].matching,
            identifiers=self.stored[PersonIdentifiers].matching,
            history=self.stored[PersonHistory].matching,
            daily=self.observed.matching,
        )
        # The look-ups share a file that stays open: opening it costs as much as what each finds.
        with self.stored_inputs.warehouse.get_connection(read_only=True):
            found = resolve_increment(changed, lookups, self.observed.rules)
        rows, keys = by_contract(found.inserted), by_contract(found.deleted)
        tables = {contract: TableRows(rows[contract], keys[contract]) for contract in rows}
        return Made(tables=tables, counted=found.persons)


def by_contract(resolution: Resolution) -> dict[Contract, pl.DataFrame]:
    """Return the tables of a resolution by their contracts: those of ``RESOLVED``."""
    return {
        Edges: resolution.edges,
        PersonIdentifiers: resolution.identifiers,
        Persons: resolution.persons,
        PersonHistory: resolution.history,
        Merges: resolution.merges,
        Verdicts: resolution.verdicts,
        Visitors: resolution.visitors,
    }
