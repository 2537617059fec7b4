"""Whose the events of an identifier are: the one table that other domains read."""

import polars as pl

from dmp_assets.identity.merging import NEVER
from dmp_assets.identity.schema.persons import IDENTIFIER, SHARED, USER, Visitors

VISITOR = pl.concat_str(*IDENTIFIER, separator=":").alias("visitor_id")


def visitor_table(identifiers: pl.DataFrame, history: pl.DataFrame, account_spans: pl.DataFrame) -> pl.DataFrame:
    """Return whose the events of each identifier are (``Visitors``), by the persons of today.

    Args:
        identifiers: ``PersonIdentifiers``.
        history: ``PersonHistory`` of the shared ones among them, and any other rows.
        account_spans: user_id, person_id and superseded_us of the accounts that those were seen with.

    An identifier of one person is always that person's, whatever person it belonged to before. A shared one has a row
    per period; its owners are named by the persons of now. Blocked identifiers and super-nodes are left out.
    """
    own = identifiers.filter(pl.col("person_id").is_not_null() & (pl.col("verdict") != SHARED))
    shared = identifiers.filter(pl.col("verdict") == SHARED).select(IDENTIFIER)
    periods = history.join(shared, on=IDENTIFIER, how="semi", maintain_order="left")
    columns = list(Visitors.to_schema().columns)
    never = pl.lit(None, dtype=pl.Datetime("us"))
    always = own.select(VISITOR, "person_id", effective_at=never, superseded_at=never).select(columns)
    return pl.concat([always, _joined(periods, account_spans).select(columns)]).sort(
        "visitor_id", "effective_at", nulls_last=False
    )


def _joined(periods: pl.DataFrame, account_spans: pl.DataFrame) -> pl.DataFrame:
    """Return the periods by the persons of now; neighbouring ones of one person are joined."""
    named = periods.with_columns(VISITOR).join(_today(account_spans), on="person_id")
    named = named.with_columns(person_id="today").sort("visitor_id", "effective_at")
    begins = pl.col("person_id") != pl.col("person_id").shift(1).over("visitor_id")
    first = named.filter(begins.fill_null(value=True))
    after = pl.col("effective_at").shift(-1).over("visitor_id")
    is_first = pl.int_range(pl.len()).over("visitor_id") == 0
    return first.with_columns(
        effective_at=pl.when(~is_first).then("effective_at"),
        superseded_at=after,
    )


def _today(account_spans: pl.DataFrame) -> pl.DataFrame:
    """Return person_id and today: the persons that accounts belonged to, and who they are now.

    A person never had two accounts, so a former person of an account is the account's person of now.
    """
    now = account_spans.filter(pl.col("superseded_us") == NEVER).select(USER, today="person_id")
    return account_spans.join(now, on=USER).select("person_id", "today").unique()
