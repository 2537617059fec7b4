"""How much each person takes part: how often, how recently, how deeply, and whether they respond."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from dmp_assets.profiles.scores import DIGITS, decayed_weight, saturation, weighted_mean

SOCIAL_EVENTS = ("review", "comment", "like", "share", "follow", "reply", "sign_up", "survey_answer")

ENGAGEMENT_WINDOW_DAYS = 30
VISITS_HALF = 4.0
"""A visit a week in 30 days is half of what can be asked for; one a day scores 0.99."""
PAGE_VIEWS_HALF = 3.0
"""GA4 calls a session of two page views engaged, so three are half way to deep."""
EVENTS_HALF = 10.0
"""A choice: about three events, such as scrolls and clicks, for each of those page views."""
SOCIAL_HALF = 2.0
"""A choice: an answer takes effort, so two in a month are much."""

ENGAGEMENT_WEIGHTS: Mapping[str, float] = {
    "frequency_score": 0.3,
    "recency_score": 0.3,
    "depth_score": 0.2,
    "social_score": 0.2,
}
"""A choice: to come back weighs more than what happens in a visit, because every person can be judged by it."""


def engagement_score() -> pl.Expr:
    """Return E(u), 0..1: the weighted mean of the columns named in ``ENGAGEMENT_WEIGHTS``.

    ``E(u) = 0.3 * frequency + 0.3 * recency + 0.2 * depth + 0.2 * social``, each 0..1 on a fixed curve.

    E(u) is also published as ``sum(w_i * I_i) / P`` with ``P = sum(w_i * I_i)``: numerator and denominator are the
    same, so it is 1 for everybody. Here the denominator is the sum of the weights, which is 1.

    >>> parts = {"frequency_score": [0.5], "recency_score": [1.0], "depth_score": [0.25], "social_score": [0.0]}
    >>> pl.DataFrame(parts).select(engagement_score()).item()
    0.5

    0.3 * 0.5 + 0.3 * 1 + 0.2 * 0.25 + 0.2 * 0 = 0.15 + 0.3 + 0.05.
    """
    return weighted_mean([pl.col(name) for name in ENGAGEMENT_WEIGHTS], list(ENGAGEMENT_WEIGHTS.values()))


def component_scores(half_life_days: float) -> dict[str, pl.Expr]:
    """Return the four components of the columns visits, days_since_visit, ..._per_visit and social_events.

    Args:
        half_life_days: Days without a visit after which recency is 0.5, above 0.

    frequency = 1 - 0.5 ** (visits / 4); recency = 0.5 ** (days since the last visit / half-life);
    depth = mean of 1 - 0.5 ** (page views per visit / 3) and 1 - 0.5 ** (events per visit / 10);
    social = 1 - 0.5 ** (social events / 2). What never happened scores 0.

    >>> person = pl.DataFrame({"visits": [4], "days_since_visit": [14], "page_views_per_visit": [3.0],
    ...                        "events_per_visit": [20.0], "social_events": [0]})
    >>> person.select(**component_scores(14.0)).row(0)
    (0.5, 0.5, 0.625, 0.0)

    Depth is the mean of 0.5 (three pages) and 0.75 (twenty events).
    """
    pages = saturation(pl.col("page_views_per_visit"), PAGE_VIEWS_HALF)
    events = saturation(pl.col("events_per_visit"), EVENTS_HALF)
    return {
        "frequency_score": saturation(pl.col("visits"), VISITS_HALF),
        "recency_score": decayed_weight(pl.col("days_since_visit"), half_life_days).round(DIGITS).fill_null(0.0),
        "depth_score": ((pages + events) / 2).fill_null(0.0),
        "social_score": saturation(pl.col("social_events"), SOCIAL_HALF),
    }


def build_engagement(
    facts: pl.LazyFrame,
    visits: pl.LazyFrame,
    activity: pl.LazyFrame,
    as_of_date: date,
    half_life_days: float,
    window_days: int = ENGAGEMENT_WINDOW_DAYS,
) -> pl.DataFrame:
    """Return visits, depth, social events, scores and ``engagement_score`` per person (``Engagement``).

    Args:
        facts: ``Sums.facts`` of all people.
        visits: One row per session: event_date, person_id, page_views, events; those of the window at least.
        activity: ``DailyActivity``, of which the social events are taken; that of the window at least.
        as_of_date: The day that facts were counted to, and the last that counts.
        half_life_days: Days without a visit after which recency is 0.5, above 0.
        window_days: Days up to the as-of day of which visits, depth and social events are counted.

    Recency looks back beyond the window. The people are those with a visit or a social event up to the as-of day.
    """
    in_window = pl.col("event_date").is_between(as_of_date - timedelta(days=window_days - 1), as_of_date)
    visited = (
        visits.filter(in_window, pl.col("person_id").is_not_null())
        .group_by("person_id")
        .agg(pl.len().cast(pl.Int64).alias("visits"), pl.col("page_views", "events").sum())
    )
    social = (
        activity.filter(in_window, pl.col("event_name").is_in(SOCIAL_EVENTS))
        .group_by("person_id")
        .agg(social_events=pl.col("events").sum())
    )
    per_visit = {
        f"{name}_per_visit": pl.when(pl.col("visits") > 0).then(pl.col(name) / pl.col("visits"))
        for name in ("page_views", "events")
    }
    people = facts.filter(pl.col("last_visit_date").is_not_null() | pl.col("last_social_date").is_not_null()).select(
        "person_id", days_since_visit=(pl.lit(as_of_date, pl.Date) - pl.col("last_visit_date")).dt.total_days()
    )
    return (
        people.join(visited, on="person_id", how="left")
        .join(social, on="person_id", how="left")
        .with_columns(pl.col("visits", "social_events").fill_null(0))
        .with_columns(**per_visit)
        .with_columns(**component_scores(half_life_days))
        .with_columns(engagement_score=engagement_score())
        .sort("person_id")
        .select(
            pl.col("person_id").cast(pl.String),
            "visits",
            "days_since_visit",
            *per_visit,
            "social_events",
            *ENGAGEMENT_WEIGHTS,
            "engagement_score",
        )
        .collect()
    )
