"""What each person buys most, recent purchases counting more."""

import polars as pl

from dmp_assets.events.schema import PURCHASE
from dmp_assets.money import in_units
from dmp_assets.profiles.schema import TOP_CATEGORIES


def decayed_weight(age_days: pl.Expr, half_life_days: float) -> pl.Expr:
    """Return the weight of something ``age_days`` old: ``0.5 ** (age_days / half_life_days)``.

    >>> ages = pl.DataFrame({"age": [0, 90, 180]})
    >>> ages.select(decayed_weight(pl.col("age"), 90.0)).to_series().to_list()
    [1.0, 0.5, 0.25]
    """
    return pl.lit(0.5).pow(age_days / half_life_days)


def build_interests(activity: pl.LazyFrame, half_life_days: float) -> pl.LazyFrame:
    """Return person_id, top_categories (best first), top_category and top_category_share.

    Args:
        activity: Daily activity up to the as-of day.
        half_life_days: Age at which a purchase counts half, above 0.

    Equal interests go by name. Purchases without a known category are left out.
    """
    bought = activity.filter(
        pl.col("event_name") == PURCHASE, pl.col("item_category") != "", pl.col("revenue") > 0
    ).with_columns(
        # Order and shares are the same from whatever day age is counted; from the person's own newest purchase
        # no weight of a long lapsed person vanishes. Whole units make sums independent of the order of rows.
        age_days=(pl.col("event_date").max().over("person_id") - pl.col("event_date")).dt.total_days(),
        units=in_units(pl.col("revenue")),
    )
    weighted = (pl.col("units") * decayed_weight(pl.col("age_days"), half_life_days)).round().cast(pl.Int64)
    by_category = (
        bought.group_by("person_id", "item_category")
        .agg(interest=weighted.sum())
        .filter(pl.col("interest") > 0)
        .sort("person_id", "interest", "item_category", descending=[False, True, False])
    )
    return by_category.group_by("person_id", maintain_order=True).agg(
        top_categories=pl.col("item_category").head(TOP_CATEGORIES),
        top_category=pl.col("item_category").first(),
        top_category_share=pl.col("interest").first() / pl.col("interest").sum(),
    )
