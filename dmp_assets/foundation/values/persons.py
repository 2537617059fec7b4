"""Whose an event is: rows of visitors are assigned to persons, by the time of the event."""

import polars as pl


def of_persons(rows: pl.LazyFrame, visitors: pl.DataFrame, at: str) -> pl.LazyFrame:
    """Return the rows of visitors who are a person, with ``person_id`` in place of ``visitor_id``.

    Args:
        rows: Any rows with ``visitor_id`` and an instant.
        visitors: ``identity.visitors``: visitor_id, person_id, effective_at (null: no beginning), superseded_at (null:
            no end). Periods of one visitor do not overlap, so no row is returned twice.
        at: Column of the instant that says whose a row is where several people share the visitor.

    >>> from datetime import datetime as t
    >>> visitors = pl.DataFrame({
    ...     "visitor_id": ["device_id:d", "device_id:d"], "person_id": ["p1", "p2"],
    ...     "effective_at": [None, t(2024, 5, 2)], "superseded_at": [t(2024, 5, 2), None]})
    >>> rows = pl.LazyFrame({"visitor_id": ["device_id:d", "device_id:d"], "at": [t(2024, 5, 1), t(2024, 5, 2)]})
    >>> of_persons(rows, visitors, "at").collect()["person_id"].to_list()
    ['p1', 'p2']
    """
    begun = pl.col("effective_at").is_null() | (pl.col(at) >= pl.col("effective_at"))
    not_over = pl.col("superseded_at").is_null() | (pl.col(at) < pl.col("superseded_at"))
    periods = visitors.lazy().select("visitor_id", "person_id", "effective_at", "superseded_at")
    named = rows.join(periods, on="visitor_id", how="inner").filter(begun & not_over)
    return named.drop("visitor_id", "effective_at", "superseded_at")


def of_accounts(rows: pl.DataFrame, visitors: pl.DataFrame) -> pl.DataFrame:
    """Return all rows, with ``person_id`` in place of ``user_id``.

    Args:
        rows: Rows with ``user_id``: what other systems say of their accounts.
        visitors: ``identity.visitors``. An account is always one person's, so no time is needed.

    Accounts that are no person's, because no event or customer record names them or they are blocked, keep a person_id
    of their own, ``user_id:`` and the account: so no row is lost.
    """
    named = rows.with_columns(named_visitor("user_id")).join(
        visitors.select("visitor_id", "person_id"), on="visitor_id", how="left", maintain_order="left"
    )
    return named.with_columns(pl.coalesce("person_id", "visitor_id")).drop("user_id", "visitor_id")


def named_visitor(*types: str) -> pl.Expr:
    """Return ``visitor_id`` of a row by the first of these identifiers that it has, as type:value."""
    return pl.coalesce(pl.lit(f"{kind}:") + pl.col(kind) for kind in types).alias("visitor_id")
