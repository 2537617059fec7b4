"""Where each person came from first, and where last."""

from datetime import date

import polars as pl

_TOUCH = {
    "at": "started_at",
    "channel_group": "channel_group",
    "source": "mkt_source",
    "medium": "mkt_medium",
    "campaign": "mkt_campaign",
}


def build_touches(visits: pl.LazyFrame, as_of_date: date) -> pl.DataFrame:
    """Return the first and the last touch of each person (``Touches``).

    Args:
        visits: One row per session: event_date, session_id, person_id, started_at, channel_group, mkt_source,
            mkt_medium, mkt_campaign.
        as_of_date: Last day that counts.

    A touch is a visit with a channel group, Direct included. Visits that start at the same moment go by session_id.
    A person without a touch has no row.
    """
    touches = visits.filter(
        pl.col("event_date") <= as_of_date, pl.col("person_id").is_not_null(), pl.col("channel_group").is_not_null()
    )
    return (
        touches.sort("person_id", "started_at", "session_id")
        .group_by("person_id", maintain_order=True)
        .agg(
            *(pl.col(column).first().alias(f"first_touch_{name}") for name, column in _TOUCH.items()),
            *(pl.col(column).last().alias(f"last_touch_{name}") for name, column in _TOUCH.items()),
        )
        .collect()
    )
