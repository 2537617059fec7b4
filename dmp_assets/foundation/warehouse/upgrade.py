"""The upgrade of a warehouse that an older release left: all of it in one transaction, or nothing.

There are two kinds of changes. *Steps* belong to a layout number and say what no comparison can find: a new name, a
column of a table that must not be lost. All other changes are found by comparing the stored tables with the contracts.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version

import duckdb

from dmp_assets.foundation.warehouse.commits import CURRENT_COMMITS, create_books, log_layout
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.layout import LAYOUT, LayoutError, read_layout
from dmp_assets.foundation.warehouse.layout_steps import Action, LayoutStep, sql_name
from dmp_assets.foundation.warehouse.refusals import Columns
from dmp_assets.foundation.warehouse.tables import Table, literal, quote
from dmp_assets.foundation.warehouse.write import stored_columns

OWN_SCHEMAS = ("ops", "meta")
"""The warehouse's own, which no contract names and no upgrade drops."""


_BOOKED_BY = f"'upgrade to layout {LAYOUT}', {literal(version('dmp-assets'))}"
"""Run and code version of the commits that an upgrade adds."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """What a warehouse should be."""

    tables: Sequence[Table]
    steps: Mapping[int, Sequence[LayoutStep]]
    """Layout number -> what leads to it from the one before."""
    irreplaceable: Collection[str]
    """Tables that the landing files cannot give back, by qualified name: never dropped, changed by steps only."""


def upgrade(warehouse: Warehouse, design: Design, tell: Callable[[str], object], *, is_trial: bool = False) -> bool:
    """Bring a warehouse to this code's layout, and return whether there was anything to do.

    Args:
        warehouse: Where no file is, nothing is made.
        design: What it should be.
        tell: Takes a line before each change.
        is_trial: Roll back at the end: the changes are reported, and the warehouse stays as it is.

    A table that is dropped to be built again keeps its commits and gets one that books the drop. Its days are then
    stale, and the next run builds them. A process that is killed before the end leaves the old warehouse.

    Raises:
        LayoutError: The warehouse is newer than this code, or a table that files cannot give back would have to
            change and no step says how. Nothing has changed.
    """
    if not warehouse.path.exists():
        return False
    with warehouse.get_connection(read_only=True) as connection:
        if not _is_open(connection, design):
            return False
    started = time.monotonic()
    with warehouse.get_connection() as connection:
        if not _is_open(connection, design):
            return False  # Another process upgraded the file while this one waited for it.
        seen = read_layout(connection)
        # As in write_all: what is committed goes into the file at once.
        connection.execute("SET checkpoint_threshold = '1KB'")
        connection.execute("BEGIN")
        try:
            create_books(connection)
            tell(f"{warehouse.path}: layout {seen}; this release has layout {LAYOUT}")
            done = [_apply(connection, action, tell) for action in _actions(connection, design, seen or LAYOUT)]
            connection.execute(f"CREATE OR REPLACE {CURRENT_COMMITS.format(absent='')}")
            log_layout(connection, done)
            connection.execute("ROLLBACK" if is_trial else "COMMIT")
        except BaseException:  # An interrupt too: the file must not be left between two layouts.
            with suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            raise
    tell(f"  {'nothing was changed, this was a trial' if is_trial else 'upgraded'}: {time.monotonic() - started:.1f} s")
    return True


def _is_open(connection: duckdb.DuckDBPyConnection, design: Design) -> bool:
    """Return whether there is anything to do."""
    seen = read_layout(connection)
    if seen is None:
        return False
    return seen < LAYOUT or any(True for _ in _found(connection, design))


def _apply(connection: duckdb.DuckDBPyConnection, action: Action, tell: Callable[[str], object]) -> str:
    """Report an action, carry it out, and return its words."""
    tell(f"  {action.words}")
    for statement in action.statements:
        connection.execute(statement)
    return action.words


def _actions(connection: duckdb.DuckDBPyConnection, design: Design, seen: int) -> Iterator[Action]:
    """Yield the steps that lead to this layout, then the changes that comparison finds.

    Each is carried out before the next is looked for, because it changes what the next one finds.
    """
    contracts = {table.qualified_name: table for table in design.tables}
    altered = []
    for number in range(seen + 1, LAYOUT + 1):
        for step in design.steps.get(number, ()):
            stored = stored_columns(connection)
            if step.applies(stored):
                yield step.action(stored[step.table], _count(connection, step.table))
                altered += [step.table] if step.changes_rows else []
    for name in dict.fromkeys(altered):
        # The hash of a row covers its columns, so the booked hashes do not fit the changed table any more. Where the
        # contract has new columns too, create_tables books the days.
        if name in contracts and _has_columns(stored_columns(connection)[name], contracts[name]):
            connection.execute(_book_hashes(contracts[name]))
    yield from _found(connection, design)


def _found(connection: duckdb.DuckDBPyConnection, design: Design) -> Iterator[Action]:
    """Yield the changes that bring the stored tables in line with their contracts."""
    contracts = {table.qualified_name: table for table in design.tables}
    views = {
        f"{schema}.{name}"
        for schema, name in connection.sql("SELECT schema_name, view_name FROM duckdb_views()").fetchall()
    }
    for name, columns in stored_columns(connection).items():
        table = contracts.get(name)
        if table is not None and (misfits := _misfits(table, columns)):
            yield _remade(table, misfits, _count(connection, name), design)
        if table is None and name not in views and _is_ours(connection, name, design):
            yield _dropped(name, _count(connection, name), design)
    yield from _empty_schemas(connection, design)


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Return the number of rows of a table, which DuckDB knows without reading them."""
    return int(connection.sql(f"SELECT count(*) FROM {sql_name(name)}").fetchall()[0][0])


