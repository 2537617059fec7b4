"""The ledger of deliveries: what the last one of an audience was, and how the next one is booked."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.activation.schema import DeliveredPeople, Deliveries, HeldIdentifiers
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.contract import check_contract, conform
from dmp_assets.foundation.warehouse.read import StoredTable, current_commits
from dmp_assets.foundation.warehouse.steps import MadeBy
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import Rows, Write, stored_columns, write_all

LEDGER: tuple[Contract, ...] = (Deliveries, DeliveredPeople, HeldIdentifiers)
PLACE = ("destination", "audience")


class LedgerError(RuntimeError):
    """A delivery does not fit the ledger's contract; the message names columns and rules."""


class Ledger:
    """The ledger in a warehouse."""

    def __init__(self, warehouse: Warehouse, made_by: MadeBy) -> None:
        self.warehouse = warehouse
        self.made_by = made_by

    def deliveries(self) -> pl.DataFrame:
        """Return every delivery (``Deliveries``), in the order of time."""
        return self._stored(Deliveries).sort("delivered_at", "delivery_id")

    def last(self, destination: str, audience: str) -> dict[str, object] | None:
        """Return the newest delivery of an audience to a destination: the one that no other came after."""
        rows = self.deliveries().filter(destination=destination, audience=audience)
        newest = rows.filter(~pl.col("delivery_id").is_in(rows["previous_id"].drop_nulls().implode()))
        return newest.row(-1, named=True) if newest.height else None

    def held(self, destination: str, audience: str) -> pl.DataFrame:
        """Return what a destination holds of an audience (``HeldIdentifiers``)."""
        return self._stored(HeldIdentifiers).filter(destination=destination, audience=audience)

    def book(self, delivery: Mapping[str, object], people: pl.DataFrame, held: pl.DataFrame) -> None:
        """Write one delivery in one transaction: all of it, or nothing.

        Args:
            delivery: A row of ``Deliveries``.
            people: ``DeliveredPeople`` of it.
            held: ``HeldIdentifiers`` after it, which replace those of its destination and audience.

        Raises:
            LedgerError: A contract is broken; nothing is written.
        """
        row = pl.DataFrame([delivery], schema=Table(Deliveries).polars_schema)
        place = row.select(PLACE)
        self._create_tables()
        first_time = {Table(one).qualified_name for one in LEDGER} - self._booked()
        writes = [
            self._write(contract, rows, keys, str(delivery["delivery_id"]), first_time)
            for contract, rows, keys in (
                (Deliveries, row, row.select("delivery_id")),
                (DeliveredPeople, people, row.select("delivery_id")),
                (HeldIdentifiers, held, place),
            )
        ]
        write_all(self.warehouse, writes)

    def _write(
        self, contract: Contract, rows: pl.DataFrame, keys: pl.DataFrame, run_id: str, first_time: set[str]
    ) -> Write:
        table = Table(contract)
        rows = conform(rows.lazy(), table).collect()
        checked = check_contract(rows, table)
        if broken := [outcome.message for outcome in checked if outcome.violations]:
            raise LedgerError(f"{table.qualified_name}: contract broken, nothing delivered: {broken[0]}")
        # A table that was never written has no commit that rows could be added to.
        replaced = None if table.qualified_name in first_time else keys
        stamp = Stamp(run_id, self.made_by.code, settings_id=self.made_by.settings)
        return Write(table, Rows(rows, checked=tuple(checked), replaced=replaced), None, stamp)

    def _booked(self) -> set[str]:
        return {commit.table_name for commit in current_commits(self.warehouse)}

    def _create_tables(self) -> None:
        """Make the tables that a folder of an older release lacks."""
        with self.warehouse.get_connection() as connection:
            for contract in LEDGER:
                for statement in Table(contract).create_statements():
                    connection.execute(statement)

    def _stored(self, contract: Contract) -> pl.DataFrame:
        """Return a table of the ledger; no rows where a folder of an older release lacks it."""
        table = Table(contract)
        with self.warehouse.get_connection(read_only=True) as connection:
            is_there = table.qualified_name in stored_columns(connection)
        # Three tables of user scale at most are read whole, so nothing is spilled.
        spill = self.warehouse.path.parent
        return (
            StoredTable(self.warehouse, table, spill).frame() if is_there else pl.DataFrame(schema=table.polars_schema)
        )
