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
    assert [paid for _, _, paid, _, _ in sold(case)] == [70.0, 10.0, 10.0]


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
    assert (session["events"], session["user_id"]) == (4, "u1")
    orders = case["orders"].select(
        "order_id", pl.col("net_sales").cast(pl.Float64), "items", "channel_group", "mkt_campaign"
    )
    assert orders.sort("order_id").rows() == [
        ("@web:B-1", 12.0, 2, None, None),
        ("shop:A-1", 21.3, 2, "Paid Search", "autumn"),
    ]
    assert case["orders"].filter(order_id="shop:A-1")["session_id"].to_list() == [session["session_id"]]
    assert case["sessions"].filter(kind="shop_visit")["user_id"].to_list() == ["u1"]
    assert case["cleaned_events"].filter(event_name="click").height == 2
    assert case["event_ledger"].filter(source="log").select("kept", "duplicates", "alike").row(0) == (4, 0, 2)


def order_reported_twice(case: Landed) -> None:
    assert sold(case) == [
        ("@web:T-1", date(2026, 10, 5), 30.0, "7", None),
        ("@web:T-2", date(2026, 10, 6), 15.0, "8", None),
        ("@web:|ga4:", date(2026, 10, 7), 7.0, None, "no_number"),
    ]
    assert case["order_reports"].height == 5


def order_number_shared_by_shops(case: Landed) -> None:
    assert [(day, paid, user) for _, day, paid, user, _ in sold(case)] == [
        (date(2026, 10, 5), 10.0, "7"),
        (date(2026, 10, 6), 30.0, "9"),
        (date(2026, 10, 5), 20.0, "8"),
    ]


def order_level_fields(case: Landed) -> None:
    orders = case["orders"].select("order_number", "order_date", pl.col("net_sales").cast(pl.Float64), "currency")
    assert orders.sort("order_number").rows() == [
        ("#1001", date(2026, 10, 5), 24.0, "USD"),
        ("#1002", date(2026, 10, 6), 20.0, "EUR"),
        ("#1003", date(2026, 10, 7), 8.0, "USD"),
    ]


def order_level_fields_mapped(case: Landed) -> None:
    money = ("gross_sales", "discounts", "net_sales", "shipping", "total_sales")
    orders = case["orders"].select("order_number", "status", pl.col(money).cast(pl.Float64), "flags")
    assert orders.sort("order_number").rows() == [
        ("#1001", "paid", 24.0, 0.0, 24.0, 4.0, 28.0, None),
        ("#1002", "paid", 20.0, 5.0, 15.0, 5.0, 20.0, None),
        ("#1003", "cancelled", 8.0, 0.0, 8.0, 0.0, 8.0, None),
    ]
    back = case["reversals"].select("order_id", "reversal_date", pl.col("sales_reversals").cast(pl.Float64))
    assert back.rows() == [("orders:#1003", date(2026, 10, 7), 8.0)]


def order_revenue_and_lines(case: Landed) -> None:
    money = ("gross_sales", "discounts", "net_sales", "total_sales")
    orders = case["orders"].select("order_number", pl.col(money).cast(pl.Float64), "flags").sort("order_number")
    assert orders.rows() == [
        ("G1", 28.0, 2.5, 25.5, 31.5, "lines_and_order_differ"),
        ("G2", 30.0, 0.0, 30.0, 30.0, None),
        ("G4", 30.0, 0.0, 30.0, 30.0, None),
        ("R-1", 30.0, 0.0, 30.0, 36.0, None),
        ("R-2", 28.0, 2.5, 25.5, 25.5, None),
    ]
    items = case["order_items"].filter(order_id="@web:G1").sort("line").select(pl.col("net_sales").cast(pl.Float64))
    assert items.to_series().to_list() == [18.21, 7.29]
    back = case["reversals"].select("order_id", "kind", pl.col("sales_reversals").cast(pl.Float64)).sort("order_id")
    assert back.rows() == [
        ("@web:G2", "refund", 30.0),
        ("@web:G4", "refund", 30.0),
        ("@web:R-1", "refund", 30.0),
        ("@web:R-2", "cancellation", 25.5),
    ]


def refund_sign(case: Landed) -> None:
    back = case["reversals"].select(
        "source", "order_number", "reversal_date", pl.col("sales_reversals").cast(pl.Float64)
    )
    assert back.sort("source", "order_number").rows() == [
        ("mixed", "R700", date(2026, 10, 6), 5.0),
        ("mixed", "R701", date(2026, 10, 6), 5.0),
        ("refunds", "CM-1001", date(2026, 10, 7), 10.0),
        ("typed", "901", date(2026, 10, 6), 10.0),
        ("typed", "902", date(2026, 10, 6), 12.0),
    ]
    by_user = revenue_of_accounts(case)
    assert by_user == {"7": 10.0, "8": 9.5, "t1": 0.0, "t2": 0.0, "x1": 5.0, "x2": -5.0}


