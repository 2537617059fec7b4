"""The first and the last touch of each person: where a visit came from."""

from datetime import date

import polars as pl

from dmp_assets.events.schema import SESSION

_TOUCH = {
    "at": "started_at",
    "channel_group": "channel_group",
    "source": "mkt_source",
    "medium": "mkt_medium",
    "campaign": "mkt_campaign",
}


def build_touches(visits: pl.LazyFrame, as_of_date: date, before: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Return the first and the last touch of each person (``Touches``).

    Args:
        visits: One row per session: event_date, session_id, kind, is_server_side, person_id, started_at, channel_group,
            mkt_source, mkt_medium, mkt_campaign.
        as_of_date: Last day that counts.
        before: The same people's touches of the days before; None where these are all days.

    A touch is a session on web or app with a channel group, Direct included: no shop visit, nor what a server saw.
    Sessions that start at the same moment go by session_id. A person without a touch has no row.
    """
    touches = visits.filter(
        pl.col("event_date") <= as_of_date,
        pl.col("kind") == SESSION,
        ~pl.col("is_server_side"),
        pl.col("person_id").is_not_null(),
        pl.col("channel_group").is_not_null(),
    )
    # Sorting everybody's visits would cost three times as much as finding the few of a first and last moment.
    moments = touches.group_by("person_id").agg(first=pl.col("started_at").min(), last=pl.col("started_at").max())
    at = pl.col("started_at")
    ends = touches.join(moments, on="person_id").filter((at == pl.col("first")) | (at == pl.col("last")))
    found = (
        ends.sort("person_id", "started_at", "session_id")
        .group_by("person_id", maintain_order=True)
        .agg(
            *(pl.col(column).first().alias(f"first_touch_{name}") for name, column in _TOUCH.items()),
            *(pl.col(column).last().alias(f"last_touch_{name}") for name, column in _TOUCH.items()),
        )
    )
    return found if before is None else _continued(before, found)


def _continued(before: pl.LazyFrame, found: pl.LazyFrame) -> pl.LazyFrame:
    """Return touches: the first of the days before, and the last of the days after where there is one."""
    both = before.join(found, on="person_id", how="full", coalesce=True, suffix="_after")
    keeps, moves = pl.col("first_touch_at").is_not_null(), pl.col("last_touch_at_after").is_not_null()
    firsts = [f"first_touch_{name}" for name in _TOUCH]
    lasts = [f"last_touch_{name}" for name in _TOUCH]
    return both.select(
        "person_id",
        *(pl.when(keeps).then(name).otherwise(f"{name}_after").alias(name) for name in firsts),
        *(pl.when(moves).then(f"{name}_after").otherwise(name).alias(name) for name in lasts),
    )
