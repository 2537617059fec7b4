"""The incremental update of persons: only components that changed pairs touch are resolved again."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dmp_assets.identity.graph import build_graph
from dmp_assets.identity.local_verdicts import judge_locally
from dmp_assets.identity.observation import EDGE_COLUMNS, aggregate_edges
from dmp_assets.identity.resolution import Lookup, Resolution, Surroundings, resolve_part
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import APART, IDENTIFIER, PAIR, SHARED, USER
from dmp_assets.identity.visitors import VISITOR

_ID, _PAIR = list(IDENTIFIER), list(PAIR)
_END_A, _END_B = ["type_a", "value_a"], ["type_b", "value_b"]


@dataclass(frozen=True)
class Stored:
    """The tables of the last resolution that the next one needs, and the pairs of all days."""

    edges: Lookup
    """``Edges``."""
    identifiers: Lookup
    """``PersonIdentifiers``."""
    history: Lookup
    """``PersonHistory``."""
    daily: Lookup
    """``DailyEdges``, the changed days as they are now; asked for pairs of shared identifiers."""


@dataclass(frozen=True)
class ChangedPairs:
    """Pairs that were seen more often, less often or at other times; unchanged ones do no harm."""

    keys: pl.DataFrame
    """type_a, value_a, type_b and value_b, each pair once."""
    rows: pl.DataFrame
    """What is known of these pairs, in the columns of ``Edges`` without verdict."""
    is_added: bool
    """Whether the rows are added to the stored ones of the pairs. Otherwise they are all rows, and a pair without rows
    is removed."""

    def current(self, before: pl.DataFrame) -> pl.DataFrame:
        """Return the pairs as they are now, given the stored edges: ``Edges`` without verdict."""
        if not self.is_added:
            return self.rows
        # A rebuilt day is not among the added ones, so no event is counted twice.
        known = before.join(self.keys, on=_PAIR, how="semi").select(EDGE_COLUMNS)
        return aggregate_edges(pl.concat([known, self.rows]).lazy()).collect()


@dataclass(frozen=True)
class Increment:
    """The changes of the tables: first delete, then insert."""

    deleted: Resolution
    """Keys of the rows to delete, which may not exist: type_a, value_a, type_b, value_b of edges;
    identifier_type and identifier of identifiers and of history (all periods); person_id of persons and merges;
    type_a and value_a of verdicts (all of that first identifier); visitor_id of visitors (all periods)."""
    inserted: Resolution
    """Rows to insert."""

    @property
    def persons(self) -> int:
        """The number of persons in the touched components, before or now."""
        both = pl.concat([self.deleted.persons, self.inserted.persons.select("person_id")])
        return both.n_unique()


@dataclass(frozen=True)
class _Region:
    """The part of the graph to resolve again."""

    inside: pl.DataFrame
    """Identifiers of the touched components, and changed ones that are in none."""
    own: pl.DataFrame
    """``PersonIdentifiers``, as stored, of those inside that were one person's."""
    ever: pl.DataFrame
    """person_id of all persons that these belonged to at any time."""
    flipped: pl.DataFrame
    """Identifiers whose local verdict changed."""
    sharing: pl.DataFrame
    """Shared identifiers outside that accounts inside were seen with."""
    edges: pl.DataFrame
    """All edges with an identifier inside as an end, and the edges of the sharing ones with accounts."""
    around: Surroundings
    """Identifiers outside that these edges lead to."""


def added_pairs(rows: pl.DataFrame) -> ChangedPairs:
    """Return the pairs of added days, which can only add to what is stored.

    Args:
        rows: ``DailyEdges`` of these days.
    """
    return ChangedPairs(rows.select(_PAIR).unique(), rows.select(EDGE_COLUMNS), is_added=True)


def differing_pairs(rows: pl.DataFrame, current: pl.DataFrame, stored: pl.LazyFrame) -> ChangedPairs:
    """Return the pairs that differ from the stored ones, and the pairs of changed days.

    Args:
        rows: ``DailyEdges`` of the changed days, as they are now. A pair of these days may be equal over all days and
            have been seen at another time of one of them, which matters to shared identifiers.
        current: ``Edges`` without verdict of all days.
        stored: ``Edges``.
    """
    # In both directions: a removed pair is among the stored ones alone, an added one among the current ones.
    now, before = current.lazy(), stored.select(EDGE_COLUMNS)
    differing = [one.join(other, on=EDGE_COLUMNS, how="anti") for one, other in ((now, before), (before, now))]
    keys = pl.concat([one.select(_PAIR) for one in (*differing, rows.lazy())]).unique().collect()
    return ChangedPairs(keys, current.join(keys, on=_PAIR, how="semi").select(EDGE_COLUMNS), is_added=False)


