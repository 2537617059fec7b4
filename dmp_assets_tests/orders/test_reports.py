"""Reports of a day: what shops state, what web and apps tell, and in which session."""

from typing import Any

import polars as pl
import pytest

from dmp_assets.events.schema import CleanedEvents, EventItems, OrderDetails, Sessions
from dmp_assets.foundation.warehouse.contract import conform
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.orders.reports import (
    EVENT_COLUMNS,
    LINE_COLUMNS,
    SESSION_COLUMNS,
    STATEMENT_COLUMNS,
    build_order_reports,
)
from dmp_assets.orders.schema import OrderReports
from dmp_assets_tests.support.factories import DAY, HOUR, MINUTE, engine_frame, instant

AT = instant("2024-05-01 10:00:00")
ON = {"event_date": DAY}
PURCHASE: dict[str, Any] = {
    **ON, "event_id": "web:1", "event_at": AT, "event_name": "purchase", "source": "web", "kind": "events",
    "transaction_id": "T-1", "visitor_id": "user_id:u1", "user_id": "u1", "anonymous_id": "c1", "items": 1,
    "quantity": 2.0, "revenue": 100_000, "channel_group": "Direct",
}  # fmt: skip
STATED = {**PURCHASE, "event_id": "shop:T-1", "source": "shop", "kind": "orders", "order_space": "shop"}
VISIT = {
    **ON, "session_id": "s1", "kind": "session", "anonymous_id": "c1", "user_id": "u1", "started_at": AT - HOUR,
    "ended_at": AT + MINUTE, "channel_group": "Paid Search", "mkt_campaign": "autumn",
}  # fmt: skip


def reported(
    *events: dict[str, Any],
    details: tuple[dict[str, Any], ...] = (),
    lines: tuple[dict[str, Any], ...] = (),
    sessions: tuple[dict[str, Any], ...] = (),
    statements: tuple[dict[str, Any], ...] = (),
) -> pl.DataFrame:
    """Return the reports, held to their contract."""
    made = build_order_reports(
        engine_frame(CleanedEvents, events).lazy().select(EVENT_COLUMNS),
        engine_frame(OrderDetails, details).lazy(),
        engine_frame(EventItems, lines).lazy().select(LINE_COLUMNS),
        engine_frame(Sessions, sessions).lazy().select(SESSION_COLUMNS),
        engine_frame(RawEvents, statements).lazy().select(STATEMENT_COLUMNS),
    )
    table = Table(OrderReports)
    rows = conform(made, table).collect()
    return OrderReports.validate(rows, lazy=True)


def test_a_web_purchase_has_the_channel_of_its_session_whole() -> None:
    named = {**PURCHASE, "mkt_source": "newsletter"}
    (report,) = reported(named, sessions=(VISIT,)).rows(named=True)
    assert (report["session_id"], report["channel_group"], report["mkt_campaign"]) == ("s1", "Paid Search", "autumn")
    assert report["mkt_source"] is None
    (alone,) = reported(named).rows(named=True)
    assert (alone["session_id"], alone["channel_group"], alone["mkt_source"]) == (None, "Direct", "newsletter")


@pytest.mark.parametrize(("ended", "session"), [(AT, "s1"), (AT - 1, None)])
def test_an_event_is_in_a_session_that_lasts_until_it(ended: int, session: str | None) -> None:
    assert reported(PURCHASE, sessions=({**VISIT, "ended_at": ended},))["session_id"].to_list() == [session]


def test_a_purchase_by_a_server_is_in_the_session_of_its_account() -> None:
    server = {**PURCHASE, "anonymous_id": None}
    other = {**VISIT, "session_id": "s2", "anonymous_id": "c2", "user_id": "u2"}
    assert reported(server, sessions=(other, VISIT))["session_id"].to_list() == ["s1"]


def test_a_shops_record_is_in_no_session() -> None:
    (report,) = reported(STATED, sessions=(VISIT,)).rows(named=True)
    assert (report["session_id"], report["record"], report["order_space"]) == (None, "shop", "shop")


@pytest.mark.parametrize("number", ["(not set)", "null", "0", "", " ", "undefined"])
def test_a_number_that_says_no_value_is_none(number: str) -> None:
    (report,) = reported({**PURCHASE, "transaction_id": number}).rows(named=True)
    assert (report["order_number"], report["is_numbered"]) == ("web:1", False)


def test_a_refund_names_the_order_that_it_takes_back_and_has_positive_amounts() -> None:
    memo = {**STATED, "event_id": "shop:CM-7:refund", "event_name": "refund", "transaction_id": "CM-7",
            "revenue": -50_000, "given_revenue": -62_500, "quantity": -1.0}  # fmt: skip
    details = ({**ON, "event_id": "shop:CM-7:refund", "refunded_order_id": "T-1"},)
    (report,) = reported(memo, details=details).rows(named=True)
    assert (report["order_number"], report["report_kind"]) == ("T-1", "refund")
    assert (float(report["line_sales"]), float(report["given_sales"]), report["quantity"]) == (5.0, 6.25, 1.0)


def test_a_sale_that_names_a_refunded_order_keeps_its_own_number() -> None:
    details = ({**ON, "event_id": "shop:T-1", "refunded_order_id": "T-0"},)
    assert reported(STATED, details=details)["order_number"].to_list() == ["T-1"]


def test_an_event_with_one_line_and_no_amount_of_the_order_is_a_logs_line() -> None:
    line = ({**ON, "event_id": "web:1", "line": 1, "item_id": "tea", "event_name": "purchase"},)
    details = ({**ON, "event_id": "web:1", "order_revenue": 90_000},)
    assert reported(PURCHASE, lines=line).select("is_single_line", "item_id").row(0) == (True, "tea")
    assert reported(PURCHASE, details=details)["is_single_line"].to_list() == [False]
    assert reported({**PURCHASE, "items": 2})["is_single_line"].to_list() == [False]
    assert reported({**STATED})["is_single_line"].to_list() == [False]


def test_an_older_statement_is_a_report_that_does_not_stand() -> None:
    line = {
        **ON, "event_id": "shop:T-1", "event_name": "purchase", "event_at": AT, "source": "shop", "kind": "orders",
        "order_space": "shop", "transaction_id": "T-1", "user_id": "u1", "path": "a.csv", "item_id": "tea",
        "item_revenue": 40_000, "refunded_amount": 10_000, "status": "paid",
    }  # fmt: skip
    second = {**line, "item_id": "mug", "item_revenue": 60_000, "refunded_amount": None}
    rows = reported(STATED, statements=(line, second, {**line, "path": "b.csv"})).sort("report_id")
    assert rows.select("report_id", "is_standing", "items").rows() == [
        ("shop:T-1", True, 1), ("shop:T-1@a.csv", False, 2), ("shop:T-1@b.csv", False, 1),
    ]  # fmt: skip
    assert rows["line_sales"].cast(pl.Float64).to_list() == [10.0, 10.0, 4.0]
    assert rows["refunded_amount"].cast(pl.Float64).to_list() == [None, 1.0, 1.0]
