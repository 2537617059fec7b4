"""Sessions: runs of a visitor's events with no gap over 30 minutes, within one day."""

import narwhals.stable.v2 as nw

from dmp_assets.events.portable import Frame, strongest
from dmp_assets.events.schema import PURCHASE, VIEWS, VISITOR_COLUMNS

SESSION_GAP_US = 30 * 60 * 1_000_000
"""GA4 and Snowplow both end a session after 30 minutes without an event."""

ENGAGED_US = 10 * 1_000_000
"""GA4's default: an engaged session lasts at least 10 seconds."""

_LANDING = ["referrer_host", "mkt_source", "mkt_medium", "mkt_campaign", "channel_group"]
_CONTEXT = ["page_url", "mkt_source", "mkt_medium", "mkt_campaign", "channel_group"]
_VISITOR_DAY = ["event_date", "is_known", "visitor"]
_VISITOR = {kind: VISITOR_COLUMNS[kind] for kind in ("user_id", "anonymous_id")}
_SESSION = [*_VISITOR_DAY, "session_number"]
_ORDER = ["event_at", "event_id"]


def build_sessions(cleaned_events: Frame) -> Frame:
    """Return the sessions of visitors: runs of events with no gap over 30 minutes, within one day.

    Args:
        cleaned_events: ``CleanedEvents`` in engine types, any number of whole days.

    A visitor is the account, else the anonymous id. An account such as "null" gives way to an anonymous id that may be
    a person's. Events with neither are in no session. A session ends at midnight: so a day depends on its own events
    only, and a late file makes only its own days stale. A gap of exactly 30 minutes does not end a session. Where the
    visitor came from is what the first event with a page or a marketing context says, whole: its empty values are not
    filled from later events. Engaged is GA4's rule ("Engaged sessions" in Analytics Help): 10 seconds or longer, 2 or
    more page or screen views, or a purchase as key event.
    """
    marked = _with_landing(_numbered(_visits(cleaned_events)))
    sessions = marked.group_by(*_SESSION).agg(
        nw.col("anonymous_id").min(),
        nw.col("first_page_url", "first_page_path", "last_page_path", *_LANDING, "country", "platform").max(),
        nw.col("purchases", "page_views").sum(),
        nw.col("revenue").sum(),
        nw.col("bot").max(),
        nw.col("landing_country", "landing_platform").max(),
        started_at=nw.col("event_at").min(),
        ended_at=nw.col("event_at").max(),
        events=nw.len(),
    )
    return _described(sessions)


def _visits(cleaned_events: Frame) -> Frame:
    """Return the events of visitors; accounts and anonymous ids of equal text are two visitors."""
    visits = cleaned_events.with_columns(
        visitor=strongest(_VISITOR, lambda _, column: nw.col(column)),
        is_known=strongest(_VISITOR, lambda kind, column: _where_filled(column, int(kind == "user_id"))),
    )
    return visits.filter(~nw.col("visitor").is_null()).with_columns(
        purchases=_flag(nw.col("event_name") == PURCHASE),
        page_views=_flag(nw.col("event_name").is_in(list(VIEWS))),
        bot=_flag(~nw.col("bot_rule").is_null()),
    )


def _numbered(visits: Frame) -> Frame:
    """Return the events with their place in the visitor's day and the number of their session."""
    # event_id breaks ties: else the landing page of equal instants would depend on the order of the rows.
    gap = nw.col("event_at") - nw.col("event_at").shift(1).over(*_VISITOR_DAY, order_by=_ORDER)
    stepped = visits.with_columns(gap=gap, place=nw.lit(1))
    starts = stepped.with_columns(is_start=_flag(nw.col("gap").is_null() | (nw.col("gap") > SESSION_GAP_US)))
    return starts.with_columns(
        session_number=nw.col("is_start").cum_sum().over(*_VISITOR_DAY, order_by=_ORDER),
        place=nw.col("place").cum_sum().over(*_VISITOR_DAY, order_by=_ORDER),
    )


def _with_landing(numbered: Frame) -> Frame:
    """Return the events with the values of the first page, the last page and the first context.

    Each value is on its one event and null on all others, so that a maximum over the session finds it. Engines disagree
    on what first and last values are.
    """
    has_page = ~nw.col("page_url").is_null()
    has_context = nw.any_horizontal(*(~nw.col(name).is_null() for name in _CONTEXT), ignore_nulls=True)
    placed = numbered.with_columns(
        page_place=nw.when(has_page).then(nw.col("place")), context_place=nw.when(has_context).then(nw.col("place"))
    ).with_columns(
        first_page=nw.col("page_place").min().over(*_SESSION),
        last_page=nw.col("page_place").max().over(*_SESSION),
        landing=nw.col("context_place").min().over(*_SESSION),
    )
    at_first, at_last = nw.col("place") == nw.col("first_page"), nw.col("place") == nw.col("last_page")
    at_landing = nw.col("place") == nw.col("landing")
    return placed.with_columns(
        *(nw.when(at_landing).then(nw.col(name)).alias(name) for name in _LANDING),
        first_page_url=nw.when(at_first).then(nw.col("page_url")),
        first_page_path=nw.when(at_first).then(nw.col("page_path")),
        last_page_path=nw.when(at_last).then(nw.col("page_path")),
        landing_country=nw.when(at_landing).then(nw.col("country")),
        landing_platform=nw.when(at_landing).then(nw.col("platform")),
    )


def _described(sessions: Frame) -> Frame:
    known = nw.col("is_known") == 1
    # An account's key ends in the digits of the start, so no anonymous key can be equal to it.
    key = nw.concat_str("visitor", nw.col("started_at").cast(nw.String), separator="-")
    session_id = nw.when(known).then(key).otherwise(nw.concat_str(key, nw.lit("-anonymous")))
    kind = nw.when(known).then(nw.lit("user_id:")).otherwise(nw.lit("anonymous_id:"))
    lasted = nw.col("ended_at") - nw.col("started_at")
    engaged = (lasted >= ENGAGED_US) | (nw.col("page_views") >= 2) | (nw.col("purchases") >= 1)
    return sessions.with_columns(
        session_id=session_id,
        user_id=nw.when(known).then(nw.col("visitor")),
        visitor_id=nw.when(nw.col("bot") == 0).then(nw.concat_str(kind, nw.col("visitor"))),
        # Where the landing event has none, the largest of the session: it does not depend on the order of the rows.
        country=nw.coalesce("landing_country", "country"),
        platform=nw.coalesce("landing_platform", "platform"),
        duration_seconds=lasted // 1_000_000,
        is_bot=nw.col("bot") == 1,
        is_engaged=engaged,
    ).drop("is_known", "visitor", "bot", "landing_country", "landing_platform")


def _where_filled(column: str, value: int) -> nw.Expr:
    return nw.when(~nw.col(column).is_null()).then(nw.lit(value))


def _flag(condition: nw.Expr) -> nw.Expr:
    """Return 1 where a condition holds, else 0."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))