def resolve_increment(changed: ChangedPairs, stored: Stored, rules: IdentityRules) -> Increment:
    """Return the changes of the stored tables; with them, they equal ``resolve`` of all edges.

    Args:
        changed: All pairs whose edge changed, or that were seen at other times of a day.
        stored: The tables to be changed.
        rules: The rules that ``stored`` was made by.

    The cost follows the touched components. A component is touched if it holds an identifier of a changed pair, or a
    neighbour of an identifier that became or ceased to be blocked, a super-node or shared.
    """
    region = _region(changed, stored, rules)
    found = resolve_part(region.edges, rules, stored.daily, region.around)
    inserted = _inserted(region, changed.keys, found)
    return Increment(deleted=_deleted(region, changed.keys, inserted), inserted=inserted)


def _region(changed: ChangedPairs, stored: Stored, rules: IdentityRules) -> _Region:
    touched = _ends(changed.keys)
    were = stored.identifiers(touched)
    # Whole components: a new edge may join two of them, a lost one may part one, and either may rename a person.
    members = pl.concat([were, _members(were, stored)]).unique(_ID)
    inside = pl.concat([touched, members.select(_ID)]).unique()
    before = _stored_edges(inside, stored)
    current = changed.current(before)
    edges = _as_now(before, changed.keys, current, inside)
    # Local verdicts depend on an identifier's own edges alone, so only the ends of changed pairs can change theirs. An
    # identifier that began or ceased to connect joins or parts its neighbours, whose components are then inside too.
    flipped = _flipped(touched, _incident(edges, touched), were, rules)
    neighbours = _ends(_incident(edges, flipped)).join(inside, on=_ID, how="anti")
    if not neighbours.is_empty():
        members = pl.concat([members, _members(stored.identifiers(neighbours), stored)]).unique(_ID)
        inside = pl.concat([touched, members.select(_ID)]).unique()
        before = _stored_edges(inside, stored)
        edges = _as_now(before, changed.keys, current, inside)
    # A shared identifier outside belongs to the account seen with it last, so it moves with the accounts inside. The
    # verdicts of stored edges name it.
    is_shared = (pl.col("type_a") == USER) & (pl.col("verdict") == SHARED)
    sharing = _named(before.filter(is_shared), _END_B).unique().join(inside, on=_ID, how="anti")
    # Whose a shared identifier was, and when, depends on all accounts that it was seen with, also on those far from the
    # change. Without their edges it would go to an account inside.
    seen = stored.edges(_as_end(sharing, _END_B)).filter(pl.col("type_a") == USER)
    of_sharing = _as_now(seen, changed.keys, current, sharing).filter(pl.col("type_a") == USER)
    all_edges = pl.concat([edges, of_sharing]).unique(_PAIR)
    # Identifiers outside have edges that are not read here. Their verdict, age and history are taken as stored:
    # computed of a part of their edges they would be wrong.
    rim = stored.identifiers(_ends(all_edges).join(inside, on=_ID, how="anti"))
    own = members.filter(~pl.col("verdict").is_in(APART))
    accounts = rim.filter(pl.col("identifier_type") == USER).select(_ID)
    spans = stored.history(pl.concat([accounts, own.select(_ID)]))
    return _Region(
        inside=inside,
        own=own,
        ever=spans.join(own, on=_ID, how="semi").select("person_id").unique(),
        flipped=flipped,
        sharing=sharing,
        edges=all_edges,
        around=Surroundings(identifiers=rim, history=spans.join(accounts, on=_ID, how="semi")),
    )


