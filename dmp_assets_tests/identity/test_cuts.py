"""Bridges and the nearest account, against what taking links away one by one shows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.identity.bridges import find_bridges
from dmp_assets.identity.cuts import nearest_accounts
from dmp_assets.identity.graph import Links, components
from dmp_assets.identity.merging import NEVER, build_merge_forest, spans

NODES = 8


@st.composite
def networks(draw: st.DrawFn) -> Links:
    every = [(a, b) for a in range(NODES) for b in range(a + 1, NODES)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, min_size=1, max_size=14))
    ends = np.array(draw(st.permutations(chosen)))
    return Links(np.arange(len(chosen)), ends[:, 0], ends[:, 1])


@settings(max_examples=200, deadline=None)
@given(networks())
def test_a_bridge_is_a_link_without_which_its_ends_are_apart(links) -> None:
    found = find_bridges(NODES, links)
    for place in range(links.row.size):
        without = components(NODES, links.where(np.arange(links.row.size) != place))
        assert found[place] == (without[links.a[place]] != without[links.b[place]])


@settings(max_examples=200, deadline=None)
@given(networks(), st.sets(st.integers(0, NODES - 1), min_size=1, max_size=3))
def test_every_node_goes_to_an_account_that_is_nearest_and_stays_connected_to_it(links, chosen) -> None:
    accounts = np.array(sorted(chosen))
    reached = np.isin(components(NODES, links), components(NODES, links)[accounts])
    inside = links.where(reached[links.a])
    nodes, ends = np.unique(np.concatenate([inside.a, inside.b, accounts]), return_inverse=True)
    count = inside.row.size
    near = Links(inside.row, ends[:count], ends[count : 2 * count])
    claims = nearest_accounts(nodes.size, near, ends[2 * count :])
    far = {account: steps(nodes.size, near, account) for account in ends[2 * count :].tolist()}
    for node, claim in enumerate(claims.tolist()):
        assert far[claim][node] == min(distance[node] for distance in far.values())
    own = components(nodes.size, near.where(claims[near.a] == claims[near.b]))
    assert np.array_equal(own, own[claims])


def steps(count: int, links: Links, start: int) -> list[float]:
    """Return the fewest links from ``start`` to each node."""
    away = [float("inf")] * count
    away[start] = 0
    for _ in range(count):
        for a, b in zip(links.a.tolist(), links.b.tolist(), strict=True):
            away[a], away[b] = min(away[a], away[b] + 1), min(away[b], away[a] + 1)
    return away


@settings(max_examples=200, deadline=None)
@given(networks())
def test_the_holder_of_a_node_at_any_time_is_the_oldest_that_links_seen_by_then_lead_to(links) -> None:
    # Links come in pairs at a moment, from 10 on; nodes have been there before.
    seen_at = 10 + np.arange(links.row.size, dtype=np.int64) // 2
    held = spans(build_merge_forest(NODES, links, seen_at), np.arange(NODES, dtype=np.int64))
    for moment in range(NODES, 20):
        oldest = components(NODES, links.where(seen_at <= moment))
        rows = held.filter((held["effective_us"] <= moment) & (held["superseded_us"] > moment))
        assert rows["node"].to_list() == list(range(NODES))
        assert rows["holder"].to_list() == oldest.tolist()
    assert (held["superseded_us"] == NEVER).sum() == NODES
