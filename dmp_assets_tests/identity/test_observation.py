"""Pairs of identifiers: of events, of customers, of all days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.identity.observation import EDGE_COLUMNS, aggregate_edges, crm_edges, daily_edges, order_pairs
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import PAIR, DailyEdges
from dmp_assets.ingest.schema.people import RawCustomers
from dmp_assets_tests.identity.support.factories import RULES, START, at, daily, edge, edges, order, order_visitors

IDS = ("user_id", "email", "phone", "device_id", "anonymous_id", "mkt_clickid")
LONG_AGO = datetime.fromisoformat("2020-01-01")


def event(minute: int, event_id: str | None = None, bot_rule: str | None = None, **ids: str | None) -> dict:
    row = {"event_date": at(minute).date(), "event_at": at(minute), "event_id": event_id or f"event{minute}"}
    return row | {"source": "web", "bot_rule": bot_rule} | dict.fromkeys(IDS) | ids


def session(start: int, browser: str | None, first_user_id: str | None) -> dict:
    begun = {"event_date": at(start).date(), "started_at": at(start)}
    return begun | {"anonymous_id": browser, "first_user_id": first_user_id}


def observed(*events: dict, rules: IdentityRules | None = None, sessions: Sequence[dict] = ()) -> pl.DataFrame:
    text = dict.fromkeys(("event_id", "source", "bot_rule", *IDS), pl.String)
    schema = {"event_date": pl.Date, "event_at": pl.Datetime("us"), **text}
    frame = pl.DataFrame(list(events), schema=schema)
    columns = {"anonymous_id": pl.String, "first_user_id": pl.String}
    visits = pl.DataFrame(list(sessions), schema={"event_date": pl.Date, "started_at": pl.Datetime("us"), **columns})
    found = daily_edges(frame.lazy(), visits.lazy(), rules or IdentityRules()).collect()
    return DailyEdges.validate(found, lazy=True)


def pairs(found: pl.DataFrame) -> list[str]:
    return sorted(f"{row['value_a']} {row['value_b']}".strip() for row in found.iter_rows(named=True))


def customer(user_id: str, **changes: str | datetime | None) -> pl.DataFrame:
    schema = {name: column.dtype.type for name, column in RawCustomers.to_schema().columns.items()}
    row = dict.fromkeys(schema) | {"user_id": user_id, "source": "crm", "path": "crm/a.csv", "line_number": 7}
    return pl.DataFrame([row | changes], schema=schema)


def test_an_event_pairs_its_strongest_identifier_with_each_other_one():
    found = observed(event(1, user_id="u1", email="e1", device_id="d1", mkt_clickid="c1"))
    assert pairs(found) == ["u1 c1", "u1 d1", "u1 e1"]
    assert set(found["type_b"]) == {"email", "device_id", "click_id"}
    assert pairs(observed(event(1, phone="p1", anonymous_id="a1"))) == ["p1 a1"]


def test_an_identifier_alone_is_a_row_and_no_identifier_is_none():
    assert pairs(observed(event(1, anonymous_id="a1"), event(2), event(3, anonymous_id=" ", email=""))) == ["a1"]


def test_bots_are_left_out():
    assert observed(event(1, bot_rule="declared", anonymous_id="a1")).is_empty()


def test_a_blocked_strongest_identifier_does_not_part_the_others():
    found = observed(event(1, user_id="null", device_id="d1", anonymous_id="a1"))
    assert pairs(found) == ["d1 a1", "null d1"]
    assert pairs(observed(event(1, user_id="null", email="none@x.org"))) == ["null none@x.org"]
    assert pairs(observed(event(1, user_id="null"))) == ["null"]


def test_a_days_pair_is_one_row_with_its_first_event():
    found = observed(
        event(5, "b", user_id="u1", anonymous_id="a1"),
        event(9, "c", user_id="u1", anonymous_id="a1"),
        event(5, "a", user_id="u1", anonymous_id="a1"),
        event(1445, "d", user_id="u1", anonymous_id="a1"),
    )
    columns = ["event_date", "events", "first_seen_at", "last_seen_at", "event_id"]
    assert found.sort("event_date").select(columns).rows() == [
        (date(2024, 5, 1), 3, at(5), at(9), "a"),
        (date(2024, 5, 2), 1, at(1445), at(1445), "d"),
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.fixed_dictionaries({name: st.sampled_from([None, "1", "2", "null"]) for name in IDS}), max_size=8))
def test_every_event_is_counted_on_each_of_its_pairs(rows):
    found = observed(*(event(place, **ids) for place, ids in enumerate(rows)))
    sizes = [sum(value is not None for value in ids.values()) for ids in rows]
    assert found["events"].sum() == sum(max(size - 1, min(size, 1)) for size in sizes)
    assert found.select("event_date", *PAIR).is_unique().all()


def test_a_customer_pairs_the_account_with_its_addresses():
    found = crm_edges(customer("u1", email="e1", phone="p1", updated_at=START), LONG_AGO)
    assert found.columns == EDGE_COLUMNS
    assert pairs(found) == ["u1 e1", "u1 p1"]
    assert found.select("rule", "events", "first_seen_at", "event_id").unique().rows() == [
        ("crm", 0, START, "crm/a.csv:7")
    ]


@pytest.mark.parametrize("email", [None, "", "  "])
def test_a_customer_without_address_is_known_since_the_given_time(email):
    found = crm_edges(customer("u1", email=email), LONG_AGO)
    assert found.select("value_a", "type_b", "value_b", "first_seen_at").rows() == [("u1", "", "", LONG_AGO)]


def test_all_days_and_the_crm_are_one_row_a_pair():
    days = daily(edge("u1 e1", 5, 9, events=2), edge("u1 e1", 1441, 1450, events=3)).drop("event_date", "begins_at")
    known = edges(edge("u1 e1", 3, rule="crm", events=0, source="crm"))
    found = aggregate_edges(pl.concat([days, known]).lazy()).collect()
    assert found.equals(edges(edge("u1 e1", 3, 1450, rule="crm", events=5, source="crm")))


def test_a_pair_begins_with_the_session_in_which_its_account_is_the_first():
    sessions = [session(0, "a1", "u1"), session(100, "a1", "u2"), session(50, "a2", "u9"), session(90, None, "u2")]
    found = observed(
        event(5, user_id="u1", anonymous_id="a1", device_id="d1"),
        event(110, user_id="u2", anonymous_id="a1", device_id="d1"),
        event(120, user_id="u2", anonymous_id="a1"),
        event(121, user_id="u3", anonymous_id="a1"),
        event(122, user_id="u4"),
        event(123, anonymous_id="a1"),
        sessions=sessions,
    )
    begins = {pair: row["begins_at"] for pair, row in zip(_pairs(found), found.to_dicts(), strict=True)}
    assert begins == {
        "u1 a1": at(0),
        "u1 d1": at(0),
        "u2 a1": at(100),
        "u2 d1": at(100),
        "u3 a1": at(121),
        "u4 ": at(122),
        "a1 ": at(123),
    }
    firsts = found.select("value_a", "value_b", "first_seen_at").rows()
    assert ("u2", "a1", at(110)) in firsts


def test_a_session_of_another_day_begins_no_pair():
    day_before = {**session(-5, "a1", "u1")}
    found = observed(event(5, user_id="u1", anonymous_id="a1"), sessions=[day_before])
    assert found["begins_at"].to_list() == [at(5)]


def _pairs(found: pl.DataFrame) -> list[str]:
    return [f"{row['value_a']} {row['value_b']}" for row in found.iter_rows(named=True)]


def of_orders(*orders: pl.DataFrame, blocked: frozenset[tuple[str, str]] = frozenset()) -> pl.DataFrame:
    found = order_pairs(order_visitors(*orders).lazy(), replace(RULES, blocked=blocked)).collect()
    assert found.schema == {name: column.dtype.type for name, column in DailyEdges.to_schema().columns.items()}
    return found.sort("event_id", "value_a", "value_b")


def named(found: pl.DataFrame) -> list[tuple[str, str, str]]:
    return found.select("event_id", "value_a", "value_b").rows()


def test_the_strongest_visitor_is_paired_with_each_other_one():
    found = of_orders(order("o1", a1=1, d1=2, e1=3), order("o2", a1=1, a2=2))
    assert named(found) == [("o1", "e1", "a1"), ("o1", "e1", "d1"), ("o2", "a1", "a2")]


def test_a_pair_is_seen_when_the_weaker_visitor_was_reported_on_the_day_of_the_order():
    (row,) = of_orders(order("o1", 3, u1=(1, 90), a1=(5, 7))).to_dicts()
    assert (row["first_seen_at"], row["last_seen_at"], row["begins_at"]) == (at(5), at(7), at(5))
    assert (row["event_date"], row["events"], row["rule"], row["source"]) == (at(3 * 1440).date(), 0, "order", "shop")


def test_one_visitor_alone_is_no_pair_and_an_order_is_never_an_end():
    found = of_orders(order("o1", u1=1), order("o2", u1=1, e1=1))
    assert named(found) == [("o2", "u1", "e1")]


def test_of_two_accounts_only_their_own_pair_is_told():
    assert named(of_orders(order("o1", u1=1, u2=2, e1=3, a1=4))) == [("o1", "u1", "u2")]


def test_a_blocked_account_is_no_second_account_and_parts_nobody():
    blocked = frozenset({("user_id", "u0")})
    assert named(of_orders(order("o1", u0=1, u1=2, a1=3), blocked=blocked)) == [
        ("o1", "u0", "u1"),
        ("o1", "u1", "a1"),
    ]
    assert named(of_orders(order("o1", u0=1, e1=2, a1=3), blocked=blocked)) == [
        ("o1", "e1", "a1"),
        ("o1", "u0", "e1"),
    ]


def test_a_value_with_a_colon_stays_whole():
    rows = order("o1", u1=1, a1=2).with_columns(pl.col("visitor_id").str.replace("a1", "GA1.2:77"))
    assert named(of_orders(rows)) == [("o1", "u1", "GA1.2:77")]
