"""The daily rollup of what visitors did: counts of events, from which profiles are built."""

import narwhals.stable.v2 as nw

from dmp_assets.events.portable import Frame


def build_daily_activity(cleaned_events: Frame, event_items: Frame, categories: Frame) -> Frame:
    """Return the counts of each visitor, day, event name and item category.

    Args:
        cleaned_events: ``CleanedEvents`` in engine types, whole days.
        event_items: ``EventItems`` of the same days in engine types.
        categories: ``item_id`` and ``item_category``, one row per item. The event's own category is for items that the
            catalogue does not have.

    An event with item lines counts once, on the category of its first line. An event without lines counts under the
    empty category. Amounts are those of orders, which events may report several times: they are not summed here.
    """
    grain = ["event_date", "visitor_id", "event_name", "item_category"]
    columns = [*grain, "event_at", "events", "items"]
    # On one line only: an order of ten lines is one event, and a sum over categories must count it once.
    is_first = nw.when(nw.col("line") == 1).then(nw.lit(1)).otherwise(nw.lit(0))
    lines = (
        event_items.filter(~nw.col("visitor_id").is_null())
        .rename({"item_category": "given_category"})
        # Left: a line whose item the catalogue lacks keeps its place.
        .join(categories, on="item_id", how="left")
        .with_columns(
            item_category=nw.coalesce("item_category", "given_category", nw.lit("")),
            events=is_first,
            items=nw.lit(1),
        )
        .select(columns)
    )
    # Events without a line are not among the lines: without this half they would be missing.
    bare = (
        cleaned_events.filter(~nw.col("visitor_id").is_null() & (nw.col("items") == 0))
        .with_columns(item_category=nw.lit(""), events=nw.lit(1), items=nw.lit(0))
        .select(columns)
    )
    return (
        nw.concat([lines, bare], how="vertical")
        .group_by(grain)
        .agg(
            nw.col("events", "items").sum(),
            first_event_at=nw.col("event_at").min(),
            last_event_at=nw.col("event_at").max(),
        )
    )