def _members(identifiers: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """Return the identifiers of the components of some, as stored."""
    return stored.identifiers(identifiers.select("component_id").drop_nulls().unique())


def _stored_edges(identifiers: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """Return the stored edges that an identifier is an end of, each once."""
    return pl.concat([stored.edges(_as_end(identifiers, end)) for end in (_END_A, _END_B)]).unique(_PAIR)


def _as_now(before: pl.DataFrame, keys: pl.DataFrame, current: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Return stored edges, the changed ones as they are now, where one of ``ends`` is an end."""
    return pl.concat([before.select(EDGE_COLUMNS).join(keys, on=_PAIR, how="anti"), _incident(current, ends)])


def _flipped(touched: pl.DataFrame, near: pl.DataFrame, were: pl.DataFrame, rules: IdentityRules) -> pl.DataFrame:
    """Return the touched identifiers whose local verdict changed."""
    nodes = judge_locally(build_graph(near), rules).nodes.select(
        pl.col("identifier_type").cast(pl.String), "identifier", now="verdict"
    )
    before = were.filter(pl.col("verdict").is_in(APART)).select(*_ID, before="verdict")
    both = touched.join(nodes, on=_ID, how="left").join(before, on=_ID, how="left")
    return both.filter(pl.col("now").ne_missing(pl.col("before"))).select(_ID)


def _inserted(region: _Region, keys: pl.DataFrame, found: Resolution) -> Resolution:
    """Return the rows of the region's own identifiers, and of what changed with them."""
    # Rows at the rim are not written: the part of the graph does not hold all edges that decide them.
    edges = found.edges
    judged_again = [
        edges.join(keys, on=_PAIR, how="semi"),
        _incident(edges, region.flipped),
        _at(edges.filter(~pl.col("verdict").is_in(APART)), _END_A, region.inside),
    ]
    identifiers = _at(found.identifiers, _ID, pl.concat([region.inside, region.sharing]))
    own = _at(found.identifiers, _ID, region.inside).filter(~pl.col("verdict").is_in(APART))
    return Resolution(
        edges=pl.concat(judged_again).unique(_PAIR).sort(_PAIR),
        identifiers=identifiers,
        persons=found.persons.join(own, on="person_id", how="semi"),
        history=found.history.join(identifiers, on=_ID, how="semi"),
        merges=found.merges,
        verdicts=_at(found.verdicts, _END_A, region.inside),
        visitors=found.visitors.join(identifiers.select(VISITOR), on="visitor_id", how="semi"),
    )


def _deleted(region: _Region, keys: pl.DataFrame, inserted: Resolution) -> Resolution:
    """Return the keys of stored rows that may have changed."""
    # All that was stored of the region is deleted, also of persons who are removed now: a key that is missing here
    # would leave a person in the tables without any identifier.
    identifiers = pl.concat([region.inside, region.sharing]).sort(_ID)
    return Resolution(
        edges=pl.concat([keys, inserted.edges.select(_PAIR)]).unique().sort(_PAIR),
        identifiers=identifiers,
        persons=region.own.select("person_id").unique().sort("person_id"),
        history=identifiers,
        merges=region.ever.sort("person_id"),
        verdicts=_as_end(region.inside, _END_A).sort(_END_A),
        visitors=identifiers.select(VISITOR),
    )


def _ends(edges: pl.DataFrame) -> pl.DataFrame:
    """Return the identifiers that are an end of an edge."""
    ends = pl.concat([_named(edges, end) for end in (_END_A, _END_B)])
    return ends.filter(pl.col("identifier_type") != "").unique()


def _named(edges: pl.DataFrame, end: Sequence[str]) -> pl.DataFrame:
    """Return one end of each edge as identifiers."""
    return edges.select(pl.col(column).alias(name) for column, name in zip(end, _ID, strict=True))


def _as_end(identifiers: pl.DataFrame, end: Sequence[str]) -> pl.DataFrame:
    """Return identifiers as an end of edges."""
    return identifiers.select(pl.col(name).alias(column) for column, name in zip(end, _ID, strict=True))


def _incident(edges: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Return the edges that an identifier is an end of, each once."""
    # An edge with both ends among them would be found twice.
    by_b = _at(edges, _END_B, identifiers).join(identifiers, left_on=_END_A, right_on=_ID, how="anti")
    return pl.concat([_at(edges, _END_A, identifiers), by_b])


def _at(rows: pl.DataFrame, end: Sequence[str], identifiers: pl.DataFrame) -> pl.DataFrame:
    return rows.join(identifiers, left_on=list(end), right_on=_ID, how="semi", maintain_order="left")
