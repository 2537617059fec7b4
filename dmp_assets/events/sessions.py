"""Sessions: runs of a browser's events with no gap over 30 minutes, within one day; and visits without a browser."""

import narwhals.stable.v2 as nw

from dmp_assets.events.joining import SESSION_GAP_US, joined_events
from dmp_assets.events.portable import Frame, flag, somebodys
from dmp_assets.events.schema import PURCHASE, SESSION, SHOP_VISIT, VIEWS

ENGAGED_US = 10 * 1_000_000
"""GA4's default: an engaged session lasts at least 10 seconds."""

SHOP, BROWSER, SERVER, NOBODYS_ACCOUNT, NOBODYS_BROWSER, NOBODYS_SHOP = range(6)
"""Whose session it is: an account's in a shop, a browser's, an account's by a server, or that of an id of nobody."""

ENDINGS = {
    SHOP: "",
    BROWSER: "-browser",
    SERVER: "-server",
    NOBODYS_ACCOUNT: "-account",
    NOBODYS_BROWSER: "-anonymous",
    NOBODYS_SHOP: "-shop",
}
"""How a session's id ends. Without an ending it ends in the digits of its start, and no ending is the end of another:
so ids of two kinds are never equal, whatever the texts of the identifiers are."""

_BUYER = 2**30
"""More than the events of any owner and day; places have 32 bits."""

_LANDING = ["referrer_host", "mkt_source", "mkt_medium", "mkt_campaign", "channel_group"]
_CONTEXT = ["page_url", "mkt_source", "mkt_medium", "mkt_campaign", "channel_group"]
_OWNER_DAY = ["event_date", "owner_kind", "owner"]
_SESSION = [*_OWNER_DAY, "session_number"]
_ORDER = ["event_at", "event_id"]


def build_sessions(cleaned_events: Frame) -> Frame:
    """Return the sessions: runs of a browser's events with no gap over 30 minutes, within one day.

    Args:
        cleaned_events: ``CleanedEvents`` in engine types, any number of whole days.

    A browser is an anonymous id that may be somebody's. Its session is one whatever accounts its events carry: a login
    keeps the landing page and the campaign. Its account is that of the last purchase with one, else the last one seen.
    An account's event without a browser joins the browser that ``joined_events`` finds, else it is in a session of its
    account that a server saw. Records of orders without a browser are shop visits of their account. Events whose only
    identifiers are nobody's, such as "null", are in sessions of those. Events with neither account nor anonymous id are
    in no session.

    A session ends at midnight: so a day depends on its own events only, and a late file makes only its own days stale.
    A gap of exactly 30 minutes does not end a session. Where the visitor came from is what the first event with a page
    or a marketing context says, whole: its empty values are not filled from later events. Engaged is GA4's rule
    ("Engaged sessions" in Analytics Help): 10 seconds or longer, 2 or more page or screen views, or a purchase as key
    event.
    """
    marked = _with_landing(_numbered(_owned(cleaned_events)))
    sessions = marked.group_by(*_SESSION).agg(
        nw.col("first_page_url", "first_page_path", "last_page_path", *_LANDING, "country", "platform").max(),
        nw.col("landing_country", "landing_platform").max(),
        nw.col("first_user_id", "user_id", "largest_account").max(),
        nw.col("account").min(),
        nw.col("purchases", "page_views").sum(),
        nw.col("bot").max(),
        started_at=nw.col("event_at").min(),
        ended_at=nw.col("event_at").max(),
        events=nw.len(),
    )
    return _described(sessions)


def _owned(cleaned_events: Frame) -> Frame:
    """Return the events of sessions with their owner: a browser, an account, or an id that is nobody's."""
    named = cleaned_events.with_columns(account=somebodys("user_id"), browser=somebodys("anonymous_id"))
    of_browsers = named.filter(~nw.col("browser").is_null()).with_columns(joined_browser=nw.lit(None, dtype=nw.String))
    is_named = ~nw.coalesce("user_id", "anonymous_id").is_null()
    # Apart from those with a browser: looking all of them up among the few that joined took twice as long.
    others = (
        named.filter(nw.col("browser").is_null() & is_named)
        .join(
            joined_events(cleaned_events),
            left_on=["event_date", "event_id"],
            right_on=["event_date", "joined_id"],
            how="left",
        )
        .with_columns(browser=nw.col("joined_browser"))
    )
    columns = of_browsers.collect_schema().names()
    owned = nw.concat([of_browsers, others.select(columns)], how="vertical").with_columns(
        owner=nw.coalesce("browser", "account", "user_id", "anonymous_id"), owner_kind=_owner_kind()
    )
    # A joined event is a server's, and so is its user agent: it says nothing of the browser.
    is_bot = ~nw.col("bot_rule").is_null() & nw.col("joined_browser").is_null()
    return owned.with_columns(
        purchases=flag(nw.col("event_name") == PURCHASE),
        page_views=flag(nw.col("event_name").is_in(list(VIEWS))),
        bot=flag(is_bot),
    )


def _owner_kind() -> nw.Expr:
    is_order, is_anonymous = nw.col("kind") == "orders", nw.col("user_id").is_null()
    of_order = nw.when(is_anonymous).then(nw.lit(NOBODYS_SHOP)).otherwise(nw.lit(SHOP))
    of_event = nw.when(is_anonymous).then(nw.lit(NOBODYS_BROWSER)).otherwise(nw.lit(NOBODYS_ACCOUNT))
    of_event = nw.when(~nw.col("account").is_null()).then(nw.lit(SERVER)).otherwise(of_event)
    without_browser = nw.when(is_order).then(of_order).otherwise(of_event)
    return nw.when(~nw.col("browser").is_null()).then(nw.lit(BROWSER)).otherwise(without_browser)


