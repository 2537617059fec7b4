"""Views of orders, events, days, channels, cohorts and products of persons, against a world worked out by hand."""

from collections.abc import Iterator

import duckdb
import pytest

from dmp_assets_tests.foundation.warehouse.support.orders_in_views import (
    asked,
    insert,
    line,
    order,
    taken_back,
    with_views,
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with with_views(tmp_path_factory.mktemp("views")) as connection:
        fill(connection)
        yield connection


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill in ann, bob and what they did from 30 January to 2 April.

    The device ``d`` is ann's until noon of 1 February and bob's since. Ann orders twice on one day. Order 4 is
    nobody's, order 5 has no lines, order 6 does not count, order 7 is in pounds. Nothing happens on 31 January.
    """
    insert(
        connection,
        "identity.visitors",
        {"visitor_id": "user_id:ann", "person_id": "ann"},
        {"visitor_id": "anonymous_id:d", "person_id": "ann", "superseded_at": "2026-02-01 12:00"},
        {"visitor_id": "anonymous_id:d", "person_id": "bob", "effective_at": "2026-02-01 12:00"},
    )
    insert(connection, "identity.persons", {"person_id": "ann", "user_id": "ann"}, {"person_id": "bob"})
    paid_search = {"session_id": "s1-browser", "channel_group": "Paid Search"}
    insert(
        connection,
        "orders.orders",
        order(1, "2026-01-30 09:00", "user_id:ann", 20, 5, items=2, **paid_search),
        order(2, "2026-01-30 18:00", "anonymous_id:d", 10, items=1),
        order(3, "2026-02-01 13:00", "anonymous_id:d", 8, items=1, session_id="s2-browser"),
        order(4, "2026-02-03 13:00", None, 1, items=1),
        order(5, "2026-03-02 09:00", "user_id:ann", 30, items=0),
        order(6, "2026-03-03 09:00", "user_id:ann", 0, counts=False, status="test", items=0),
        order(7, "2026-04-02 09:00", "user_id:ann", 12, items=1, currency="GBP", exchange_rate=1.2, given_sales=10),
    )
    insert(
        connection,
        "orders.reversals",
        taken_back(1, "2026-02-02", 3),
        taken_back(2, "2026-02-02", 4),
        taken_back(3, "2026-02-02", 8),
    )
    at = {1: "2026-01-30 09:00", 2: "2026-01-30 18:00", 3: "2026-02-01 13:00", 4: "2026-02-03 13:00"}
    insert(
        connection,
        "orders.order_items",
        line(1, "tea", "user_id:ann", 9, at[1], item_name="Tea"),
        line(1, "mug", "user_id:ann", 6, at[1], line=2),
        line(2, "tea", "anonymous_id:d", 10, at[2]),
        line(3, "mug", "anonymous_id:d", 8, at[3]),
        line(4, "tea", None, 1, at[4]),
        line(7, "", "user_id:ann", 12, "2026-04-02 09:00", item_name="Gift"),
    )
    insert(
        connection,
        "analytics.items",
        {"item_id": "tea", "item_name": "Green tea", "item_category": "DRINKS", "item_brand": "Leaf"},
        {"item_id": "mug"},
    )
    browser = {"anonymous_id": "d", "visitor_id": "anonymous_id:d"}
    insert(
        connection,
        "events.cleaned_events",
        event("e1", "2026-01-30 08:55", **browser),
        event("e2", "2026-02-01 12:55", **browser),
        event("e3", "2026-02-01 12:56", event_name="view_item", user_id="bob", visitor_id="user_id:bob"),
        event("e4", "2026-02-01 13:00", event_name="login", user_id="bob", **browser),
        event("e5", "2026-02-01 20:00", event_name="search", visitor_id="phone:1"),
    )
    looked_at = {"event_date": "2026-02-01", "event_id": "e3"}
    insert(
        connection,
        "events.event_items",
        {**looked_at, "line": 1, "item_id": "tea", "item_name": "Old tea"},
        {**looked_at, "line": 2, "item_id": "", "item_name": "No id", "item_category": "MISC"},
    )
    insert(
        connection,
        "events.sessions",
        session("s1-browser", "2026-01-30 08:55", "2026-01-30 08:55", channel_group="Paid Search"),
        session("s2-browser", "2026-02-01 12:55", "2026-02-01 13:00", mkt_campaign="Spring", channel_group="Email"),
        session("s3-browser", "2026-03-01 12:00", "2026-03-01 12:00", channel_group="Direct", visitor_id="user_id:ann"),
    )
    insert(
        connection,
        "analytics.daily_ad_spend",
        spent("2026-01-30", "google_ads", "other", 5),
        spent("2026-02-01", "google_ads", "spring", 2, campaign_id="7"),
        spent("2026-02-01", "facebook_ads", "reach", None, campaign_id="8"),
        spent("2026-02-01", "facebook_ads", "find", 4, campaign_id="9"),
    )


def event(name: str, at: str, **changes: object) -> dict[str, object]:
    return {
        "event_date": at[:10],
        "event_id": name,
        "event_at": at,
        "event_name": "page_view",
        "kind": "events",
    } | changes


def session(name: str, first: str, last: str, **changes: object) -> dict[str, object]:
    kind = {"kind": "session", "is_server_side": False, "is_bot": False, "visitor_id": "anonymous_id:d"}
    times = {"event_date": first[:10], "started_at": first, "ended_at": last, "anonymous_id": "d"}
    return {"session_id": name, **kind, **times} | changes


def spent(day: str, platform: str, name: str, spend: float | None, **changes: object) -> dict[str, object]:
    named = {"event_date": day, "platform": platform, "campaign_name": name, "spend": spend, "clicks": 1.0}
    return named | changes


def test_an_order_is_the_buyer_s_of_its_time_and_has_a_place_among_theirs(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "order_number, person_id, order_sequence, is_first_order, days_since_previous_order"
    assert asked(shop, f"SELECT {columns} FROM orders_of_persons ORDER BY 1") == [
        ("1", "ann", 1, True, None),
        ("2", "ann", 2, False, 0),
        ("3", "bob", 1, True, None),
        ("4", None, None, None, None),
        ("5", "ann", 3, False, 31),
        ("6", "ann", None, None, None),
        ("7", "ann", 4, False, 31),
    ]


def test_an_order_has_the_touches_before_it_and_none_after(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "order_number, channel_group, first_touch_channel_group, last_touch_channel_group"
    assert asked(shop, f"SELECT {columns} FROM orders_of_persons WHERE person_id IS NOT NULL ORDER BY 1 LIMIT 4") == [
        ("1", "Paid Search", "Paid Search", "Paid Search"),
        ("2", None, "Paid Search", "Paid Search"),
        ("3", None, "Email", "Email"),
        ("5", None, "Paid Search", "Direct"),
    ]


def test_events_have_person_session_and_the_item_s_present_name(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "event_id, line, person_id, session_id, channel_group, item_id, item_name, item_category"
    assert asked(shop, f"SELECT {columns} FROM events_of_persons ORDER BY 1, 2") == [
        ("e1", None, "ann", "s1-browser", "Paid Search", None, None, None),
        ("e2", None, "bob", "s2-browser", "Email", None, None, None),
        # A server's event without a browser is in the session of the one browser that its account used.
        ("e3", 1, None, "s2-browser", "Email", "tea", "Green tea", "DRINKS"),
        ("e3", 2, None, "s2-browser", "Email", None, "No id", "MISC"),
        ("e4", None, "bob", "s2-browser", "Email", None, None, None),
        ("e5", None, None, None, None, None, None, None),
    ]


def test_days_have_no_gap_and_say_where_nothing_is_known(shop: duckdb.DuckDBPyConnection) -> None:
    assert asked(shop, "SELECT count(*), count(*) FILTER (has_data) FROM calendar_days") == [(63, 7)]
    columns = "event_date::VARCHAR, has_data, buyers, new_buyers, returning_buyers, orders, revenue::INT"
    days = "event_date < '2026-02-04' OR orders > 0"
    assert asked(shop, f"SELECT {columns} FROM daily_kpis WHERE {days}") == [
        ("2026-01-30", True, 1, 1, 0, 2, 25),
        ("2026-01-31", False, 0, 0, 0, 0, 0),
        ("2026-02-01", True, 1, 1, 0, 1, 8),
        ("2026-02-02", True, 0, 0, 0, 0, -15),
        ("2026-02-03", True, 0, 0, 0, 1, 1),
        ("2026-03-02", True, 1, 0, 1, 1, 30),
        ("2026-04-02", True, 1, 0, 1, 1, 12),
    ]


def test_a_channel_has_spend_only_where_it_is_known(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "channel_group, sessions, orders, new_buyers, revenue::INT, spend::INT, clicks, roas, cost_per_new_buyer"
    days = "event_date IN ('2026-01-30', '2026-02-01')"
    rows = f"SELECT event_date::VARCHAR, {columns} FROM channel_performance WHERE {days}"
    assert asked(shop, f"{rows} ORDER BY 1, 2") == [
        ("2026-01-30", "(no channel)", 0, 0, 0, 0, None, None, None, None),
        ("2026-01-30", "(no session)", 0, 1, 0, 6, None, None, None, None),
        ("2026-01-30", "(unmatched spend)", 0, 0, 0, 0, 5, 1.0, 0.0, None),
        ("2026-01-30", "Direct", 0, 0, 0, 0, None, None, None, None),
        ("2026-01-30", "Email", 0, 0, 0, 0, None, None, None, None),
        ("2026-01-30", "Paid Search", 1, 1, 1, 12, None, None, None, None),
        ("2026-01-30", "Paid Social", 0, 0, 0, 0, None, None, None, None),
        ("2026-02-01", "(no channel)", 0, 1, 1, 0, None, None, None, None),
        ("2026-02-01", "(no session)", 0, 0, 0, 0, None, None, None, None),
        ("2026-02-01", "(unmatched spend)", 0, 0, 0, 0, None, None, None, None),
        ("2026-02-01", "Direct", 0, 0, 0, 0, None, None, None, None),
        ("2026-02-01", "Email", 1, 0, 0, 0, 2, 1.0, 0.0, None),
        ("2026-02-01", "Paid Search", 0, 0, 0, 0, None, None, None, None),
        # One of its two campaigns does not say what it cost.
        ("2026-02-01", "Paid Social", 0, 0, 0, 0, None, 2.0, None, None),
    ]


def test_sessions_without_an_order_convert_at_0_and_no_sessions_at_nothing(shop: duckdb.DuckDBPyConnection) -> None:
    rows = "SELECT sessions, orders, conversion_rate FROM channel_performance WHERE channel_group = "
    assert set(asked(shop, f"{rows} 'Email'")) == {(1, 0, 0.0), (0, 0, None)}
    assert set(asked(shop, f"{rows} 'Paid Search'")) == {(1, 1, 1.0), (0, 0, None)}


def test_channels_add_up_to_the_days_less_what_was_taken_back_later(shop: duckdb.DuckDBPyConnection) -> None:
    question = "SELECT sum(revenue)::INT, sum(orders) FROM "
    sums = [asked(shop, question + name) for name in ("channel_performance", "daily_kpis")]
    assert sums == [[(61, 6)]] * 2


def test_cohorts_have_every_month_since_and_their_revenue(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "cohort_month::VARCHAR, months_since, persons, active_buyers, orders, revenue::INT, revenue_so_far::INT"
    assert asked(shop, f"SELECT {columns}, is_complete FROM cohort_triangle") == [
        ("2026-01-01", 0, 1, 1, 2, 18, 18, True),
        ("2026-01-01", 1, 1, 0, 0, 0, 18, True),
        ("2026-01-01", 2, 1, 1, 1, 30, 48, True),
        ("2026-01-01", 3, 1, 1, 1, 12, 60, False),
        ("2026-02-01", 0, 1, 1, 1, 0, 0, True),
        ("2026-02-01", 1, 1, 0, 0, 0, 0, True),
        ("2026-02-01", 2, 1, 0, 0, 0, 0, False),
    ]


def test_a_customer_s_value_is_what_is_left_of_their_orders(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "person_id, user_id, orders, gross_sales::INT, discounts::INT, sales_reversals::INT, reversed_orders"
    more = "revenue::INT, average_order_value, tenure_days, days_since_last_order, average_days_between_orders"
    assert asked(shop, f"SELECT {columns}, {more}, first_channel_group FROM customer_value") == [
        ("ann", "ann", 4, 72, 5, 7, 2, 60, 15.0, 62, 0, 20.7, "Paid Search"),
        ("bob", None, 1, 8, 0, 8, 1, 0, 0.0, 60, 60, None, None),
    ]


def test_a_refund_that_names_no_order_is_off_the_value_of_its_person_alone(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute("BEGIN")
    for number, who in ((8, "anonymous_id:d"), (9, None)):
        refund = {"order_id": None, "visitor_id": who, "reversed_at": "2026-01-31 12:00"}  # the device is still ann's
        insert(shop, "orders.reversals", taken_back(number, "2026-01-31", 2) | refund)
    columns = "person_id, sales_reversals::INT, reversed_orders, revenue::INT, average_order_value"
    found = asked(shop, f"SELECT {columns} FROM customer_value")
    shop.execute("ROLLBACK")
    assert found == [("ann", 9, 2, 58, 14.5), ("bob", 8, 1, 0, 0.0)]


def test_a_value_of_days_is_unknown_until_they_are_over(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "revenue_first_90d::INT, revenue_first_365d::INT, revenue_90d::INT"
    found = []
    for newest in ("2026-04-28", "2026-04-29", "2026-04-30"):
        shop.execute("BEGIN")
        insert(shop, "events.cleaned_events", event("last", f"{newest} 12:00"))
        found += asked(shop, f"SELECT {columns} FROM customer_value WHERE person_id = 'ann'")
        shop.execute("ROLLBACK")
    assert found == [(None, None, 60), (60, None, 60), (60, None, 42)]


def test_a_product_has_the_refunds_that_can_only_be_its(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "item_id, item_name, buyers, repeat_buyers, repeat_rate, orders, revenue::INT"
    more = "sales_reversals::INT, orders_with_unknown_reversals, first_sold_date::VARCHAR, last_sold_date::VARCHAR"
    assert asked(shop, f"SELECT {columns}, {more} FROM product_performance") == [
        ("tea", "Green tea", 1, 1, 1.0, 3, 20, 4, 1, "2026-01-30", "2026-02-03"),
        ("mug", None, 2, 0, 0.0, 2, 14, 8, 1, "2026-01-30", "2026-02-01"),
    ]


def test_days_between_orders_count_those_who_have_not_come_again(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "from_order, orders, gaps, next_order_rate, mean_days, median_days, same_day_rate, within_30d_rate"
    assert asked(shop, f"SELECT {columns} FROM time_between_orders") == [
        ("all", 5, 3, 0.6, 20.7, 31, 0.3333, 0.3333),
        ("1", 2, 1, 0.5, 0.0, 0, 1.0, 1.0),
        ("2", 1, 1, 1.0, 31.0, 31, 0.0, 0.0),
        ("3", 1, 1, 1.0, 31.0, 31, 0.0, 0.0),
        ("4", 1, 0, 0.0, None, None, None, None),
    ]


def test_first_orders_have_their_items_and_their_money_once(shop: duckdb.DuckDBPyConnection) -> None:
    columns = "person_id, order_id, line, item_id, item_name, item_category, net_sales::INT"
    found = f"SELECT {columns} FROM first_orders ORDER BY ALL"
    bought = [
        ("ann", "shop:1", 1, "tea", "Green tea", "DRINKS", 9),
        ("ann", "shop:1", 2, "mug", None, None, 6),
        ("bob", "shop:3", 1, "mug", None, None, 8),
    ]
    assert asked(shop, found) == bought
    shop.execute("BEGIN")
    shop.execute("DELETE FROM orders.order_items WHERE order_id = 'shop:3'")
    without_lines = asked(shop, found)
    shop.execute("ROLLBACK")
    assert without_lines == [*bought[:2], ("bob", "shop:3", None, None, None, None, 8)]
