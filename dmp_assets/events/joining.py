"""Events without a browser, such as a purchase that a server reports, and the browser whose visit they belong to."""

import narwhals.stable.v2 as nw

from dmp_assets.events.portable import Frame, flag, somebodys

SESSION_GAP_US = 30 * 60 * 1_000_000
"""GA4 and Snowplow both end a session after 30 minutes without an event."""

_ACCOUNT = ["event_date", "account"]
_BROWSER = [*_ACCOUNT, "browser"]
_OPENS, _ASKS, _CLOSES = range(3)


def joined_events(cleaned_events: Frame) -> Frame:
    """Return the events that join a browser: event_date, joined_id (their event_id) and joined_browser.

    Args:
        cleaned_events: ``CleanedEvents`` in engine types, any number of whole days.

    An event joins if it is no record of orders and has an account but no browser, each an identifier that may be
    somebody's. It joins the browser on which its account has an event of the same day within 30 minutes, before or
    after, if it is one browser. Of several nobody can say which, so it joins none.
    """
    known = cleaned_events.filter(~nw.col("user_id").is_null())
    asking = (
        known.filter(nw.col("kind") != "orders")
        .with_columns(account=somebodys("user_id"), browser=somebodys("anonymous_id"))
        .filter(~nw.col("account").is_null() & nw.col("browser").is_null())
    )
    asked = asking.select(*_ACCOUNT, "event_id", at=nw.col("event_at"), turn=_whole(_ASKS), number=_whole(0))
    ends = _reach(known, asking.select(*_ACCOUNT).unique())
    marks = nw.concat(
        [
            ends.select(*_ACCOUNT, "browser", nw.lit("").alias("event_id"), "at", "turn", "number"),
            asked.select(*_ACCOUNT, nw.lit("").alias("browser"), "event_id", "at", "turn", "number"),
        ],
        how="vertical",
    )
    # By turns at one moment: a reach of exactly 30 minutes is open when the event asks. No join by range: an account
    # that a thousand browsers share would meet each of them at each of its events.
    order = ["at", "turn", "browser", "event_id"]
    steps = marks.with_columns(browsers=_whole(1) - nw.col("turn"))
    steps = steps.with_columns(number=nw.col("number") * nw.col("browsers"), opened=nw.col("number"))
    summed = steps.with_columns(nw.col("browsers", "number").cum_sum().over(*_ACCOUNT, order_by=order))
    # The sum of the numbers of one open browser is its number, by which the browser's own marks give its name.
    is_alone = (nw.col("turn") == _ASKS) & (nw.col("browsers") == 1)
    told = summed.with_columns(told=nw.when(is_alone).then(nw.col("number")).otherwise(nw.col("opened")))
    named_ones = told.with_columns(joined_browser=nw.col("browser").max().over(*_ACCOUNT, "told"))
    found = named_ones.filter(is_alone)
    return found.select("event_date", "joined_browser", joined_id=nw.col("event_id"))


def _reach(known: Frame, accounts: Frame) -> Frame:
    """Return when browsers begin and cease to be within reach of accounts: a row per end, with the browser's number.

    Events of a pair that are at most an hour apart make one reach, from 30 minutes before the first to 30 minutes after
    the last. So reaches of a pair never overlap, and the open ones count browsers. Numbers count within account and
    day.
    """
    # The few accounts first: patterns are dear.
    seen = (
        known.filter(~nw.col("anonymous_id").is_null())
        .with_columns(account=nw.col("user_id"))
        .join(accounts, on=_ACCOUNT, how="semi")
        .with_columns(browser=somebodys("anonymous_id"))
        .filter(~nw.col("browser").is_null())
        .select(*_BROWSER, "event_at", "event_id")
    )
    order = ["event_at", "event_id"]
    gaps = seen.with_columns(gap=nw.col("event_at") - nw.col("event_at").shift(1).over(*_BROWSER, order_by=order))
    begins = flag(nw.col("gap").is_null() | (nw.col("gap") > 2 * SESSION_GAP_US))
    placed = gaps.with_columns(begins=begins).with_columns(
        stretch=nw.col("begins").cum_sum().over(*_BROWSER, order_by=order)
    )
    stretches = placed.group_by(*_BROWSER, "stretch").agg(
        opens=nw.col("event_at").min() - SESSION_GAP_US, closes=nw.col("event_at").max() + SESSION_GAP_US
    )
    is_first = flag(nw.col("stretch") == 1).cast(nw.Int64)
    counted = stretches.with_columns(number=is_first).with_columns(
        number=nw.col("number").cum_sum().over(*_ACCOUNT, order_by=["browser", "stretch"])
    )
    # Not unpivoted: Narwhals does it on DuckDB's default connection only.
    ends = [
        counted.select(*_BROWSER, nw.col("number").cast(nw.Int64), at=nw.col(end), turn=_whole(turn))
        for end, turn in (("opens", _OPENS), ("closes", _CLOSES))
    ]
    return nw.concat(ends, how="vertical")


def _whole(number: int) -> nw.Expr:
    """Return a number of the type that sums have: SQL engines give literals another, and types must agree."""
    return nw.lit(number).cast(nw.Int64)