def _numbered(owned: Frame) -> Frame:
    """Return the events with their place in the owner's day and the number of their session."""
    # event_id breaks ties: else the landing page of equal instants would depend on the order of the rows.
    placed = owned.with_columns(place=nw.lit(1)).with_columns(
        nw.col("place").cum_sum().over(*_OWNER_DAY, order_by=_ORDER),
        before=nw.col("event_at").shift(1).over(*_OWNER_DAY, order_by=_ORDER),
    )
    gap = nw.col("event_at") - nw.col("before")
    starts = placed.with_columns(is_start=flag(nw.col("before").is_null() | (gap > SESSION_GAP_US)))
    return starts.with_columns(session_number=nw.col("is_start").cum_sum().over(*_OWNER_DAY, order_by=["place"]))


def _with_landing(numbered: Frame) -> Frame:
    """Return the events with the values of the first page, the last page, the first context and the accounts.

    Each value is on its one event and null on all others, so that a maximum over the session finds it. Engines disagree
    on what first and last values are.
    """
    has_page, has_account = ~nw.col("page_url").is_null(), ~nw.col("account").is_null()
    has_context = nw.any_horizontal(*(~nw.col(name).is_null() for name in _CONTEXT), ignore_nulls=True)
    has_bought = has_account & (nw.col("purchases") == 1)
    place = nw.col("place")
    placed = numbered.with_columns(
        page_place=nw.when(has_page).then(place),
        context_place=nw.when(has_context).then(place),
        account_place=nw.when(has_account).then(place),
        # An account's purchase weighs more than any place: one maximum finds the last buyer, else the last account.
        owner_place=nw.when(has_account).then(place + _BUYER * flag(has_bought)),
    ).with_columns(
        first_page=nw.col("page_place").min().over(*_SESSION),
        last_page=nw.col("page_place").max().over(*_SESSION),
        landing=nw.col("context_place").min().over(*_SESSION),
        first_account=nw.col("account_place").min().over(*_SESSION),
        owner_of_session=nw.col("owner_place").max().over(*_SESSION),
    )
    at_first, at_last, at_landing = (
        place == nw.col("first_page"),
        place == nw.col("last_page"),
        place == nw.col("landing"),
    )
    return placed.with_columns(
        *(nw.when(at_landing).then(nw.col(name)).alias(name) for name in _LANDING),
        first_page_url=nw.when(at_first).then(nw.col("page_url")),
        first_page_path=nw.when(at_first).then(nw.col("page_path")),
        last_page_path=nw.when(at_last).then(nw.col("page_path")),
        landing_country=nw.when(at_landing).then(nw.col("country")),
        landing_platform=nw.when(at_landing).then(nw.col("platform")),
        first_user_id=nw.when(place == nw.col("first_account")).then(nw.col("account")),
        user_id=nw.when(nw.col("owner_place") == nw.col("owner_of_session")).then(nw.col("account")),
        largest_account=nw.col("account"),
    )


def _described(sessions: Frame) -> Frame:
    def is_of(*kinds: int) -> nw.Expr:
        return nw.col("owner_kind").is_in(list(kinds))

    ending = nw.lit(ENDINGS[SHOP])
    for kind, text in ENDINGS.items():
        ending = nw.when(is_of(kind)).then(nw.lit(text)).otherwise(ending)
    anonymous_id = nw.when(is_of(BROWSER, NOBODYS_BROWSER, NOBODYS_SHOP)).then(nw.col("owner"))
    # An account that is nobody's is not among the accounts seen, but names its own events.
    user_id = nw.coalesce("user_id", nw.when(is_of(SHOP, SERVER, NOBODYS_ACCOUNT)).then(nw.col("owner")))
    described = sessions.with_columns(user_id=user_id, anonymous_id=anonymous_id)
    visitor_id = nw.coalesce(
        nw.concat_str(nw.lit("user_id:"), nw.col("user_id")), nw.concat_str(nw.lit("anonymous_id:"), nw.col("owner"))
    )
    lasted = nw.col("ended_at") - nw.col("started_at")
    engaged = (lasted >= ENGAGED_US) | (nw.col("page_views") >= 2) | (nw.col("purchases") >= 1)
    return described.with_columns(
        session_id=nw.concat_str(nw.col("owner"), nw.lit("-"), nw.col("started_at").cast(nw.String), ending),
        kind=nw.when(is_of(SHOP, NOBODYS_SHOP)).then(nw.lit(SHOP_VISIT)).otherwise(nw.lit(SESSION)),
        is_server_side=is_of(SERVER),
        has_several_accounts=(nw.col("account") != nw.col("largest_account")).fill_null(value=False),
        visitor_id=nw.when(nw.col("bot") == 0).then(visitor_id),
        duration_seconds=lasted // 1_000_000,
        is_bot=nw.col("bot") == 1,
        is_engaged=engaged,
        # Where the landing event has none, the largest of the session: it does not depend on the order of the rows.
        country=nw.coalesce("landing_country", "country"),
        platform=nw.coalesce("landing_platform", "platform"),
    ).drop(
        "owner_kind", "owner", "account", "largest_account", "bot", "purchases", "landing_country", "landing_platform"
    )
