"""Tables of what people turn to: affinities and preferences, one snapshot for one as-of day each."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract

AFFINITY_ATTRIBUTES = ("item_category", "brand", "content_group")
DAY_PARTS = ("night", "morning", "afternoon", "evening")


class Affinities(
    TableContract, table="profiles.affinities", key=("person_id", "attribute", "value"), subject=("person_id",)
):
    """What each person is interested in.

    One row per person, attribute and value, the largest 20: how much of the person's attention it gets.
    """

    person_id: str = pa.Field(description="The person.")
    attribute: str = pa.Field(isin=AFFINITY_ATTRIBUTES, description="item_category, brand or content_group.")
    value: str = pa.Field(description="Value of the attribute.")
    affinity: pl.Float64 = pa.Field(
        ge=0,
        le=1,
        description="Share of the value in the person's weighted events, newer windows (of affinity_window_days, "
        "counted from 1970-01-01) counting more; the affinities "
        "of a person to all values of one attribute sum to 1. blocked_categories of dmp.yaml are left out.",
    )
    rank: pl.Int64 = pa.Field(ge=1, description="Place among the person's values of the attribute, 1 the largest.")


class Preferences(TableContract, table="profiles.preferences", key=("person_id",), subject=("person_id",)):
    """Favourites of each person: category, brand, channel, time of day.

    One row per person of whom a preference is known: favourites, their shares, and how strong they are.
    """

    person_id: str = pa.Field(description="The person.")
    favourite_brand: str = pa.Field(nullable=True, description="Brand of the largest share in weighted events.")
    favourite_brand_share: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="That share.")
    favourite_price_band: str = pa.Field(nullable=True, description="Price band of the largest share, as above.")
    favourite_price_band_share: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="That share.")
    favourite_channel_group: str = pa.Field(nullable=True, description="Channel group that most events came by.")
    favourite_channel_group_share: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="Its share.")
    favourite_day_part: str = pa.Field(
        nullable=True,
        isin=DAY_PARTS,
        description="night 0 to 5, morning 6 to 11, afternoon 12 to 17, evening 18 to 23 o'clock: most events.",
    )
    favourite_day_part_share: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="Its share.")
    favourite_platform: str = pa.Field(nullable=True, description="Platform (web, ios, ...) of most events.")
    favourite_platform_share: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="Its share.")
    preference_strength: pl.Float64 = pa.Field(
        ge=0, le=1, description="Weighted mean of the shares that are known; 1: always the same choice."
    )
