"""Real web events against the page views, sessions and users that Snowplow's web model makes of them.

Sessions and users are compared per cookie, as that model has them: the file is read without its user ids, which
change from event to event. Every deliberate difference stands in a table with its reason.
"""

from functools import cache

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets_tests.ingest.presets.support.pipeline import GIVEN_ID, Difference, Tables, compare, tables_of, texts
from dmp_assets_tests.support.places import PUBLIC_DATA

DATA = PUBLIC_DATA / "snowplow" / "web"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"Snowplow's web events are not at {DATA}")
SOURCE = Source(kind="events", preset="snowplow")


def starts(*prefixes: str) -> pl.Expr:
    """Return whether a row's key begins so."""
    return pl.any_horizontal(pl.col("key").str.starts_with(prefix) for prefix in prefixes)


def property_of(name: str) -> pl.Expr:
    return pl.col("properties").str.json_path_match(f"$.{name}")


PAGE_VIEW_COLUMNS: dict[str, tuple[str | pl.Expr, str]] = {
    "page_view_id": (property_of("page_view_id"), "page_view_id"),
    "app_id": (property_of("app_id"), "app_id"),
    "platform": ("platform", "platform"),
    "user_id": ("user_id", "user_id"),
    "anonymous_id": ("anonymous_id", "domain_userid"),
    "cookie": ("anonymous_id", "original_domain_userid"),
    "session_id": ("session_id", "domain_sessionid"),
    "event_at": ("event_at", "derived_tstamp"),
    "received_at": ("received_at", "collector_tstamp"),
    "page_title": ("page_title", "page_title"),
    "page_url": ("page_url", "page_url"),
    "page_host": ("page_host", "page_urlhost"),
    "page_path": ("page_path", "page_urlpath"),
    "referrer_url": ("referrer_url", "page_referrer"),
    "referrer_host": ("referrer_host", "refr_urlhost"),
    "content_group": ("content_group", "content_group"),
    "mkt_medium": ("mkt_medium", "mkt_medium"),
    "mkt_source": ("mkt_source", "mkt_source"),
    "mkt_term": ("mkt_term", "mkt_term"),
    "mkt_content": ("mkt_content", "mkt_content"),
    "mkt_campaign": ("mkt_campaign", "mkt_campaign"),
    "mkt_clickid": ("mkt_clickid", "mkt_clickid"),
    "mkt_network": ("mkt_network", "mkt_network"),
    "channel_group": ("channel_group", "default_channel_group"),
    "country": ("country", "geo_country"),
    "city": ("city", "geo_city"),
    "geo_region": (property_of("geo_region"), "geo_region"),
    "network_userid": (property_of("network_userid"), "network_userid"),
    "is_bot": (pl.col("bot_rule").is_not_null(), "spider_or_robot"),
    "agent_class": (property_of("agent_class"), "agent_class"),
    "device_class": (property_of("device_class"), "device_class"),
}
"""Ours, and what it has to equal."""

EVERY = pl.col("key").is_not_null()
UNTAGGED = pl.col("mkt_source").is_null() & pl.col("mkt_medium").is_null()
"""The referrer's medium is empty in all of the data, so the model has nothing to put an untagged visit in a group."""

PAGE_VIEW_DIFFERENCES = [
    Difference("one page view per page_view_id; we keep every event", ["row"], starts("0464e31b16fe")),
    Difference("no page views without a page_view_id", ["row"], starts("b0833046")),
    Difference("no events that were sent more than 3 days after they were made", ["row"], starts("941c1388")),
    Difference("no events of a session after its third day", ["row"], starts("b0c248b551", "6d72f61a", "9b02c625")),
    Difference("a session has the cookie of its first event", ["anonymous_id"], starts("d986a7", "0702cd")),
    Difference("refr_urlhost is not that of page_referrer there", ["referrer_host"], starts("53a0f3", "f9640a")),
    Difference("content groups are rules in its settings; no column holds them", ["content_group"], EVERY),
    Difference("no channel without tags; ours is from the referrer, none on inner links", ["channel_group"], UNTAGGED),
]
"""What the web model does, and we do not."""

