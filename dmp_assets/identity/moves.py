"""Who moved from person to person between two runs, and why."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from dmp_assets.foundation.values.calendar import day_at
from dmp_assets.identity.schema.persons import (
    APART,
    BLOCKED,
    IDENTIFIER,
    MERGED,
    ORDER_CONFLICT,
    PAIR,
    REASSIGNED,
    SHARED,
    SUPER_NODE,
    TYPES,
    UNIQUE_IDENTIFIER,
    USER,
)
from dmp_assets.identity.schema.resolution import (
    BLOCKED_BY_HAND,
    BLOCKED_VALUE,
    EARLIER_DAY,
    RECORDS_GONE,
    RELEASED,
    RENAMED,
    SPLIT,
    UNBLOCKED,
    Moves,
)

_REASON = "cause"
_STRENGTH = {BLOCKED: 0, UNBLOCKED: 0, SUPER_NODE: 1, SHARED: 2, SPLIT: 3, RELEASED: 3}
"""Of several verdicts in one person, the one that takes out most is reported."""


@dataclass(frozen=True)
class Standing:
    """Whose the identifiers are, and what the rules took out, after a run."""

    identifiers: pl.DataFrame
    """``PersonIdentifiers``."""
    verdicts: pl.DataFrame
    """``Verdicts``."""


def find_moves(
    before: Standing,
    after: Standing,
    merges: pl.DataFrame,
    as_of_date: date,
    moved_at: datetime,
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """Return one row per identifier that moved to another person (``Moves``).

    Args:
        before: The result of the last run; of all identifiers, or of whole persons before and after.
        after: The result of this run, of the same ones.
        merges: ``Merges`` of this run.
        as_of_date: Day that this run describes.
        moved_at: When it runs (UTC).
        time_zone: Zone of the business's days.

    An added or removed identifier has not moved. The reason is the first that holds:
    an earlier day is described; a verdict on the identifier itself is new or removed; a verdict is new in the
    person it left, or removed in the one it joined; its person turned out to be an older one; only the name changed,
    because an older identifier was seen; an order of the person it left names two accounts now; else what held the
    person together is no longer in the records.
    """
    moved = _moved(before.identifiers, after.identifiers)
    newest = before.identifiers["last_seen_at"].max()
    if isinstance(newest, datetime) and as_of_date < day_at(newest, time_zone):
        explained = moved.with_columns(_cause(EARLIER_DAY).alias(_REASON))
    else:
        explained = _explained(moved, before, after, merges)
    rows = explained.unnest(_REASON).with_columns(
        moved_at=pl.lit(moved_at, pl.Datetime("us")), as_of_date=pl.lit(as_of_date, pl.Date)
    )
    return rows.select(*Moves.to_schema().columns).sort("moved_at", *IDENTIFIER)


def withdrawn_moves(reported: pl.DataFrame, found: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Return moved_at, identifier_type and identifier of the moves that are no longer to be reported.

    Args:
        reported: ``Moves`` of earlier runs; of all identifiers, or of those that this run looked at.
        found: Those of this run.
        identifiers: ``PersonIdentifiers`` of this run. Moves of others are withdrawn: an erased person leaves no trace.

    A move is reported before it is made. So if the last move of an identifier is found again, the run that reported it
    ended before it was made, and only the new report is kept.
    """
    removed = reported.join(identifiers.select(IDENTIFIER), on=IDENTIFIER, how="anti")
    last = reported.sort("moved_at").unique(IDENTIFIER, keep="last")
    again = last.join(found, on=[*IDENTIFIER, "from_person_id", "to_person_id"], how="semi", nulls_equal=True)
    key = ["moved_at", *IDENTIFIER]
    return pl.concat([removed.select(key), again.select(key)]).unique().sort(key)


