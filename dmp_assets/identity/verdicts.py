"""What the rules took out, with the number that decided it and the verdict in words."""

import polars as pl

from dmp_assets.identity.cuts import Cuts
from dmp_assets.identity.graph import Graph
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import (
    BLOCKED,
    BRIDGE,
    CARDINALITY,
    ORDER_CONFLICT,
    PAIR,
    SHARED,
    SUPER_NODE,
    UNIQUE_IDENTIFIER,
)
from dmp_assets.identity.schema.resolution import BLOCKED_BY_HAND, BLOCKED_VALUE, Verdicts

_COLUMNS = [name for name in Verdicts.to_schema().columns if name != "message"]


def verdict_table(graph: Graph, cuts: Cuts, rules: IdentityRules) -> pl.DataFrame:
    """Return one row per identifier or edge that a rule took out (``Verdicts``).

    Args:
        graph: With local verdicts.
        cuts: Its cuts.
        rules: The rules that both were made by.
    """
    links = graph.links.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    edges = links.drop("verdict")
    cut = edges.join(cuts.links.filter(pl.col("verdict") != CARDINALITY), on="row").with_columns(
        rule="verdict", limit=pl.lit(1, pl.Int64), edges=pl.lit(1, pl.Int64)
    )
    conflicts = links.filter(pl.col("verdict") == ORDER_CONFLICT).with_columns(
        rule="verdict", measure=pl.lit(2, pl.Int64), limit=pl.lit(1, pl.Int64), edges=pl.lit(1, pl.Int64)
    )
    rows = pl.concat([_apart(graph, rules), _beyond(graph, cuts), _typed(cut), _typed(conflicts)])
    return rows.with_columns(message=_message()).sort(PAIR)


def _apart(graph: Graph, rules: IdentityRules) -> pl.DataFrame:
    """Return the verdicts that follow from an identifier's own edges."""
    by_users = pl.col("users") > rules.super_node_users
    is_blocked, is_super = pl.col("verdict") == BLOCKED, pl.col("verdict") == SUPER_NODE
    measure = (
        pl.when(is_blocked | (is_super & ~by_users))
        .then(pl.when(is_blocked).then("degree").otherwise("stronger"))
        .otherwise("users")
    )
    limit = (
        pl.when(is_blocked)
        .then(0)
        .when(is_super)
        .then(pl.when(by_users).then(rules.super_node_users).otherwise(rules.super_node_stronger))
        .otherwise(1)
    )
    rule = pl.when(is_blocked).then("block_rule").when(is_super).then(pl.lit(SUPER_NODE))
    nodes = graph.nodes.filter(pl.col("verdict").is_in([BLOCKED, SUPER_NODE, SHARED]))
    return _identifiers(
        nodes.with_columns(
            rule=rule.otherwise(pl.lit(UNIQUE_IDENTIFIER)),
            measure=measure,
            limit=limit.cast(pl.Int64),
            edges="degree",
        )
    )


def _beyond(graph: Graph, cuts: Cuts) -> pl.DataFrame:
    """Return the verdicts on identifiers beyond the limit of their type."""
    return _identifiers(graph.nodes.join(cuts.excess, on="node").with_columns(rule=pl.lit(CARDINALITY)))


def _identifiers(nodes: pl.DataFrame) -> pl.DataFrame:
    return _typed(
        nodes.with_columns(
            type_a="identifier_type",
            value_a="identifier",
            type_b=pl.lit(""),
            value_b=pl.lit(""),
            first_seen_at=pl.coalesce("linked_at", "first_seen_at"),
        )
    )


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("type_a", "type_b").cast(pl.String)).select(_COLUMNS)


def _message() -> pl.Expr:
    """Return the verdict in words; numbers, but no identifiers."""
    rule, measure, limit = pl.col("rule"), pl.col("measure"), pl.col("limit")
    kind = pl.col("type_a")
    return (
        pl.when(rule == BLOCKED_BY_HAND)
        .then(pl.lit("blocked by hand: no edge of it counts"))
        .when(rule == BLOCKED_VALUE)
        .then(pl.lit("a value that stands for no value: no edge of it counts"))
        .when(rule == SUPER_NODE)
        .then(pl.format("seen with {} stronger identifiers, more than {}: nobody's", measure, limit))
        .when(rule == CARDINALITY)
        .then(pl.format("a person had {} of type {}, more than {}: this one was seen later", measure, kind, limit))
        .when(rule == BRIDGE)
        .then(pl.format("the only way between the identifiers of two of {} user_ids", measure))
        .when(rule == ORDER_CONFLICT)
        .then(pl.format("one order names {} user_ids: it joins none of its visitors", measure))
        .when(pl.col("type_b") == "")
        .then(pl.format("seen with {} user_ids: shared, belongs to the one seen last", measure))
        .otherwise(pl.format("leads from one of {} user_ids' identifiers to another's", measure))
    )
