"""Dagster assets of segments and who is in them."""

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.pictures import picture
from dmp_assets.foundation.publishing.publish import PublishEvents, publish_tables
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.segments.charts import cluster_scatter_svg, sizes_svg
from dmp_assets.segments.schema import Memberships, Segments
from dmp_assets.segments.segments import build_segments
from dmp_assets.segments.steps import SEGMENT_PEOPLE


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""

    @table_asset(SEGMENT_PEOPLE, site)
    def segment_people(context: dg.AssetExecutionContext, profiles: pl.DataFrame) -> PublishEvents:
        segments, memberships = build_segments(profiles)
        scatter = picture(cluster_scatter_svg(profiles, memberships), "Clusters of people")
        sizes = picture(sizes_svg(segments), "Sizes of segments")
        tables = {
            Segments: TableRows(segments, metadata={"clusters": scatter}),
            Memberships: TableRows(memberships, metadata={"sizes": sizes}),
        }
        yield from publish_tables(context, tables)

    return [segment_people]
