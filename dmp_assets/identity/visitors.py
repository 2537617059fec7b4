"""Whose the events of an identifier are: the one table that other domains ask."""

import polars as pl

from dmp_assets.identity.resolution import Resolution
from dmp_assets.identity.schema import IDENTIFIER, SHARED, Visitors

_VISITOR = pl.concat_str(*IDENTIFIER, separator=":").alias("visitor_id")


def visitor_table(resolution: Resolution) -> pl.DataFrame:
    """Return whose events each identifier's are (``Visitors``), by the persons of today.

    An identifier that is one person's is so from ever for ever, whatever person was known of before. A shared one has
    a row per stretch; its owners are named as they are called now. Blocked identifiers and super-nodes are left out.
    """
    own = resolution.identifiers.filter(pl.col("person_id").is_not_null() & (pl.col("verdict") != SHARED))
    shared = resolution.identifiers.filter(pl.col("verdict") == SHARED).select(IDENTIFIER)
    stretches = resolution.history.join(shared, on=IDENTIFIER, how="semi", maintain_order="left")
    columns = list(Visitors.to_schema().columns)
    never = pl.lit(None, dtype=pl.Datetime("us"))
    always = own.select(_VISITOR, "person_id", effective_at=never, superseded_at=never).select(columns)
    return pl.concat([always, _joined(stretches, resolution.merges).select(columns)]).sort(
        "visitor_id", "effective_at", nulls_last=False
    )


def _joined(stretches: pl.DataFrame, merges: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches by today's persons; those of one person that follow each other are one."""
    named = stretches.with_columns(_VISITOR, person_id=_today(stretches["person_id"], merges))
    named = named.sort("visitor_id", "effective_at")
    begins = pl.col("person_id") != pl.col("person_id").shift(1).over("visitor_id")
    first = named.filter(begins.fill_null(value=True))
    after = pl.col("effective_at").shift(-1).over("visitor_id")
    is_first = pl.int_range(pl.len()).over("visitor_id") == 0
    return first.with_columns(
        effective_at=pl.when(~is_first).then("effective_at"),
        superseded_at=after,
    )


def _today(persons: pl.Series, merges: pl.DataFrame) -> pl.Series:
    """Return what persons are called now: every merge followed to its end."""
    into = merges.select("person_id", "into_person_id")
    while True:
        # Each round doubles the steps: a chain of a thousand merges takes ten.
        step = into.join(into, left_on="into_person_id", right_on="person_id", how="left", maintain_order="left")
        further = step["into_person_id_right"]
        if further.null_count() == len(further):
            break
        into = into.with_columns(into_person_id=further.fill_null(into["into_person_id"]))
    return persons.replace(into["person_id"], into["into_person_id"])
