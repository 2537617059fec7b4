"""Which browser an event without one joins, and what it does to the session there."""

import pytest

from dmp_assets_tests.events.test_sessions import TEN, event, page, sessions, viewed
from dmp_assets_tests.support.factories import MINUTE

BACKEND = {"user_id": "p1", "anonymous_id": None, "event_name": "purchase"}


@pytest.mark.parametrize("side", [-1, 1])
def test_an_event_without_a_browser_joins_the_one_that_its_account_is_seen_on_within_thirty_minutes(side: int) -> None:
    near = sessions(event("a", TEN), event("b", TEN + side * 30 * MINUTE, **BACKEND))
    assert near.select("anonymous_id", "events", "is_server_side").rows() == [("b1", 2, False)]
    far = sessions(event("a", TEN), event("b", TEN + side * (30 * MINUTE + 1), **BACKEND))
    assert sorted(far.select("events", "is_server_side").rows()) == [(1, False), (1, True)]


def test_a_browser_seen_an_hour_apart_is_one_browser_for_an_event_half_way() -> None:
    found = sessions(event("a", TEN), event("b", TEN + 30 * MINUTE, **BACKEND), event("c", TEN + 60 * MINUTE))
    assert found.select("anonymous_id", "events").rows() == [("b1", 3)]


def test_the_user_agent_of_a_server_makes_no_bot_of_the_browser_that_its_event_joins() -> None:
    joined = event("b", TEN + 1, bot_rule="library: Go", **BACKEND)
    found = sessions(event("a", TEN), joined)
    assert found.select("visitor_id", "events", "is_bot").rows() == [("user_id:p1", 2, False)]
    assert sessions(joined).select("visitor_id", "is_bot").rows() == [(None, True)]


def test_a_shop_visit_within_a_web_session_stands_apart() -> None:
    rows = [event("a", TEN), event("b", TEN + 5 * MINUTE), event("c", TEN + MINUTE, kind="orders", **BACKEND)]
    found = sessions(*rows).sort("kind")
    assert found.select("session_id", "kind", "events", "is_server_side").rows() == [
        (f"b1-{TEN}-browser", "session", 2, False),
        (f"p1-{TEN + MINUTE}", "shop_visit", 1, False),
    ]
    with_browser = event("c", TEN + MINUTE, kind="orders", event_name="purchase")
    assert sessions(*rows[:2], with_browser).select("kind", "events").rows() == [("session", 3)]


def test_a_view_of_an_account_that_stands_for_no_value_joins_nobody() -> None:
    views = viewed(page("a", TEN, "/", user_id="null"), page("b", TEN, "/", user_id="null", anonymous_id=None))
    assert dict(views.select("event_id", "session_id").rows()) == {"a": f"b1-{TEN}-browser", "b": f"null-{TEN}-account"}
