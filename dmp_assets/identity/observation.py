"""Identifiers seen together: pairs of a day's events, of orders, of customer records, and of all days."""

from datetime import datetime

import polars as pl

from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import CRM, EVENT, ORDER, PAIR, TYPES, USER, DailyEdges

_COLUMNS = {"mkt_clickid": "click_id"}
_EVENT = ["event_date", "event_at", "event_id", "source"]
_PLACES = {name: place for place, name in enumerate(TYPES)}
_STRONGEST = ["is_blocked", "place", "identifier"]


def daily_edges(cleaned_events: pl.LazyFrame, sessions: pl.LazyFrame, rules: IdentityRules) -> pl.LazyFrame:
    """Return the pairs of identifiers on the events of each day (``DailyEdges``).

    Args:
        cleaned_events: event_date, event_at (UTC), event_id, source, bot_rule, user_id, email, phone, device_id,
            anonymous_id and mkt_clickid, any number of whole days.
        sessions: event_date, anonymous_id, started_at (UTC) and first_user_id of the same days.
        rules: Their blocked values.

    An event with k identifiers is k - 1 pairs: its strongest identifier with each other one. The strongest is one
    that is not blocked, if there is one, so that a user_id of "null" does not part the others. An event with one
    identifier is a row without a second one. Blank identifiers are none; events of bots are left out.
    """
    people = cleaned_events.filter(pl.col("bot_rule").is_null()).rename(_COLUMNS)
    given = people.select(
        *_EVENT, *(pl.when(pl.col(name).str.contains(r"\S")).then(pl.col(name)).alias(name) for name in TYPES)
    )
    usable = [
        pl.when(pl.col(name).is_not_null() & rules.block_rule(pl.lit(name), pl.col(name)).is_null()).then(pl.lit(place))
        for name, place in _PLACES.items()
    ]
    present = [pl.when(pl.col(name).is_not_null()).then(pl.lit(place)) for name, place in _PLACES.items()]
    placed = given.with_columns(
        strongest=pl.coalesce(*usable, *present).cast(pl.Int64),
        identifiers=pl.sum_horizontal(pl.col(name).is_not_null() for name in TYPES),
    ).with_columns(
        strongest_value=pl.coalesce(
            *(pl.when(pl.col("strongest") == place).then(pl.col(name)) for name, place in _PLACES.items())
        )
    )
    index = [*_EVENT, "strongest", "strongest_value", "identifiers", "browser"]
    long = placed.with_columns(browser="anonymous_id").unpivot(
        list(TYPES), index=index, variable_name="type", value_name="value"
    )
    pairs = _gathered(_paired(long), ["event_date", *PAIR], "browser")
    return _begun(pairs, sessions).select(*DailyEdges.to_schema().columns)


def _paired(long: pl.LazyFrame) -> pl.LazyFrame:
    """Return a pair for each identifier of an event but the strongest; a lone one is with nothing."""
    place = pl.col("type").replace_strict(_PLACES, return_dtype=pl.Int64)
    strongest = pl.col("strongest").replace_strict(dict(enumerate(TYPES)), return_dtype=pl.String)
    is_strongest, is_stronger = place == pl.col("strongest"), place < pl.col("strongest")
    alone = pl.lit("")
    return long.filter(pl.col("value").is_not_null() & (~is_strongest | (pl.col("identifiers") == 1))).select(
        *_EVENT,
        type_a=pl.when(is_stronger).then(pl.col("type")).otherwise(strongest),
        value_a=pl.when(is_stronger).then(pl.col("value")).otherwise(pl.col("strongest_value")),
        type_b=pl.when(is_strongest).then(alone).when(is_stronger).then(strongest).otherwise(pl.col("type")),
        value_b=pl.when(is_strongest)
        .then(alone)
        .when(is_stronger)
        .then(pl.col("strongest_value"))
        .otherwise(pl.col("value")),
        rule=pl.lit(EVENT),
        events=pl.lit(1, pl.Int64),
        first_seen_at=pl.col("event_at"),
        last_seen_at=pl.col("event_at"),
        browser="browser",
    )


def _begun(pairs: pl.LazyFrame, sessions: pl.LazyFrame) -> pl.LazyFrame:
    """Return the pairs of days with ``begins_at``.

    Args:
        pairs: Pairs of days, with the browser of their first event.
        sessions: As ``daily_edges`` takes them.
    """
    # A browser's sessions of a day follow each other, so the newest one that had begun is the one the event is in.
    of_accounts = sessions.select(
        "event_date", "started_at", browser="anonymous_id", type_a=pl.lit(USER), value_a="first_user_id"
    ).filter(pl.col("browser").is_not_null(), pl.col("value_a").is_not_null())
    key = ["event_date", "browser"]
    found = pairs.sort("first_seen_at").join_asof(
        of_accounts.sort("started_at"),
        left_on="first_seen_at",
        right_on="started_at",
        by=key,
        suffix="_first",
        check_sortedness=False,
    )
    is_first = (pl.col("type_a") == pl.col("type_a_first")) & (pl.col("value_a") == pl.col("value_a_first"))
    return found.with_columns(begins_at=pl.when(is_first).then("started_at").otherwise("first_seen_at"))