SESSION_COLUMNS: dict[str, str] = {
    "anonymous_id": "domain_userid",
    "platform": "platform",
    "started_at": "start_tstamp",
    "ended_at": "end_tstamp",
    "duration_seconds": "absolute_time_in_s",
    "events": "total_events",
    "page_views": "page_views",
    "is_engaged": "is_engaged",
    "is_bot": "spider_or_robot",
    "first_page_url": "first_page_url",
    "first_page_path": "first_page_urlpath",
    "last_page_path": "last_page_urlpath",
    "referrer_host": "refr_urlhost",
    "mkt_source": "mkt_source",
    "mkt_medium": "mkt_medium",
    "mkt_campaign": "mkt_campaign",
    "channel_group": "default_channel_group",
    "country": "geo_country",
}
"""Ours, and what it has to equal."""

LONG, LONG_2, LONG_3 = (f"2bfc2c 2021-03-0{day}" for day in (1, 2, 3))
ROTATED, ROTATED_2, ROTATED_3 = (f"540b6c 2021-03-0{day}" for day in (2, 3, 4))
EVENING, MORNING = "37b340 2021-03-02", "37b340 2021-03-03"
PINGS = ("0b0c7b 2021-03-02 22:59", "0b0c7b 2021-03-04", "0b5d42")
BOUNDARIES = ("067bcc", "4d34b5", "6b379f", "6f19f1", "760534", "79831f", "cde5b9")

SUMS = ["duration_seconds", "events", "page_views"]
LANDING = ["first_page_url", "first_page_path"]
CAMPAIGN = ["mkt_source", "mkt_medium", "mkt_campaign"]

SESSION_DIFFERENCES = [
    Difference("no sessions without a page view or ping", ["row"], pl.col("app_id") == "consent_accel"),
    Difference("no sessions without a page_view_id", ["row"], starts("e79711")),
    Difference("no sessions without a domain_sessionid", ["row"], pl.col("key").str.starts_with("none")),
    Difference("no events that were sent more than 3 days after they were made", ["row"], starts("7edb16")),
    Difference("no events of a session after its third day", ["row"], starts("d21c00 2021")),
    Difference(
        "no events of a session after its third day",
        ["row"],
        starts(*(f"2bfc2c 2021-03-{day:02d}" for day in range(4, 12))),
    ),
    Difference("sessions without a cookie; ours need a visitor", ["row"], starts("b5c493")),
    Difference(
        "sessions are the tracker's; ours end after 30 minutes and at midnight",
        ["ended_at"],
        starts(LONG, LONG_2, EVENING),
    ),
    Difference(
        "sessions are the tracker's; ours end after 30 minutes and at midnight",
        ["started_at"],
        starts(LONG_2, LONG_3, MORNING),
    ),
    Difference(
        "sessions are the tracker's; ours end after 30 minutes and at midnight", SUMS, starts("2bfc2c", "37b340")
    ),
    Difference(
        "sessions are the tracker's; ours end after 30 minutes and at midnight",
        ["last_page_path"],
        starts(LONG, LONG_2),
    ),
    Difference(
        "sessions are the tracker's; ours end after 30 minutes and at midnight",
        [*LANDING, *CAMPAIGN, "referrer_host", "channel_group"],
        starts(LONG_3),
    ),
    Difference(
        "a session keeps its first cookie; ours are of one visitor",
        ["anonymous_id", "started_at", *LANDING],
        starts(ROTATED_2, ROTATED_3),
    ),
    Difference(
        "a session keeps its first cookie; ours are of one visitor",
        ["ended_at", "last_page_path"],
        starts(ROTATED, ROTATED_2),
    ),
    Difference("a session keeps its first cookie; ours are of one visitor", SUMS, starts("540b6c")),
    Difference(
        "two trackers' sessions at one time; ours are one",
        ["events", "page_views"],
        starts("6f19f1", "df2bf4", "93c111", "cde5b9"),
    ),
    Difference("two trackers' sessions at one time; ours are one", ["started_at"], starts("93c111")),
    Difference("two trackers' sessions at one time; ours are one", ["ended_at"], starts("df2bf4")),
    Difference("two trackers' sessions at one time; ours are one", ["duration_seconds"], starts("93c111", "df2bf4")),
    Difference("two trackers' sessions at one time; ours are one", LANDING, starts("6f19f1", "93c111")),
    Difference("two trackers' sessions at one time; ours are one", ["last_page_path"], starts("cde5b9", "df2bf4")),
    Difference("refr_urlhost is not that of page_referrer there", ["referrer_host"], starts("93c111", "df2bf4")),
    Difference(
        "a ping counts back to the view it belongs to", ["started_at", "duration_seconds", "page_views"], starts(*PINGS)
    ),
    Difference("one page view per page_view_id; we keep every event", ["page_views"], starts("760534")),
    Difference(
        "seconds are boundaries crossed; ours are whole ones that passed", ["duration_seconds"], starts(*BOUNDARIES)
    ),
    Difference(
        "every page view is a conversion in its settings",
        ["is_engaged"],
        starts("0b0c7b 2021-03-04", "4d34b5", "79831f", "d21c00", "540b6c", "2bfc2c", EVENING),
    ),
    Difference(
        "no channel without tags; ours is from the referrer, none on inner links",
        ["channel_group"],
        UNTAGGED & ~starts(LONG_3),
    ),
]
"""What the web model does, and we do not; a key is the source's session id and the start of ours."""

