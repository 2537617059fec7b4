"""The tables of identity, made of the graph, its cuts and the periods."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.identity.cuts import Cuts
from dmp_assets.identity.graph import Graph, Nodes
from dmp_assets.identity.merging import NEVER, MergeForest
from dmp_assets.identity.schema.persons import (
    ALONE,
    CREATED,
    IDENTIFIER,
    LINKED,
    MERGED,
    SHARED,
    TYPES,
    USER,
    Edges,
    Merges,
    PersonHistory,
    PersonIdentifiers,
    Persons,
)

_COUNTS = {name: f"{name}s" for name in TYPES if name != USER}


def person_id(kind: str, value: str) -> str:
    """Return the id of the person whose oldest identifier this is: p and 64 bits of BLAKE2b in hex.

    Of a million persons two share an id with a chance of 3 in 100 million.

    >>> person_id("user_id", "u1")
    'p024caec2421d74b9'
    """
    return "p" + blake2b(f"{kind}\0{value}".encode(), digest_size=8).hexdigest()


def name_persons(graph: Graph, numbers: Sequence[Nodes]) -> list[pl.Series]:
    """Return the person ids named by nodes, one series for each array of their numbers."""
    is_named = np.zeros(graph.nodes.height, np.bool_)
    for array in numbers:
        is_named[array] = True
    distinct = np.flatnonzero(is_named)
    named = graph.nodes[distinct].select(pl.col("identifier_type").cast(pl.String), "identifier")
    # A call per person, not per row: a million take about a second.
    ids = pl.Series("person_id", [person_id(kind, value) for kind, value in named.iter_rows()], dtype=pl.String)
    position = np.cumsum(is_named) - 1
    return [ids.gather(position[array]) for array in numbers]


def edge_table(graph: Graph, cuts: Cuts) -> pl.DataFrame:
    """Return all edges with their verdicts (``Edges``)."""
    verdicts = pl.Series(graph.links["verdict"]).scatter(cuts.links["row"], cuts.links["verdict"])
    columns = list(Edges.to_schema().columns)
    rows = pl.concat([graph.links.with_columns(verdict=verdicts).select(columns), graph.alone.select(columns)])
    text = pl.col("type_a", "type_b").cast(pl.String).fill_null("")
    return _as(Edges, rows.with_columns(text))


def identifier_table(nodes: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Return whose each identifier is (``PersonIdentifiers``).

    Args:
        nodes: Nodes of the graph with local verdicts, own_person_id, component_id and size (of their person).
        current: identifier_type, identifier and person_id of shared identifiers.
    """
    verdict = pl.coalesce("verdict", pl.when(pl.col("size") > 1).then(pl.lit(LINKED)).otherwise(pl.lit(ALONE)))
    rows = nodes.with_columns(pl.col("identifier_type").cast(pl.String)).join(
        current, on=IDENTIFIER, how="left", maintain_order="left"
    )
    return _as(
        PersonIdentifiers,
        rows.with_columns(person_id=pl.coalesce("own_person_id", "person_id"), verdict=verdict),
    )


def own_changes() -> pl.Expr:
    """Return what a period of an identifier that is one person's began with."""
    is_first = pl.col("effective_us") == pl.col("first_seen_at").to_physical()
    return pl.when(is_first).then(pl.lit(CREATED)).otherwise(pl.lit(MERGED))


def history_table(spans: pl.DataFrame) -> pl.DataFrame:
    """Return whose each identifier was (``PersonHistory``), of periods in microseconds."""
    until = pl.col("superseded_us")
    return _as(
        PersonHistory,
        spans.with_columns(
            effective_at=pl.col("effective_us").cast(pl.Datetime("us")),
            superseded_at=pl.when(until < NEVER).then(until).cast(pl.Datetime("us")),
            is_current=until == NEVER,
        ),
    )


def merge_table(graph: Graph, forest: MergeForest, own_spans: pl.DataFrame) -> pl.DataFrame:
    """Return the persons that had been there under an id of their own and ended (``Merges``).

    Args:
        graph: The graph.
        forest: Which link ended whom.
        own_spans: node, holder, person_id, effective_us and superseded_us of all periods.
    """
    ended = own_spans.filter((pl.col("node") == pl.col("holder")) & (pl.col("superseded_us") < NEVER))
    following = own_spans.select("node", superseded_us="effective_us", into_person_id="person_id")
    rows = ended.join(following, on=["node", "superseded_us"], maintain_order="left")
    by = graph.links[forest.row[rows["node"].to_numpy()]].select(
        pl.col("type_a", "type_b").cast(pl.String),
        "value_a",
        "value_b",
        "source",
        "event_id",
        merged_at="first_seen_at",
    )
    return _as(Merges, rows.select("person_id", "into_person_id").hstack(by))


def person_table(graph: Graph, persons: pl.DataFrame) -> pl.DataFrame:
    """Return the persons (``Persons``).

    Args:
        graph: With local verdicts.
        persons: Nodes that are one person's, with own_person_id.
    """
    kind = pl.col("identifier_type").cast(pl.String)
    own = persons.select(
        "node", "identifier", "first_seen_at", "last_seen_at", identifier_type=kind, person_id="own_person_id"
    )
    rows = own.group_by("person_id").agg(
        pl.col("identifier").filter(pl.col("identifier_type") == USER).first().alias(USER),
        *((pl.col("identifier_type") == name).sum().cast(pl.Int64).alias(column) for name, column in _COUNTS.items()),
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
        identifiers=pl.len().cast(pl.Int64),
    )
    with_account = graph.links.filter((pl.col("verdict") == SHARED) & (pl.col("type_a") == USER))
    shared = with_account.join(own.select("person_id", a="node"), on="a").select(
        "person_id", "last_seen_at", identifier="value_b", identifier_type=pl.col("type_b").cast(pl.String)
    )
    held = shared.group_by("person_id").agg(shared_identifiers=pl.len().cast(pl.Int64))
    seen = pl.concat([own.select(shared.columns), shared])
    for name in ("email", "phone"):
        rows = rows.join(_latest(seen, name), on="person_id", how="left")
    rows = rows.join(held, on="person_id", how="left").with_columns(pl.col("shared_identifiers").fill_null(0))
    return _as(Persons, rows.sort("person_id"))


def _latest(seen: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return each person's identifier of a type that was seen last; of several the smallest."""
    chosen = seen.filter(pl.col("identifier_type") == kind).sort(
        "person_id", "last_seen_at", "identifier", descending=[False, True, False]
    )
    return chosen.unique("person_id", keep="first", maintain_order=True).select(
        "person_id", pl.col("identifier").alias(kind)
    )


def _as(model: type[TableContract], rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows in the columns of ``model``."""
    return rows.select(*model.to_schema().columns)
