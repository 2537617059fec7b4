"""Whose identifiers are not what they were: their sums are made of all their days again."""

import polars as pl

STRETCH = ["visitor_id", "person_id", "effective_at", "superseded_at"]


def moved_people(before: pl.DataFrame, visitors: pl.DataFrame, first_seen: pl.DataFrame) -> pl.Series:
    """Return the person_id of everybody who has lost or gained an identifier with a past, as they were and are called.

    Args:
        before: ``identity.visitors`` as it was when the sums were made.
        visitors: ``identity.visitors`` as it is now.
        first_seen: ``visitor_id`` of identifiers without any event on the days that were summed: they bring nothing
            that would have to be added.

    Everybody else's sums go on where they ended. The result is sorted.

    >>> never = pl.lit(None, pl.Datetime("us"))
    >>> always = {"effective_at": never, "superseded_at": never}
    >>> before = pl.DataFrame({"visitor_id": ["a", "b", "c"], "person_id": ["a", "b", "c"]}).with_columns(**always)
    >>> now = pl.DataFrame({"visitor_id": ["a", "b", "c", "d"], "person_id": ["a", "a", "c", "c"]})
    >>> moved_people(before, now.with_columns(**always), pl.DataFrame({"visitor_id": ["d"]})).to_list()
    ['a', 'b']

    b was somebody and is a now; d is c's, but had done nothing yet.
    """
    gone = before.join(visitors, on=STRETCH, how="anti", nulls_equal=True)
    come = visitors.join(before, on=STRETCH, how="anti", nulls_equal=True)
    with_past = come.join(first_seen, on="visitor_id", how="anti")
    return pl.concat([gone["person_id"], with_past["person_id"]]).unique().sort()
