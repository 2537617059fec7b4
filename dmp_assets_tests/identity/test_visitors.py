"""Whose events an identifier's are: for ever, by stretch, or nobody's."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.values.persons import named_visitor, of_accounts, of_persons
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.tables import person_id
from dmp_assets_tests.identity.support.factories import RULES, at, daily, edge, minute, resolved

A, B = person_id("user_id", "u1"), person_id("user_id", "u2")


def visitors(*rows: dict, rules: IdentityRules = RULES) -> pl.DataFrame:
    return resolved(*rows, rules=rules, seen=daily(*rows)).visitors


def stretches(table: pl.DataFrame, visitor: str) -> list[tuple[str, int | None, int | None]]:
    rows = table.filter(pl.col("visitor_id") == visitor).select("person_id", "effective_at", "superseded_at").rows()
    return [(person, minute(begin), minute(end)) for person, begin, end in rows]


def test_an_identifier_of_one_person_is_so_for_ever_even_before_it_was_known() -> None:
    found = visitors(edge("a1", 1), edge("u1 a1", 5))
    assert stretches(found, "anonymous_id:a1") == stretches(found, "user_id:u1")
    assert stretches(found, "user_id:u1") == [(person_id("anonymous_id", "a1"), None, None)]


def test_a_shared_device_is_told_apart_by_time() -> None:
    found = visitors(edge("u1 d1", 1), edge("u2 d1", 5), edge("u1 a1", 0), edge("u2 a2", 0))
    owners = stretches(found, "device_id:d1")
    assert [(begin, end) for _, begin, end in owners] == [(None, 5), (5, None)]
    assert [person for person, _, _ in owners] == [stretches(found, f"user_id:u{number}")[0][0] for number in (1, 2)]


def test_the_owners_of_a_shared_device_are_named_as_they_are_called_now() -> None:
    # At minute 9 it turns out that u2 is whoever a0 was, an older name.
    rows = [edge("u1 d1", 1), edge("u2 d1", 5), edge("a0", 0), edge("u2 a0", 9)]
    owners = stretches(visitors(*rows), "device_id:d1")
    assert owners[-1] == (person_id("anonymous_id", "a0"), 5, None)
    assert len(owners) == 2


def test_nobody_has_the_events_of_a_blocked_identifier() -> None:
    rules = IdentityRules(blocked=frozenset([("device_id", "d1")]))
    found = visitors(edge("u1 d1", 1), rules=rules)
    assert found["visitor_id"].to_list() == ["user_id:u1"]


def test_rows_of_visitors_become_rows_of_persons_each_once() -> None:
    table = visitors(edge("u1 d1", 1), edge("u2 d1", 5))
    rows = pl.LazyFrame(
        {
            "visitor_id": ["device_id:d1", "device_id:d1", "device_id:d1", "x:y", None],
            "at": [at(0), at(4), at(5), at(1), at(1)],
        }
    )
    found = of_persons(rows, table, "at").sort("at").collect()
    assert found.rows() == [(at(0), A), (at(4), A), (at(5), B)]


def test_an_account_that_nobody_knows_keeps_a_name_of_its_own() -> None:
    table = visitors(edge("u1 d1", 1))
    found = of_accounts(pl.DataFrame({"user_id": ["u1", "u9"], "n": [1, 2]}), table)
    assert found.rows() == [(1, A), (2, "user_id:u9")]


def test_the_first_identifier_that_a_row_has_names_its_visitor() -> None:
    rows = pl.DataFrame({"user_id": ["u", None, None], "email": ["e", "e", None]})
    assert rows.select(named_visitor("user_id", "email"))["visitor_id"].to_list() == ["user_id:u", "email:e", None]


PAIRS = st.lists(
    st.tuples(st.sampled_from(["u1 d1", "u2 d1", "u1 a1", "u2 a2", "a1", "a2", "u1 e1", "u2 e1"]), st.integers(0, 30)),
    min_size=1,
    max_size=12,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_stretches_never_overlap_and_cover_all_time(pairs: list[tuple[str, int]]) -> None:
    table = visitors(*(edge(pair, first) for pair, first in pairs))
    for (_,), rows in table.sort("visitor_id", "effective_at", nulls_last=False).group_by("visitor_id"):
        assert rows["effective_at"].to_list()[1:] == rows["superseded_at"].to_list()[:-1]
        assert (rows["effective_at"][0], rows["superseded_at"][-1]) == (None, None)
        assert (rows["person_id"] != rows["person_id"].shift(1)).fill_null(value=True).all()
