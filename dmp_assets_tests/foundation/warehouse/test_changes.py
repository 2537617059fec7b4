"""What changed, by the books: other rows and nothing else, whatever was written in between."""

from datetime import date
from pathlib import Path

import pytest

from dmp_assets.foundation.warehouse.changes import TableChange, changes_since, newest_commit
from dmp_assets.foundation.warehouse.commits import Stamp, add_commits, create_books
from dmp_assets.foundation.warehouse.connection import Warehouse

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
WHOLE = None
BEFORE = [("a.days", [(MONDAY, 5, 50), (TUESDAY, 6, 60)]), ("a.whole", [(WHOLE, 7, 70)])]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"))
    book(warehouse, BEFORE)
    return warehouse


def book(warehouse: Warehouse, writes: list) -> None:
    with warehouse.get_connection() as connection:
        create_books(connection)
        for table, written in writes:
            add_commits(connection, table, written, Stamp("run"))


def drop(warehouse: Warehouse, table: str) -> None:
    with warehouse.get_connection() as connection:
        connection.execute(
            "INSERT INTO ops.commits (commit_id, table_name, run_id) VALUES (nextval('ops.commit_ids'), ?, 'run')",
            [table],
        )


@pytest.mark.parametrize(
    ("writes", "found"),
    [
        ([], []),
        # Written again with the same rows, by another run: no change.
        ([("a.days", [(MONDAY, 5, 50)]), ("a.whole", [(WHOLE, 7, 70)])], []),
        # As many rows, others in them.
        ([("a.days", [(MONDAY, 5, 51), (TUESDAY, 6, 60)])], [TableChange("a.days", (MONDAY,), 5, 5)]),
        ([("a.days", [(TUESDAY, 9, 90)])], [TableChange("a.days", (TUESDAY,), 6, 9)]),
        # Changed, and changed back.
        ([("a.whole", [(WHOLE, 8, 80)]), ("a.whole", [(WHOLE, 7, 70)])], []),
        ([("b.first", [(WHOLE, 2, 20)])], [TableChange("b.first", (), 0, 2)]),
        # A day without records, and a table without rows: they hold what they held before they were made.
        ([("a.days", [(date(2026, 3, 4), 0, 0)]), ("b.empty", [(WHOLE, 0, 0)])], []),
    ],
)
def test_what_changed_is_what_differs_in_rows(warehouse: Warehouse, writes: list, found: list[TableChange]) -> None:
    seen = newest_commit(warehouse)
    book(warehouse, writes)
    assert changes_since(warehouse, seen) == found


def test_the_drop_of_a_table_takes_its_rows(warehouse: Warehouse) -> None:
    seen = newest_commit(warehouse)
    drop(warehouse, "a.whole")
    assert changes_since(warehouse, seen) == [TableChange("a.whole", (), 7, 0)]
    later = newest_commit(warehouse)
    book(warehouse, [("a.whole", [(WHOLE, 7, 70)])])
    assert changes_since(warehouse, later) == [TableChange("a.whole", (), 0, 7)]
    assert changes_since(warehouse, seen) == []


def test_all_of_a_first_run_is_change_and_no_warehouse_has_none(warehouse: Warehouse, tmp_path: Path) -> None:
    assert [(one.table_name, one.added) for one in changes_since(warehouse, 0)] == [("a.days", 11), ("a.whole", 7)]
    nothing = Warehouse(str(tmp_path / "none.duckdb"))
    assert (newest_commit(nothing), changes_since(nothing, 0)) == (0, [])
    assert not nothing.path.exists()
