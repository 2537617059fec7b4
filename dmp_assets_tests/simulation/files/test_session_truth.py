"""The rules of sessions on a few records, each told by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from dmp_assets.simulation.files.session_truth import sessions_of
from dmp_assets.simulation.run import WorldReport
from dmp_assets_tests.simulation.conftest import truth

NOON = datetime.fromisoformat("2024-05-01T12:00")


def record(minute: float, browser: str | None, account: str | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "path": "f", "event_id": None, "event_date": date(2024, 5, 1), "event_at": NOON + timedelta(minutes=minute),
        "event_name": "page", "browser": browser, "account": account, "lands": browser is not None,
        "landing_campaign": None, "bot": "none", "source": "web", "is_line": False,
    } | changes  # fmt: skip


def told(*records: dict[str, Any]) -> list[tuple[str, str | None, str | None, int]]:
    """Return kind, browser, account and events of the sessions, by start."""
    rows = [{**row, "line_number": number} for number, row in enumerate(records)]
    texts = dict.fromkeys(("event_id", "browser", "account", "landing_campaign"), pl.String())
    sessions, members = sessions_of(pl.DataFrame(rows, schema_overrides=texts))
    assert members.height == sum(sessions["events"]) or any(row["is_line"] for row in records)
    return sessions.sort("started_at", "kind").select("kind", "browser", "account", "events").rows()


@pytest.mark.parametrize(
    ("minutes", "events"), [((0, 30), [2]), ((0, 30.01), [1, 1]), ((0, 20, 40, 60), [4]), ((0, 31, 40), [1, 2])]
)
def test_more_than_30_minutes_end_a_session(minutes: tuple[float, ...], events: list[int]) -> None:
    assert [session[-1] for session in told(*(record(minute, "c") for minute in minutes))] == events


def test_a_login_does_not_end_a_session() -> None:
    assert told(record(0, "c"), record(1, "c", "u"), record(2, "c", "u")) == [("browser", "c", "u", 3)]


@pytest.mark.parametrize(
    ("minute", "sessions"),
    [
        (-30, [("browser", "c", "u", 2)]),
        (30, [("browser", "c", "u", 2)]),
        (30.01, [("browser", "c", "u", 1), ("server_side", None, "u", 1)]),
    ],
)
def test_a_server_joins_the_browser_of_its_account_within_30_minutes(minute: float, sessions: list) -> None:
    assert told(record(0, "c", "u"), record(minute, None, "u")) == sessions


def test_of_two_browsers_a_server_joins_none() -> None:
    found = told(record(0, "c", "u"), record(1, "d", "u"), record(2, None, "u"))
    assert found == [("browser", "c", "u", 1), ("browser", "d", "u", 1), ("server_side", None, "u", 1)]


def test_an_order_of_a_shop_is_one_event_and_joins_no_browser() -> None:
    line = {"is_line": True, "event_id": "o1", "source": "shop", "event_name": "purchase"}
    found = told(record(0, "c", "u"), record(1, None, "u", **line), record(1, None, "u", **line))
    assert found == [("browser", "c", "u", 1), ("shop_visit", None, "u", 1)]


def test_what_neither_account_nor_browser_did_is_in_no_session() -> None:
    line = {"is_line": True, "event_id": "o1", "source": "shop", "event_name": "purchase"}
    assert told(record(0, None), record(1, None, **line)) == []


def test_every_kept_record_of_somebody_is_in_one_session(exports: WorldReport) -> None:
    records = truth(exports, "records/*/*").filter(pl.col("fate") == "good", pl.col("event_at").is_not_null())
    somebodys = records.filter(pl.any_horizontal(pl.col("browser", "account").is_not_null()))
    members = truth(exports, "session_records/*")
    assert members.select("path", "line_number").is_unique().all()
    assert set(members.select("path", "line_number").iter_rows()) == set(
        somebodys.select("path", "line_number").iter_rows()
    )
    assert set(members["session"]) == set(truth(exports, "sessions/*")["session"])