def _has_columns(stored: Columns, table: Table) -> bool:
    return all(column.name in stored for column in table.columns)


def _misfits(table: Table, stored: Columns) -> list[str]:
    """Return what differs, in words. Columns that are new in the contract are added by ``create_tables``."""
    contract = {column.name: column.duckdb_type for column in table.columns}
    return [
        f"column {name} is {found}, the contract says {contract[name]}"
        if name in contract
        else f"column {name} is not in the contract"
        for name, found in stored.items()
        if contract.get(name) != found
    ]


def _remade(table: Table, misfits: Sequence[str], rows: int, design: Design) -> Action:
    name = table.qualified_name
    if name in design.irreplaceable:
        raise LayoutError(
            f"{name}: {'; '.join(misfits)}. The landing files cannot give this table back, so it is not dropped; "
            f"a release that changes it brings a step for layout {LAYOUT} or later. Nothing was changed."
        )
    words = f"drop {name} and build it again from the landing files: {'; '.join(misfits)}; {rows:,} rows"
    return Action(words, (f"DROP TABLE {table.sql_name}", _book_drop(name)))


def _dropped(name: str, rows: int, design: Design) -> Action:
    if name in design.irreplaceable:
        raise LayoutError(
            f"{name}: no contract names it, and the landing files cannot give it back. A release that renames or drops "
            f"it brings a step for layout {LAYOUT} or later. Nothing was changed."
        )
    words = f"drop {name}: no contract names it; {rows:,} rows"
    return Action(words, (f"DROP TABLE {sql_name(name)}", _book_drop(name)))


def _is_ours(connection: duckdb.DuckDBPyConnection, name: str, design: Design) -> bool:
    """Return whether the platform made a table; a table of somebody else is never dropped.

    The platform books every write, so a table with rows and without a commit is somebody else's. A table without rows
    and without a commit is ours where it lies in a schema that is ours.
    """
    schema = name.split(".")[0]
    if schema in OWN_SCHEMAS:
        return False
    if connection.execute("SELECT 1 FROM ops.commits WHERE table_name = ? LIMIT 1", [name]).fetchall():
        return True
    return schema in _schemas(connection, design) and not _count(connection, name)


def _schemas(connection: duckdb.DuckDBPyConnection, design: Design) -> set[str]:
    """Return the schemas in which the platform keeps or kept tables."""
    booked = connection.sql("SELECT DISTINCT split_part(table_name, '.', 1) FROM ops.commits").fetchall()
    former = {step.table.split(".")[0] for steps in design.steps.values() for step in steps}
    return {table.schema for table in design.tables} | {schema for (schema,) in booked} | former


def _empty_schemas(connection: duckdb.DuckDBPyConnection, design: Design) -> Iterator[Action]:
    """Yield the dropping of schemas that were ours and hold nothing any more."""
    there = connection.sql(
        "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    spare = {schema for (schema,) in there} - {table.schema for table in design.tables} - set(OWN_SCHEMAS)
    for schema in sorted(spare & _schemas(connection, design)) if spare else ():
        if not connection.execute(_HELD, [schema] * 5).fetchall()[0][0]:
            yield Action(f"drop schema {schema}: it is empty", (f"DROP SCHEMA {quote(schema)}",))


_HELD = "SELECT " + " + ".join(
    f"(SELECT count(*) FROM duckdb_{kind}() WHERE database_name = current_database() AND schema_name = ?)"
    for kind in ("tables", "views", "sequences", "types", "functions")
)


def _book_drop(name: str) -> str:
    """Return the SQL that books a drop: a commit without rows for each booked day of the table."""
    return f"""INSERT INTO ops.commits
        (commit_id, table_name, partition, run_id, code_version, input_id, rows, row_hash, committed_at)
        SELECT (SELECT nextval('ops.commit_ids')), table_name, partition, {_BOOKED_BY}, NULL, NULL, NULL,
               now() AT TIME ZONE 'UTC'
        FROM (SELECT DISTINCT table_name, partition FROM ops.commits WHERE table_name = {literal(name)})"""


def _book_hashes(table: Table) -> str:
    """Return the SQL that books a table's rows as they are now, under the fingerprints that they had."""
    day = "NULL::DATE" if table.partition_by is None else quote(table.partition_by)
    return f"""INSERT INTO ops.commits
        (commit_id, table_name, partition, run_id, code_version, input_id, rows, row_hash, committed_at)
        SELECT (SELECT nextval('ops.commit_ids')), commits.table_name, partition, {_BOOKED_BY}, input_id,
               coalesce(stored.rows, 0), coalesce(stored.row_hash, 0), now() AT TIME ZONE 'UTC'
        FROM ops.current_commits AS commits
        LEFT JOIN (SELECT {day} AS day, count(*) AS rows, bit_xor({table.row_hash_sql()}) AS row_hash
                   FROM {table.sql_name} GROUP BY day) AS stored
          ON partition IS NOT DISTINCT FROM stored.day
        WHERE commits.table_name = {literal(table.qualified_name)}"""
