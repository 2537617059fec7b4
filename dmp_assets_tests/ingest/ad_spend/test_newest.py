"""A re-delivered row replaces the older one; lines that nothing tells apart add up, in the open."""

from decimal import Decimal
from pathlib import Path

import polars as pl

from dmp_assets.ingest.ad_spend.newest import newest_report_rows
from dmp_assets_tests.ingest.ad_spend.support.reports import SCHEMA, table, text_frame, typed

HEADER = "date,campaign_id,clicks,spend,_fivetran_synced"


def report(*lines: str, path: str) -> pl.DataFrame:
    return typed(text_frame("\n".join((HEADER, *lines)) + "\n"), "reddit_ads", path=path)


def test_the_newest_statement_of_a_row_wins(tmp_path: Path) -> None:
    old = report("2024-05-01,7,10,5000000,2024-05-02 01:00:00", "2024-05-02,7,1,1000000,2024-05-02 01:00:00", path="b")
    new = report("2024-05-01,7,11,5500000,2024-05-03 01:00:00", path="a")
    for order in ([old, new], [new, old]):
        rows = table(tmp_path, *order).sort("date")
        assert rows["spend"].to_list() == [Decimal("5.5"), Decimal(1)]
        assert rows["clicks"].to_list() == [11.0, 1.0]
        assert rows["path"].to_list() == ["a", "b"]


def test_without_a_time_of_writing_the_last_path_wins(tmp_path: Path) -> None:
    lines = ("2024-05-01,7,10,5000000,", "2024-05-01,7,10,6000000,")
    rows = table(tmp_path, report(lines[1], path="ads/2024-05-03.csv"), report(lines[0], path="ads/2024-05-02.csv"))
    assert rows["spend"].to_list() == [Decimal(6)]


def test_a_file_delivered_twice_changes_nothing(tmp_path: Path) -> None:
    lines = ("2024-05-01,7,10,5000000,2024-05-02 01:00:00", "2024-05-01,8,,,2024-05-02 01:00:00")
    once = table(tmp_path, report(*lines, path="a"))
    twice = table(tmp_path, report(*lines, path="a"), report(*lines, path="b"))
    facts = [name for name in SCHEMA if name != "path"]
    assert twice.sort("campaign_id").select(facts).equals(once.sort("campaign_id").select(facts))


def test_lines_of_one_file_that_nothing_tells_apart_add_up_and_are_counted(tmp_path: Path) -> None:
    rows = table(tmp_path, report("2024-05-01,7,10,5000000,", "2024-05-01,7,,1000000,", path="a"))
    assert rows.select("clicks", "spend", "records", "line_number").row(0) == (10.0, Decimal(6), 2, 2)


def test_a_sum_of_nothing_is_unknown_not_zero(tmp_path: Path) -> None:
    rows = table(tmp_path, report("2024-05-01,7,,,", "2024-05-01,7,,,", path="a"))
    assert rows.select("clicks", "spend").row(0) == (None, None)


def test_rejected_lines_and_no_files_give_no_rows(tmp_path: Path) -> None:
    assert table(tmp_path, report("soon,7,1,1,", path="a")).is_empty()
    assert newest_report_rows([]).collect().schema == pl.Schema(SCHEMA)
