"""Edges as a graph of numbers: nodes in order of age, links in order of time."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from dmp_assets.identity.schema.persons import TYPES

Nodes = NDArray[np.int64]
"""Numbers of nodes: 0 is the oldest, so of a set of nodes the smallest number is the one that names the person."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Graph:
    """Identifiers and the edges between them."""

    nodes: pl.DataFrame
    """identifier_type, identifier, place (of the type in ``TYPES``), first_seen_at, last_seen_at, events and, once
    judged, the local verdict (null for most). Row n is node n: by first_seen_at, then type, then value."""
    links: pl.DataFrame
    """The edges with two ends, and a and b, their nodes; by first_seen_at, then a and b."""
    alone: pl.DataFrame
    """The edges with one end, and a."""


@dataclass(frozen=True)
class Links:
    """Some links of a graph as arrays."""

    row: Nodes
    """Row of the link in ``Graph.links``: the earlier, the smaller."""
    a: Nodes
    b: Nodes

    def where(self, kept: Mask) -> "Links":
        """Return the links that ``kept`` is true for."""
        return Links(self.row[kept], self.a[kept], self.b[kept])


def build_graph(edges: pl.DataFrame, known: pl.DataFrame | None = None) -> Graph:
    """Return the graph of ``edges`` (``Edges`` without verdict, in any order), before any rule.

    Args:
        edges: The edges.
        known: ``PersonIdentifiers`` of nodes whose edges are not all among ``edges``: when they were seen is taken from
            here, and their nodes have the verdict that they have here (null for the others).
    """
    kinds = pl.Enum(TYPES)
    a, b = pl.col("type_a").cast(kinds), pl.col("type_b").cast(kinds, strict=False)
    rows = edges.with_columns(type_a=a, type_b=b)
    ends = pl.concat([_ends(rows, "a"), _ends(rows.filter(pl.col("type_b").is_not_null()), "b")])
    seen = ends.group_by("identifier_type", "identifier").agg(
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
        pl.col("events").sum(),
        verdict=pl.lit(None, pl.String),
    )
    if known is not None:
        typed = known.with_columns(pl.col("identifier_type").cast(kinds)).select(seen.columns)
        key = ["identifier_type", "identifier"]
        seen = pl.concat([seen.join(typed, on=key, how="anti"), typed.join(seen, on=key, how="semi")])
    nodes = (
        seen.with_columns(place=pl.col("identifier_type").to_physical().cast(pl.Int64))
        .sort("first_seen_at", "place", "identifier")
        .with_row_index("node")
        .with_columns(pl.col("node").cast(pl.Int64))
    )
    numbered = _numbered(_numbered(rows, nodes, "a"), nodes, "b")
    lone = pl.col("b").is_null()
    return Graph(
        nodes=nodes,
        links=numbered.filter(~lone).sort("first_seen_at", "a", "b"),
        alone=numbered.filter(lone).sort("a"),
    )


def _ends(rows: pl.DataFrame, end: str) -> pl.DataFrame:
    return rows.select(
        pl.col(f"type_{end}").alias("identifier_type"),
        pl.col(f"value_{end}").alias("identifier"),
        "first_seen_at",
        "last_seen_at",
        "events",
    )


def _numbered(rows: pl.DataFrame, nodes: pl.DataFrame, end: str) -> pl.DataFrame:
    key = [f"type_{end}", f"value_{end}"]
    numbers = nodes.select("identifier_type", "identifier", "node").rename(
        dict(zip(("identifier_type", "identifier", "node"), (*key, end), strict=True))
    )
    return rows.join(numbers, on=key, how="left")


def components(count: int, links: Links) -> Nodes:
    """Return for each of ``count`` nodes the oldest node that it is connected to, itself included.

    >>> components(4, Links(np.array([0]), np.array([1]), np.array([3]))).tolist()
    [0, 1, 2, 1]
    """
    matrix = csr_array((np.ones(links.a.size, np.int8), (links.a, links.b)), shape=(count, count))
    _, labels = connected_components(matrix, directed=False)
    _, oldest = np.unique(labels, return_index=True)
    return np.asarray(oldest, np.int64)[labels] if count else np.zeros(0, np.int64)
