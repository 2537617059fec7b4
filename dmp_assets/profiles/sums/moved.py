"""Whose identifiers are not what they were: their sums are made of all their days again."""

import polars as pl

STRETCH = ["visitor_id", "person_id", "effective_at", "superseded_at"]


def other_rows(before: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that are gone, and those that have come.

    Args:
        before: Rows in some columns.
        now: Rows in the same columns.

    >>> before, now = pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [2, 3]})
    >>> [rows["a"].to_list() for rows in other_rows(before, now)]
    [[1], [3]]
    """
    columns = now.columns
    gone = before.select(columns).join(now, on=columns, how="anti", nulls_equal=True)
    return gone, now.join(before, on=columns, how="anti", nulls_equal=True)


def moved_people(gone: pl.DataFrame, come: pl.DataFrame, first_seen: pl.DataFrame) -> pl.Series:
    """Return the person_id of everybody who has lost or gained an identifier with a past, as they were and are called.

    Args:
        gone: Rows of ``identity.visitors`` when the sums were made that are not there any more.
        come: Those that are there since.
        first_seen: ``visitor_id`` of identifiers without any event on the days that were summed: they bring nothing
            that would have to be added.

    Everybody else's sums go on where they ended. The result is sorted.

    >>> before = pl.DataFrame({"visitor_id": ["a", "b", "c"], "person_id": ["a", "b", "c"]})
    >>> now = pl.DataFrame({"visitor_id": ["a", "b", "c", "d"], "person_id": ["a", "a", "c", "c"]})
    >>> moved_people(*other_rows(before, now), pl.DataFrame({"visitor_id": ["d"]})).to_list()
    ['a', 'b']

    b was somebody and is a now; d is c's, but had done nothing yet.
    """
    with_past = come.join(first_seen, on="visitor_id", how="anti")
    return pl.concat([gone["person_id"], with_past["person_id"]]).unique().sort()