USER_COLUMNS: dict[str, str] = {
    "started_at": "start_tstamp",
    "ended_at": "end_tstamp",
    "page_views": "page_views",
    "sessions": "sessions",
    "first_page_url": "first_page_url",
    "first_page_path": "first_page_urlpath",
    "last_page_path": "last_page_urlpath",
    "referrer_host": "refr_urlhost",
    "mkt_source": "mkt_source",
    "mkt_medium": "mkt_medium",
    "mkt_campaign": "mkt_campaign",
    "channel_group": "default_channel_group",
    "country": "first_geo_country",
}
"""Ours, and what it has to equal."""

USER_DIFFERENCES = [
    Difference("no users without a page view or ping", ["row"], pl.col("app_id") == "consent_accel"),
    Difference("no users without a domain_sessionid or page_view_id", ["row"], starts("4f1b66", "ff7476")),
    Difference("no events that were sent more than 3 days after they were made", ["row"], starts("9341fb")),
    Difference("the cookie of a session's first event is that of all", ["row"], starts("1f72f3", "2e340e")),
    Difference(
        "the cookie of a session's first event is that of all",
        ["ended_at", "page_views", "last_page_path"],
        starts("0e9ab9"),
    ),
    Difference(
        "no events of a session after its third day",
        ["ended_at", "page_views", "sessions", "last_page_path"],
        starts("12c98e", "4f011c"),
    ),
    Difference("two trackers' sessions at one time; ours are one", ["sessions"], starts("066d5a", "24837e")),
    Difference("two trackers' sessions at one time; ours are one", ["last_page_path"], starts("24837e")),
    Difference("sessions do not end at midnight", ["sessions"], starts("434dff")),
    Difference("refr_urlhost is not that of page_referrer there", ["referrer_host"], starts("066d5a")),
    Difference("a ping counts back to the view it belongs to", ["page_views"], starts("0691aa", "b3c883")),
    Difference("one page view per page_view_id; we keep every event", ["page_views"], starts("f897c4")),
    Difference("no channel without tags; ours is from the referrer, none on inner links", ["channel_group"], UNTAGGED),
]
"""What the web model does, and we do not."""


@cache
def events_file(*, user_ids: bool = True) -> bytes:
    content = pl.read_csv(DATA / "source" / "snowplow_web_events.csv", infer_schema=False)
    return (content if user_ids else content.drop("user_id")).write_csv().encode()


