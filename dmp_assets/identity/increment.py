"""Identity after a change: only the components that changed pairs touch are resolved again."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dmp_assets.identity.graph import build_graph
from dmp_assets.identity.local_verdicts import judge_locally
from dmp_assets.identity.observation import EDGE_COLUMNS
from dmp_assets.identity.resolution import Resolution, Surroundings, resolve_part
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema import APART, BLOCKED, IDENTIFIER, PAIR, SHARED, USER

_ID, _PAIR = list(IDENTIFIER), list(PAIR)
_END_A, _END_B = ["type_a", "value_a"], ["type_b", "value_b"]


@dataclass(frozen=True)
class Stored:
    """The tables of the last resolution that the next one needs."""

    edges: pl.LazyFrame
    """``Edges``."""
    identifiers: pl.LazyFrame
    """``PersonIdentifiers``."""
    history: pl.LazyFrame
    """``PersonHistory``."""


@dataclass(frozen=True)
class Increment:
    """What a change does to the tables: first delete, then insert."""

    deleted: Resolution
    """Columns that name the rows to delete, whether there are any or not: type_a, value_a, type_b, value_b of edges;
    identifier_type and identifier of identifiers and of history (all stretches); person_id of persons and merges;
    type_a and value_a of verdicts (all of that first identifier)."""
    inserted: Resolution
    """Rows to insert."""


@dataclass(frozen=True)
class _Now:
    """All edges after the change."""

    before: pl.LazyFrame
    changed: pl.LazyFrame
    current: pl.LazyFrame

    def incident(self, identifiers: pl.DataFrame) -> pl.DataFrame:
        """Return the edges that an identifier is an end of, each once."""
        # Stored edges are cut down before changed ones are taken out: most of them are never looked at again.
        kept = _incident(self.before, identifiers).join(self.changed, on=_PAIR, how="anti")
        return pl.concat([kept, _incident(self.current, identifiers)]).collect()


@dataclass(frozen=True)
class _Region:
    """The part of the graph to resolve again."""

    inside: pl.DataFrame
    """Identifiers of the touched components, and changed ones that are in none."""
    flipped: pl.DataFrame
    """Identifiers whose local verdict is another than before."""
    sharing: pl.DataFrame
    """Shared identifiers outside that accounts inside were seen with."""
    edges: pl.DataFrame
    """All edges that an identifier inside is an end of, and of the sharing ones those with accounts."""


def resolve_increment(
    changed: pl.DataFrame,
    current: pl.DataFrame,
    stored: Stored,
    rules: IdentityRules,
    daily: pl.LazyFrame | None = None,
) -> Increment:
    """Return what changed pairs do to the stored tables; applied, they equal ``resolve`` of all edges.

    Args:
        changed: type_a, value_a, type_b, value_b of every pair that was seen more, less or at other times, such as all
            pairs of a day before and after it was built again. Pairs that are as they were do no harm.
        current: ``Edges`` without verdict of the changed pairs, over all days; a changed pair that is not here is gone.
        stored: The tables to be changed.
        rules: The rules that ``stored`` was made by. Where blocked values differ, ``changed`` must hold
            ``reblocked_pairs``; where a limit differs, resolve everything.
        daily: As for ``resolve``; only rows of shared identifiers are read.

    A stored table is read by semi-joins only; what is computed grows with the touched components. A component is
    touched if an identifier of a changed pair is in it, or a neighbour of an identifier that became or ceased to be
    blocked, a super-node or shared.
    """
    keys = changed.select(_PAIR).unique()
    current_rows = current.lazy().select(EDGE_COLUMNS).join(keys.lazy(), on=_PAIR, how="semi")
    now = _Now(stored.edges.select(EDGE_COLUMNS), keys.lazy(), current_rows)
    region = _region(keys, now, stored, rules)
    around = _rim(region, stored)
    found = resolve_part(region.edges, rules, daily, around)
    inserted = _inserted(region, keys, found)
    return Increment(deleted=_deleted(region, keys, inserted, stored), inserted=inserted)


def reblocked_pairs(stored: Stored, rules: IdentityRules) -> pl.DataFrame:
    """Return the pairs of identifiers that ``rules`` block and the stored verdicts do not, or the other way round."""
    blocks = rules.block_rule(pl.col("identifier_type"), pl.col("identifier")).is_not_null()
    other = stored.identifiers.filter(blocks != (pl.col("verdict") == BLOCKED)).select(_ID).collect()
    return _incident(stored.edges, other).select(_PAIR).collect()


def _region(keys: pl.DataFrame, now: _Now, stored: Stored, rules: IdentityRules) -> _Region:
    touched = _ends(keys)
    near = now.incident(touched)
    flipped = _flipped(touched, near, stored, rules)
    seeds = pl.concat([touched, _ends(_incident(near.lazy(), flipped).collect())]).unique()
    components = _among(stored.identifiers, seeds).select("component_id").drop_nulls().unique()
    members = stored.identifiers.join(components, on="component_id", how="semi").select(_ID).collect()
    inside = pl.concat([touched, members]).unique()
    edges = now.incident(inside)
    with_account = edges.filter(pl.col("type_a") == USER).select(pl.col(_END_B).name.map(_to_identifier)).unique()
    shared = _among(stored.identifiers, with_account).filter(pl.col("verdict") == SHARED)
    sharing = shared.select(_ID).collect().join(inside, on=_ID, how="anti")
    of_sharing = now.incident(sharing).filter(pl.col("type_a") == USER)
    return _Region(inside, flipped, sharing, pl.concat([edges, of_sharing]).unique(_PAIR))


def _flipped(touched: pl.DataFrame, near: pl.DataFrame, stored: Stored, rules: IdentityRules) -> pl.DataFrame:
    """Return the touched identifiers whose local verdict is another than before."""
    nodes = judge_locally(build_graph(near), rules).nodes.select(
        pl.col("identifier_type").cast(pl.String), "identifier", now="verdict"
    )
    before = pl.when(pl.col("verdict").is_in(APART)).then("verdict").alias("before")
    was = _among(stored.identifiers, touched).select(*_ID, before).collect()
    both = touched.join(nodes, on=_ID, how="left").join(was, on=_ID, how="left")
    return both.filter(pl.col("now").ne_missing(pl.col("before"))).select(_ID)


def _rim(region: _Region, stored: Stored) -> Surroundings:
    """Return what is stored of identifiers that edges of the region lead to and that are not in it."""
    outside = _ends(region.edges).join(region.inside, on=_ID, how="anti")
    accounts = outside.filter(pl.col("identifier_type") == USER)
    return Surroundings(
        identifiers=_among(stored.identifiers, outside).collect(), history=_among(stored.history, accounts).collect()
    )


def _inserted(region: _Region, keys: pl.DataFrame, found: Resolution) -> Resolution:
    """Return the rows of the region's own identifiers, and of what else changed with them."""
    edges = found.edges
    judged_anew = [
        edges.join(keys, on=_PAIR, how="semi"),
        _incident(edges.lazy(), region.flipped).collect(),
        _at(edges.filter(~pl.col("verdict").is_in(APART)), _END_A, region.inside),
    ]
    identifiers = _at(found.identifiers, _ID, pl.concat([region.inside, region.sharing]))
    own = _at(found.identifiers, _ID, region.inside).filter(~pl.col("verdict").is_in(APART))
    return Resolution(
        edges=pl.concat(judged_anew).unique(_PAIR).sort(_PAIR),
        identifiers=identifiers,
        persons=found.persons.join(own, on="person_id", how="semi"),
        history=found.history.join(identifiers, on=_ID, how="semi"),
        merges=found.merges,
        verdicts=_at(found.verdicts, _END_A, region.inside),
    )


