"""What each person prefers, and how strongly: brand, price band, channel, part of the day and device."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from dmp_assets.profiles.affinities import EVENT_WEIGHTS
from dmp_assets.profiles.feature_schema import DAY_PARTS
from dmp_assets.profiles.interests import decayed_weight
from dmp_assets.profiles.scores import weighted_mean

COMPONENT_WEIGHTS: Mapping[str, float] = {
    "brand": 0.3,
    "price_band": 0.2,
    "channel_group": 0.2,
    "day_part": 0.15,
    "platform": 0.15,
}
"""What is bought counts as much as how, when and where; most of it the brand, the only choice among equal products."""

_BOUGHT = ("brand", "price_band")
_SCALE = 1_000_000


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


def day_part(hour: pl.Expr) -> pl.Expr:
    """Return night (0 to 5), morning (6 to 11), afternoon (12 to 17) or evening (18 to 23); null for other hours.

    >>> hours = pl.DataFrame({"hour": [5, 6, 23, 24]})
    >>> hours.select(day_part(pl.col("hour"))).to_series().to_list()
    ['night', 'morning', 'evening', None]
    """
    names = dict(enumerate(DAY_PARTS))
    return (hour // 6).replace_strict(names, default=None, return_dtype=pl.String)


def build_preferences(
    attributes: pl.LazyFrame,
    as_of_date: date,
    half_life_days: float,
    component_weights: Mapping[str, float] = COMPONENT_WEIGHTS,
    event_weights: Mapping[str, int] = EVENT_WEIGHTS,
) -> pl.DataFrame:
    """Return the favourites of each person, their shares and ``preference_strength`` (``Preferences``).

    Args:
        attributes: Daily rollup with event_date, person_id, attribute, value, event_name and events; the values of
            attribute ``hour`` are 0 to 23.
        as_of_date: Last day that counts.
        half_life_days: Age, from the person's newest day with the attribute, at which an event counts half, above 0.
        component_weights: Weight of each of the five components in ``preference_strength``.
        event_weights: What one event says about brand and price band; events that are not named say nothing. About
            channel, part of the day and device every event says the same: looking is using them, too.

    The favourite is the value with the largest share in the person's weighted events, the first by letters of equals.
    The part of the day is that of the rollup's hours. A person of whom no component is known has no row.
    """
    known = _known_values(attributes.filter(pl.col("event_date") <= as_of_date), event_weights)
    key = ["person_id", "component"]
    age_days = (pl.col("event_date").max().over(key) - pl.col("event_date")).dt.total_days()
    # Whole numbers make sums independent of the order of rows; a millionth of an event is the smallest weight.
    units = (pl.col("weighted") * decayed_weight(age_days, half_life_days) * _SCALE).round().cast(pl.Int64)
    favourites = (
        known.with_columns(units=units)
        .group_by(*key, "value")
        .agg(pl.col("units").sum())
        .sort(*key, "units", "value", descending=[False, False, True, False])
        .group_by(key, maintain_order=True)
        .agg(pl.col("value").first(), share=pl.col("units").first() / pl.col("units").sum())
    )
    columns = []
    for component in COMPONENT_WEIGHTS:
        of_component = pl.col("component") == component
        columns += [
            pl.col("value").filter(of_component).first().alias(f"favourite_{component}"),
            pl.col("share").filter(of_component).first().alias(f"favourite_{component}_share"),
        ]
    return (
        favourites.group_by("person_id")
        .agg(columns)
        .with_columns(preference_strength=preference_strength(component_weights))
        .sort("person_id")
        .collect()
    )


def _known_values(attributes: pl.LazyFrame, event_weights: Mapping[str, int]) -> pl.LazyFrame:
    """Return event_date, person_id, component, value and weighted of the rows that say something."""
    is_hour = pl.col("attribute") == "hour"
    weight = pl.col("event_name").replace_strict(dict(event_weights), default=0, return_dtype=pl.Int64)
    hour = pl.col("value").cast(pl.Int64, strict=False)
    return (
        attributes.select(
            "event_date",
            "person_id",
            component=pl.when(is_hour).then(pl.lit("day_part")).otherwise("attribute"),
            value=pl.when(is_hour).then(day_part(hour)).otherwise("value"),
            weighted=pl.col("events") * pl.when(pl.col("attribute").is_in(_BOUGHT)).then(weight).otherwise(1),
        )
        .filter(pl.col("component").is_in(list(COMPONENT_WEIGHTS)))
        .filter(pl.col("value") != "", pl.col("weighted") > 0)
    )
