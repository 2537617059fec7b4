"""What each person buys most, recent orders counting more."""

import polars as pl

from dmp_assets.profiles.favourites import favourite_shares
from dmp_assets.profiles.schema.profiles import TOP_CATEGORIES


def build_interests(favourite_sums: pl.LazyFrame) -> pl.DataFrame:
    """Return person_id, top_categories (best first), top_category and top_category_share.

    Args:
        favourite_sums: Rows of ``sum_favourites``, of which ``spend_category`` is taken: known categories only.

    Equal interests go by name.
    """
    spent = favourite_shares(favourite_sums.filter(pl.col("attribute") == "spend_category"))
    return (
        spent.group_by("person_id", maintain_order=True)
        .agg(
            top_categories=pl.col("value").head(TOP_CATEGORIES),
            top_category=pl.col("value").first(),
            top_category_share=pl.col("share").first(),
        )
        .collect()
    )
