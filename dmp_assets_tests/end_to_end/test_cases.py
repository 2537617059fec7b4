"""Small exports as shops and tools write them, with the values that are right."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from dmp_assets_tests.support.landed import Landed, landed
from dmp_assets_tests.support.places import CASES


def plain_dates(case: Landed) -> None:
    days = case.rows("cleaned_events", "transaction_id", "event_date")
    assert dict(days) == {
        "1": date(2026, 10, 5),
        "2": date(2026, 10, 6),
        "3": date(2026, 11, 1),
        "11": date(2026, 10, 1),
        "12": date(2026, 10, 2),
        "21": date(2026, 10, 8),
        "22": date(2026, 10, 9),
    }
    assert case["quarantined_events"].is_empty()


def spreadsheet_ids(case: Landed) -> None:
    assert case.rows("cleaned_events", "transaction_id", "user_id") == [
        ("50001", "12345"),
        ("50002", "12346"),
        ("50007", "00123"),
        ("50008", "00124"),
        ("50009", "125"),
        ("50010", "0"),
    ]
    refused = case["quarantined_events"]
    assert refused["line_number"].sort().to_list() == [4, 5, 6, 7]
    assert refused["violation_message"].str.contains("export the column as text").all()
    assert case.rows("rejected_records", "path", "line_number") == [
        ("crm/customers.csv", 11),
        ("crm/customers.csv", 12),
        ("meta/day.csv", 2),
        ("meta/day.csv", 3),
    ]
    assert case["raw_customers"].height == 9
    assert case["raw_ad_spend"].is_empty()


def unreadable_contacts(case: Landed) -> None:
    assert case.rows("cleaned_events", "transaction_id", "email", "flags") == [
        ("1", "a1@mail.org", None),
        ("2", "a2@mail.org", None),
        ("3", None, "unreadable_email"),
        ("4", "a7@mail.org", None),
        ("5", None, None),
    ]
    remarks = dict(case["landing_files"].select("path", "remarks").rows())
    assert remarks == {
        "crm/c.csv": [
            "column 'email' (email): 5 of 10 cannot be read, the first on line 4",
            "column 'phone' (phone): 4 of 10 cannot be read, the first on line 2",
        ],
        "orders/o.csv": ["column 'email' (email): 1 of 4 cannot be read, the first on line 4"],
    }


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
    amounts = case["cleaned_events"].select("transaction_id", "items", pl.col("revenue").cast(pl.Float64))
    assert amounts.sort("transaction_id").rows() == [("1001", 3, 70.0), ("1002", 1, 10.0), ("1003", 1, 10.0)]
    assert case["event_ledger"]["duplicates"].sum() == 0


def decimal_comma_groups(case: Landed) -> None:
    amounts = case["cleaned_events"].select("transaction_id", "quantity", pl.col("revenue").cast(pl.Float64))
    assert amounts.sort("transaction_id").rows() == [
        ("B1", 1.0, 1234.56),
        ("B5", 1.0, 1250.0),
        ("B7", 1.0, -1000.0),
        ("B8", 1000.0, 9.0),
    ]
    refused = case["quarantined_events"].sort("line_number")
    assert refused["line_number"].to_list() == [3, 4, 5, 7]
    assert refused["violation_message"].str.contains("a group of thousands does not begin with 0").all()


def web_and_shop_sessions(case: Landed) -> None:
    (session,) = case["sessions"].filter(anonymous_id="c1").rows(named=True)
    assert session["first_page_url"].startswith("https://shop.example/?utm_source=google")
    assert (session["channel_group"], session["mkt_campaign"]) == ("Paid Search", "autumn")
    assert (session["events"], session["purchases"], session["user_id"]) == (4, 1, "u1")
    assert case["sessions"].filter(kind="shop_visit")["user_id"].to_list() == ["u1"]
    assert case["cleaned_events"].filter(event_name="click").height == 2
    assert case["event_ledger"].filter(source="log").select("kept", "duplicates", "alike").row(0) == (4, 0, 2)


RIGHT: dict[str, Callable[[Landed], None]] = {
    "plain-dates": plain_dates,
    "spreadsheet-ids": spreadsheet_ids,
    "unreadable-contacts": unreadable_contacts,
    "event-ids-of-two-sources": event_ids_of_two_sources,
    "equal-order-lines": equal_order_lines,
    "decimal-comma-groups": decimal_comma_groups,
    "web-and-shop-sessions": web_and_shop_sessions,
}
"""Folder of a case -> what must hold of its tables."""


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_gives_its_right_values(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(CASES / name / "landing", tmp_path / "data" / "landing")
    shutil.copy(CASES / name / "dmp.yaml", tmp_path)
    RIGHT[name](landed(tmp_path / "dmp.yaml", datetime(2026, 11, 2)))


def test_every_case_is_held_to_its_values() -> None:
    assert {folder.name for folder in CASES.iterdir()} == set(RIGHT)
