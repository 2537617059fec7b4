"""The IO manager: Dagster's outputs into the warehouse, and its tables back as inputs."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl

from dmp_assets.warehouse.commits import Stamp, create_books
from dmp_assets.warehouse.connection import Warehouse
from dmp_assets.warehouse.publish import StagedRows, Written
from dmp_assets.warehouse.read import FreshRows, StoredTable
from dmp_assets.warehouse.tables import Model, Table
from dmp_assets.warehouse.write import Days, Rows, add_columns, stored_columns, write


class WarehouseIOManager(dg.IOManager):
    """Writes days that ``publish_days`` hands over, one transaction per table, and reads tables by the asked type.

    An input annotated ``pl.DataFrame`` or ``pl.LazyFrame`` gets the run's days (or the whole table);
    ``StoredTable`` gets a handle that reads the days it is asked for. ``run_dir`` holds what lives as long as the run.
    """

    def __init__(self, warehouse: Warehouse, models: Sequence[Model], run_dir: Path, window_records: int) -> None:
        self.warehouse = warehouse
        self.run_dir = run_dir
        self.window_records = window_records
        self.fresh: dict[Table, FreshRows] = {}
        self.tables = {tuple(Table(model).asset_key): Table(model) for model in models}

    def stored(self, *asset_key: str) -> StoredTable:
        """Return the handle of one table."""
        table = self.tables[asset_key]
        return StoredTable(self.warehouse, table, self.run_dir, fresh=self.fresh.get(table))

    def create_tables(self) -> None:
        """Make every table and column that is still absent, so that checks and views always find what they name."""
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

    def handle_output(
        self, context: dg.OutputContext, obj: Written | StagedRows | Rows | pl.DataFrame | pl.LazyFrame
    ) -> None:
        """Write the rows of one asset; plain frames are taken too, for assets that publish without a check."""
        if isinstance(obj, Written):
            return
        table = self.tables[tuple(context.asset_key.path)]
        staged = obj if isinstance(obj, StagedRows) else StagedRows(_as_rows(obj), {})
        stamp = Stamp(context.run_id, context.asset_spec.code_version or "", tuple(staged.input_ids.items()))
        days = _asked_days(context) if table.partition_by is not None else None
        rows = write(self.warehouse, table, staged.rows, days, stamp)
        if days is not None:
            self.fresh[table] = FreshRows(days, staged.rows.files)
        context.log.info(f"{table.qualified_name}: {rows:,} rows")

    def load_input(self, context: dg.InputContext) -> StoredTable | pl.DataFrame | pl.LazyFrame:
        """Return the stored table in the form that the asset's annotation asks for."""
        stored = self.stored(*context.asset_key.path)
        wanted = context.dagster_type.typing_type
        if wanted is StoredTable:
            return stored
        days = _asked_days(context) if context.has_asset_partitions else None
        return stored.lazy(days).collect() if wanted is pl.DataFrame else stored.lazy(days)


def _as_rows(obj: Rows | pl.DataFrame | pl.LazyFrame) -> Rows:
    if isinstance(obj, Rows):
        return obj
    return Rows(frame=obj.collect() if isinstance(obj, pl.LazyFrame) else obj)


def _asked_days(context: dg.OutputContext | dg.InputContext) -> Days:
    keys = context.asset_partition_key_range
    return Days(date.fromisoformat(keys.start), date.fromisoformat(keys.end))
