"""The IO manager: it gives assets their tables, and accepts only what ``publish`` has written."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.failures import guarded
from dmp_assets.foundation.publishing.publish import Written
from dmp_assets.foundation.publishing.step_work import AllWork, StepWork
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.commits import Stamp, create_books
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import FreshRows, StoredTable
from dmp_assets.foundation.warehouse.steps import MadeBy
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.foundation.warehouse.write import add_columns, stored_columns


class WarehouseIOManager(dg.IOManager):
    """Reads tables in the form that an asset asks for; ``publish`` checks and writes.

    An input annotated ``pl.DataFrame`` or ``pl.LazyFrame`` gets the run's days (or the whole table);
    ``StoredTable`` gets a handle that reads the days it is asked for. ``run_dir`` holds what lives as long as the run;
    ``made_by`` says of each table what code and settings make it, which every write books; ``work``, what of the run's
    days and tables has to be made.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        contracts: Sequence[Contract],
        run_dir: Path,
        window_records: int,
        made_by: Mapping[Table, MadeBy] | None = None,
        work: StepWork | None = None,
    ) -> None:
        self.warehouse = warehouse
        self.run_dir = run_dir
        self.window_records = window_records
        self.made_by = made_by or {}
        self.work = work or AllWork()
        self.fresh: dict[Table, FreshRows] = {}
        self.tables = {tuple(Table(contract).asset_key): Table(contract) for contract in contracts}

    def stored(self, *asset_key: str) -> StoredTable:
        """Return the handle of one table."""
        table = self.tables[asset_key]
        return StoredTable(self.warehouse, table, self.run_dir, fresh=self.fresh.get(table))

    def create_tables(self) -> None:
        """Make every absent table and column, so that checks and views find what they name."""
        with self.warehouse.get_connection() as connection:
            create_books(connection)
            known = stored_columns(connection)
            connection.execute("BEGIN")
            for table in self.tables.values():
                if table.qualified_name not in known:
                    for statement in table.create_statements():
                        connection.execute(statement)
                else:
                    add_columns(connection, table, known[table.qualified_name], Stamp("contract has new columns"))
            connection.execute("COMMIT")

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Accept what has been written, and report its days alone as materialised.

        Raises:
            TypeError: The asset returned rows, which no contract check has seen; nothing was written.
        """
        if not isinstance(obj, Written):
            name = context.asset_key.to_user_string()
            raise TypeError(f"{name} gave {type(obj).__name__}; assets of the warehouse yield from publish")
        if obj.days is not None:
            # Dagster reports every day of the run's range. It has no way to name the days that were made.
            keys = [day.isoformat() for day in obj.days.each()]
            context._asset_partitions_subset = context.asset_partitions_def.subset_with_partition_keys(keys)

    @guarded(lambda _, context: f"reading table {'.'.join(context.asset_key.path)}")
    def load_input(self, context: dg.InputContext) -> StoredTable | pl.DataFrame | pl.LazyFrame:
        """Return the stored table in the form that the asset's annotation asks for."""
        stored = self.stored(*context.asset_key.path)
        wanted = context.dagster_type.typing_type
        if wanted is StoredTable:
            return stored
        days = _asked_days(context) if context.has_asset_partitions else None
        return stored.lazy(days).collect() if wanted is pl.DataFrame else stored.lazy(days)


def _asked_days(context: dg.InputContext) -> Days:
    keys = context.asset_partition_key_range
    return Days(date.fromisoformat(keys.start), date.fromisoformat(keys.end))
