"""Shared identifiers, which several accounts use: each belongs to the account seen with it last."""

import polars as pl

from dmp_assets.identity.merging import NEVER
from dmp_assets.identity.schema.persons import CREATED, IDENTIFIER, MERGED, REASSIGNED, USER

_BEFORE = -NEVER


def sightings(shared_edges: pl.DataFrame, daily: pl.DataFrame | None) -> pl.DataFrame:
    """Return when accounts were seen with identifiers: identifier_type, identifier, user_id, at.

    Args:
        shared_edges: ``Edges`` of accounts with shared identifiers.
        daily: ``DailyEdges`` of the same pairs. With them the switches between accounts are known by the day, and
            within a day by the first and last event of each account, and by the start of the session in which it was
            first seen: what a browser did before a login in it is the account's that logged in. Without them only the
            first and last sighting of each account are known.
    """
    names = {"type_b": "identifier_type", "value_b": "identifier", "value_a": USER}
    seen = ("first_seen_at", "last_seen_at")
    points = [
        rows.select("type_b", "value_b", "value_a", pl.col(at).alias("at"))
        for rows, moments in ((shared_edges, seen), (daily, ("begins_at", *seen)))
        if rows is not None
        for at in moments
    ]
    return pl.concat(points).rename(names).unique().sort(*IDENTIFIER, "at", USER)


def ownership(seen: pl.DataFrame) -> pl.DataFrame:
    """Return the periods of shared identifiers: identifier_type, identifier, user_id, owned_us, lost_us.

    Args:
        seen: As ``sightings`` returns them. Of two accounts at one moment the greater one stands.

    The first account owns an identifier from the beginning, the last one without end. In between, the owner is the
    account that was seen with it last.

    >>> seen = pl.DataFrame({"user_id": ["A", "B", "B", "A"], "at": [1, 2, 3, 4]}).cast({"at": pl.Datetime("us")})
    >>> named = seen.with_columns(identifier_type=pl.lit("email"), identifier=pl.lit("e"))
    >>> ownership(named)["user_id"].to_list()
    ['A', 'B', 'A']
    >>> ownership(named)["lost_us"].to_list()[:2]
    [2, 4]
    """
    key = list(IDENTIFIER)
    settled = seen.sort(*key, "at", USER).unique([*key, "at"], keep="last", maintain_order=True)
    before = pl.col(USER).shift(1).over(key)
    switched = settled.filter(before.is_null() | (before != pl.col(USER)))
    at, is_first = pl.col("at").to_physical(), pl.int_range(pl.len()).over(key) == 0
    return switched.select(
        *key,
        USER,
        owned_us=pl.when(is_first).then(pl.lit(_BEFORE)).otherwise(at),
        lost_us=at.shift(-1).over(key).fill_null(NEVER),
    )


def shared_spans(owners: pl.DataFrame, first_seen: pl.DataFrame, user_spans: pl.DataFrame) -> pl.DataFrame:
    """Return whose each shared identifier was, and since which change.

    Args:
        owners: As ``ownership`` returns them.
        first_seen: identifier_type, identifier and first_us of the shared identifiers.
        user_spans: user_id, person_id, effective_us and superseded_us of their accounts. Before an account was seen
            first, its first person stands for it.

    The columns are identifier_type, identifier, person_id, effective_us, superseded_us and change_type. An
    identifier's period ends where its account changes, and where its account's person merges into another.
    """
    key = list(IDENTIFIER)
    earliest = pl.col("effective_us") == pl.col("effective_us").min().over(USER)
    reaching = user_spans.with_columns(
        from_us=pl.when(earliest).then(pl.lit(_BEFORE)).otherwise("effective_us"), until_us="superseded_us"
    ).select(USER, "person_id", "from_us", "until_us")
    clipped = (
        owners.join(first_seen, on=key)
        .join(reaching, on=USER)
        .with_columns(
            effective_us=pl.max_horizontal("owned_us", "from_us", "first_us"),
            superseded_us=pl.min_horizontal("lost_us", "until_us"),
        )
        .filter(pl.col("effective_us") < pl.col("superseded_us"))
    )
    change = (
        pl.when(pl.col("effective_us") == pl.col("first_us"))
        .then(pl.lit(CREATED))
        .when(pl.col("effective_us") == pl.col("owned_us"))
        .then(pl.lit(REASSIGNED))
        .otherwise(pl.lit(MERGED))
    )
    spans = clipped.select(*key, "person_id", "effective_us", "superseded_us", change_type=change)
    return spans.sort(*key, "effective_us")
