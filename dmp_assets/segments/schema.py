"""Tables of segments: what each segment is, and who is in it and why."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import MoneySum
from dmp_assets.foundation.values.contracts import TableContract

RFM = "rfm"
CLUSTER = "cluster"


class Segments(TableContract, table="segments.segments", key=("segment_id",), subject="aggregate"):
    """The segments: who is in them, and how many.

    One row per segment. Every person is in one RFM segment; every buyer is in one cluster.
    """

    segment_id: str = pa.Field(description="rfm_<group>, or cluster_<n>: 1 has the highest mean revenue.")
    segment_name: str = pa.Field(description="Name that people use; clusters are named by their means.")
    kind: str = pa.Field(isin=(RFM, CLUSTER), description="rfm: by the profile's rfm_group; cluster: by k-means.")
    as_of_date: pl.Date = pa.Field(description="Day that the profiles were made for.")
    people: pl.Int64 = pa.Field(ge=0, description="People in the segment.")
    share_rate: pl.Float64 = pa.Field(ge=0, le=1, description="people / people with a profile.")
    description: str = pa.Field(description="Who is in the segment, in words.")
    status: str = pa.Field(
        isin=("ok", "not_enough_data"),
        description="not_enough_data: fewer than 5 buyers for RFM, 50 for clusters, or buyers who are all alike.",
    )
    silhouette: pl.Float64 = pa.Field(
        nullable=True,
        ge=-1,
        le=1,
        description="Clusters only, the same on each: how much nearer people are to their own cluster than to the "
        "next one, on a sample (1 apart, 0 touching). Around 0.3 clusters cut a continuum: use them as "
        "a working division, not as types of people.",
    )
    mean_recency_days: pl.Float64 = pa.Field(nullable=True, ge=0, description="Mean days since the last order.")
    mean_orders: pl.Float64 = pa.Field(nullable=True, ge=0, description="Mean number of orders.")
    mean_revenue: MoneySum = pa.Field(nullable=True, description="Mean revenue, base currency.")


class Memberships(
    TableContract,
    table="segments.memberships",
    key=("segment_id", "person_id"),
    unique=("kind", "person_id"),
    subject=("person_id",),
):
    """Who is in which segment, and why.

    One row per segment and person in it, with the reason.
    """

    segment_id: str = pa.Field(description="The segment.")
    person_id: str = pa.Field(description="The person.")
    kind: str = pa.Field(isin=(RFM, CLUSTER), description="Kind of the segment; a person is in at most one of each.")
    as_of_date: pl.Date = pa.Field(description="Day that the profiles were made for.")
    reason: str = pa.Field(description="Why the person is in this segment, in words and the person's own numbers.")
