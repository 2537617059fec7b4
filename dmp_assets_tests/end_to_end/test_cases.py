"""Small exports as shops and tools write them, with the values that are right."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from dmp_assets_tests.support.landed import Landed, landed
from dmp_assets_tests.support.places import REPOSITORY

CASES = REPOSITORY.parent / "shared" / "cases"


def event_ids_of_two_sources(case: Landed) -> None:
    assert case.rows("cleaned_events", "event_id", "event_name") == [
        ("mail:1", "email_open"),
        ("mail:2", "email_open"),
        ("mail:3", "email_open"),
        ("tickets:1", "ticket_opened"),
        ("tickets:2", "ticket_opened"),
    ]
    assert case["quarantined_events"].is_empty()


def equal_order_lines(case: Landed) -> None:
    amounts = case["cleaned_events"].select("transaction_id", "items", "revenue").sort("transaction_id").rows()
    assert [(order, items, float(paid)) for order, items, paid in amounts] == [
        ("1001", 3, 70.0),
        ("1002", 1, 10.0),
        ("1003", 1, 10.0),
    ]
    assert case["event_ledger"]["duplicates"].sum() == 0


def clicks_that_differ_beside_the_mapping(case: Landed) -> None:
    clicks = case["cleaned_events"].filter(event_name="click")
    assert clicks.height == 2
    assert case["event_ledger"].filter(source="log").select("kept", "duplicates", "alike").row(0) == (4, 0, 2)


RIGHT: dict[str, Callable[[Landed], None]] = {
    "event-ids-of-two-sources": event_ids_of_two_sources,
    "equal-order-lines": equal_order_lines,
    "web-and-shop-sessions": clicks_that_differ_beside_the_mapping,
}
"""Folder of a case -> what must hold of its tables."""


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_gives_its_right_values(name: str, tmp_path: Path) -> None:
    if not CASES.is_dir():
        pytest.skip(f"the cases are not there: {CASES}")
    (tmp_path / "data").mkdir()
    shutil.copytree(CASES / name / "landing", tmp_path / "data" / "landing")
    shutil.copy(CASES / name / "dmp.yaml", tmp_path)
    RIGHT[name](landed(tmp_path / "dmp.yaml", datetime(2026, 11, 2)))
