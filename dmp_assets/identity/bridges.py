"""Bridges: links that alone hold two parts of a component together."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dmp_assets.identity.graph import Links, Mask, components


def find_bridges(count: int, links: Links) -> Mask:
    """Return for each link whether its two ends are apart without it.

    A spanning tree is laid out from the oldest node of each component; every other link closes a circle with it. Each
    of those gets a random mark of 64 bits at both ends, and the marks below a tree link are joined by exclusive or:
    marks of circles that do not pass the link cancel out, so what is left is 0 exactly for a bridge (Pritchard and
    Thurimella 2011, "Fast computation of small cuts via cycle space sampling"); the chance of a miss is 2**-64.

    >>> circle_with_a_tail = Links(np.arange(4), np.array([0, 1, 0, 2]), np.array([1, 2, 2, 3]))
    >>> find_bridges(4, circle_with_a_tail).tolist()
    [False, False, False, True]
    """
    roots = np.unique(components(count, links))
    # One node above all roots makes the forest one tree, so one call lays it out.
    a, b = np.concatenate([links.a, roots]), np.concatenate([links.b, np.full(roots.size, count)])
    matrix = csr_array((np.ones(a.size), (a, b)), shape=(count + 1, count + 1))
    steps, above = dijkstra(matrix, directed=False, indices=count, unweighted=True, return_predecessors=True)
    a_below, b_below = above[links.a] == links.b, above[links.b] == links.a
    circles = ~(a_below | b_below)
    marks = np.random.default_rng(0).integers(1, 2**63, size=int(circles.sum()), dtype=np.uint64)
    left = np.zeros(count + 1, np.uint64)
    np.bitwise_xor.at(left, links.a[circles], marks)
    np.bitwise_xor.at(left, links.b[circles], marks)
    order = np.argsort(steps[:count], kind="stable")
    # A round per step away from the root, the farthest first: as many as the longest path has steps.
    for level in np.split(order, np.flatnonzero(np.diff(steps[order])) + 1)[::-1]:
        np.bitwise_xor.at(left, above[level], left[level])
    below = np.where(a_below, links.a, links.b)
    return np.asarray(~circles & (left[below] == 0))
