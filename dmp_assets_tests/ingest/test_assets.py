"""The check of the landing files: what makes it red, what makes it warn, and what it only shows."""

from datetime import date

import dagster as dg
import polars as pl
import pytest

from dmp_assets.ingest.assets import _found, _readable_result, _verification
from dmp_assets.ingest.files.findings import HARMLESS

LOST = "column 'email' (email): 1 of 2 cannot be read, the first on line 3"
STRIPPED = f"column 'no' (user_id): 1 values, the first on line 2, {HARMLESS}"


@pytest.mark.parametrize(
    ("status", "rejected", "remarks", "passed", "severity"),
    [
        ("ok", 0, [], True, dg.AssetCheckSeverity.WARN),
        ("ok", 0, [STRIPPED], True, dg.AssetCheckSeverity.WARN),
        ("ok", 0, [LOST, STRIPPED], False, dg.AssetCheckSeverity.WARN),
        ("ok", 1, [], False, dg.AssetCheckSeverity.WARN),
        ("failed", 0, [], False, dg.AssetCheckSeverity.ERROR),
        ("passed_over", 0, [], True, dg.AssetCheckSeverity.WARN),
        ("refused", 0, [], False, dg.AssetCheckSeverity.WARN),
    ],
)
def test_lost_contacts_warn_and_stripped_characters_are_only_shown(
    status: str, rejected: int, remarks: list[str], passed: bool, severity: dg.AssetCheckSeverity
) -> None:
    row = {"path": "crm/c.csv", "status": status, "message": None, "rejected": rejected, "left_out": 3}
    files = pl.DataFrame([row | {"remarks": remarks}], schema_overrides={"remarks": pl.List(pl.String)})
    result = _readable_result(files)
    assert (result.passed, result.severity) == (passed, severity)
    assert result.metadata["records left out by where"].value == 3
    shown = str(result.metadata["problems"].value) if "problems" in result.metadata else ""
    assert all(remark in shown for remark in remarks)


def test_the_tag_says_what_is_verified_and_the_materialisation_what_was_found() -> None:
    assert _verification(None) is None
    every, some = _verification("all"), _verification("2024-05-02")
    assert every is not None
    assert some is not None
    assert (every.first_day, some.first_day) == (date.min, date(2024, 5, 2))
    some.files, some.differed = 6, ["clicks/b.ndjson"]
    assert _found(some) == {
        "files verified": 6,
        "files that differed": 1,
        "readings made again": 0,
        "files that differed, by path": "clicks/b.ndjson",
    }
