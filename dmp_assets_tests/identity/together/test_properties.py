"""What holds for any edges: contracts, one owner at a time, one account a person, and no matter of order."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.identity.observation import aggregate_edges
from dmp_assets.identity.resolution import resolve
from dmp_assets.identity.schema.persons import APART, IDENTIFIER, NOBODY, PAIR, USER
from dmp_assets_tests.identity.support.factories import TABLES, checked, edge
from dmp_assets_tests.identity.support.worlds import TIGHT, VALUES, days, everything, observation, orders

WORLDS = st.builds(days, st.lists(observation(), max_size=24), orders())


# Few worlds by chance reach a limit: with half of the examples, persons beyond their limits went unseen.
pytestmark = pytest.mark.all_examples


@settings(max_examples=30, deadline=None)
@given(WORLDS, st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(seen, seed) -> None:
    pairs = aggregate_edges(seen.lazy()).collect()
    shuffled = pairs.sample(fraction=1, shuffle=True, seed=seed)
    daily = seen.sample(fraction=1, shuffle=True, seed=seed).lazy()
    left, right = resolve(pairs, TIGHT, seen.lazy()), resolve(shuffled, TIGHT, daily)
    for name in TABLES:
        assert getattr(left, name).equals(getattr(right, name)), name


@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_every_table_keeps_its_contract_and_agrees_with_the_others(seen) -> None:
    found = checked(everything(seen))
    identifiers, persons = found.identifiers, found.persons
    assert identifiers.filter(pl.col("person_id").is_null())["verdict"].is_in(NOBODY).all()
    assert identifiers.filter(pl.col("person_id").is_not_null())["verdict"].is_in(NOBODY).any() is False
    own = identifiers.filter(~pl.col("verdict").is_in(APART))
    assert persons["identifiers"].sum() == own.height
    assert set(persons["person_id"]) == set(own["person_id"])
    current = found.history.filter(pl.col("is_current")).select(*IDENTIFIER, "person_id").sort(IDENTIFIER)
    belonging = identifiers.drop_nulls("person_id").select(*IDENTIFIER, "person_id").sort(IDENTIFIER)
    assert current.equals(belonging)


@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_an_identifier_is_one_persons_at_a_time_without_gap(seen) -> None:
    found = everything(seen)
    starts = dict(found.identifiers.select("identifier", "first_seen_at").iter_rows())
    for (_, value), stretches in found.history.sort("effective_at").group_by(IDENTIFIER, maintain_order=True):
        times = stretches.select("effective_at", "superseded_at", "person_id", "change_type").rows()
        assert times[0][0] == starts[value]
        assert times[-1][1] is None
        assert [row[3] == "created" for row in times] == [True, *([False] * (len(times) - 1))]
        for earlier, later in pairwise(times):
            assert earlier[0] < earlier[1] == later[0]
            assert earlier[2] != later[2]


@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_a_person_has_one_account_and_no_more_than_the_limits(seen) -> None:
    found = everything(seen)
    own = found.identifiers.filter(~pl.col("verdict").is_in(APART))
    sizes = own.group_by("person_id", "identifier_type").len()
    for kind, most in TIGHT.limits.items():
        assert (sizes.filter(pl.col("identifier_type") == kind)["len"] <= most).all()
    assert found.persons[USER].drop_nulls().is_unique().all()


@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_kept_edges_connect_exactly_the_persons(seen) -> None:
    found = everything(seen)
    kept = found.edges.filter((pl.col("verdict") == "kept") & (pl.col("type_b") != ""))
    sets: dict[str, set[str]] = {}
    for a, b in kept.select("value_a", "value_b").iter_rows():
        joined = sets.get(a, {a}) | sets.get(b, {b})
        sets |= dict.fromkeys(joined, joined)
    own = found.identifiers.filter(~pl.col("verdict").is_in(APART))
    for (_,), members in own.group_by("person_id"):
        values = set(members["identifier"])
        assert all(sets.get(value, {value}) == values for value in values)


@settings(max_examples=40, deadline=None)
@given(WORLDS)
def test_a_merge_is_what_history_tells_of_the_one_who_named_the_person(seen) -> None:
    found = everything(seen)
    own = found.identifiers.filter(~pl.col("verdict").is_in(APART)).select(IDENTIFIER)
    history = found.history.join(own, on=IDENTIFIER, how="semi")
    ended = history.drop_nulls("superseded_at").select("person_id", "superseded_at").unique()
    assert set(ended.rows()) == set(found.merges.select("person_id", "merged_at").rows())
    assert found.merges.join(found.edges.filter(pl.col("verdict") == "kept"), on=PAIR, how="anti").is_empty()


@settings(max_examples=30, deadline=None)
@given(WORLDS, st.sampled_from(VALUES), st.integers(0, 2000))
def test_who_is_in_no_touched_component_stays_who_it_was(seen, value, minute) -> None:
    before = everything(seen)
    after = everything(pl.concat([seen, days([edge(value, minute)])]))
    touched = before.identifiers.filter(pl.col("identifier") == value)["component_id"].to_list()
    others = before.identifiers.filter(~pl.col("component_id").is_in(touched))
    assert others.join(after.identifiers, on=others.columns, how="anti", nulls_equal=True).is_empty()


def test_no_edges_are_no_persons() -> None:
    found = checked(everything(days([])))
    assert all(getattr(found, name).is_empty() for name in TABLES)
