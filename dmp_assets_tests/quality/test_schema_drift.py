"""New, vanished and changed columns from file to file."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.schema_drift import check_schema_drift
from dmp_assets_tests.quality.support.factories import DEFAULTS, only

FIRST = datetime(2024, 5, 1, 12)  # noqa: DTZ001 -- instants are naive UTC throughout


def check(*files: str | None, days_apart: int = 0, thresholds: QualityThresholds = DEFAULTS) -> pl.DataFrame:
    """Return the checks of files, each given as its columns: ``id:text paid:money``."""
    rows: list[dict[str, Any]] = [
        {
            "source": "shop",
            "path": f"shop/{place}.csv",
            "newest_event_at": FIRST + timedelta(days=days_apart * place),
            "columns": columns.split() if columns is not None else None,
        }
        for place, columns in enumerate(files, start=1)
    ]
    schema = {
        "source": pl.String,
        "path": pl.String,
        "newest_event_at": pl.Datetime("us"),
        "columns": pl.List(pl.String),
    }
    return check_schema_drift(pl.DataFrame(rows, schema=schema), 7, thresholds)


def found(table: pl.DataFrame) -> list[tuple[Any, ...]]:
    return table.sort("check_id").select("violation_code", "column_name", "status").rows()


def test_equal_files_pass_and_one_file_is_not_enough() -> None:
    assert found(check("a:text b:text", "b:text a:text")) == [(None, None, "ok")]
    assert found(check("a:text")) == [(None, None, "not_enough_data")]
    assert check(None, "").is_empty()


def test_new_vanished_and_changed_columns_are_told() -> None:
    table = check("id:text paid:int64", "id:text cost:text", "id:int64 cost:text")
    assert found(table) == [
        ("New-Column", "cost", "warn"),
        ("Changed-Type", "id", "error"),
        ("Vanished-Column", "paid", "error"),
    ]
    assert table.sort("check_id")["message"].to_list() == [
        "shop: column cost is new in shop/2.csv, with events up to 2024-05-01.",
        "shop: column id is int64 where it was text in shop/3.csv, with events up to 2024-05-01.",
        "shop: column paid is missing in shop/2.csv, with events up to 2024-05-01.",
    ]


def test_keys_that_come_and_go_are_neither_new_nor_vanished() -> None:
    assert found(check("a:text", "a:text", "a:text b:text", "a:text", "a:text b:text"))[0][0] == "New-Column"
    # Missing in the second file is told, because all files before had it; in the fifth it is not.
    table = check("a:text b:text", "a:text", "a:text b:text", "a:text b:text", "a:text")
    assert only(table)["message"] == "shop: column b is missing in shop/2.csv, with events up to 2024-05-01."
    assert found(check("a:text", *["a:text b:text"] * 3, "a:text")) == [
        ("New-Column", "b", "warn"),
        ("Vanished-Column", "b", "error"),
    ]


def test_a_type_is_compared_with_the_last_one_seen() -> None:
    assert found(check("a:text b:text", "a:text", "a:text b:int64"))[0] == ("Changed-Type", "b", "error")


@pytest.mark.parametrize(("days", "rows"), [(6, "New-Column"), (7, None)])
def test_only_files_of_the_newest_days_are_judged(days: int, rows: str | None) -> None:
    table = check("a:text", "a:text b:text", "a:text b:text", days_apart=days)
    assert found(table)[0][0] == rows


def test_the_last_colon_divides_name_and_type() -> None:
    table = check("a:text", "a:text ns:key:int64")
    assert only(table)["column_name"] == "ns:key"


@pytest.mark.parametrize("verdict", ["ok", "warn", "error"])
def test_the_configuration_says_what_a_change_is_called(verdict: str) -> None:
    thresholds = QualityThresholds.model_validate({"new_columns": verdict})
    assert found(check("a:text", "a:text b:text", thresholds=thresholds)) == [("New-Column", "b", verdict)]


def test_the_day_of_the_newest_record_is_the_businesss() -> None:
    rows = [
        {"source": "shop", "path": f"shop/{n}.csv", "newest_event_at": datetime(2024, 5, n, 23), "columns": columns}  # noqa: DTZ001
        for n, columns in ((1, ["a:text"]), (2, ["a:text", "b:text"]))
    ]
    told = check_schema_drift(pl.DataFrame(rows), 7, DEFAULTS, "Europe/Berlin")["message"].item()
    assert told.endswith("with events up to 2024-05-03.")
