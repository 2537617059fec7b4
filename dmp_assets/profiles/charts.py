"""Charts of profiles, drawn without a browser or a network."""

import altair as alt
import polars as pl

from dmp_assets.drawing import svg
from dmp_assets.profiles.schema import RFM_GRID, RFM_GROUPS

WATCHED = ("At Risk", "Cannot Lose Them")


def rfm_grid_svg(profiles: pl.DataFrame) -> str:
    """Return a drawing of the RFM grid: how many people stand in each cell, and what the cell is called.

    Args:
        profiles: ``Profiles``; people without scores are left out.

    The title says what share of the buyers used to buy much and stays away (At Risk, Cannot Lose Them).
    """
    cells = rfm_cells(profiles)
    buyers = int(cells["people"].sum())
    watched = int(cells.filter(pl.col("group").is_in(WATCHED))["people"].sum())
    title = (
        f"{watched / buyers:.0%} of the buyers bought well before and now stay away"
        if buyers
        else "No scored buyers yet"
    )
    axis = alt.Axis(labelAngle=0, ticks=False, domain=False, labelFontSize=12, titleFontSize=12, titlePadding=8)
    base = alt.Chart(alt.InlineData(values=cells.to_dicts())).encode(
        x=alt.X("value:O", title="Frequency and spend score (5 = most)", axis=axis),
        y=alt.Y("recency:O", sort="descending", title="Recency score (5 = latest)", axis=axis),
    )
    half = 0.65 * max(1, *cells["people"].to_list())
    ink = alt.condition(f"datum.people > {half}", alt.value("#ffffff"), alt.value("#1b2a3a"))
    heat = base.mark_rect(stroke="#ffffff", strokeWidth=3, cornerRadius=4).encode(
        color=alt.Color("people:Q", scale=alt.Scale(scheme="blues", domainMin=0), legend=None)
    )
    counts = base.mark_text(fontSize=17, fontWeight="bold", dy=-8).encode(
        text=alt.Text("people:Q", format=","), color=ink
    )
    names = base.mark_text(fontSize=11, dy=13).encode(text="group:N", color=ink)
    heading = alt.TitleParams(
        title,
        subtitle=f"{buyers:,} people with an order, by RFM score: number of people and group; "
        f"{watched:,} are At Risk or Cannot Lose Them",
        anchor="start",
        fontSize=18,
        subtitleFontSize=12,
        subtitleColor="#5b6770",
        offset=14,
    )
    return svg((heat + counts + names).properties(width=620, height=340, title=heading))


def rfm_cells(profiles: pl.DataFrame) -> pl.DataFrame:
    """Return all 25 cells: recency, value (mean of frequency and monetary), group, people; empty ones too."""
    grid = pl.DataFrame(
        [
            {"recency": recency, "value": value, "group": group}
            for recency, row in enumerate(RFM_GRID, start=1)
            for value, group in enumerate(row, start=1)
        ],
        schema={"recency": pl.Int64, "value": pl.Int64, "group": pl.String},
    )
    counted = (
        profiles.filter(pl.col("rfm_group").is_in(RFM_GROUPS))
        .group_by(
            recency=pl.col("rfm_recency_score"),
            value=(pl.col("rfm_frequency_score") + pl.col("rfm_monetary_score") + 1) // 2,
        )
        .agg(people=pl.len().cast(pl.Int64))
    )
    return (
        grid.join(counted, on=["recency", "value"], how="left")
        .with_columns(pl.col("people").fill_null(0))
        .sort("recency", "value")
    )
