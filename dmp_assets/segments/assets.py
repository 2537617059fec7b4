"""Dagster assets of segments and who is in them."""

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.asset_options import multi_asset_options
from dmp_assets.foundation.publishing.pictures import picture
from dmp_assets.foundation.publishing.publish import PublishEvents, TableRows, publish_tables
from dmp_assets.segments.charts import cluster_scatter_svg
from dmp_assets.segments.schema import Memberships, Segments
from dmp_assets.segments.segments import build_segments


def segments_assets() -> list[dg.AssetsDefinition]:
    """Return the assets of this domain."""

    @dg.multi_asset(
        name="segment_people",
        ins={"profiles": dg.AssetIn(["profiles", "profiles"])},
        **multi_asset_options({"segments": Segments, "memberships": Memberships}),
    )
    def segment_people(context: dg.AssetExecutionContext, profiles: pl.DataFrame) -> PublishEvents:
        segments, memberships = build_segments(profiles)
        scatter = picture(cluster_scatter_svg(profiles, memberships), "Clusters of people")
        tables = {Segments: TableRows(segments, metadata={"clusters": scatter}), Memberships: TableRows(memberships)}
        yield from publish_tables(context, tables)

    return [segment_people]
