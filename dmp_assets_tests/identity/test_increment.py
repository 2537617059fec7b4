"""Changes, in any order and any parts, lead to what resolving everything gives, for the cost of what they touch."""

from dataclasses import replace
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.identity.increment import Increment, Stored, reblocked_pairs, resolve_increment
from dmp_assets.identity.observation import aggregate_edges
from dmp_assets.identity.resolution import Resolution, resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema import PAIR
from dmp_assets_tests.identity.factories import (
    RULES,
    TABLES,
    clusters,
    edge,
    edges,
    history,
    merges,
)
from dmp_assets_tests.identity.worlds import TIGHT, days, everything, family_observation, observation

NOTHING = resolve(edges(), TIGHT)


def applied(before: Resolution, increment: Increment) -> Resolution:
    """Return the tables after an increment."""
    tables = {}
    for name, model in TABLES.items():
        keys, rows = getattr(increment.deleted, name), getattr(increment.inserted, name)
        kept = getattr(before, name).join(keys, on=keys.columns, how="anti")
        tables[name] = pl.concat([kept, rows])
        assert not tables[name].select(model.__config__.metadata["key"]).is_duplicated().any()
    return Resolution(**tables)


def stored(tables: Resolution) -> Stored:
    return Stored(tables.edges.lazy(), tables.identifiers.lazy(), tables.history.lazy())


def changed_to(before: Resolution, was: pl.DataFrame, now: pl.DataFrame, rules: IdentityRules = TIGHT) -> Resolution:
    """Return the tables after the days ``was`` became ``now``; pairs that differ in no row are no change."""
    keys = pl.concat([was.join(now, on=now.columns, how="anti"), now.join(was, on=now.columns, how="anti")])
    current = aggregate_edges(now.lazy()).collect()
    return applied(before, resolve_increment(keys.select(PAIR), current, stored(before), rules, now.lazy()))


def assert_same(left: Resolution, right: Resolution) -> None:
    for name in TABLES:
        assert_frame_equal(getattr(left, name), getattr(right, name), check_row_order=False)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(observation(), max_size=6), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_order_and_any_parts_lead_to_what_everything_at_once_gives(parts, chance) -> None:
    tables, was = NOTHING, days([])
    for part in chance.sample(parts, len(parts)):
        now = days([*was.iter_rows(named=True), *part])
        tables = changed_to(tables, was, now)
        was = now
    assert_same(tables, everything(days([row for part in parts for row in part])))


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_small_changes_of_many_small_components_lead_there_too(chance) -> None:
    walk(chance, steps=3)


def walk(chance: Random, steps: int) -> None:
    """Change a world of some 45 observations in steps: some come, one goes; after each all tables are as anew."""
    rows = [family_observation(chance) for _ in range(45)]
    was = days(rows)
    tables = everything(was)
    for _ in range(steps):
        rows = [*chance.sample(rows, len(rows) - 1), *(family_observation(chance) for _ in range(chance.randrange(3)))]
        now = days(rows)
        tables = changed_to(tables, was, now)
        assert_same(tables, everything(now))
        was = now


@settings(max_examples=10, deadline=None)
@given(st.lists(observation(), min_size=4, max_size=24), st.randoms(use_true_random=False))
def test_what_is_taken_back_leaves_no_trace(rows, chance) -> None:
    some = chance.sample(rows, len(rows) // 2)
    before, after = days(rows), days(some)
    tables = changed_to(everything(before), before, after)
    assert_same(tables, everything(after))
    assert_same(changed_to(tables, after, before), everything(before))


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_blocking_and_unblocking_restores_every_row(chance) -> None:
    rows = [family_observation(chance) for _ in range(45)]
    value = chance.choice(rows)["value_a"]
    seen = days(rows)
    pairs = aggregate_edges(seen.lazy()).collect()
    stricter = replace(TIGHT, blocked=frozenset({(edge(value, 0)["type_a"], value)}))
    before = everything(seen)
    keys = reblocked_pairs(stored(before), stricter)
    blocked = applied(before, resolve_increment(keys, pairs, stored(before), stricter, seen.lazy()))
    assert_same(blocked, everything(seen, stricter))
    keys = reblocked_pairs(stored(blocked), TIGHT)
    assert_same(applied(blocked, resolve_increment(keys, pairs, stored(blocked), TIGHT, seen.lazy())), before)


def test_a_triple_over_three_days_is_one_person_whatever_day_comes_last() -> None:
    rows = [edge("u1 e1", 1), edge("e1 d1", 1441), edge("d1 a1", 2881)]
    for order in ([0, 1, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0]):
        tables, was = resolve(edges(), RULES), days([])
        for place in order:
            now = days([*was.iter_rows(named=True), rows[place]])
            tables = changed_to(tables, was, now, RULES)
            was = now
        assert clusters(tables) == {"u1": "a1 d1 e1 u1"}
        assert history(tables, "a1") == [("u1", 2881, None, "created")]


def test_a_merge_that_an_older_event_undoes_is_taken_out() -> None:
    was = days([edge("a1", 1), edge("u1", 2), edge("u1 a1", 9)])
    before = everything(was, RULES)
    assert merges(before) == [("u1", "a1", 9, "u1 a1")]
    now = days([*was.iter_rows(named=True), edge("u2 a1", 5)])
    after = changed_to(before, was, now, RULES)
    assert merges(after) == []
    assert clusters(after) == {"u1": "a1 u1", "u2": "u2"}


def test_only_touched_components_are_written() -> None:
    was = days([edge(f"u{n} a{n}", n) for n in range(6)] + [edge("u1 e1", 1), edge("u2 e1", 2)])
    before = everything(was, RULES)
    now = days([*was.iter_rows(named=True), edge("u0 d0", 50)])
    keys = now.join(was, on=now.columns, how="anti").select(PAIR)
    current = aggregate_edges(now.lazy()).collect()
    increment = resolve_increment(keys, current, stored(before), RULES, now.lazy())
    assert sorted(increment.inserted.identifiers["identifier"]) == ["a0", "d0", "u0"]
    assert sorted(increment.deleted.identifiers["identifier"]) == ["a0", "d0", "u0"]
    assert increment.inserted.persons.height == 1


def test_a_super_node_that_is_seen_once_more_rewrites_that_edge_only() -> None:
    was = days([edge(f"u{n} d1", n) for n in range(20)])
    before = everything(was, RULES)
    now = days([*was.iter_rows(named=True), edge("u3 d1", 99)])
    keys = pl.DataFrame({name: [edge("u3 d1", 0)[name]] for name in PAIR})
    current = aggregate_edges(now.lazy()).collect()
    increment = resolve_increment(keys, current, stored(before), RULES, now.lazy())
    assert increment.inserted.edges.height == 1
    assert sorted(increment.inserted.identifiers["identifier"]) == ["d1", "u3"]
    assert_same(applied(before, increment), everything(now, RULES))