def order_pairs(order_visitors: pl.LazyFrame, rules: IdentityRules) -> pl.LazyFrame:
    """Return the pairs of identifiers of each order, a row per pair and order (columns of ``DailyEdges``).

    Args:
        order_visitors: ``OrderVisitors``, any number of whole orders. One visitor alone makes no pair.
        rules: Their blocked values.

    An order of k visitors is k - 1 pairs: its strongest visitor with each other one, at the time of the other one's
    reports. The strongest is one that is not blocked, if there is one. An order of several accounts that are not
    blocked is told by the pairs of these accounts alone: whose its other visitors are, it does not say. No event is
    counted: the events that name the visitors are among the days' pairs.
    """
    visitor = pl.col("visitor_id").str.splitn(":", 2)
    kind, value = visitor.struct.field("field_0"), visitor.struct.field("field_1")
    named = order_visitors.with_columns(identifier_type=kind, identifier=value).with_columns(
        is_blocked=rules.block_rule(pl.col("identifier_type"), pl.col("identifier")).is_not_null(),
        place=pl.col("identifier_type").replace_strict(_PLACES, return_dtype=pl.Int64),
    )
    is_account = pl.col("identifier_type") == USER
    orders = named.group_by("order_id").agg(
        pl.col("identifier_type", "identifier", "place").sort_by(_STRONGEST).first().name.prefix("first_"),
        accounts=(is_account & ~pl.col("is_blocked")).sum(),
    )
    is_first = (pl.col("identifier_type") == pl.col("first_identifier_type")) & (
        pl.col("identifier") == pl.col("first_identifier")
    )
    # One order that two accounts are on may be a gift, a wrong export or a number that was used twice: a visitor who
    # joined either account through it could be a stranger.
    others = named.join(orders, on="order_id").filter(~is_first & ((pl.col("accounts") < 2) | is_account))
    return others.select(*_pair_with_first()).select(*DailyEdges.to_schema().columns)


def _pair_with_first() -> list[pl.Expr]:
    """Return the columns of the pair of a visitor with the first one of its order."""
    place, first = pl.col("place"), pl.col("first_place")
    is_stronger = (place < first) | ((place == first) & (pl.col("identifier") < pl.col("first_identifier")))
    ends = [("identifier_type", "identifier"), ("first_identifier_type", "first_identifier")]
    pair = [
        pl.when(is_stronger).then(one).otherwise(other)
        for stronger, weaker in (ends, ends[::-1])
        for one, other in zip(stronger, weaker, strict=True)
    ]
    return [
        pl.col("order_date").alias("event_date"),
        *(column.alias(name) for name, column in zip(PAIR, pair, strict=True)),
        pl.lit(ORDER).alias("rule"),
        pl.lit(0, pl.Int64).alias("events"),
        pl.col("first_seen_at"),
        pl.col("last_seen_at"),
        pl.col("first_seen_at").alias("begins_at"),
        pl.col("source"),
        pl.col("order_id").alias("event_id"),
    ]


def crm_edges(customers: pl.DataFrame, known_since: datetime) -> pl.DataFrame:
    """Return the pairs of each customer's account with its e-mail and its phone (``EDGE_COLUMNS``).

    Args:
        customers: ``RawCustomers``; e-mail and phone in the spelling that events have them in.
        known_since: Time (UTC) of records without ``updated_at``.

    A customer without either is a row without a second identifier. No event is counted.
    """
    at = pl.coalesce(pl.col("updated_at"), pl.lit(known_since).cast(pl.Datetime("us")))
    long = customers.filter(pl.col("user_id").str.contains(r"\S")).select(
        pl.lit(USER).alias("type_a"),
        pl.col("user_id").alias("value_a"),
        pl.lit(CRM).alias("rule"),
        pl.lit(0, pl.Int64).alias("events"),
        at.alias("first_seen_at"),
        at.alias("last_seen_at"),
        "source",
        pl.format("{}:{}", "path", "line_number").alias("event_id"),
        "email",
        "phone",
    )
    index = [name for name in long.columns if name not in ("email", "phone")]
    pairs = long.unpivot(["email", "phone"], index=index, variable_name="type_b", value_name="value_b")
    known = pairs.filter(pl.col("value_b").str.contains(r"\S"))
    bare = long.join(known, on="value_a", how="anti").with_columns(type_b=pl.lit(""), value_b=pl.lit(""))
    found = pl.concat([known.select(EDGE_COLUMNS), bare.select(EDGE_COLUMNS)])
    return aggregate_edges(found.lazy()).sort(PAIR).collect()


EDGE_COLUMNS = [name for name in DailyEdges.to_schema().columns if name not in ("event_date", "begins_at")]
"""Columns of a pair before rules have judged it."""


def aggregate_edges(observed: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per pair over all days and sources: ``Edges`` without verdict.

    Args:
        observed: Rows of ``daily_edges``, ``order_pairs`` and ``crm_edges``, in any order. What showed a pair first is
            the earliest row; of several at one moment the one with the smallest event id, then rule, then source.
    """
    return _gathered(observed, list(PAIR)).select(EDGE_COLUMNS)


def _gathered(pairs: pl.LazyFrame, key: list[str], *of_first: str) -> pl.LazyFrame:
    # A total order: the evidence of a pair must not depend on the order in which files and days were read.
    order = ["first_seen_at", "event_id", "rule", "source"]
    return pairs.group_by(key).agg(
        pl.col("events").sum(),
        pl.col("last_seen_at").max(),
        pl.col("source", "event_id", "rule", *of_first).sort_by(order).first(),
        pl.col("first_seen_at").min(),
    )
