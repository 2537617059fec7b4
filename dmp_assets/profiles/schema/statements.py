"""Tables of what is stated about people: demographics, psychographics, consent and computed traits."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant, Names
from dmp_assets.foundation.values.contracts import TableContract

GEOGRAPHY = ("country", "city")


class Psychographics(
    TableContract, table="profiles.psychographics", key=("person_id", "trait"), subject=("person_id",)
):
    """What survey answers say about each person.

    One row per person and question with a scored newest answer.
    """

    person_id: str = pa.Field(description="The person.")
    trait: str = pa.Field(description="The question, or its id.")
    score: pl.Float64 = pa.Field(ge=0, le=1, description="Newest answer on its scale, 0..1.")
    answered_at: Instant = pa.Field(nullable=True, description="When it was answered (UTC), where the source says.")
    source: str = pa.Field(description="Source in dmp.yaml.")


class Demographics(TableContract, table="profiles.demographics", key=("person_id", "field"), subject=("person_id",)):
    """Age, household, income and the like of each person, with the source.

    One row per person and field with a value: the value that survives, and its source.
    """

    person_id: str = pa.Field(description="The person.")
    field: str = pa.Field(description="age_range, country, ...")
    value: str = pa.Field(description="The value that survives.")
    source: str = pa.Field(description="Source in dmp.yaml that states it.")
    observed_at: Instant = pa.Field(nullable=True, description="When it was true (UTC), where the source says.")
    rule: str = pa.Field(description="Why this value: kind of source, and the order in which kinds are asked.")


class ConsentState(TableContract, table="profiles.consent", key=("person_id", "purpose"), subject=("person_id",)):
    """What each person has agreed to.

    One row per person and purpose that the person decided on; no row is no consent.
    """

    person_id: str = pa.Field(description="The person.")
    purpose: str = pa.Field(description="What it is about: a purpose of IAB TCF 2.2, or a broader one.")
    status: str = pa.Field(
        isin=("granted", "denied"), description="The newest choice; denied where one moment has both."
    )
    changed_at: Instant = pa.Field(description="When the choice was made (UTC).")
    source: str = pa.Field(description="Source in dmp.yaml.")


class ComputedTraits(
    TableContract, table="profiles.computed_traits", key=("person_id", "trait"), subject=("person_id",)
):
    """Traits of people that you define yourself.

    One row per person and trait of ``traits.yaml`` with a value, which is in one of the last columns.
    """

    person_id: str = pa.Field(description="The person.")
    trait: str = pa.Field(description="Name in traits.yaml.")
    kind: str = pa.Field(description="count, sum, mean, first, most_frequent, time_since, ...")
    number: pl.Float64 = pa.Field(
        nullable=True,
        description="Amount or count; amounts in base currency, time_since in days to the as-of day's end.",
    )
    text: str = pa.Field(nullable=True, description="Text.")
    texts: Names = pa.Field(nullable=True, description="Different texts, sorted.")
    value_at: Instant = pa.Field(
        nullable=True, description="Instant (UTC); of a day its beginning in the business's time zone."
    )
