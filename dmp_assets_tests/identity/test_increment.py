"""Changes, in any order and any parts, lead to what resolving everything gives, for the cost of what they touch."""

from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.foundation.values.contracts import facts_of
from dmp_assets.identity.increment import (
    Increment,
    Stored,
    added_pairs,
    differing_pairs,
    resolve_increment,
)
from dmp_assets.identity.observation import aggregate_edges
from dmp_assets.identity.resolution import Resolution, lookup, resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import PAIR
from dmp_assets_tests.identity.support.factories import RULES, START, TABLES, clusters, edge, edges, history, merges
from dmp_assets_tests.identity.support.worlds import (
    TIGHT,
    days,
    everything,
    family_observation,
    family_order,
    observation,
)

NOTHING = resolve(edges(), TIGHT)


def applied(before: Resolution, increment: Increment) -> Resolution:
    """Return the tables after an increment."""
    tables = {}
    for name, model in TABLES.items():
        keys, rows = getattr(increment.deleted, name), getattr(increment.inserted, name)
        kept = getattr(before, name).join(keys, on=keys.columns, how="anti")
        tables[name] = pl.concat([kept, rows])
        assert not tables[name].select(list(facts_of(model).key)).is_duplicated().any()
    return Resolution(**tables)


def stored(tables: Resolution, now: pl.DataFrame) -> Stored:
    return Stored(*(lookup(rows.lazy()) for rows in (tables.edges, tables.identifiers, tables.history, now)))


def changed_to(before: Resolution, was: pl.DataFrame, now: pl.DataFrame, rules: IdentityRules = TIGHT) -> Resolution:
    """Return the tables after the days ``was`` became ``now``; rows of days that differ in no row are no change."""
    rows = now.join(was, on=now.columns, how="anti")
    changed = differing_pairs(rows, aggregate_edges(now.lazy()).collect(), before.edges.lazy())
    return applied(before, resolve_increment(changed, stored(before, now), rules))


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
    """Add and remove some of 45 observations in steps: after each all tables are as after a full refresh."""
    rows = [family_observation(chance) for _ in range(45)]
    was = days(rows)
    tables = everything(was)
    for _ in range(steps):
        rows = [*chance.sample(rows, len(rows) - 1), *(family_observation(chance) for _ in range(chance.randrange(3)))]
        now = days(rows)
        tables = changed_to(tables, was, now)
        assert_same(tables, everything(now))
        was = now


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_orders_that_appear_late_and_change_and_vanish_lead_there_too(chance) -> None:
    rows = [family_observation(chance) for _ in range(30)]
    orders = {number: family_order(chance, number) for number in range(8)}
    was = days(rows, list(orders.values()))
    tables = everything(was)
    for number in range(8, 12):
        del orders[chance.choice(list(orders))]
        orders |= {chance.choice(list(orders)): family_order(chance, number), number: family_order(chance, number)}
        now = days(rows, list(orders.values()))
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


@settings(max_examples=25, deadline=None)
@given(st.lists(observation(), max_size=24), st.sets(st.integers(0, 2), min_size=1), st.randoms(use_true_random=False))
def test_days_that_come_later_in_any_order_only_add(rows, late, chance) -> None:
    now = days(rows)
    is_late = (pl.col("event_date") - START.date()).dt.total_days().is_in(late)
    was = now.filter(~is_late)
    tables = everything(was)
    for (_,), day in chance.sample(parts := list(now.filter(is_late).group_by("event_date")), len(parts)):
        was = pl.concat([was, day])
        increment = resolve_increment(added_pairs(day), stored(tables, was), TIGHT)
        tables = applied(tables, increment)
    assert_same(tables, everything(now))


def test_a_day_that_was_seen_at_another_time_moves_the_switch_of_a_shared_identifier() -> None:
    others = [edge("u1 d1", 0), edge("u2 d1", 10), edge("u1 d1", 5000), edge("u2 d1", 9000)]
    was, now = (days([*others, edge("u1 d1", between)]) for between in (1500, 1600))
    assert aggregate_edges(was.lazy()).collect().sort(PAIR).equals(aggregate_edges(now.lazy()).collect().sort(PAIR))
    assert_same(changed_to(everything(was, RULES), was, now, RULES), everything(now, RULES))


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


def increment_of(was: pl.DataFrame, now: pl.DataFrame) -> Increment:
    before = everything(was, RULES)
    added = now.join(was, on=now.columns, how="anti")
    return resolve_increment(added_pairs(added), stored(before, now), RULES)


def test_only_touched_components_are_written() -> None:
    was = [edge(f"u{n} a{n}", n) for n in range(6)] + [edge("u1 e1", 1), edge("u2 e1", 2)]
    increment = increment_of(days(was), days([*was, edge("u0 d0", 1500)]))
    assert sorted(increment.inserted.identifiers["identifier"]) == ["a0", "d0", "u0"]
    assert sorted(increment.deleted.identifiers["identifier"]) == ["a0", "d0", "u0"]
    assert (increment.inserted.persons.height, increment.persons) == (1, 1)


def test_a_merge_counts_the_persons_that_were_and_are() -> None:
    was = [edge("a1", 1), edge("u1", 2), edge("u2", 3)]
    assert increment_of(days(was), days([*was, edge("u1 a1", 1500)])).persons == 2


def test_a_super_node_that_is_seen_once_more_rewrites_that_edge_only() -> None:
    was = [edge(f"u{n} d1", n) for n in range(20)]
    before, now = everything(days(was), RULES), days([*was, edge("u3 d1", 1500)])
    increment = increment_of(days(was), now)
    assert increment.inserted.edges.height == 1
    assert sorted(increment.inserted.identifiers["identifier"]) == ["d1", "u3"]
    assert_same(applied(before, increment), everything(now, RULES))


def test_no_change_touches_nothing() -> None:
    was = days([edge("u1 a1", 1)])
    before = everything(was, RULES)
    changed = differing_pairs(was.clear(), aggregate_edges(was.lazy()).collect(), before.edges.lazy())
    increment = resolve_increment(changed, stored(before, was), RULES)
    assert all(getattr(part, name).is_empty() for part in (increment.deleted, increment.inserted) for name in TABLES)
