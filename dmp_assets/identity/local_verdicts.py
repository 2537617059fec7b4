"""Verdicts that look only at an identifier's own edges: blocked, super_node and shared."""

from dataclasses import replace

import polars as pl

from dmp_assets.identity.graph import Graph
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import APART, BLOCKED, KEPT, ORDER_CONFLICT, SHARED, SUPER_NODE, USER


def judge_locally(graph: Graph, rules: IdentityRules) -> Graph:
    """Return the graph with local verdicts on nodes and edges, and the measures of the nodes.

    Columns added to the nodes: block_rule, degree (distinct neighbours), users (user_ids among them; none of an
    account), stronger (identifiers of stronger types among them) and linked_at (first of these edges; null without
    any). A blocked identifier counts as a neighbour of blocked ones only. A node that already has a verdict keeps it.
    An edge has the verdict of the worse end: blocked, then super_node, then shared; else order_conflict where both
    ends are accounts; else kept.
    """
    nodes = graph.nodes.with_columns(block_rule=rules.block_rule(pl.col("identifier_type"), pl.col("identifier")))
    measured = nodes.join(_measures(graph.links, nodes), on="node", how="left").with_columns(
        pl.col("degree", "users", "stronger").fill_null(0)
    )
    found = (
        pl.when(pl.col("block_rule").is_not_null())
        .then(pl.lit(BLOCKED))
        .when((pl.col("users") > rules.super_node_users) | (pl.col("stronger") > rules.super_node_stronger))
        .then(pl.lit(SUPER_NODE))
        .when((pl.col("users") > 1) & (pl.col("identifier_type") != USER))
        .then(pl.lit(SHARED))
    )
    own = pl.when(pl.col("verdict").is_null()).then(found).when(pl.col("verdict").is_in(APART)).then("verdict")
    verdicts = measured.with_columns(verdict=own).sort("node")
    return replace(graph, nodes=verdicts, links=_judged(graph.links, verdicts), alone=_judged(graph.alone, verdicts))


def _measures(links: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Return degree, users, stronger and linked_at of each node with a neighbour."""
    neighbours = pl.concat(
        [
            links.select("first_seen_at", node="a", other="b"),
            links.select("first_seen_at", node="b", other="a"),
        ]
    )
    # Rows of nodes are in the order of their numbers, so that gathering replaces four joins.
    is_blocked, places = nodes["block_rule"].is_not_null(), nodes["place"]
    judged = neighbours.with_columns(
        is_blocked=is_blocked.gather(neighbours["node"]),
        other_blocked=is_blocked.gather(neighbours["other"]),
        place=places.gather(neighbours["node"]),
        other_place=places.gather(neighbours["other"]),
    ).filter(pl.col("is_blocked") | ~pl.col("other_blocked"))
    return judged.group_by("node").agg(
        degree=pl.len().cast(pl.Int64),
        # Orders may name any number of accounts beside an account: it stays its person's.
        users=((pl.col("other_place") == 0) & (pl.col("place") != 0)).sum().cast(pl.Int64),
        stronger=(pl.col("other_place") < pl.col("place")).sum().cast(pl.Int64),
        linked_at=pl.col("first_seen_at").min(),
    )


def _judged(edges: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Return the edges with the verdict of their worse end."""
    ends = [nodes["verdict"].gather(edges[end]) for end in ("a", "b")]
    are_accounts = pl.all_horizontal(pl.col("type_a", "type_b") == USER)
    worst = pl.when(are_accounts).then(pl.lit(ORDER_CONFLICT)).otherwise(pl.lit(KEPT))
    for verdict in (SHARED, SUPER_NODE, BLOCKED):
        is_so = pl.any_horizontal(pl.lit(end) == verdict for end in ends).fill_null(value=False)
        worst = pl.when(is_so).then(pl.lit(verdict)).otherwise(worst)
    return edges.with_columns(verdict=worst)
