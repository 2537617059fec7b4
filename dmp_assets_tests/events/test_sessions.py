"""Where a session ends, and what it sums."""

import duckdb
import polars as pl
import pytest

from dmp_assets.events.assets import SESSION_COLUMNS
from dmp_assets.events.schema import CleanedEvents, Sessions
from dmp_assets.events.sessions import build_sessions
from dmp_assets.foundation.warehouse.contract import conform
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets_tests.events.together.test_portability import both
from dmp_assets_tests.support.factories import DAY, MINUTE, canonical, engine_frame, instant, run
from dmp_assets_tests.support.places import SQL

TEN = instant("2024-05-01 10:00:00")

COOKIE = {"user_id": None, "anonymous_id": "c1"}


def event(event_id: str, at: int, **changes: object) -> dict:
    """Return one cleaned event of p1 in browser b1."""
    day = pl.Series([at]).cast(pl.Datetime("us")).dt.date().item()
    amounts = {"items": 0, "quantity": 0.0, "revenue": 0, "records": 1}
    row = {"event_date": day, "event_id": event_id, "event_at": at, "event_name": "view_item", "kind": "events"}
    return row | {"user_id": "p1", "anonymous_id": "b1"} | amounts | changes


def sessions(*events: dict) -> pl.DataFrame:
    found = run(build_sessions, engine_frame(CleanedEvents, events))
    return found.sort("event_date", "user_id", "session_number")


def test_a_gap_of_exactly_thirty_minutes_stays_and_a_microsecond_more_splits() -> None:
    assert sessions(event("a", TEN), event("b", TEN + 30 * MINUTE))["events"].to_list() == [2]
    assert sessions(event("a", TEN), event("b", TEN + 30 * MINUTE + 1))["events"].to_list() == [1, 1]


def test_the_gap_is_from_event_to_event_not_from_the_start() -> None:
    times = [TEN + place * 20 * MINUTE for place in range(5)]
    found = sessions(*(event(str(place), at) for place, at in enumerate(times)))
    assert found.select("events", "duration_seconds").rows() == [(5, 80 * 60)]


def test_midnight_ends_a_session() -> None:
    midnight = instant("2024-05-02 00:00:00")
    found = sessions(event("a", midnight - 1), event("b", midnight))
    assert found.select("session_number", "events").rows() == [(1, 1), (1, 1)]
    assert found["session_id"].to_list() == [f"b1-{midnight - 1}-browser", f"b1-{midnight}-browser"]


def test_events_without_any_id_make_no_session_and_do_not_stretch_one() -> None:
    between = event("b", TEN + 20 * MINUTE, user_id=None, anonymous_id=None)
    found = sessions(event("a", TEN), between, event("c", TEN + 40 * MINUTE))
    assert found["events"].to_list() == [1, 1]
    assert sessions(between).is_empty()


def test_anonymous_visitors_have_sessions_of_their_own() -> None:
    rows = [event("a", TEN, **COOKIE), event("b", TEN + MINUTE, **COOKIE), event("c", TEN + 40 * MINUTE, **COOKIE)]
    found = sessions(*rows, event("d", TEN + 20 * MINUTE, user_id=None, anonymous_id="c2"))
    assert sorted(found.select("user_id", "anonymous_id", "session_number", "events").rows()) == [
        (None, "c1", 1, 2),
        (None, "c1", 2, 1),
        (None, "c2", 1, 1),
    ]
    assert f"c1-{TEN}-browser" in found["session_id"]


def test_a_login_is_in_the_session_of_its_browser() -> None:
    found = sessions(event("a", TEN, **COOKIE), event("b", TEN + 1, anonymous_id="c1"), event("c", TEN + 2, **COOKIE))
    assert found.select("session_id", "visitor_id", "first_user_id", "anonymous_id", "events").rows() == [
        (f"c1-{TEN}-browser", "user_id:p1", "p1", "c1", 3)
    ]
    assert not found["has_several_accounts"].item()


def test_accounts_of_one_browser_share_a_session_that_is_the_last_ones() -> None:
    rows = [event("a", TEN, user_id="p2"), event("b", TEN + 1), event("c", TEN + 2, user_id=None)]
    found = sessions(*rows).row(0, named=True)
    assert (found["user_id"], found["first_user_id"], found["visitor_id"]) == ("p1", "p2", "user_id:p1")
    assert (found["has_several_accounts"], found["events"]) == (True, 3)


