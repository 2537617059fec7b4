"""Every row of a copied warehouse read once: what its manifest says, and what a restore compares with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dmp_assets.foundation.values.days import ALL_DAYS
from dmp_assets.foundation.warehouse.backups.manifest import TableHash
from dmp_assets.foundation.warehouse.connection import DAMAGED, Warehouse, WarehouseDamagedError
from dmp_assets.foundation.warehouse.layout import LAYOUT, read_layout
from dmp_assets.foundation.warehouse.layout_steps import sql_name
from dmp_assets.foundation.warehouse.refusals import Columns
from dmp_assets.foundation.warehouse.tables import Table, quote
from dmp_assets.foundation.warehouse.verify import days_that_differ
from dmp_assets.foundation.warehouse.write import stored_columns

_OF_ANOTHER_DUCKDB = re.compile(r"database file with version number")


class UnreadableError(RuntimeError):
    """DuckDB cannot read the file. A full disk, or a signal that ends a statement, is not among the reasons."""


@dataclass(frozen=True)
class Read:
    """What was read of a warehouse."""

    tables: dict[str, TableHash]
    days_not_as_booked: dict[str, list[date | None]]


def read_all(copy: Path, tables: Sequence[Table]) -> Read:
    """Return rows and hash of every stored table, and the days of known tables that are not those of the books.

    Args:
        copy: A warehouse that nobody else opens; it is only read, and a lock file is left beside it.
        tables: Contracts. Tables of an older layout, or with other columns, are not compared with the books: those are
            of hashes by the contracts of another release.

    The stored tables are read by their own columns, so that those of every layout, the books, and tables that somebody
    else made are covered too.

    Raises:
        UnreadableError: The bytes are not those of a whole database, or those of a later DuckDB.
    """
    try:
        return _read_all(Warehouse(database=str(copy)), tables)
    except WarehouseDamagedError:
        raise UnreadableError from None
    except duckdb.Error as error:
        if DAMAGED.search(str(error)) or _OF_ANOTHER_DUCKDB.search(str(error)):
            raise UnreadableError from None
        raise


def _read_all(warehouse: Warehouse, tables: Sequence[Table]) -> Read:
    with warehouse.get_connection(read_only=True) as connection:
        is_of_this_layout = read_layout(connection) == LAYOUT
        stored = stored_columns(connection)
        # duckdb_columns, which stored_columns reads, lists the columns of views too.
        found = connection.sql(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = current_database()"
        ).fetchall()
        hashes = {}
        for (name,) in sorted(found):
            # A sum, not the XOR of the books: the books themselves may hold a row twice, and two equal ones cancel out.
            row_hash = f"hash({', '.join(map(quote, stored[name]))})"
            rows, total = connection.sql(
                f"SELECT count(*), coalesce(sum({row_hash}::HUGEINT), 0) FROM {sql_name(name)}"
            ).fetchall()[0]
            hashes[name] = TableHash(rows=rows, row_hash=int(total))
    alike = [table for table in tables if stored.get(table.qualified_name) == _contract_columns(table)]
    differing = days_that_differ(warehouse, alike, ALL_DAYS) if is_of_this_layout else {}
    return Read(hashes, {table.qualified_name: days for table, days in differing.items()})


def _contract_columns(table: Table) -> Columns:
    return {column.name: column.duckdb_type for column in table.columns}
