"""What each person prefers, and how strongly: brand, price band, channel, part of the day and device."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.profiles.favourites import favourite_shares
from dmp_assets.profiles.scores import weighted_mean

COMPONENT_WEIGHTS: Mapping[str, float] = {
    "brand": 0.3,
    "price_band": 0.2,
    "channel_group": 0.2,
    "day_part": 0.15,
    "platform": 0.15,
}
"""What is bought counts as much as how, when and where; most of it the brand, the only choice among equal products."""


def preference_strength(component_weights: Mapping[str, float] = COMPONENT_WEIGHTS) -> pl.Expr:
    """Return P(u), 0..1: the weighted mean of the columns ``favourite_<component>_share`` that are known.

    Args:
        component_weights: Component -> weight, above 0.

    ``P(u) = sum(w_k * s_k) / sum(w_k)`` with s_k the share of the favourite value of component k; null where
    nothing is known.

    >>> weights = {"brand": 0.4, "price_band": 0.3, "channel_group": 0.2, "platform": 0.1}
    >>> names = [f"favourite_{component}_share" for component in weights]
    >>> people = pl.DataFrame(dict(zip(names, [[0.8], [0.6], [0.5], [0.6]])))
    >>> people.select(preference_strength(weights)).item()
    0.66

    0.4 * 0.8 + 0.3 * 0.6 + 0.2 * 0.5 + 0.1 * 0.6 = 0.32 + 0.18 + 0.10 + 0.06, divided by 1.
    """
    shares = [pl.col(f"favourite_{component}_share") for component in component_weights]
    return weighted_mean(shares, list(component_weights.values()))


def build_preferences(
    favourite_sums: pl.LazyFrame, component_weights: Mapping[str, float] = COMPONENT_WEIGHTS
) -> pl.DataFrame:
    """Return the favourites of each person, their shares and ``preference_strength`` (``Preferences``).

    Args:
        favourite_sums: Rows of ``sum_favourites``, all attributes of each person.
        component_weights: Weight of each of the five components in ``preference_strength``.

    The favourite is the value with the largest share in the person's weighted events, the first by letters of equals.
    A person of whom no component is known has no row.
    """
    known = favourite_sums.filter(pl.col("attribute").is_in(list(COMPONENT_WEIGHTS)))
    favourites = favourite_shares(known).unique(["person_id", "attribute"], keep="first", maintain_order=True)
    columns = []
    for component in COMPONENT_WEIGHTS:
        of_component = pl.col("attribute") == component
        columns += [
            pl.col("value").filter(of_component).first().alias(f"favourite_{component}"),
            pl.col("share").filter(of_component).first().alias(f"favourite_{component}_share"),
        ]
    return (
        favourites.group_by("person_id")
        .agg(columns)
        .with_columns(preference_strength=preference_strength(component_weights))
        .sort("person_id")
        .with_columns(pl.col("person_id").cast(pl.String))
        .collect()
    )
