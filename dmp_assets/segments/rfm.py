"""Segments by RFM group."""

import polars as pl

from dmp_assets.profiles.schema.profiles import NO_ORDERS, NOT_ENOUGH_DATA, RFM_GROUPS

DESCRIPTIONS = {
    "Champions": "Bought lately, often and for much.",
    "Loyal Customers": "Buy often and for much, the last time not long ago.",
    "Potential Loyalists": "Bought lately, a few times: could become loyal.",
    "New Customers": "Bought very lately, but little so far.",
    "Promising": "Bought not long ago, and little so far.",
    "Need Attention": "Average on everything, and slipping.",
    "About to Sleep": "Little bought, and a while ago.",
    "At Risk": "Used to buy well, but not lately.",
    "Cannot Lose Them": "Were among the best, and have not bought for long.",
    "Hibernating": "Bought little, and long ago.",
    "Lost": "Bought least, and longest ago.",
    NO_ORDERS: "Seen, but never bought.",
    NOT_ENOUGH_DATA: "Buyers who cannot be scored: there are fewer than 5.",
}


def segment_id(group: str) -> str:
    """Return the id of an RFM group.

    >>> segment_id("Cannot Lose Them")
    'rfm_cannot_lose_them'
    """
    return "rfm_" + group.lower().replace(" ", "_")


def rfm_memberships(profiles: pl.DataFrame) -> pl.DataFrame:
    """Return segment_id, person_id and reason: each person in the segment of their ``rfm_group``."""
    ids = {group: segment_id(group) for group in DESCRIPTIONS}
    scores = pl.format(
        "recency {}, frequency {}, monetary {} (of 5)",
        "rfm_recency_score",
        "rfm_frequency_score",
        "rfm_monetary_score",
    )
    return profiles.select(
        segment_id=pl.col("rfm_group").replace_strict(ids, return_dtype=pl.String),
        person_id="person_id",
        reason=pl.when(pl.col("rfm_group") == NO_ORDERS)
        .then(pl.lit("no order up to the as-of day"))
        .when(pl.col("rfm_group") == NOT_ENOUGH_DATA)
        .then(pl.lit("has an order, but fewer than 5 people have one"))
        .otherwise(scores),
    )


def rfm_segments(profiles: pl.DataFrame) -> pl.DataFrame:
    """Return segment_id, segment_name, description, status and silhouette of all groups, empty ones too."""
    scored = profiles.filter(pl.col("rfm_group").is_in(RFM_GROUPS)).height > 0
    return pl.DataFrame(
        [
            {"segment_id": segment_id(group), "segment_name": group, "description": description}
            for group, description in DESCRIPTIONS.items()
        ]
    ).with_columns(
        status=pl.when(pl.lit(scored) | (pl.col("segment_name") == NO_ORDERS))
        .then(pl.lit("ok"))
        .otherwise(pl.lit("not_enough_data")),
        silhouette=pl.lit(None, pl.Float64),
    )
