"""Landing files of web and shop in, sessions, page views and owners of browsers out, by the whole pipeline."""

import duckdb
import pytest

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets_tests.support.factories import land, platform, query, shop

DAY = "2026-10-05"
CONFIGURATION = """\
start_date: 2026-10-01
end_date: 2026-10-06
base_currency: EUR
sources:
  web: {kind: events, columns: {event_at: at, event_name: event, anonymous_id: cookie, user_id: user, page_url: url, \
transaction_id: order, item_revenue: value, user_agent: agent}}
  shop: {kind: orders, columns: {event_at: ordered_at, transaction_id: order_no, user_id: customer_no, item_id: sku, \
quantity: qty, item_revenue: line_total}}
"""
TAGS = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=autumn"
CASE = {
    "web/w.csv": f"""\
at,event,cookie,user,url,order,value,agent
2026-10-05 10:00:00,page_view,c1,,{TAGS},,,
2026-10-05 10:00:30,page_view,c1,,https://shop.example/tea,,,
2026-10-05 10:01:00,login,c1,u1,https://shop.example/login,,,
2026-10-05 10:02:00,purchase,c1,u1,https://shop.example/thanks,A-1,21.30,
2026-10-05 11:00:00,page_view,c2,,{TAGS},,,
2026-10-05 11:01:00,login,c2,u2,https://shop.example/login,,,
2026-10-05 11:02:00,page_view,c2,,https://shop.example/tea,,,
2026-10-05 11:03:00,login,c2,u3,https://shop.example/login,,,
2026-10-05 12:30:00,page_view,c2,,https://shop.example/mug,,,
2026-10-05 12:31:00,login,c2,u4,https://shop.example/login,,,
2026-10-05 12:35:00,purchase,,u4,,A-2,5.00,
2026-10-05 13:00:00,page_view,c3,u5,https://shop.example/tea,,,
2026-10-05 13:01:00,page_view,c4,u5,https://shop.example/tea,,,
2026-10-05 13:05:00,purchase,,u5,,A-3,6.00,
2026-10-05 14:00:00,page_view,c5,u6,https://shop.example/tea,,,Googlebot/2.1 (+http://www.google.com/bot.html)
2026-10-05 23:59:00,page_view,c6,,{TAGS},,,
2026-10-06 00:01:00,purchase,c6,u7,https://shop.example/thanks,A-4,7.00,
""",
    "shop/o.csv": """\
ordered_at,order_no,customer_no,sku,qty,line_total
2026-10-05 10:02:03,A-1,u1,tea,2,11.80
2026-10-05 10:02:03,A-1,u1,mug,1,9.50
""",
}
COLUMNS = """replace(session_id, epoch_us(started_at)::VARCHAR, strftime(started_at, '%H:%M')), visitor_id, events,
    channel_group, mkt_campaign, kind, is_server_side, has_several_accounts"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = shop(tmp_path_factory.mktemp("case"), CONFIGURATION)
    land(settings, CASE)
    with platform(settings) as made:
        made.bring_up_to_date()
    return settings


def published(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_web_and_shop_of_the_landing_folder_end_in_the_right_sessions(built: Settings) -> None:
    paid, direct = ("Paid Search", "autumn"), ("Direct", None)
    web, several, server = ("session", False, False), ("session", False, True), ("session", True, False)
    assert query(built, f"SELECT {COLUMNS} FROM events.sessions ORDER BY started_at, session_id") == [
        ("c1-10:00-browser", "user_id:u1", 4, *paid, *web),
        ("u1-10:02", "user_id:u1", 1, None, None, "shop_visit", False, False),
        ("c2-11:00-browser", "user_id:u3", 4, *paid, *several),
        ("c2-12:30-browser", "user_id:u4", 3, *direct, *web),
        ("c3-13:00-browser", "user_id:u5", 1, *direct, *web),
        ("c4-13:01-browser", "user_id:u5", 1, *direct, *web),
        ("u5-13:05-server", "user_id:u5", 1, None, None, *server),
        ("c5-14:00-browser", None, 1, *direct, *web),
        ("c6-23:59-browser", "anonymous_id:c6", 1, *paid, *web),
        ("c6-00:01-browser", "user_id:u7", 1, *direct, *web),
    ]
    kpis = published(built, "SELECT event_date::VARCHAR, sessions FROM daily_kpis ORDER BY 1")
    assert kpis == [(DAY, 6), ("2026-10-06", 1)]
    checks = query(built, "SELECT count(*) FROM ops.quality_log WHERE NOT passed")
    assert checks == [(0,)]
    views = "SELECT count(*), count(session_id) FROM page_views"
    assert published(built, views) == [(9, 9)]


def test_what_a_shared_browser_did_before_a_login_is_of_the_account_that_logged_in(built: Settings) -> None:
    found = query(
        built,
        """SELECT strftime(e.event_at, '%H:%M'), i.identifier FROM events.cleaned_events AS e
        JOIN identity.visitors AS v ON v.visitor_id = e.visitor_id
         AND e.event_at >= coalesce(v.effective_at, '-infinity') AND e.event_at < coalesce(v.superseded_at, 'infinity')
        JOIN identity.identifiers AS i ON i.person_id = v.person_id AND i.identifier_type = 'user_id'
        WHERE e.anonymous_id = 'c2' ORDER BY 1""",
    )
    assert found == [
        ("11:00", "u2"),
        ("11:01", "u2"),
        ("11:02", "u2"),
        ("11:03", "u3"),
        ("12:30", "u4"),
        ("12:31", "u4"),
    ]