def expected(name: str) -> pl.DataFrame:
    return pl.read_csv(DATA / "expected" / f"snowplow_web_{name}_expected.csv", infer_schema=False)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return tables_of(tmp_path_factory.mktemp("web"), "events.csv", events_file(), SOURCE)


@pytest.fixture(scope="module")
def cookies(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return tables_of(tmp_path_factory.mktemp("cookies"), "events.csv", events_file(user_ids=False), SOURCE)


def test_every_web_event_is_accounted_for(web: Tables) -> None:
    assert (web.reading.status, web.reading.message, web.reading.records) == ("ok", None, 160)
    ledger = web.event_ledger.select(pl.col("records", "kept", "duplicates", "quarantined").sum()).row(0)
    assert ledger == (160, 157, 0, 3)


def test_of_repeated_event_ids_the_one_collected_first_is_kept(web: Tables) -> None:
    source = pl.read_csv(DATA / "source" / "snowplow_web_events.csv", infer_schema=False)
    repeated = source.filter(pl.col("event_id").is_duplicated())
    quarantined = web.quarantined_events.select(GIVEN_ID, "violation_code").rows()
    assert sorted(quarantined) == sorted((event, "Conflicting-Id") for event in repeated["event_id"].unique())
    first = repeated.group_by("event_id").agg(pl.col("collector_tstamp").min())
    kept = texts(web.cleaned_events, {"collector_tstamp": "received_at"}, {"event_id": GIVEN_ID})
    assert kept.join(first, on=["event_id", "collector_tstamp"]).height == 3


def test_page_views_are_those_of_the_web_model(web: Tables) -> None:
    views = web.cleaned_events.filter(pl.col("event_name") == "page_view")
    ours = texts(views, {name: mine for name, (mine, _) in PAGE_VIEW_COLUMNS.items()}, {"key": GIVEN_ID})
    theirs = expected_texts(
        expected("page_views"), {name: column for name, (_, column) in PAGE_VIEW_COLUMNS.items()}, "event_id"
    )
    assert_same(ours, theirs, PAGE_VIEW_DIFFERENCES)


def test_untagged_page_views_get_their_channel_from_the_referrer(web: Tables) -> None:
    views = web.cleaned_events.filter((pl.col("event_name") == "page_view") & UNTAGGED)
    found = views.group_by("channel_group").agg(
        pl.len(), none=pl.col("referrer_url").null_count(), inner=(pl.col("referrer_host") == pl.col("page_host")).sum()
    )
    assert sorted(found.fill_null("").rows()) == [
        ("", 23, 0, 23),
        ("Direct", 16, 16, 0),
        ("Organic Search", 2, 0, 0),
        ("Referral", 3, 0, 0),
    ]


def test_sessions_are_those_of_the_web_model(cookies: Tables) -> None:
    ours = sessions_with_source_id(cookies)
    theirs = expected("sessions").with_columns(pl.col("start_tstamp", "end_tstamp").str.to_datetime(time_unit="us"))
    pairs = ours.join(
        theirs.select(source_id="domain_sessionid", start="start_tstamp", end="end_tstamp"), on="source_id"
    )
    pairs = pairs.filter((pl.col("started_at") <= pl.col("end")) & (pl.col("ended_at") >= pl.col("start")))
    key = pl.concat_str(
        pl.col("source_id").str.slice(0, 6).fill_null("none"),
        pl.col("started_at").dt.strftime(" %Y-%m-%d %H:%M"),
    )
    ours = texts(ours, {"app_id": "app_id", **{name: name for name in SESSION_COLUMNS}}, {"key": key})
    keys = pairs.select(key.alias("key"), domain_sessionid="source_id", start_tstamp="start")
    theirs = theirs.join(keys, on=["domain_sessionid", "start_tstamp"], how="left")
    theirs = theirs.with_columns(pl.col("key").fill_null(pl.col("domain_sessionid").str.slice(0, 6)))
    assert_same(ours, expected_texts(theirs, SESSION_COLUMNS, "key"), SESSION_DIFFERENCES)


def test_users_are_those_of_the_web_model(cookies: Tables) -> None:
    sessions = cookies.sessions.sort("started_at")
    first = ["first_page_url", "first_page_path", "referrer_host", *CAMPAIGN, "channel_group", "country"]
    users = sessions.group_by("anonymous_id", maintain_order=True).agg(
        pl.col("started_at").min(),
        pl.col("ended_at").max(),
        pl.col("page_views").sum(),
        pl.col(first).first(),
        pl.col("last_page_path").last(),
        sessions=pl.len(),
    )
    apps = cookies.cleaned_events.group_by("anonymous_id").agg(app_id=property_of("app_id").max())
    users = users.join(apps, on="anonymous_id")
    ours = texts(users, {"app_id": "app_id", **{name: name for name in USER_COLUMNS}}, {"key": "anonymous_id"})
    assert_same(ours, expected_texts(expected("users"), USER_COLUMNS, "domain_userid"), USER_DIFFERENCES)


def test_sessions_are_of_the_cookie_whatever_accounts_it_carries(web: Tables, cookies: Tables) -> None:
    """The user ids of one cookie change from event to event."""
    stitched = pl.col("anonymous_id").str.starts_with("434dff")
    assert web.sessions.filter(stitched).height == cookies.sessions.filter(stitched).height == 3
    assert web.sessions.filter(stitched)["has_several_accounts"].any()
    assert web.sessions["user_id"].null_count() == 0
    assert cookies.sessions["user_id"].count() == 0
    assert (web.sessions["events"].sum(), cookies.sessions["events"].sum()) == (157, 156)


def test_a_difference_that_is_not_declared_fails_and_so_does_a_declared_one_that_is_none() -> None:
    rows = pl.DataFrame({"key": ["a", "b"], "n": ["1", "2"], "expected_n": ["1", "3"]})
    declared = Difference("why", ["n"], starts("b"))
    compare(rows, "key", ["n"], [declared])
    for wrong in ([], [Difference("why", ["n"], starts("a", "b"))], [declared, declared]):
        with pytest.raises(AssertionError):
            compare(rows, "key", ["n"], wrong)


def sessions_with_source_id(tables: Tables) -> pl.DataFrame:
    """Return the sessions, once for each session id of the source that their events have, with the source's app."""
    events = tables.cleaned_events.filter(pl.col("anonymous_id").is_not_null()).select(
        "event_date", "anonymous_id", "event_at", source_id="session_id", app_id=property_of("app_id")
    )
    inside = pl.col("event_at").is_between("started_at", "ended_at")
    found = events.join(tables.sessions, on=["event_date", "anonymous_id"]).filter(inside)
    return found.sort("app_id").unique(["source_id", "session_id"], keep="last").drop("event_at")


def expected_texts(frame: pl.DataFrame, columns: dict[str, str], key: str) -> pl.DataFrame:
    named = texts(frame, {f"expected_{ours}": theirs for ours, theirs in columns.items()}, {"key": key})
    return named.with_columns(pl.col("^expected_is_.*$").str.to_lowercase())


def assert_same(ours: pl.DataFrame, theirs: pl.DataFrame, differences: list[Difference]) -> None:
    """Assert that the same rows are there and equal but for the declared differences; ``row`` declares a row."""
    columns = [name.removeprefix("expected_") for name in theirs.columns if name != "key"]
    assert ours["key"].is_unique().all()
    assert theirs["key"].is_unique().all()
    both = ours.with_columns(row=pl.lit("there")).join(
        theirs.with_columns(expected_row=pl.lit("there")), on="key", how="full", coalesce=True
    )
    compare(both, "key", ["row"], [difference for difference in differences if "row" in difference.columns])
    paired = both.filter(pl.col("row").is_not_null() & pl.col("expected_row").is_not_null())
    compare(paired, "key", columns, [difference for difference in differences if "row" not in difference.columns])