def barcode_as_quantity(case: Landed) -> None:
    days = case["orders"].sort("order_date").select(pl.col("order_date").dt.day(), pl.col("net_sales").cast(pl.String))
    assert days.rows() == [(5, "11.8000"), (6, "9.5000"), (8, "5.9000")]
    refused = case["quarantined_events"].row(0, named=True)
    assert (refused["path"], refused["line_number"], refused["violation_code"]) == ("orders/o.csv", 4, "Out-Of-Range")
    assert "'qty' (quantity)" in refused["violation_message"]
    assert case["raw_events"].filter(line_number=4)["quantity"].to_list() == [None]


def millions_of_a_small_currency(case: Landed) -> None:
    days = case["orders"].group_by(pl.col("order_date").dt.day()).agg(pl.col("net_sales").sum().cast(pl.String))
    assert days.sort("order_date").rows() == [(5, "6400000000.0000"), (6, "4100120000.0000")]
    assert revenue_of_accounts(case) == {"7": 10_500_000_000.0, "8": 120_000.0}


def one_day(case: Landed) -> None:
    # What the models say of so little is held to its words in test_little_worlds.py.
    assert sold(case) == [
        ("orders:1", date(2026, 10, 5), 5.9, "7", None),
        ("orders:2", date(2026, 10, 5), 9.5, "8", None),
    ]


def sold(case: Landed) -> list[tuple[object, ...]]:
    """Return id (of an event without a number only how it begins), day, net sales, account and flags of the orders."""
    order = pl.col("order_id").str.replace(r"(\|ga4:).*", "${1}")
    columns = (order, "order_date", pl.col("net_sales").cast(pl.Float64), "user_id", "flags")
    return case["orders"].sort("order_id").select(columns).rows()


def revenue_of_accounts(case: Landed) -> dict[str, float]:
    """Return net sales less reversals of each account."""
    sales = case["orders"].select("user_id", revenue="net_sales")
    back = case["reversals"].select("user_id", revenue=-pl.col("sales_reversals"))
    sums = (
        pl.concat([sales, back], how="vertical_relaxed")
        .group_by("user_id")
        .agg(pl.col("revenue").cast(pl.Float64).sum().round(4))
    )
    return dict(sums.sort("user_id").iter_rows())


RIGHT: dict[str, Callable[[Landed], None]] = {
    "plain-dates": plain_dates,
    "spreadsheet-ids": spreadsheet_ids,
    "unreadable-contacts": unreadable_contacts,
    "event-ids-of-two-sources": event_ids_of_two_sources,
    "equal-order-lines": equal_order_lines,
    "decimal-comma-groups": decimal_comma_groups,
    "web-and-shop-sessions": web_and_shop_sessions,
    "order-reported-twice": order_reported_twice,
    "order-number-shared-by-shops": order_number_shared_by_shops,
    "order-level-fields": order_level_fields,
    "order-revenue-and-lines": order_revenue_and_lines,
    "refund-sign": refund_sign,
    "large-amounts/a": barcode_as_quantity,
    "large-amounts/b": millions_of_a_small_currency,
    "one-day": one_day,
}
"""Folder of a case -> what must hold of its tables."""


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_gives_its_right_values(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(CASES / name / "landing", tmp_path / "data" / "landing")
    shutil.copy(CASES / name / "dmp.yaml", tmp_path)
    RIGHT[name](landed(tmp_path / "dmp.yaml", datetime(2026, 11, 2)))


MAPPED = """
      financial_status: Financial Status
      order_discount: Discount Amount
      shipping: Shipping
      tax: Taxes
      order_total: Total
      cancelled_at: Cancelled at
      refunded_amount: Refunded Amount
"""
"""Keys that say what else the export of the case order-level-fields has."""


def test_fields_of_the_whole_order_count_where_they_are_mapped(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(CASES / "order-level-fields" / "landing", tmp_path / "data" / "landing")
    text = (CASES / "order-level-fields" / "dmp.yaml").read_text(encoding="utf-8")
    quantity = "      quantity: Lineitem quantity\n"
    assert quantity in text
    (tmp_path / "dmp.yaml").write_text(text.replace(quantity, quantity + MAPPED.lstrip("\n")), encoding="utf-8")
    order_level_fields_mapped(landed(tmp_path / "dmp.yaml", datetime(2026, 11, 2)))


def test_every_case_is_held_to_its_values() -> None:
    assert {file.parent.relative_to(CASES).as_posix() for file in CASES.rglob("dmp.yaml")} == set(RIGHT)
