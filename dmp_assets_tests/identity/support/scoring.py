"""Clusters held against the truth of a simulated world, pair by pair."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse


@dataclass(frozen=True)
class PairScore:
    """How well clusters of identifiers are those of the truth, counted in pairs of identifiers."""

    precision: float
    """Of the pairs in one cluster, the share that is one person's."""
    recall: float
    """Of the pairs that are one person's, the share in one cluster."""
    pairs: int
    """Pairs that are one person's."""


def score_pairs(found: pl.DataFrame, truth: pl.DataFrame) -> PairScore:
    """Return precision and recall over the identifiers that both frames have.

    Args:
        found: identifier_type, identifier, cluster; a null cluster is one of its own.
        truth: identifier_type, identifier, person.
    """
    alone = pl.concat_str("identifier_type", "identifier", separator=":")
    both = truth.join(found, on=["identifier_type", "identifier"]).with_columns(pl.coalesce("cluster", alone))
    together, same, right = (_pairs(both, key) for key in (["cluster"], ["person"], ["cluster", "person"]))
    return PairScore(right / together if together else 1.0, right / same if same else 1.0, same)


def _pairs(rows: pl.DataFrame, key: list[str]) -> int:
    sizes = rows.group_by(key).len(name="n")["n"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def unguarded(edges: pl.DataFrame) -> pl.DataFrame:
    """Return what plain connected components make of all edges: identifier_type, identifier, cluster."""
    ends = [
        edges.filter(pl.col("type_b") != "").select(identifier_type=f"type_{end}", identifier=f"value_{end}")
        for end in "ab"
    ]
    nodes = pl.concat(ends).unique().with_row_index("node")
    a, b = (end.join(nodes, on=["identifier_type", "identifier"], maintain_order="left")["node"] for end in ends)
    graph = sparse.coo_matrix((np.ones(len(a)), (a.to_numpy(), b.to_numpy())), shape=(nodes.height,) * 2)
    _, labels = sparse.csgraph.connected_components(graph, directed=False)
    return nodes.select("identifier_type", "identifier", cluster=pl.Series(labels).cast(pl.String))
