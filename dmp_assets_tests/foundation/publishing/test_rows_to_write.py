"""Rows that hold texts as numbers: written part by part, and checked as if they were one."""

from pathlib import Path

import pandera.polars as pa
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.foundation.publishing import rows_to_write
from dmp_assets.foundation.publishing.rows_to_write import check_rows
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.warehouse.commits import Checked, Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows, Write, write_all


class Places(TableContract, table="shop.places", key=("person", "rank"), unique=("person", "item"), subject="none"):
    """Places of lists."""

    person: str = pa.Field(description="Whose.")
    rank: pl.Int64 = pa.Field(ge=1, description="Place.")
    item: str = pa.Field(nullable=True, description="What.")


PEOPLE = [f"p{number:02}" for number in range(9)]
ROWS = pl.DataFrame(
    [(person, rank, f"i{rank}" if rank < 4 else None) for person in PEOPLE for rank in (3, 1, 2, 4)],
    schema={"person": pl.Enum(PEOPLE), "rank": pl.Int64, "item": pl.Enum(["i1", "i2", "i3", "i9"])},
    orient="row",
).sample(fraction=1, shuffle=True, seed=1)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(rows_to_write, "PART_ROWS", 5)


def judged(rows: pl.DataFrame, folder: Path, **more) -> tuple[Rows, list[Checked]]:
    return check_rows(TableRows(rows, **more), Table(Places), folder)


@pytest.mark.usefixtures("few")
def test_parts_are_the_whole_in_order_and_no_person_is_in_two(tmp_path: Path):
    rows, checked = judged(ROWS, tmp_path)
    parts = [pl.read_parquet(file) for file in rows.files]
    assert len(parts) > 3
    texts = ROWS.with_columns(pl.col("person", "item").cast(pl.String)).sort("person", "rank")
    assert_frame_equal(pl.concat(parts), texts)
    assert sum(part["person"].n_unique() for part in parts) == len(PEOPLE)
    assert checked == [Checked(None, ROWS.height, 0, None)]
    assert list(rows.checked) == checked


@pytest.mark.usefixtures("few")
def test_what_is_written_in_parts_is_what_is_written_at_once(tmp_path: Path, monkeypatch):
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    found = []
    for most in (5, 1_000):
        monkeypatch.setattr(rows_to_write, "PART_ROWS", most)
        rows, _ = judged(ROWS, tmp_path)
        assert bool(rows.files) is (most == 5)
        write_all(warehouse, [Write(Table(Places), rows, None, Stamp("run"))])
        with warehouse.get_connection() as connection:
            found.append(connection.sql("SELECT * FROM shop.places ORDER BY ALL").fetchall())
            found.append(connection.sql("SELECT rows, row_hash FROM ops.current_commits").fetchall())
    assert found[:2] == found[2:]


class Names(TableContract, table="shop.names", key=("person",), subject="none"):
    """A table that is small."""

    person: str = pa.Field(description="Whose.")


class Others(Places, table="shop.others", key=("person", "rank"), subject="none"):
    """Places again."""


@pytest.mark.usefixtures("few")
def test_tables_in_parts_and_tables_at_once_are_one_write(tmp_path: Path):
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    names = pl.DataFrame({"person": PEOPLE})
    given = {Places: ROWS, Names: names, Others: ROWS}
    for tables in (given, dict(reversed(given.items())), {Names: names, Places: ROWS}):
        writes = [
            Write(Table(contract), check_rows(TableRows(rows), Table(contract), tmp_path)[0], None, Stamp("run"))
            for contract, rows in tables.items()
        ]
        assert write_all(warehouse, writes) == [rows.height for rows in tables.values()]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("person", PEOPLE[::4])
def test_a_rule_that_one_row_breaks_is_named_whichever_part_it_is_in(tmp_path: Path, person: str):
    twice = pl.DataFrame({"person": [person], "rank": [5], "item": ["i1"]}, schema=ROWS.schema)
    assert "uniqueness" in str(judged(pl.concat([ROWS, twice]), tmp_path)[1][0].message)
    low = pl.DataFrame({"person": [person], "rank": [0], "item": ["i9"]}, schema=ROWS.schema)
    (checked,) = judged(pl.concat([ROWS, low]), tmp_path)[1]
    assert (checked.rows, checked.violations) == (ROWS.height + 1, 1)
    assert "rank" in str(checked.message)


@pytest.mark.usefixtures("few")
def test_rows_that_replace_some_and_rows_without_their_key_stay_whole(tmp_path: Path):
    rows, checked = judged(ROWS, tmp_path, replaced=ROWS.select("person").with_columns(pl.all().cast(pl.String)))
    assert rows.files == ()
    assert checked[0].violations == 0
    assert "column rank is missing" in str(judged(ROWS.drop("rank"), tmp_path)[1][0].message)