def test_the_account_of_the_last_purchase_with_one_is_the_sessions() -> None:
    rows = [
        event("a", TEN, user_id="p9"),
        event("b", TEN + 1, user_id="p2", event_name="purchase"),
        event("c", TEN + 2, user_id="p3", event_name="purchase"),
        event("d", TEN + 3, user_id=None, event_name="purchase"),
        event("e", TEN + 4, user_id="p1"),
    ]
    assert sessions(*rows).select("user_id", "first_user_id").rows() == [("p3", "p9")]


def test_an_account_and_a_browser_of_equal_text_are_two_visitors() -> None:
    found = sessions(event("a", TEN, anonymous_id=None), event("b", TEN, user_id=None, anonymous_id="p1"))
    assert found["events"].to_list() == [1, 1]
    assert sorted(found["session_id"]) == [f"p1-{TEN}-browser", f"p1-{TEN}-server"]


def test_no_two_kinds_of_sessions_of_equal_text_and_start_share_an_id() -> None:
    orders = {"kind": "orders", "event_name": "purchase"}
    for text in ("x", "null", "x-1714557600000000-server"):
        found = sessions(
            event("browser", TEN, user_id=None, anonymous_id=text),
            event("account", TEN, user_id=text, anonymous_id=None),
            event("shop", TEN, user_id=text, anonymous_id=None, **orders),
            event("nobody", TEN, user_id=None, anonymous_id=text, **orders),
        )
        assert found["session_id"].n_unique() == found.height
        assert found["events"].sum() == 4
        assert found.height == (4 if text == "null" else 3)
        assert f"{text}-{TEN}" in found["session_id"]


def test_ids_that_stand_for_no_value_are_no_browser_and_no_account() -> None:
    rows = [
        event("a", TEN, user_id="p1", anonymous_id="0000-0000"),
        event("b", TEN, user_id="p2", anonymous_id="0000-0000"),
        event("c", TEN, user_id=None, anonymous_id="0000-0000"),
        event("d", TEN, user_id="NULL", anonymous_id="0000-0000"),
        event("e", TEN, user_id="null", anonymous_id="c1"),
    ]
    found = sessions(*rows).select("session_id", "visitor_id", "user_id", "anonymous_id", "is_server_side")
    assert sorted(found.rows()) == [
        (f"0000-0000-{TEN}-anonymous", "anonymous_id:0000-0000", None, "0000-0000", False),
        (f"NULL-{TEN}-account", "user_id:NULL", "NULL", None, False),
        (f"c1-{TEN}-browser", "anonymous_id:c1", None, "c1", False),
        (f"p1-{TEN}-server", "user_id:p1", "p1", None, True),
        (f"p2-{TEN}-server", "user_id:p2", "p2", None, True),
    ]


def test_events_of_the_same_moment_are_one_session_in_any_order() -> None:
    rows = [event(name, TEN) for name in "abc"]
    assert sessions(*rows).equals(sessions(*rows[::-1]))
    found = sessions(*rows)
    assert found.select("events", "duration_seconds").rows() == [(3, 0)]


def test_sessions_are_numbered_by_time_within_the_day() -> None:
    rows = [event("late", TEN + 120 * MINUTE), event("early", TEN), event("middle", TEN + 60 * MINUTE)]
    found = sessions(*rows)
    assert found["session_number"].to_list() == [1, 2, 3]
    assert found["started_at"].is_sorted()


def test_a_session_counts_its_events_from_the_first_to_the_last() -> None:
    rows = [
        event("a", TEN),
        event("b", TEN + 1, event_name="purchase"),
        event("c", TEN + 2_500_000, event_name="refund"),
    ]
    found = sessions(*rows).row(0, named=True)
    assert (found["events"], found["is_engaged"]) == (3, True)
    assert (found["started_at"], found["ended_at"], found["duration_seconds"]) == (TEN, TEN + 2_500_000, 2)
    assert found["event_date"] == DAY


def test_sessions_before_1970_are_like_any_other() -> None:
    before = instant("1969-12-31 23:00:00")
    found = sessions(event("a", before), event("b", before + 30 * MINUTE), event("c", before + 30 * MINUTE + 1))
    assert found.select("started_at", "events", "duration_seconds").rows() == [(before, 3, 1800)]


def test_no_events_give_no_sessions() -> None:
    assert sessions().is_empty()


def page(event_id: str, at: int, path: str, **changes: object) -> dict:
    """Return a page view by p1 on a.com."""
    given = {"event_name": "page_view", "page_url": f"https://a.com{path}?x", "page_path": path, "platform": "web"}
    return event(event_id, at, **given | changes)