def _deleted(region: _Region, keys: pl.DataFrame, inserted: Resolution, stored: Stored) -> Resolution:
    """Return the keys of rows that are stored and may be other now."""
    identifiers = pl.concat([region.inside, region.sharing]).sort(_ID)
    own = _among(stored.identifiers, region.inside).filter(~pl.col("verdict").is_in(APART))
    ever = stored.history.join(own, on=_ID, how="semi")
    return Resolution(
        edges=pl.concat([keys, inserted.edges.select(_PAIR)]).unique().sort(_PAIR),
        identifiers=identifiers,
        persons=own.select("person_id").unique().sort("person_id").collect(),
        history=identifiers,
        merges=ever.select("person_id").unique().sort("person_id").collect(),
        verdicts=region.inside.rename(dict(zip(_ID, _END_A, strict=True))).sort(_END_A),
    )


def _to_identifier(name: str) -> str:
    return "identifier_type" if name.startswith("type") else "identifier"


def _ends(edges: pl.DataFrame) -> pl.DataFrame:
    """Return the identifiers that are an end of an edge."""
    ends = pl.concat([edges.select(pl.col(end).name.map(_to_identifier)) for end in (_END_A, _END_B)])
    return ends.filter(pl.col("identifier_type") != "").unique()


def _incident(edges: pl.LazyFrame, identifiers: pl.DataFrame) -> pl.LazyFrame:
    """Return the edges that an identifier is an end of, each once."""
    chosen = identifiers.lazy()
    by_a = edges.join(chosen, left_on=_END_A, right_on=_ID, how="semi")
    by_b = edges.join(chosen, left_on=_END_B, right_on=_ID, how="semi")
    return pl.concat([by_a, by_b.join(chosen, left_on=_END_A, right_on=_ID, how="anti")])


def _among(rows: pl.LazyFrame, identifiers: pl.DataFrame) -> pl.LazyFrame:
    return rows.join(identifiers.lazy(), on=_ID, how="semi")


def _at(rows: pl.DataFrame, end: Sequence[str], identifiers: pl.DataFrame) -> pl.DataFrame:
    return rows.join(identifiers, left_on=list(end), right_on=_ID, how="semi", maintain_order="left")
