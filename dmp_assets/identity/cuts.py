"""Cuts through components that hold two accounts, or more identifiers of a type than a person has."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dmp_assets.identity.bridges import find_bridges
from dmp_assets.identity.graph import Graph, Links, Mask, Nodes, components
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import BRIDGE, CARDINALITY, KEPT, TYPES, UNIQUE_IDENTIFIER


@dataclass(frozen=True)
class Cuts:
    """What the edges that survived local verdicts were cut into."""

    component: Nodes
    """For each node the oldest one of its component before the cuts."""
    person: Nodes
    """For each node the oldest one of its component after the cuts."""
    kept: Links
    """The links that stand."""
    links: pl.DataFrame
    """row, verdict and measure of each link that was cut; measure: accounts in its component."""
    excess: pl.DataFrame
    """node, measure, limit and edges of each node beyond its type's limit; measure: nodes of the type it was among."""


def cut_components(graph: Graph, rules: IdentityRules) -> Cuts:
    """Return the components of the graph's kept links, cut until each fits one person.

    First accounts: of a component with several, each node goes to the nearest (fewest links; of equals, over the
    earliest link), and links from one account's nodes to another's are cut. Then limits: of the nodes of a type in
    what is left, those first seen last lose all links, so that as many stay as the type's limit.
    """
    count = graph.nodes.height
    chosen = graph.links.with_row_index("row").filter(pl.col("verdict") == KEPT).select(pl.col("row", "a", "b"))
    links = Links(*(chosen[name].cast(pl.Int64).to_numpy() for name in ("row", "a", "b")))
    places = graph.nodes["place"].to_numpy()
    component = components(count, links)
    is_user = places == 0
    users = np.bincount(component[is_user], minlength=count)
    contested = links.where(users[component[links.a]] > 1)
    cut, verdicts = _between_accounts(contested, is_user)
    between = contested.where(cut)
    links = links.where(~np.isin(links.row, between.row))
    excess, measured, limits = _excess(places, components(count, links), rules)
    over = excess[links.a] | excess[links.b]
    lost = links.where(over)
    kept = links.where(~over)
    edges = np.bincount(lost.a, minlength=count) + np.bincount(lost.b, minlength=count)
    return Cuts(
        component=component,
        person=components(count, kept),
        kept=kept,
        links=_frame(
            row=np.concatenate([between.row, lost.row]),
            verdict=[*verdicts, *([CARDINALITY] * lost.row.size)],
            measure=users[component[np.concatenate([between.a, lost.a])]],
        ),
        excess=_frame(node=np.flatnonzero(excess), measure=measured[excess], limit=limits[excess], edges=edges[excess]),
    )


def _frame(**columns: Nodes | list[str]) -> pl.DataFrame:
    """Return a frame of whole numbers and texts that has the same types when it is empty."""
    types = {name: pl.String if isinstance(values, list) else pl.Int64 for name, values in columns.items()}
    return pl.DataFrame(columns, schema=types)


def _between_accounts(links: Links, is_user: Mask) -> tuple[Mask, list[str]]:
    """Return which links lead from one account's nodes to another's, and the verdict on each of them."""
    if not links.row.size:
        return np.zeros(0, np.bool_), []
    # Few components are contested: their nodes get numbers of their own, in the same order.
    nodes, ends = np.unique(np.concatenate([links.a, links.b]), return_inverse=True)
    near = Links(links.row, ends[: links.row.size], ends[links.row.size :])
    claims = nearest_accounts(nodes.size, near, np.flatnonzero(is_user[nodes]))
    cut = claims[near.a] != claims[near.b]
    is_bridge = find_bridges(nodes.size, near)[cut]
    return cut, np.where(is_bridge, BRIDGE, UNIQUE_IDENTIFIER).tolist()


def nearest_accounts(count: int, links: Links, accounts: Nodes) -> Nodes:
    """Return for each of ``count`` nodes the nearest account; of equals the one over the earliest link.

    Every node must be connected to an account. Node and account stay connected when all links between nodes of
    different accounts are cut, because the link by which a node was reached is never one of them.

    >>> nearest_accounts(4, Links(np.arange(3), np.array([0, 1, 2]), np.array([1, 2, 3])), np.array([0, 3])).tolist()
    [0, 0, 3, 3]
    """
    ones = np.ones(links.a.size)
    matrix = csr_array((ones, (links.a, links.b)), shape=(count, count))
    steps = dijkstra(matrix, directed=False, indices=accounts, unweighted=True, min_only=True)
    tails, heads = np.concatenate([links.a, links.b]), np.concatenate([links.b, links.a])
    arcs = np.flatnonzero(steps[heads] == steps[tails] + 1)
    arcs = arcs[np.argsort(np.concatenate([links.row, links.row])[arcs], kind="stable")]
    reached, first = np.unique(heads[arcs], return_index=True)
    claims = np.arange(count)
    claims[reached] = tails[arcs][first]
    # Each round doubles the steps that are looked ahead: 17 rounds for a chain of 100,000.
    while not np.array_equal(claims, claims[claims]):
        claims = claims[claims]
    return claims


def _excess(places: Nodes, person: Nodes, rules: IdentityRules) -> tuple[Mask, Nodes, Nodes]:
    """Return which nodes are beyond the limit of their type, how many there are with them, and the limit."""
    limits = np.array([rules.limits[name] for name in TYPES], np.int64)[places]
    group = person * len(TYPES) + places
    size = np.bincount(group, minlength=1)[group] if group.size else group
    crowded = np.flatnonzero(size > limits)
    excess = np.zeros(places.size, np.bool_)
    # Numbers of nodes are in the order of age, so the place within the sorted group is the place by age.
    order = crowded[np.argsort(group[crowded], kind="stable")]
    _, start, length = np.unique(group[order], return_index=True, return_counts=True)
    excess[order] = np.arange(order.size) - np.repeat(start, length) >= limits[order]
    return excess, size, limits
