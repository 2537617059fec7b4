"""The history of merges: whose each identifier was, and from when."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from dmp_assets.identity.graph import Links, Nodes, components

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class MergeForest:
    """For each node that is no longer the oldest of its set: the older node, the joining link, the time."""

    heir: Nodes
    """The older node; the node itself where it is still the oldest of its set."""
    row: Nodes
    """Row of the link that joined them; -1 where there is none."""
    lost_at: NDArray[np.int64]
    """When that link was seen first; ``NEVER`` where there is none."""


def build_merge_forest(count: int, links: Links, seen_at: NDArray[np.int64]) -> MergeForest:
    """Return how sets of nodes join as links are seen in turn; the older node names the joined set.

    Args:
        count: Number of nodes.
        links: Links that stand.
        seen_at: For each row of ``Graph.links`` when it was seen first, in microseconds; never falls from row to row.

    Only the links of the minimum spanning forest by time join sets (Kruskal 1956). Components are independent of each
    other, so a round takes the next link of every component at once: as many rounds as the largest one has nodes,
    which limits keep to some hundreds.

    >>> chain = Links(np.array([0, 1]), np.array([1, 0]), np.array([2, 1]))
    >>> build_merge_forest(3, chain, np.array([10, 20])).heir.tolist()
    [0, 0, 1]
    """
    heir, row = np.arange(count), np.full(count, -1, np.int64)
    for joined in _rounds(count, links):
        first, second = _tops(heir, joined.a), _tops(heir, joined.b)
        loser = np.maximum(first, second)
        heir[loser] = np.minimum(first, second)
        row[loser] = joined.row
    lost_at = np.full(count, NEVER)
    lost_at[row >= 0] = seen_at[row[row >= 0]]
    return MergeForest(heir, row, lost_at)


def _rounds(count: int, links: Links) -> list[Links]:
    """Return the joining links: in round k the k-th of each component by time."""
    matrix = csr_array((links.row + 1.0, (links.a, links.b)), shape=(count, count))
    tree = minimum_spanning_tree(matrix).tocoo()
    by_time = np.argsort(tree.data, kind="stable")
    chosen = Links(tree.data[by_time].astype(np.int64) - 1, *(end[by_time].astype(np.int64) for end in tree.coords))
    owner = components(count, chosen)[chosen.a]
    order = np.argsort(owner, kind="stable")
    _, start, length = np.unique(owner[order], return_index=True, return_counts=True)
    turn = np.empty(order.size, np.int64)
    turn[order] = np.arange(order.size) - np.repeat(start, length)
    by_turn = np.argsort(turn, kind="stable")
    ends = np.cumsum(np.bincount(turn, minlength=1))[:-1]
    return [Links(chosen.row[part], chosen.a[part], chosen.b[part]) for part in np.split(by_turn, ends)]


def _tops(heir: Nodes, nodes: Nodes) -> Nodes:
    """Return the oldest node of each node's set so far."""
    tops = heir[nodes]
    while not np.array_equal(tops, heir[tops]):
        tops = heir[tops]
    return tops


def spans(forest: MergeForest, first_seen: NDArray[np.int64]) -> pl.DataFrame:
    """Return the periods of each node: node, holder (whose person it is), effective_us and superseded_us.

    Args:
        forest: Of all nodes.
        first_seen: When each node was seen first, in microseconds.

    Periods of a node follow each other without gap; those of no length are left out. A node is its own holder until an
    older one takes over; the last period ends ``NEVER``.
    """
    node = np.arange(first_seen.size)
    holder, since = node, first_seen
    parts = []
    # As many rounds as one person took over another in a row, at most as a component has nodes.
    while node.size:
        until = forest.lost_at[holder]
        lasting = until > since
        parts.append(np.stack([column[lasting] for column in (node, holder, since, until)]))
        more = until < NEVER
        node, holder, since = node[more], forest.heir[holder[more]], until[more]
    columns = ("node", "holder", "effective_us", "superseded_us")
    found = np.concatenate(parts, axis=1) if parts else np.zeros((len(columns), 0), np.int64)
    return pl.DataFrame(dict(zip(columns, found, strict=True))).sort("node", "effective_us")
