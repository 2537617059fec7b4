"""Acquisition: visits of people alone, each visitor once, and the same figures as the analysts' view."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dmp_assets.events.page import ACQUISITION
from dmp_assets.foundation.pages.blocks import Block, Periods, Table
from dmp_assets.foundation.pages.page import Edition
from dmp_assets_tests.support.editions import (
    LAST_DAY,
    built,
    connected,
    edition_of,
    every,
    figures,
    headline,
    nonsense,
    table,
    texts,
)

NOW, BEFORE = LAST_DAY - timedelta(days=3), LAST_DAY - timedelta(days=40)
EVIL = "/<script>alert(1)</script>"


def session(
    number: int, day: date, visitor: str | None, channel: str | None = "Paid Search", **other: Any
) -> dict[str, Any]:
    at = datetime.combine(day, time(10, number))
    row = {"event_date": day, "session_id": f"s{number}", "kind": "session", "visitor_id": visitor, "started_at": at}
    flags = {"is_bot": False, "is_server_side": False, "is_engaged": True, "first_page_path": "/", "page_views": 1}
    return row | flags | {"ended_at": at, "channel_group": channel} | other


def order(number: int, day: date, visitor: str, session_id: str | None, sales: int, **other: Any) -> dict[str, Any]:
    at = datetime.combine(day, time(10, 59))
    row = {"order_id": f"o{number}", "order_date": day, "ordered_at": at, "visitor_id": visitor, "counts": True}
    money = {"net_sales": sales, "gross_sales": sales, "discounts": 0, "coupon_discounts": 0, "shipping": 0, "taxes": 0}
    return row | money | {"session_id": session_id, "channel_group": "Paid Search" if session_id else None} | other


def identity(visitor: str, person: str) -> dict[str, Any]:
    return {"visitor_id": visitor, "person_id": person}


ROWS: dict[str, list[dict[str, Any]]] = {
    "events.sessions": [
        # Ann has two browsers; she and Cy came before; Bob is new.
        session(1, NOW, "anonymous_id:ann1"),
        session(2, NOW, "anonymous_id:ann2", "Direct", first_page_path=EVIL),
        session(3, NOW, "user_id:bob", None, is_engaged=False, first_page_path=None),
        session(4, BEFORE, "anonymous_id:ann1"),
        session(5, BEFORE, "anonymous_id:cy"),
        session(6, NOW, None, "Direct", is_bot=True),
        session(7, NOW, "user_id:bob", None, is_server_side=True),
        session(8, NOW, "user_id:bob", None, kind="shop_visit"),
        session(10, NOW, "anonymous_id:cy", "Email"),
        session(9, LAST_DAY + timedelta(days=1), "user_id:bob"),
    ],
    "identity.visitors": [
        identity("anonymous_id:ann1", "Ann"),
        identity("anonymous_id:ann2", "Ann"),
        identity("anonymous_id:cy", "Cy"),
        identity("user_id:bob", "Bob"),
    ],
    "orders.orders": [
        order(1, NOW, "anonymous_id:ann1", "s1", 100),
        order(2, NOW, "user_id:bob", None, 40),
        order(3, NOW, "user_id:bob", "s7", 7, channel_group=None),
    ],
    "orders.reversals": [
        {"order_id": "o1", "reversal_date": LAST_DAY, "sales_reversals": 30, "shipping": 0, "taxes": 0},
    ],
    "events.event_ledger": [{"event_date": day, "source": "web", "records": 9} for day in (BEFORE, NOW, LAST_DAY)],
}


def spent(**other: Any) -> dict[str, Any]:
    paid = {"event_date": NOW, "platform": "facebook_ads", "spend": 12, "impressions": 5.0, "clicks": 1.0}
    return paid | {"campaign_name": "spring"} | other


def of_period(blocks: list[Block], period: str = "last_28") -> list[Block]:
    return list(next(one for one in blocks if isinstance(one, Periods)).by_period[period])


@pytest.fixture(scope="module")
def edition() -> Edition:
    sessions = [
        row | {"mkt_campaign": "Spring"} if row["session_id"] == "s1" else row for row in ROWS["events.sessions"]
    ]
    # Of one of the two days of the other platform nobody knows the spend.
    other = [
        spent(platform="tiktok_ads", campaign_name="x", event_date=day, spend=spend)
        for day, spend in ((NOW, 5), (LAST_DAY, None))
    ]
    return edition_of(connected({**ROWS, "events.sessions": sessions, "analytics.daily_ad_spend": [spent(), *other]}))


@pytest.fixture(scope="module")
def page(edition: Edition) -> list[Block]:
    return list(ACQUISITION.build(edition))


def test_a_visitor_counts_once_and_is_new_only_without_an_earlier_visit(page: list[Block]) -> None:
    found = figures(of_period(page))
    assert [found[name] for name in ("sessions", "visitors", "new_visitors", "returning_visitors")] == [4, 3, 1, 2]


def test_orders_in_these_sessions_give_conversion_and_revenue_less_what_was_taken_back(page: list[Block]) -> None:
    found = figures(of_period(page))
    assert (found["orders"], found["revenue"]) == (1, Decimal("70.0000"))
    assert (found["conversion_rate"], found["engaged_rate"]) == (0.25, 0.75)


def test_bots_and_servers_are_left_out_and_said(page: list[Block]) -> None:
    assert "Left out: 1 session of bots and 1 session that only a server saw." in texts(of_period(page))


def test_a_rate_of_few_sessions_is_no_headline(page: list[Block]) -> None:
    assert headline(page) == "4 sessions in the last 28 days led to 1 order: too few for a rate."


def test_many_sessions_are_told_with_their_conversion_and_their_change() -> None:
    sessions = [session(n, NOW - timedelta(days=28 * (n % 3 == 2)), f"anonymous_id:{n}") for n in range(1, 60)] * 2
    many = [row | {"session_id": f"{place}"} for place, row in enumerate(sessions)]
    sold = [order(1, NOW, "anonymous_id:1", "0", 5)]
    early = [session(59, BEFORE - timedelta(days=60), "anonymous_id:x")]
    assert headline(built(ACQUISITION, {"events.sessions": early + many, "orders.orders": sold})) == (
        "78 sessions in the last 28 days led to 1 order, a conversion of 1.3%. "
        "That is 95% more sessions than in the 28 days before."
    )


def test_channels_say_what_the_view_says_and_what_a_new_buyer_costs(page: list[Block]) -> None:
    rows = {row["channel_group"]: row for row in table(of_period(page), "channels")}
    assert {name: (row["sessions"], row["orders"], row["revenue"]) for name, row in rows.items()} == {
        "Paid Search": (1, 1, Decimal("70.0000")),
        "Direct": (1, 0, Decimal("0.0000")),
        "Email": (1, 0, Decimal("0.0000")),
        "Paid Social": (0, 0, Decimal("0.0000")),
        "(no channel)": (1, 1, Decimal("7.0000")),
        "(no session)": (0, 1, Decimal("40.0000")),
    }
    assert rows["Paid Search"]["cost_per_new_buyer"] == pytest.approx(12.0)
    assert rows["Direct"]["cost_per_new_buyer"] is None


def test_an_order_that_only_a_server_saw_is_no_conversion_of_sessions_without_a_channel(page: list[Block]) -> None:
    rows = {row["channel_group"]: row["conversion_rate"] for row in table(of_period(page), "channels")}
    assert rows == {
        "Paid Search": 1.0,
        "Direct": 0.0,
        "Email": 0.0,
        "(no channel)": 0.0,
        "(no session)": None,
        "Paid Social": None,
    }


def test_the_channels_of_a_period_add_up_to_the_view_to_the_cent(page: list[Block], edition: Edition) -> None:
    query = """SELECT sum(revenue), sum(orders), sum(sessions) FROM channel_performance
    WHERE event_date BETWEEN $first AND $last"""
    for period, days in (("last_28", 28), ("last_365", 365)):
        window = {"first": LAST_DAY - timedelta(days=days - 1), "last": LAST_DAY}
        shown = table(of_period(page, period), "channels")
        assert tuple(sum(row[name] for row in shown) for name in ("revenue", "orders", "sessions")) == edition.ask(
            query, **window
        ).row(0)


def test_spend_of_which_a_part_is_unknown_is_not_told(page: list[Block]) -> None:
    rows = {row["channel_group"]: row["spend"] for row in table(of_period(page), "channels")}
    assert (rows["Paid Search"], rows["Paid Social"]) == (12, None)


def test_landing_pages_are_shown_with_their_conversion_and_the_others_are_counted(page: list[Block]) -> None:
    found = {row["page"]: (row["sessions"], row["orders"]) for row in table(of_period(page), "landing-pages")}
    assert found == {"/": (2, 1), EVIL: (1, 0)}


def test_first_and_last_touch_are_those_of_new_buyers(page: list[Block]) -> None:
    rows = {
        row["channel_group"]: (row["first_touches"], row["last_touches"]) for row in table(of_period(page), "touches")
    }
    assert rows == {"Paid Search": (1, 0), "Direct": (0, 1), "": (1, 1)}


def test_the_queries_behind_the_tables_run(page: list[Block], edition: Edition) -> None:
    queries = {one.query for one in every(page) if isinstance(one, Table) and one.query}
    assert queries
    assert all(not edition.ask(query).is_empty() for query in queries)


@pytest.mark.parametrize(
    ("rows", "last_day", "words"),
    [
        ({}, None, "The data hold no visits of a website or an app."),
        (
            {"events.sessions": ROWS["events.sessions"][5:8]},
            LAST_DAY,
            "The data hold no visits of a website or an app.",
        ),
        ({"events.sessions": ROWS["events.sessions"][3:5]}, LAST_DAY, "There were no visits in the last 28 days."),
        (
            {"events.sessions": [session(1, LAST_DAY, None, None, first_page_path=None)]},
            LAST_DAY,
            "1 session in the last 28 days led to 0 orders: too few for a rate.",
        ),
    ],
)
def test_little_or_nothing_makes_sense(rows: dict[str, Any], last_day: date | None, words: str) -> None:
    blocks = built(ACQUISITION, rows, last_day=last_day)
    assert (headline(blocks), nonsense(blocks)) == (words, [])