def _moved(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return identifier, from_person_id, to_person_id, was and is (the verdicts) of those that moved."""
    was = before.select(*IDENTIFIER, from_person_id="person_id", was="verdict")
    now = after.select(*IDENTIFIER, to_person_id="person_id", now="verdict")
    both = was.join(now, on=IDENTIFIER)
    return both.filter(pl.col("from_person_id").ne_missing(pl.col("to_person_id")))


def _explained(moved: pl.DataFrame, before: Standing, after: Standing, merges: pl.DataFrame) -> pl.DataFrame:
    appeared = after.verdicts.join(before.verdicts, on=[*PAIR, "rule"], how="anti").with_columns(_of_verdict())
    removed = before.verdicts.join(after.verdicts, on=PAIR, how="anti").with_columns(_of_verdict(is_removed=True))
    itself = [
        verdicts.filter(pl.col("type_b") == "").select(identifier_type="type_a", identifier="value_a", cause="cause")
        for verdicts in (appeared, removed)
    ]
    rows = (
        moved.join(itself[0].rename({"cause": "new"}), on=IDENTIFIER, how="left")
        .join(itself[1].rename({"cause": "old"}), on=IDENTIFIER, how="left")
        .join(_within(appeared, before.identifiers, "from_person_id", "left"), on="from_person_id", how="left")
        .join(_within(removed, after.identifiers, "to_person_id", "joined"), on="to_person_id", how="left")
        .join(_merged(merges), on="from_person_id", how="left")
        .join(_namers(moved, after.identifiers), on="to_person_id", how="left")
        .join(_parted(moved, before.identifiers, after.identifiers), on="from_person_id", how="left")
        .join(_contested(appeared, before.identifiers), on="from_person_id", how="left")
    )
    known = pl.col("to_person_id").is_in(before.identifiers["person_id"].drop_nulls().unique().implode())
    gone = pl.coalesce("contested", _cause(RECORDS_GONE))
    whole = pl.when("is_parted").then(gone).otherwise(_namer(known))
    own = pl.coalesce("left", "joined", pl.when(~pl.col("is_parted")).then("merged"), whole)
    explained = rows.with_columns(cause=pl.coalesce("new", "old", own))
    return _shared(explained, moved.columns)


def _shared(explained: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return the moves; shared identifiers have the reason of the account that moved as they did."""
    still = (pl.col("was") == SHARED) & (pl.col("now") == SHARED)
    accounts = explained.filter(pl.col("identifier_type") == USER)
    along = accounts.select("from_person_id", "to_person_id", along="cause")
    rows = explained.join(along, on=["from_person_id", "to_person_id"], how="left")
    reason = pl.when(still).then(pl.coalesce("along", _cause(REASSIGNED))).otherwise("cause")
    return rows.select(*columns, reason.alias(_REASON))


def _within(verdicts: pl.DataFrame, identifiers: pl.DataFrame, person: str, name: str) -> pl.DataFrame:
    """Return the strongest cause among each person's own identifiers and the pairs of them."""
    own = identifiers.filter(~pl.col("verdict").is_in(APART))
    a = own.select(type_a="identifier_type", value_a="identifier", person_a="person_id")
    b = own.select(type_b="identifier_type", value_b="identifier", person_b="person_id")
    ends = verdicts.join(a, on=a.columns[:2]).join(b, on=b.columns[:2], how="left")
    inside = ends.filter((pl.col("type_b") == "") | (pl.col("person_a") == pl.col("person_b")))
    strength = pl.col("cause").struct.field("reason").replace_strict(_STRENGTH, return_dtype=pl.Int64)
    ranked = inside.sort(strength, *PAIR).unique("person_a", keep="first", maintain_order=True)
    return ranked.select(pl.col("person_a").alias(person), pl.col("cause").alias(name))


def _merged(merges: pl.DataFrame) -> pl.DataFrame:
    return merges.select(from_person_id="person_id", merged=_cause(MERGED, *(pl.col(name) for name in PAIR)))


def _namers(moved: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Return the identifier that names each person that an identifier moved to."""
    own = identifiers.filter(~pl.col("verdict").is_in(APART)).join(
        moved.select(person_id="to_person_id"), on="person_id", how="semi"
    )
    place = pl.col("identifier_type").replace_strict({name: n for n, name in enumerate(TYPES)}, return_dtype=pl.Int64)
    oldest = own.sort("first_seen_at", place, "identifier").unique("person_id", keep="first", maintain_order=True)
    return oldest.select(to_person_id="person_id", named_type="identifier_type", named="identifier")


def _namer(known: pl.Expr) -> pl.Expr:
    by = (pl.col("named_type").fill_null(""), pl.col("named").fill_null(""))
    return pl.when(known).then(_cause(MERGED, *by)).otherwise(_cause(RENAMED, *by))


def _parted(moved: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return whether the identifiers that were only this person's are several persons' now."""
    left = before.filter(~pl.col("verdict").is_in(APART)).join(
        moved.select(person_id="from_person_id"), on="person_id", how="semi"
    )
    now = after.filter(~pl.col("verdict").is_in(APART)).select(*IDENTIFIER, now="person_id")
    found = left.join(now, on=IDENTIFIER).group_by("person_id").agg(is_parted=pl.col("now").n_unique() > 1)
    return found.rename({"person_id": "from_person_id"})


def _contested(appeared: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Return a pair of accounts on one order for each person of one of them: that order's visitors are joined no more.

    The smallest pair stands for all. Accounts are never one person's, so ``_within`` finds none of these pairs.
    """
    conflicts = appeared.filter(pl.col("rule") == ORDER_CONFLICT).sort(PAIR)
    accounts = pl.concat([conflicts.select("cause", identifier=end) for end in ("value_a", "value_b")])
    people = identifiers.filter(pl.col("identifier_type") == USER).select("identifier", from_person_id="person_id")
    found = accounts.join(people, on="identifier", maintain_order="left").unique(
        "from_person_id", keep="first", maintain_order=True
    )
    return found.select("from_person_id", contested="cause")


def _of_verdict(*, is_removed: bool = False) -> pl.Expr:
    """Return a new verdict, or a removed one, as the cause of a move."""
    rule, pair = pl.col("rule"), [pl.col(name) for name in PAIR]
    is_block = rule.is_in([BLOCKED_BY_HAND, BLOCKED_VALUE])
    if is_removed:
        means = pl.when(is_block).then(pl.lit(UNBLOCKED)).otherwise(pl.lit(RELEASED))
    else:
        is_shared = (rule == UNIQUE_IDENTIFIER) & (pl.col("type_b") == "")
        means = (
            pl.when(is_block)
            .then(pl.lit(BLOCKED))
            .when(rule == SUPER_NODE)
            .then(pl.lit(SUPER_NODE))
            .when(is_shared)
            .then(pl.lit(SHARED))
            .otherwise(pl.lit(SPLIT))
        )
    return _cause(means, *pair).alias("cause")


def _cause(reason: str | pl.Expr, *pair: pl.Expr) -> pl.Expr:
    """Return a reason with the identifier or pair behind it, empty where there is none."""
    filled = [*pair, *[pl.lit("")] * (len(PAIR) - len(pair))]
    cause = pl.lit(reason) if isinstance(reason, str) else reason
    return pl.struct(cause.alias("reason"), *(one.alias(name) for one, name in zip(filled, PAIR, strict=True)))