PAGES = ["first_page_url", "first_page_path", "last_page_path"]


def test_first_and_last_pages_are_those_of_the_first_and_the_last_event_with_a_page() -> None:
    rows = [
        event("a", TEN),
        page("b", TEN + 1, "/z"),
        page("c", TEN + 2, "/a"),
        event("d", TEN + 3, page_path="/no-address"),
    ]
    assert sessions(*rows[::-1]).select(PAGES).rows() == [("https://a.com/z?x", "/z", "/a")]


def test_pages_of_one_moment_are_ordered_by_event_id() -> None:
    found = sessions(page("b", TEN, "/b"), page("a", TEN, "/a"), page("c", TEN, "/c"))
    assert found.select(PAGES).rows() == [("https://a.com/a?x", "/a", "/c")]


def test_pages_of_one_session_do_not_leak_into_the_next() -> None:
    found = sessions(page("a", TEN, "/a"), event("b", TEN + 31 * MINUTE), page("c", TEN + 62 * MINUTE + 1, "/c"))
    assert found["first_page_path"].to_list() == ["/a", None, "/c"]
    assert found["last_page_path"].to_list() == ["/a", None, "/c"]


def test_where_a_session_came_from_is_what_its_first_event_with_a_context_says_whole() -> None:
    arrival = {"mkt_source": "news", "mkt_medium": "email", "channel_group": "Email", "country": "DE"}
    later = {"mkt_source": "google", "mkt_medium": "cpc", "mkt_campaign": "spring", "channel_group": "Paid Search"}
    rows = [event("a", TEN, country="FR"), page("b", TEN + 1, "/", **arrival), page("c", TEN + 2, "/", **later)]
    found = sessions(*rows).row(0, named=True)
    assert (found["mkt_source"], found["mkt_medium"], found["mkt_campaign"]) == ("news", "email", None)
    assert (found["channel_group"], found["country"], found["platform"]) == ("Email", "DE", "web")
    only_tags = sessions(event("a", TEN, **later), page("b", TEN + 1, "/", **arrival)).row(0, named=True)
    assert (only_tags["channel_group"], only_tags["first_page_path"]) == ("Paid Search", "/")


def test_country_and_platform_of_apps_come_from_any_event() -> None:
    found = sessions(event("a", TEN), event("b", TEN + 1, country="DE", platform="ios")).row(0, named=True)
    assert (found["country"], found["platform"], found["channel_group"]) == ("DE", "ios", None)


def test_page_and_screen_views_count() -> None:
    rows = [page("a", TEN, "/"), event("b", TEN, event_name="screen_view"), event("c", TEN, event_name="page_ping")]
    assert sessions(*rows)["page_views"].to_list() == [2]


def test_one_event_with_a_bot_rule_makes_a_bots_session() -> None:
    rows = [event("a", TEN), event("b", TEN + 1, bot_rule="crawler: X"), event("c", TEN, **COOKIE)]
    assert sessions(*rows).sort("anonymous_id")["is_bot"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("rows", "engaged"),
    [
        ([event("a", TEN), event("b", TEN + 9_999_999)], False),
        ([event("a", TEN), event("b", TEN + 10_000_000)], True),
        ([page("a", TEN, "/")], False),
        ([page("a", TEN, "/"), page("b", TEN, "/")], True),
        ([event("a", TEN, event_name="purchase")], True),
        ([event("a", TEN, event_name="refund")], False),
    ],
)
def test_engaged_is_ten_seconds_or_two_views_or_a_purchase(rows: list[dict], engaged: bool) -> None:
    assert sessions(*rows)["is_engaged"].to_list() == [engaged]


