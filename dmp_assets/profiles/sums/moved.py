"""Whose identifiers are not what they were: their sums are made of all their days again."""

import polars as pl

PERIOD = ["visitor_id", "person_id", "effective_at", "superseded_at"]
"""Columns that say whose a visitor was, and from when until when."""


def changed_rows(before: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the removed rows, and the added ones.

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
    """Return the person_id of everybody who lost or gained an identifier with a past, as they were and are called.

    Args:
        removed: Rows of ``identity.visitors`` that were there when the sums were made, and are not any more.
        added: Rows that are there since.
        first_seen: ``visitor_id`` of identifiers without any event on the days that were summed: they bring nothing
            that would have to be added.

    Everybody else's sums go on where they ended. The result is sorted.

    >>> before = pl.DataFrame({"visitor_id": ["a", "b", "c"], "person_id": ["a", "b", "c"]})
    >>> now = pl.DataFrame({"visitor_id": ["a", "b", "c", "d"], "person_id": ["a", "a", "c", "c"]})
    >>> moved_people(*changed_rows(before, now), pl.DataFrame({"visitor_id": ["d"]})).to_list()
    ['a', 'b']

    b was somebody and is a now; d is c's, but had done nothing yet.
    """
    with_past = added.join(first_seen, on="visitor_id", how="anti")
    return pl.concat([removed["person_id"], with_past["person_id"]]).unique().sort()
