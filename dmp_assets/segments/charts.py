"""Charts of segments, drawn without a browser or a network."""

import altair as alt
import polars as pl

from dmp_assets.foundation.drawing.charts import COLOURS, GRID, bars_svg, heading, svg
from dmp_assets.segments.clusters import every_nth
from dmp_assets.segments.schema import CLUSTER, RFM

MAX_POINTS = 500
"""More dots add bytes (1,200: 196 kB, which Dagster stores four times) and no shape."""


def cluster_scatter_svg(profiles: pl.DataFrame, memberships: pl.DataFrame) -> str:
    """Return a drawing of the clusters: orders against revenue of each buyer, both on logarithmic axes.

    Args:
        profiles: ``Profiles``.
        memberships: ``Memberships`` of the same day; only clusters are drawn.

    At most ``MAX_POINTS`` people are drawn, evenly picked by ``person_id``. The title gives the share of
    revenue that comes from cluster 1, the one with the highest mean.
    """
    buyers = profiles.join(memberships.filter(pl.col("kind") == CLUSTER), on="person_id").sort("person_id")
    points = buyers.filter(pl.col("revenue") > 0)
    points = points[every_nth(points.height, MAX_POINTS)]
    ids = sorted(buyers["segment_id"].unique().to_list())
    rows = points.select("orders", pl.col("revenue").cast(pl.Float64), "segment_id").to_dicts()
    title, subtitle = _titles(buyers, len(rows))
    # A logarithmic axis without data and a legend without entries have no extent, and the drawing fails.
    scale = alt.Scale(type="log") if rows else alt.Scale(type="log", domain=[1, 10])
    orders_axis, revenue_axis = (
        alt.Axis(grid=grid, gridColor=GRID, domain=False, labelFontSize=12, titleFontSize=12, tickCount=5, format=f)
        for grid, f in ((False, "~d"), (True, "~s"))
    )
    colours = alt.Scale(domain=ids, range=list(COLOURS[: len(ids)]))
    legend = alt.Legend(title=None, orient="right", labelFontSize=12, symbolSize=90, symbolOpacity=1) if rows else None
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_circle(size=16, opacity=0.55)
        .encode(
            x=alt.X("orders:Q", scale=scale, title="Orders", axis=orders_axis),
            y=alt.Y("revenue:Q", scale=scale, title="Revenue in base currency", axis=revenue_axis),
            color=alt.Color("segment_id:N", scale=colours, legend=legend),
        )
        .properties(
            width=500,
            height=340,
            title=heading(title, subtitle),
        )
    )
    return svg(chart)


def sizes_svg(segments: pl.DataFrame) -> str:
    """Return a drawing of how many people each segment has (``Segments``): RFM groups, then clusters, largest first."""
    filled = segments.filter(pl.col("people") > 0).sort(
        pl.col("kind") != RFM, "people", "segment_id", descending=[False, True, False]
    )
    rows = [{"name": name, "value": people} for name, people in filled.select("segment_name", "people").iter_rows()]
    groups = filled.filter(pl.col("kind") == RFM)
    everybody = groups["people"].sum()
    title = "Nobody is in a segment yet"
    if everybody:
        name, people = groups.row(0, named=True)["segment_name"], groups["people"][0]
        title = f"{name} is the largest group: {people / everybody:.0%} of {everybody:,} people"
    words = "People by segment; everybody is in one RFM group, every buyer in one cluster besides"
    return bars_svg(rows, title, words, "People", ",d")


def _titles(buyers: pl.DataFrame, drawn: int) -> tuple[str, str]:
    """Return the finding and the line that says what is drawn."""
    if not drawn:
        return "No clusters yet", "There are too few buyers, or all of them are alike"
    first = buyers.filter(pl.col("segment_id") == "cluster_1")
    total, own = (float(sum(frame["revenue"].cast(pl.Float64).to_list())) for frame in (buyers, first))
    share = own / total if total > 0 else 0.0
    title = f"Cluster 1: {first.height / buyers.height:.0%} of the buyers, {share:.0%} of the revenue"
    return title, f"{drawn:,} of {buyers.height:,} buyers in {buyers['segment_id'].n_unique()} clusters, one dot each"
