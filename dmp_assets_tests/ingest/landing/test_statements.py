"""Which statement of an order counts, and which files a final one replaces."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.ingest.landing.statements import (
    StatingFile,
    name_order,
    repeated_statements,
    replaced_files,
    statement_fingerprints,
)
from dmp_assets.ingest.presets import PRESETS

DAY, NEXT_DAY = date(2024, 5, 1), date(2024, 5, 2)


def stating(
    folder: Path, name: str, *lines: tuple[str, int, datetime | None], day: date = DAY, **more: str
) -> StatingFile:
    """Return a file of one day with lines of order, content and time of change; the content is the item too."""
    staged = folder / f"{name}.parquet"
    columns = {"event_id": pl.String, "fingerprint": pl.Int64, "updated_at": pl.Datetime("us")}
    at = datetime(day.year, day.month, day.day, 10)
    frame = pl.DataFrame(lines, schema=columns, orient="row").with_columns(
        event_date=pl.lit(day),
        event_at=pl.lit(at),
        item_id=pl.col("fingerprint").cast(pl.String),
        violation_code=pl.lit(None, dtype=pl.String),
    )
    frame.with_columns(pl.lit(value).alias(column) for column, value in more.items()).write_parquet(staged)
    return StatingFile("shop", name, at, staged)


def both(folder: Path, name: str, *files: StatingFile) -> StatingFile:
    """Return a file with all that some files hold."""
    staged = folder / f"{name}.parquet"
    pl.concat([pl.read_parquet(file.staged) for file in files]).write_parquet(staged)
    return StatingFile("shop", name, max(file.newest_event_at or datetime(1970, 1, 1) for file in files), staged)


def fates(*files: StatingFile, unique: bool = False) -> dict[tuple[str, str], str]:
    """Return fate by file and order; ``unique`` where the source uses no number again."""
    repeated = repeated_statements(files, 30, {"shop"} if unique else ())
    rows = repeated.select("path", "event_id", "fate").rows()
    return {(path, order): fate for path, order, fate in rows}


def test_an_order_that_one_file_states_has_no_other_fate(tmp_path: Path) -> None:
    assert (
        fates(stating(tmp_path, "a", ("o1", 1, None), ("o1", 1, None)), stating(tmp_path, "b", ("o2", 1, None))) == {}
    )


def test_a_repeated_statement_is_a_duplicate_and_the_first_one_counts(tmp_path: Path) -> None:
    lines = [("o1", 1, None), ("o1", 2, None)]
    files = [stating(tmp_path, "a", *lines), stating(tmp_path, "b", *reversed(lines), day=DAY)]
    assert fates(*files) == fates(*reversed(files)) == {("b", "o1"): "duplicate"}
    assert repeated_statements(files, 30).select("counted_path", "event_date", "records").rows() == [("a", DAY, 2)]


def test_one_equal_line_less_is_another_statement(tmp_path: Path) -> None:
    files = [stating(tmp_path, "a", ("o1", 1, None), ("o1", 1, None)), stating(tmp_path, "b", ("o1", 1, None))]
    assert fates(*files) == {("a", "o1"): "superseded"}


@pytest.mark.parametrize("named", [{"user_id": "7"}, {"email": "7@mail.org"}], ids=str)
def test_a_customers_order_is_superseded_on_whatever_day_the_file_with_the_newest_event_puts_it(
    tmp_path: Path, named: dict[str, str]
) -> None:
    newer = stating(tmp_path, "a", ("o1", 2, None), day=NEXT_DAY, **named)
    assert fates(newer, stating(tmp_path, "b", ("o1", 1, None), **named)) == {("b", "o1"): "superseded"}


def test_a_receipt_of_the_next_day_supersedes_none_of_the_same_number(tmp_path: Path) -> None:
    first, next_day = stating(tmp_path, "a", ("o1", 1, None)), stating(tmp_path, "b", ("o1", 2, None), day=NEXT_DAY)
    assert fates(first, next_day) == {}
    assert fates(first, next_day, unique=True) == {("a", "o1"): "superseded"}
    same = stating(tmp_path, "c", ("o1", 1, None), day=NEXT_DAY)
    assert fates(first, same) == {}


def test_a_file_of_two_days_repeats_the_receipt_of_one_and_corrects_that_of_the_other(tmp_path: Path) -> None:
    first, wrong = stating(tmp_path, "a", ("o1", 1, None)), stating(tmp_path, "b", ("o1", 2, None), day=NEXT_DAY)
    right = stating(tmp_path, "right", ("o1", 3, None), day=NEXT_DAY)
    repeated = repeated_statements([first, wrong, both(tmp_path, "c", first, right)], 30)
    assert repeated.select("path", "event_date", "fate", "counted_path", "records").rows() == [
        ("b", NEXT_DAY, "superseded", "c", 1),
        ("c", DAY, "duplicate", "a", 1),
    ]


def test_an_order_that_a_newer_export_has_on_another_day_moved_there(tmp_path: Path) -> None:
    first = stating(tmp_path, "a", ("o1", 1, None))
    others = stating(tmp_path, "others", ("o2", 1, None))
    moved = stating(tmp_path, "m", ("o1", 2, None), day=NEXT_DAY, item_id="1")
    assert fates(first, both(tmp_path, "b", others, moved)) == {("a", "o1"): "superseded"}


def test_a_statement_whose_lines_name_two_customers_is_one(tmp_path: Path) -> None:
    parts = [stating(tmp_path, name, ("o1", 1, None), user_id=name) for name in "ab"]
    files = [both(tmp_path, "c", *parts), both(tmp_path, "d", *parts)]
    assert repeated_statements(files, 30).select("path", "fate", "records").rows() == [("d", "duplicate", 2)]


def test_of_equal_times_the_last_name_counts_with_numbers_as_numbers(tmp_path: Path) -> None:
    files = [stating(tmp_path, f"export-{number}", ("o1", number, None)) for number in (9, 10, 2)]
    assert fates(*files) == {("export-2", "o1"): "superseded", ("export-9", "o1"): "superseded"}
    assert sorted(["f10", "f9", "f09", "e"], key=name_order) == ["e", "f09", "f9", "f10"]


def test_a_time_of_change_wins_over_file_times_and_over_none(tmp_path: Path) -> None:
    changed = stating(tmp_path, "a", ("o1", 2, datetime(2024, 5, 3)))
    later = stating(tmp_path, "b", ("o1", 1, datetime(2024, 5, 2)), day=NEXT_DAY)
    silent = stating(tmp_path, "c", ("o1", 3, None), day=NEXT_DAY)
    assert fates(changed, later, silent, unique=True) == {("b", "o1"): "superseded", ("c", "o1"): "superseded"}


def test_a_statement_that_returns_to_what_it_was_counts_where_it_was_first(tmp_path: Path) -> None:
    files = [stating(tmp_path, name, ("o1", content, None)) for name, content in (("a", 1), ("b", 2), ("c", 1))]
    assert fates(*files) == {("b", "o1"): "superseded", ("c", "o1"): "duplicate"}


def test_orders_of_two_sources_do_not_meet(tmp_path: Path) -> None:
    first, second = stating(tmp_path, "a", ("o1", 1, None)), stating(tmp_path, "b", ("o1", 2, None))
    assert fates(first, StatingFile("other", second.path, second.newest_event_at, second.staged)) == {}


def test_a_fingerprint_says_which_statements_of_a_day_do_not_count(tmp_path: Path) -> None:
    a, b = stating(tmp_path, "a", ("o1", 1, None), ("o2", 1, None)), stating(tmp_path, "b", ("o1", 2, None))
    repeated = repeated_statements([a, b], 30)
    assert statement_fingerprints(repeated) == statement_fingerprints(repeated.reverse())
    assert list(statement_fingerprints(repeated)) == [("a", DAY)]
    assert statement_fingerprints(repeated.with_columns(fate=pl.lit("duplicate"))) != statement_fingerprints(repeated)


@pytest.mark.parametrize(
    ("paths", "replaced"),
    [
        (["ga4/events_intraday_20261005.json", "ga4/events_20261005.json"], ["ga4/events_intraday_20261005.json"]),
        (
            ["ga4/events_fresh_20261005/1.parquet", "ga4/events_20261005/1.parquet"],
            ["ga4/events_fresh_20261005/1.parquet"],
        ),
        (["ga4/events_intraday_20261006.json", "ga4/events_20261005.json"], []),
        (["ga4/events_20261005-1.json", "ga4/events_20261005-2.json"], []),
    ],
)
def test_a_final_table_of_ga4_replaces_the_intraday_table_of_its_day(paths: list[str], replaced: list[str]) -> None:
    provisional = PRESETS["ga4"].provisional
    assert provisional is not None
    assert list(replaced_files(paths, provisional)) == replaced
