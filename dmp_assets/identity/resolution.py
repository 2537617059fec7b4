"""Persons of edges: the whole of identity resolution as one pure function."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from dmp_assets.identity.cuts import Cuts, cut_components
from dmp_assets.identity.graph import Graph, build_graph
from dmp_assets.identity.local_verdicts import judge_locally
from dmp_assets.identity.merging import NEVER, build_merge_forest, spans
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import IDENTIFIER, PAIR, SHARED, USER
from dmp_assets.identity.shared import ownership, shared_spans, sightings
from dmp_assets.identity.tables import (
    edge_table,
    history_table,
    identifier_table,
    merge_table,
    name_persons,
    own_changes,
    person_table,
)
from dmp_assets.identity.verdicts import verdict_table
from dmp_assets.identity.visitors import visitor_table

Lookup = Callable[[pl.DataFrame], pl.DataFrame]
"""Rows of a table by keys: given some of its columns, the rows that agree with a row of them."""


@dataclass(frozen=True)
class Resolution:
    """All tables of identity. Rows are in a fixed order: equal edges give equal frames."""

    edges: pl.DataFrame
    identifiers: pl.DataFrame
    persons: pl.DataFrame
    history: pl.DataFrame
    merges: pl.DataFrame
    verdicts: pl.DataFrame
    visitors: pl.DataFrame


@dataclass(frozen=True)
class Surroundings:
    """Identifiers at the rim of a part of the graph as stored: the part does not hold all their edges."""

    identifiers: pl.DataFrame
    """``PersonIdentifiers``."""
    history: pl.DataFrame
    """``PersonHistory`` of the accounts among them."""


def resolve(edges: pl.DataFrame, rules: IdentityRules, daily: pl.LazyFrame | None = None) -> Resolution:
    """Return the persons of all edges, with history, merges and verdicts.

    Args:
        edges: ``Edges`` without verdict, in any order: the result of ``aggregate_edges``.
        rules: Limits and blocked values.
        daily: ``DailyEdges``, for the switches of shared identifiers between accounts. Without them the first and last
            sighting of each account decide.

    1. An identifier that is blocked, a super-node or shared by accounts connects nothing (``judge_locally``).
    2. What is connected is cut until a person has one account and no more of a type than its limit
       (``cut_components``).
    3. The oldest identifier names the person: earliest first_seen_at, then the stronger type, then the smaller value.
    4. History follows from the edges that stand: two sets joined when such an edge was seen first, and the older name
       stayed.
    """
    return resolve_part(edges, rules, None if daily is None else lookup(daily), None)


def lookup(table: pl.LazyFrame) -> Lookup:
    """Return the look-up of a table that is at hand."""
    return lambda keys: table.join(keys.lazy(), on=keys.columns, how="semi").collect()


def resolve_part(
    edges: pl.DataFrame, rules: IdentityRules, daily: Lookup | None, around: Surroundings | None
) -> Resolution:
    """Return the persons of a part of the graph.

    Rows of identifiers ``around`` it are not to be used, except those of shared ones.
    """
    columns = [name for name in edges.columns if name != "verdict"]
    built = build_graph(edges.select(columns), None if around is None else around.identifiers)
    graph = judge_locally(built, rules)
    cuts = cut_components(graph, rules)
    seen_at = graph.links["first_seen_at"].to_physical().to_numpy()
    first_seen = graph.nodes["first_seen_at"].to_physical().to_numpy()
    forest = build_merge_forest(graph.nodes.height, cuts.kept, seen_at)
    periods = spans(forest, first_seen)
    is_own = graph.nodes["verdict"].is_null()
    held = periods.filter(is_own.gather(periods["node"]))
    nodes, held = _named(graph, cuts, held)
    own = held.select(
        "node", "holder", "person_id", "effective_us", "superseded_us", *IDENTIFIER, change_type=own_changes()
    )
    accounts = _account_spans(own, around)
    shared = _shared(graph, accounts, daily)
    current = shared.filter(pl.col("superseded_us") == NEVER).select(*IDENTIFIER, "person_id")
    columns = shared.columns
    identifiers = identifier_table(nodes, current)
    history = history_table(pl.concat([own.select(columns), shared]))
    return Resolution(
        edges=edge_table(graph, cuts),
        identifiers=identifiers,
        persons=person_table(graph, nodes.filter(pl.col("verdict").is_null())),
        history=history,
        merges=merge_table(graph, forest, own),
        verdicts=verdict_table(graph, cuts, rules),
        visitors=visitor_table(identifiers, history, accounts),
    )


def _named(graph: Graph, cuts: Cuts, held: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return nodes with own_person_id, component_id and size, and periods with person_id and identifier."""
    is_own = graph.nodes["verdict"].is_null()
    person, component, holder = name_persons(graph, [cuts.person, cuts.component, held["holder"].to_numpy()])
    size = np.bincount(cuts.person, minlength=1)[cuts.person] if cuts.person.size else cuts.person
    nodes = graph.nodes.with_columns(
        own_person_id=pl.when(is_own).then(person), component_id=pl.when(is_own).then(component), size=pl.Series(size)
    )
    named = held.with_columns(
        person_id=holder,
        identifier_type=nodes["identifier_type"].cast(pl.String).gather(held["node"]),
        identifier=nodes["identifier"].gather(held["node"]),
        first_seen_at=nodes["first_seen_at"].gather(held["node"]),
    )
    return nodes, named


def _account_spans(own: pl.DataFrame, around: Surroundings | None) -> pl.DataFrame:
    """Return user_id, person_id, effective_us and superseded_us of accounts, those at the rim as stored."""
    rows = own.filter(pl.col("identifier_type") == USER)
    if around is not None:
        outside = around.history.filter(pl.col("identifier_type") == USER).with_columns(
            effective_us=pl.col("effective_at").to_physical(),
            superseded_us=pl.col("superseded_at").to_physical().fill_null(NEVER),
        )
        inside = rows.join(around.identifiers, on=IDENTIFIER, how="anti")
        columns = ["identifier", "person_id", "effective_us", "superseded_us"]
        rows = pl.concat([inside.select(columns), outside.select(columns)])
    return rows.select(pl.col("identifier").alias(USER), "person_id", "effective_us", "superseded_us")


def _shared(graph: Graph, account_spans: pl.DataFrame, daily: Lookup | None) -> pl.DataFrame:
    """Return the periods of shared identifiers."""
    edges = graph.links.filter((pl.col("verdict") == SHARED) & (pl.col("type_a") == USER)).with_columns(
        pl.col("type_a", "type_b").cast(pl.String)
    )
    shared_nodes = graph.nodes.filter(pl.col("verdict") == SHARED).select(
        pl.col("identifier_type").cast(pl.String), "identifier", first_us=pl.col("first_seen_at").to_physical()
    )
    owners = ownership(sightings(edges, None if daily is None else daily(edges.select(PAIR))))
    reaching = account_spans.join(edges.select(pl.col("value_a").alias(USER)).unique(), on=USER, how="semi")
    return shared_spans(owners, shared_nodes, reaching)
