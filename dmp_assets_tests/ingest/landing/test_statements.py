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


def stating(folder: Path, name: str, *lines: tuple[str, int, datetime | None], day: date = DAY) -> StatingFile:
    """Return a file of one day with lines of order, content and time of change."""
    staged = folder / f"{name}.parquet"
    columns = {"event_id": pl.String, "fingerprint": pl.Int64, "updated_at": pl.Datetime("us")}
    frame = pl.DataFrame(lines, schema=columns, orient="row")
    frame.with_columns(event_date=pl.lit(day), violation_code=pl.lit(None, dtype=pl.String)).write_parquet(staged)
    return StatingFile("shop", name, datetime(day.year, day.month, day.day, 10), staged)


def fates(*files: StatingFile) -> dict[tuple[str, str], str]:
    """Return fate by file and order."""
    rows = repeated_statements(files).select("path", "event_id", "fate").rows()
    return {(path, order): fate for path, order, fate in rows}


def test_an_order_that_one_file_states_has_no_other_fate(tmp_path: Path) -> None:
    assert (
        fates(stating(tmp_path, "a", ("o1", 1, None), ("o1", 1, None)), stating(tmp_path, "b", ("o2", 1, None))) == {}
    )


def test_a_repeated_statement_is_a_duplicate_and_the_first_one_counts(tmp_path: Path) -> None:
    lines = [("o1", 1, None), ("o1", 2, None)]
    files = [stating(tmp_path, "a", *lines), stating(tmp_path, "b", *reversed(lines), day=DAY)]
    assert fates(*files) == fates(*reversed(files)) == {("b", "o1"): "duplicate"}
    assert repeated_statements(files).select("counted_path", "event_date", "records").rows() == [("a", DAY, 2)]


def test_one_equal_line_less_is_another_statement(tmp_path: Path) -> None:
    files = [stating(tmp_path, "a", ("o1", 1, None), ("o1", 1, None)), stating(tmp_path, "b", ("o1", 1, None))]
    assert fates(*files) == {("a", "o1"): "superseded"}


def test_the_file_with_the_newest_event_counts_on_whatever_day_it_puts_the_order(tmp_path: Path) -> None:
    newer = stating(tmp_path, "a", ("o1", 2, None), day=NEXT_DAY)
    assert fates(newer, stating(tmp_path, "b", ("o1", 1, None))) == {("b", "o1"): "superseded"}


def test_of_equal_times_the_last_name_counts_with_numbers_as_numbers(tmp_path: Path) -> None:
    files = [stating(tmp_path, f"export-{number}", ("o1", number, None)) for number in (9, 10, 2)]
    assert fates(*files) == {("export-2", "o1"): "superseded", ("export-9", "o1"): "superseded"}
    assert sorted(["f10", "f9", "f09", "e"], key=name_order) == ["e", "f09", "f9", "f10"]


def test_a_time_of_change_wins_over_file_times_and_over_none(tmp_path: Path) -> None:
    changed = stating(tmp_path, "a", ("o1", 2, datetime(2024, 5, 3)))
    later = stating(tmp_path, "b", ("o1", 1, datetime(2024, 5, 2)), day=NEXT_DAY)
    silent = stating(tmp_path, "c", ("o1", 3, None), day=NEXT_DAY)
    assert fates(changed, later, silent) == {("b", "o1"): "superseded", ("c", "o1"): "superseded"}


def test_a_statement_that_returns_to_what_it_was_counts_where_it_was_first(tmp_path: Path) -> None:
    files = [stating(tmp_path, name, ("o1", content, None)) for name, content in (("a", 1), ("b", 2), ("c", 1))]
    assert fates(*files) == {("b", "o1"): "superseded", ("c", "o1"): "duplicate"}


def test_orders_of_two_sources_do_not_meet(tmp_path: Path) -> None:
    first, second = stating(tmp_path, "a", ("o1", 1, None)), stating(tmp_path, "b", ("o1", 2, None))
    assert fates(first, StatingFile("other", second.path, second.newest_event_at, second.staged)) == {}


def test_a_fingerprint_says_which_statements_of_a_day_do_not_count(tmp_path: Path) -> None:
    a, b = stating(tmp_path, "a", ("o1", 1, None), ("o2", 1, None)), stating(tmp_path, "b", ("o1", 2, None))
    repeated = repeated_statements([a, b])
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