SERVER = {"anonymous_id": None, "event_name": "purchase"}
SHOP = {"anonymous_id": None, "event_name": "purchase", "kind": "orders"}
MIXED = [
    page("a", TEN, "/ä", mkt_source="news", channel_group="Email", referrer_host="b.com"),
    page("b", TEN, "/a", country="DE"),
    event("c", TEN + 1, bot_rule="x", anonymous_id="c1", revenue=5, event_name="purchase"),
    event("d", TEN + 31 * MINUTE, anonymous_id="c0", platform="ios"),
    page("e", TEN, "/e", properties='{"page_view_id":"v1"}', **COOKIE),
    event("f", TEN + 40 * MINUTE, **COOKIE),
    page("g", TEN, "/g", user_id=None, anonymous_id="p1", properties="no JSON"),
    page("h", TEN, "/h", user_id=None, anonymous_id=None),
    page("i", instant("1969-12-31 23:59:59.999999"), "/i"),
    page("j", TEN + 2 * MINUTE, "/j", user_id="p2"),
    page("k", TEN + 20 * MINUTE, "/k", user_id="p2", anonymous_id="unknown"),
    event("l", TEN + 61 * MINUTE, **SERVER),
    event("m", TEN + 62 * MINUTE, user_id="p2", **SERVER),
    event("n", TEN + 2 * MINUTE, user_id="p2", **SHOP),
    page("o", TEN, "/o", user_id="null", anonymous_id=None),
    page("p", TEN, "/p", user_id=None, anonymous_id="null"),
    event("q", TEN, user_id=None, anonymous_id="null", kind="orders"),
]


def test_sessions_of_mixed_visitors_are_the_same_on_duckdb_and_keep_their_contract() -> None:
    frame = engine_frame(CleanedEvents, MIXED)
    on_polars, on_duckdb = both(build_sessions, frame)
    assert on_polars.equals(on_duckdb)
    assert on_polars.height == 11
    table = conform(on_polars.lazy(), Table(Sessions)).collect()
    Sessions.validate(table.select(list(Sessions.to_schema().columns)))


def test_sessions_need_no_other_columns_than_the_asset_reads() -> None:
    frame = engine_frame(CleanedEvents, MIXED)
    assert canonical(run(build_sessions, frame.select(SESSION_COLUMNS))).equals(canonical(run(build_sessions, frame)))


def viewed(*events: dict) -> pl.DataFrame:
    """Return the view of page views over the events and their sessions."""
    frame = engine_frame(CleanedEvents, events)
    found = run(build_sessions, frame)
    view, sessions_of_events = (
        file for file in read_sql_files(SQL / "views") if file.name in {"page_views", "sessions_of_events"}
    )
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA events")
        for name, rows in (("cleaned_events", frame), ("sessions", found)):
            instants = [column for column in rows.columns if column.endswith("_at")]
            stored = rows.select(pl.exclude(pl.Int128)).with_columns(pl.col(instants).cast(pl.Datetime("us")))
            connection.register("rows", stored.to_arrow())
            connection.execute(f"CREATE TABLE events.{name} AS FROM rows")
        connection.execute("CREATE SCHEMA identity")
        visitors = "visitor_id VARCHAR, person_id VARCHAR, effective_at TIMESTAMP, superseded_at TIMESTAMP"
        connection.execute(f"CREATE TABLE identity.visitors ({visitors})")
        connection.execute(f"CREATE VIEW sessions_of_events AS {sessions_of_events.query}")
        views = connection.sql(view.query).pl()
    assert views.columns == list(view.columns)
    return views


def test_the_view_of_page_views_finds_each_views_session() -> None:
    views = viewed(*MIXED)
    before = instant("1969-12-31 23:59:59.999999")
    assert dict(views.select("event_id", "session_id").rows()) == {
        "a": f"b1-{TEN}-browser",
        "b": f"b1-{TEN}-browser",
        "e": f"c1-{TEN}-browser",
        "g": f"p1-{TEN}-browser",
        "h": None,
        "i": f"b1-{before}-browser",
        "j": f"b1-{TEN}-browser",
        "k": f"b1-{TEN}-browser",
        "o": f"null-{TEN}-account",
        "p": f"null-{TEN}-anonymous",
    }
    assert views.filter(pl.col("page_view_id").is_not_null())["event_id"].to_list() == ["e"]
    assert views.height == 10


def test_the_view_tells_views_of_one_account_apart_that_joined_a_browser_and_that_did_not() -> None:
    """The joined one lies within the session of the account that the others make."""
    at = {name: TEN + minutes * MINUTE for name, minutes in {"p": 0, "t": 10, "c1": 35, "q": 20, "c2": 45}.items()}
    views = viewed(
        *(page(name, at[name], "/", anonymous_id=None) for name in ("p", "t", "q")),
        *(page(name, at[name], "/", anonymous_id=name) for name in ("c1", "c2")),
    )
    assert dict(views.select("event_id", "session_id").rows()) == {
        "p": f"p1-{at['p']}-server",
        "t": f"c1-{at['t']}-browser",
        "q": f"p1-{at['p']}-server",
        "c1": f"c1-{at['t']}-browser",
        "c2": f"c2-{at['c2']}-browser",
    }
