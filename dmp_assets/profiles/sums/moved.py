"""The people whose identifiers changed, who must be recomputed."""

import polars as pl

PERIOD = ["visitor_id", "person_id", "effective_at", "superseded_at"]
"""Columns that say whose a visitor was, and from when until when."""


def changed_rows(before: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the removed rows, and the added rows.

    Args:
        before: Rows in some columns.
        now: Rows in the same columns.

    >>> before, now = pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [2, 3]})
    >>> [rows["a"].to_list() for rows in changed_rows(before, now)]
    [[1], [3]]
    """
    columns = now.columns
    removed = before.select(columns).join(now, on=columns, how="anti", nulls_equal=True)
    return removed, now.join(before, on=columns, how="anti", nulls_equal=True)


def moved_people(removed: pl.DataFrame, added: pl.DataFrame, first_seen: pl.DataFrame) -> pl.Series:
    """Return person_id of the people who lost or gained an identifier with a past, before and now, sorted.

    Args:
        removed: Rows of ``identity.visitors`` that were removed since the sums were made.
        added: Rows that were added since.
        first_seen: ``visitor_id`` of identifiers without any event on the days that were summed: they add nothing to
            the stored sums.

    The stored sums of all other people stay right, and further days are added to them.

    >>> before = pl.DataFrame({"visitor_id": ["a", "b", "c"], "person_id": ["a", "b", "c"]})
    >>> now = pl.DataFrame({"visitor_id": ["a", "b", "c", "d"], "person_id": ["a", "a", "c", "c"]})
    >>> moved_people(*changed_rows(before, now), pl.DataFrame({"visitor_id": ["d"]})).to_list()
    ['a', 'b']

    Person b became person a: both are returned, as b's sums are to be removed. Visitor d is c's, but had done nothing.
    """
    with_past = added.join(first_seen, on="visitor_id", how="anti")
    return pl.concat([removed["person_id"], with_past["person_id"]]).unique().sort()
