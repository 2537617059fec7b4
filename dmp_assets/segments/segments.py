"""Divide people into RFM segments and clusters, each membership with its reason."""

from datetime import date

import polars as pl

from dmp_assets.foundation.values.money import as_money, in_units
from dmp_assets.segments.clusters import MIN_BUYERS, cluster_names, cluster_reasons, fit_clusters
from dmp_assets.segments.rfm import rfm_memberships, rfm_segments
from dmp_assets.segments.schema import CLUSTER, RFM, Memberships, Segments

SEED = 7
"""Seed of the starting centres. Any number will do, but another one gives other clusters."""


def build_segments(
    profiles: pl.DataFrame, as_of_date: date | None = None, seed: int = SEED
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the segments (``Segments``) and who is in them (``Memberships``), each sorted by its key.

    Args:
        profiles: ``profiles.profiles`` of one day.
        as_of_date: That day; by default the profiles' own. Without a day and profiles both tables are empty.
        seed: Seed of the clusters; the same profiles and seed give the same clusters.
    """
    day = as_of_date or profiles["as_of_date"].max()
    if day is None:
        return _typed(Segments), _typed(Memberships)
    people = profiles.sort("person_id")
    cluster_rows, cluster_people = _clusters(people.filter(pl.col("orders") > 0), seed)
    memberships = pl.concat(
        [
            rfm_memberships(people).with_columns(kind=pl.lit(RFM)),
            cluster_people.with_columns(kind=pl.lit(CLUSTER)),
        ]
    ).with_columns(as_of_date=pl.lit(day, pl.Date))
    named = pl.concat(
        [rfm_segments(people).with_columns(kind=pl.lit(RFM)), cluster_rows.with_columns(kind=pl.lit(CLUSTER))]
    ).with_columns(as_of_date=pl.lit(day, pl.Date))
    segments = (
        named.join(_means(memberships, people), on="segment_id", how="left")
        .with_columns(pl.col("people").fill_null(0))
        .with_columns(share_rate=pl.col("people") / max(people.height, 1))
    )
    return (
        segments.select(*Segments.to_schema().columns).sort("segment_id"),
        memberships.select(*Memberships.to_schema().columns).sort("segment_id", "person_id"),
    )


def _typed(model: type[Segments | Memberships]) -> pl.DataFrame:
    """Return an empty table of ``model``."""
    return pl.DataFrame(schema={name: column.dtype.type for name, column in model.to_schema().columns.items()})


def _clusters(buyers: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the clusters and their people, or one row that says why there are none."""
    if buyers.height < MIN_BUYERS:
        return _no_clusters(f"Clusters need {MIN_BUYERS} buyers; there are {buyers.height}.")
    clusters = fit_clusters(buyers, seed)
    if clusters is None:
        return _no_clusters(f"All {buyers.height} buyers are alike: same recency, orders, order value and discounts.")
    names = cluster_names(clusters.centres, clusters.spend)
    rows = pl.DataFrame(
        {
            "segment_id": [f"cluster_{place}" for place in range(1, len(names) + 1)],
            "segment_name": names,
            "description": [
                f"{name}, compared with all buyers; one of {len(names)} clusters by recency, orders, order value "
                "and discounts."
                for name in names
            ],
            "status": ["ok"] * len(names),
            "silhouette": [clusters.silhouette] * len(names),
        }
    )
    people = pl.DataFrame(
        {
            "segment_id": [f"cluster_{label + 1}" for label in clusters.labels.tolist()],
            "person_id": buyers["person_id"],
            "reason": cluster_reasons(clusters),
        }
    )
    return rows, people


def _no_clusters(why: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row that says why there are no clusters, and no people."""
    row = {"segment_id": "cluster_none", "segment_name": "No clusters", "description": why, "status": "not_enough_data"}
    people = {"segment_id": pl.String, "person_id": pl.String, "reason": pl.String}
    return pl.DataFrame(row).with_columns(silhouette=pl.lit(None, pl.Float64)), pl.DataFrame(schema=people)


def _means(memberships: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return people, mean_recency_days, mean_orders and mean_revenue of each segment with a member."""
    units = in_units(pl.col("revenue")).sum()
    count = pl.len().cast(pl.Int64)
    # Rounded half up in whole units: a mean of floats would depend on the order of the people.
    mean_units = (2 * units + count) // (2 * count)
    return (
        memberships.join(people, on="person_id")
        .group_by("segment_id")
        .agg(
            people=count,
            mean_recency_days=pl.col("recency_days").mean(),
            mean_orders=pl.col("orders").mean(),
            mean_revenue=as_money(mean_units),
        )
    )
