"""The analysts' file opened for somebody's question: nothing else can be read, and nothing can be written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from dmp_assets.foundation.warehouse.connection import HELD_ELSEWHERE, WarehouseBusyError
from dmp_assets.foundation.warehouse.tables import quote

ALONE: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
"""No other file, no network, no extension, no object of the Python that asks."""


@contextmanager
def open_alone(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to an analysts' file that reaches nothing else, and cannot be made to.

    What does not fit into memory spills into a folder that only this user can open, and that goes with the connection:
    by default DuckDB would spill beside the file, which a reader need not be allowed to.

    Raises:
        WarehouseBusyError: A client has the file open for writing.
    """
    with TemporaryDirectory(prefix="dmp-query-") as spill:
        try:
            connection = duckdb.connect(str(path), read_only=True, config=ALONE | {"temp_directory": spill})
        except duckdb.IOException as error:
            if not (held := HELD_ELSEWHERE.search(str(error))):
                raise
            words = f"{path} is held by {held['command']} (process {held['pid']}), which has it open for writing"
            raise WarehouseBusyError(f"{words}; open it read-only there") from None
        try:
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


class EditionError(ValueError):
    """There is no edition, or a query does not fit it; the message says which, and names no value of a row."""


class Edition:
    """An open edition of the analysts' file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.generation = int(connection.sql("SELECT generation FROM meta.generation").fetchall()[0][0])

    def rows(self, query: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Return the rows of a query.

        Raises:
            EditionError: The query does not fit the tables, or fails.
        """
        try:
            return self._connection.execute(query, list(parameters)).pl()
        except duckdb.Error as error:
            # The text may quote a value that a cast failed on.
            raise EditionError(f"the query cannot be answered: {type(error).__name__}") from None

    def columns(self, query: str) -> list[str]:
        """Return the columns of a query, which is not run."""
        return self.rows(f"SELECT column_name FROM (DESCRIBE {query})")["column_name"].to_list()

    def of_each_person(self, query: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return one row per ``person_id`` of a query with the columns; of several rows the smallest."""
        listed = ", ".join(map(quote, ("person_id", *columns)))
        return self.rows(
            f"SELECT {listed} FROM ({query}) WHERE person_id IS NOT NULL "
            f"QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY {listed}) = 1 ORDER BY person_id"
        )


@contextmanager
def opened_edition(path: Path) -> Iterator[Edition]:
    """Yield the edition that is there now; one that is swapped in meanwhile is the next reader's.

    Raises:
        EditionError: There is none.
        WarehouseBusyError: A client has the file open for writing.
    """
    if not path.exists():
        raise EditionError(f"{path}: no such file; `dmp run` publishes it")
    with open_alone(path) as connection:
        yield Edition(connection)
